"""Option values of the configurations under ``configs/inference``, read without composing anything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from ..options import InferenceOptions

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
_NOT_OPTIONS = ("defaults", "hydra")


def base_options() -> InferenceOptions:
    """Values of ``inference/base.yaml``."""
    return _merged("base")


def preset_options(model_version: str) -> InferenceOptions:
    """Values of the version's file over those of ``base.yaml``. Raises ``FileNotFoundError``."""
    return _merged("base", model_version)


def named_options(config_name: str | None, overrides: Sequence[str]) -> frozenset[str]:
    """Options that the user has set, if only to their defaults: in words of the command line (``super_timing=true``),
    or in the chosen file of ``configs``, beyond the version's file that it stands on."""
    from hydra.core.override_parser.overrides_parser import OverridesParser

    words = OverridesParser.create().parse_overrides(list(overrides))
    found = {word.key_or_group.partition(".")[0] for word in words if not word.is_delete()}
    path = CONFIGS / f"{config_name}.yaml"
    return frozenset(found | {str(key) for key in _values(path)}) if path.is_file() else frozenset(found)


def _merged(*names: str) -> InferenceOptions:
    layers = [_values(CONFIGS / "inference" / f"{name}.yaml") for name in names]
    options = OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(InferenceOptions), *layers))
    assert isinstance(options, InferenceOptions)
    return options


def _values(path: Path) -> dict[Any, Any]:
    content = OmegaConf.to_container(OmegaConf.load(path))
    assert isinstance(content, dict)
    return {key: value for key, value in content.items() if key not in _NOT_OPTIONS}

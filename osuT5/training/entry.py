"""What the entries share: short keys, paths, and the way from a composed configuration to options. No torch, no hydra."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from ..config import DataLayout
from ..data.options import DataOptions
from .errors import TrainingError
from .options import TrainOptions, groups, train_options

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ROOT / "configs" / "train"
_PATHS = ("checkpoint_path", "pretrained_path")
_DATA_PATHS = ("train_dataset_path", "test_dataset_path", "sample_weights_path", "cache_dir")
_VOCABULARY_PATHS = ("mappers_path", "descriptors_path", "tags_path", "votes_path")


def all_groups() -> dict[str, list[str]]:
    """Keys of every group, those of ``data`` included; the top level is ``""``."""
    found = groups()
    found["data"] = [
        "context_types",
        *dict.fromkeys(item.name for kind in (DataLayout, DataOptions) for item in fields(kind)),
    ]
    found["data"].remove("templates")
    found[""].remove("run_dir")
    return found


def expand(arguments: Sequence[str]) -> list[str]:
    """Command line arguments with short keys in full: ``train_dataset_end=90`` becomes ``data.train_dataset_end=90``.

    Keys that already name their group, Hydra's own and options that begin with a dash stay. Raises ``TrainingError``
    for keys that no group or several groups have.
    """
    known = all_groups()
    return [_expanded(argument, known) for argument in arguments]


def _expanded(argument: str, known: Mapping[str, list[str]]) -> str:
    key, equals, _ = argument.partition("=")
    if not equals or argument.startswith("-"):
        return argument
    prefix = key[: len(key) - len(key.lstrip("+~"))]
    name = key[len(prefix) :]
    first = name.split(".")[0].split("@")[0].split("/")[0]
    if first in known[""] or first == "hydra" or first.startswith(".."):
        return argument
    homes = [group for group, keys in known.items() if group and first in keys]
    if len(homes) == 1:
        return f"{prefix}{homes[0]}.{argument[len(prefix) :]}"
    if homes:
        full = ", ".join(f"{group}.{first}" for group in homes)
        raise TrainingError(f"{first}: several groups have this option; name one of {full}")
    everything = [f"{group}.{key}" if group else key for group, keys in known.items() for key in keys]
    near = difflib.get_close_matches(first, [*everything, *(key.split(".")[-1] for key in everything)], n=1)
    raise TrainingError(f"{first}: no such option{f'; did you mean {near[0]}?' if near else ''}")


def resolve(path: str, base: Path | None = None) -> str:
    """A relative path from the current directory where it exists there, else from the repository where it does.

    Others (hub names, folders that don't exist) stay as they are.
    """
    if not path or os.path.isabs(os.path.expanduser(path)):
        return os.path.expanduser(path)
    for folder in (base or Path.cwd(), ROOT):
        if (folder / path).exists():
            return str((folder / path).resolve())
    return path


def options_of(values: Mapping[str, Any], run_dir: str | Path) -> TrainOptions:
    """Options of a run from the plain content of a composed configuration. Raises ``ValueError`` with one line."""
    content = {key: value for key, value in values.items() if key != "hydra"}
    content["run_dir"] = str(run_dir)
    for key in _PATHS:
        content[key] = resolve(content.get(key) or "")
    for group, keys in (("data", _DATA_PATHS), ("vocabulary", _VOCABULARY_PATHS)):
        inner = dict(content.get(group) or {})
        inner |= {key: resolve(inner[key]) for key in keys if inner.get(key)}
        content[group] = inner
    return train_options(content)


def help_text(entry: str, recipes: Path = CONFIGS) -> str:
    """Help of an entry: how to call it, the recipes, and every option with its default."""
    names = sorted(path.stem for path in recipes.glob("*.yaml"))
    described = (recipes / "default.yaml").read_text(encoding="utf-8").split("hydra:\n")[0]
    return f"{entry}\n\nRecipes (-cn): {', '.join(names)}\n\nOptions, with the values of the recipe `default`:\n\n{described}"

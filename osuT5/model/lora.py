"""LoRA adapters: whether one applies, and merging it into a float32 base (spec 02 section 11)."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import nn

from .locate import CheckpointError, hub_file, is_hub_id

METADATA = "mapperatorinator_lora_metadata.json"
_ADAPTER = ("adapter_config.json", "adapter_model.safetensors")
_log = logging.getLogger(__name__)


def normalised(names: Sequence[str]) -> list[str]:
    """Sub-folder names as they are compared: forward slashes, no slash at the ends, sorted, each once."""
    return sorted({name.strip().replace("\\", "/").strip("/") for name in names})


def allowed_subfolders(metadata: Path | None) -> list[str] | None:
    """Sub-folders that an adapter was trained for, ``""`` for the root; None: no restriction.

    A file that can't be read, or holds something else, restricts nothing and is warned about.
    """
    if metadata is None:
        return None
    try:
        stored: Any = json.loads(metadata.read_text(encoding="utf-8"))
        names = stored.get("ckpt_subfolders")
    except (OSError, ValueError, AttributeError) as error:
        _log.warning("%s: not readable (%s), the LoRA is used for every checkpoint", metadata, error)
        return None
    if names is None:
        return None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        _log.warning("%s: ckpt_subfolders is not a list of names, the LoRA is used for every checkpoint", metadata)
        return None
    return normalised(names)


def merge_lora(model: nn.Module, source: str | Path, subfolder: str) -> str:
    """Merge the adapter of ``source`` (folder or hub id) into ``model``, in place, and say what was done.

    An adapter made for other sub-folders than ``subfolder`` is left out. The base must hold float32 weights: adapters
    with ``pissa`` replace the leading singular components of each weight, which are found again from it. Raises
    :class:`CheckpointError`.
    """
    folder, metadata = _locate(source)
    allowed = allowed_subfolders(metadata)
    if allowed is not None and normalised([subfolder])[0] not in allowed:
        names = ", ".join(name or "the root" for name in allowed)
        return f"LoRA {source} is for {names}, not for {subfolder or 'the root'}: left out"
    _merge(model, folder, source)
    return f"LoRA {source} merged"


def _locate(source: str | Path) -> tuple[Path, Path | None]:
    text = str(source)
    path = Path(text).expanduser()
    if path.is_dir():
        for name in _ADAPTER:
            if not (path / name).is_file():
                raise CheckpointError(f"LoRA {text}: {name} is missing")
        metadata = path / METADATA
        return path, metadata if metadata.is_file() else None
    if path.exists() or not is_hub_id(text):
        raise CheckpointError(f"LoRA {text}: no such folder")
    files = [hub_file(text, name) for name in _ADAPTER]
    try:
        return files[0].parent, hub_file(text, METADATA)
    except CheckpointError:
        return files[0].parent, None


def _merge(model: nn.Module, folder: Path, source: str | Path) -> None:
    from peft import PeftModel

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # peft warns about the missing base name and unusual model classes
            adapted = PeftModel.from_pretrained(model, str(folder), low_cpu_mem_usage=False, local_files_only=True)
            adapted.merge_and_unload()
    except Exception as error:  # peft reports a base that doesn't fit in several ways
        raise CheckpointError(f"LoRA {source}: doesn't fit this checkpoint ({str(error).splitlines()[0]})") from error

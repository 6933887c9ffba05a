"""Where a checkpoint's files are: a folder or a hub id, and which sub-folder (spec 02 section 10)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

BUNDLE = ("config.json", "tokenizer.json", "model.safetensors")
OPTIONAL = ("generation_config.json",)
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")
_GAMEMODE_FOLDER = re.compile(r"gamemode=\d+")


class CheckpointError(ValueError):
    """A checkpoint that can't be found, read or used; the message is one line."""


@dataclass(frozen=True)
class Location:
    """A complete bundle on disk."""

    source: str  # what was asked for
    folder: Path  # holds config.json, model.safetensors and tokenizer.json
    subfolder: str  # chosen inside the source, "" for its root

    @property
    def effective_subfolder(self) -> str:
        """The sub-folder that a LoRA's list is compared with: chosen, or part of the name, or the root (section 11)."""
        if self.subfolder:
            return self.subfolder
        is_folder = Path(self.source).is_dir()
        parts = [Path(self.source).resolve().name] if is_folder else self.source.split("/")
        return next((part for part in parts if _GAMEMODE_FOLDER.fullmatch(part)), "")


def locate_checkpoint(source: str | Path, gamemode: int | None = None) -> Location:
    """The bundle of ``source``, or of its ``gamemode=`` sub-folder where it has one for ``gamemode``.

    A path on disk never leads to a request. Of a hub id, files in the local cache are used as they are; the hub is asked
    for the others. Raises :class:`CheckpointError`.
    """
    text = str(source)
    path = Path(text).expanduser()
    if path.exists():
        return _on_disk(text, path, gamemode)
    if not is_hub_id(text):
        raise CheckpointError(f"checkpoint {text}: no such folder")
    return _on_hub(text, gamemode)


def is_hub_id(text: str) -> bool:
    """True for ``owner/name`` or ``name``, which is not on disk and not written like a path."""
    return _HUB_ID.fullmatch(text) is not None and not Path(text).expanduser().exists()


def _on_disk(source: str, path: Path, gamemode: int | None) -> Location:
    if not path.is_dir():
        raise CheckpointError(f"checkpoint {source}: is a file, expected a folder with {', '.join(BUNDLE)}")
    if (path / "pytorch_model.bin").exists() and (path / "custom_checkpoint_0.pkl").exists():
        raise CheckpointError(
            f"checkpoint {source}: old training format (pytorch_model.bin with a pickled tokenizer); "
            "pickles are not loaded, convert it to a folder with " + ", ".join(BUNDLE)
        )
    subfolder = f"gamemode={gamemode}"
    if gamemode is None or not (path / subfolder).is_dir():
        subfolder = ""
    folder = path / subfolder
    for name in BUNDLE:
        if not (folder / name).is_file():
            raise CheckpointError(f"checkpoint {folder}: {name} is missing")
    return Location(source, folder, subfolder)


def _on_hub(source: str, gamemode: int | None) -> Location:
    subfolder = ""
    if gamemode is not None:
        try:
            hub_file(source, "tokenizer.json", f"gamemode={gamemode}")
            subfolder = f"gamemode={gamemode}"
        except CheckpointError:
            pass  # offline, gated or absent: the root serves every mode
    found = [hub_file(source, name, subfolder) for name in BUNDLE]
    for name in OPTIONAL:
        try:
            hub_file(source, name, subfolder)
        except CheckpointError:
            continue
    return Location(source, found[0].parent, subfolder)


def hub_file(repository: str, name: str, subfolder: str = "") -> Path:
    """A file of a hub repository: from the local cache if it is there, otherwise downloaded into it."""
    from huggingface_hub import hf_hub_download, try_to_load_from_cache

    inside = f"{subfolder}/{name}" if subfolder else name
    cached = try_to_load_from_cache(repository, inside)
    if isinstance(cached, str):
        return Path(cached)
    try:
        return Path(hf_hub_download(repository, inside))
    except Exception as error:  # the library raises many kinds: offline, gated, missing, malformed
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise CheckpointError(f"checkpoint {repository}: {inside} can't be fetched from the hub ({reason})") from error

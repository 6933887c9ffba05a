"""Pickled files of the published system and the old tool, read without running anything in them (spec 04 section 4)."""

from __future__ import annotations

import argparse
import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch
from torch.serialization import get_unsafe_globals_in_checkpoint, safe_globals


class UnsafeFileError(ValueError):
    """A pickled file that asks for more than plain values and tensors, or is not one."""


def read_torch_file(path: Path, allowed: tuple[type, ...] = ()) -> Any:
    """Content of a torch zip file of tensors and plain values, on the CPU.

    ``allowed`` are further classes that it may hold. Raises :class:`UnsafeFileError` with the names it asks for
    otherwise, before anything is read.
    """
    if not zipfile.is_zipfile(path):
        raise UnsafeFileError(f"{path}: not a file written by torch.save (no zip archive)")
    with safe_globals(list(allowed)):
        names = get_unsafe_globals_in_checkpoint(path)
        if names:
            raise UnsafeFileError(f"{path}: refused, its pickle asks for {', '.join(sorted(names))}")
        try:
            return torch.load(path, map_location="cpu", weights_only=True)
        except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
            raise UnsafeFileError(f"{path}: cannot be read: {error}") from error


def read_old_training_file(path: Path) -> dict[str, Any]:
    """Dict of a ``NNNNNNN.pt`` of the old tool; its ``args`` is an ``argparse.Namespace``."""
    content = read_torch_file(path, (argparse.Namespace,))
    if not isinstance(content, dict) or not {"model", "ema"} & set(content):
        raise UnsafeFileError(f"{path}: not a training file of the old tool (no model or ema in it)")
    return content


def read_index_pickle(path: Path) -> dict[int, int]:
    """The bare pickle ``beatmap_idx.pickle``: map id to class. No class of any kind may be in it."""
    try:
        with open(path, "rb") as handle:
            content = _PlainUnpickler(handle).load()
    except (pickle.UnpicklingError, EOFError, ValueError, IndexError) as error:
        raise UnsafeFileError(f"{path}: {error}") from error
    if not isinstance(content, dict) or not all(type(k) is int and type(v) is int for k, v in content.items()):
        raise UnsafeFileError(f"{path}: not a table from map ids to classes")
    return content


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"refused, the pickle asks for {module}.{name}")

"""What the golden tiny checkpoints come with, as the tests of model and generation use it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from osuT5.capabilities import VERSIONS
from osuT5.config import DataLayout
from osuT5.model.checkpoint import load_model
from osuT5.model.modeling import Mapperatorinator
from tests.shared_data import SHARED, need

MODELS = SHARED / "golden" / "model"


@lru_cache(maxsize=1)
def song() -> np.ndarray:
    """The 40 s song at 16 kHz that the golden windows are cut from."""
    with np.load(need(SHARED / "golden" / "audio" / "decoded_song40.npz")) as arrays:
        return np.asarray(arrays["song40_22k_mono"])


@dataclass(frozen=True)
class Golden:
    """One golden model folder."""

    folder: Path
    settings: dict[str, Any]
    arrays: dict[str, np.ndarray]

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def layout(self) -> DataLayout:
        return VERSIONS["v32" if self.name == "varlocal" else self.name].layout

    @property
    def starts(self) -> list[int]:
        return [int(start) for start in self.arrays["frame_starts"]]

    def tensor(self, name: str) -> Tensor:
        return torch.from_numpy(self.arrays[name])

    def frames(self) -> Tensor:
        samples = self.settings["samples"]
        return torch.from_numpy(np.stack([song()[start : start + samples] for start in self.starts]))

    def conditions(self) -> dict[str, Tensor]:
        return {key[5:]: torch.from_numpy(value) for key, value in self.arrays.items() if key.startswith("cond_")}

    def model(self, attention: str = "sdpa", published: bool = True) -> Mapperatorinator:
        model = load_model(self.folder, attn_implementation=attention).model
        model.set_published_masks(published)
        return model

    @torch.no_grad()
    def encoded(self, model: Mapperatorinator) -> Tensor:
        return model.encode(self.frames(), **self.conditions())


@lru_cache(maxsize=2)
def golden(folder: Path) -> Golden:
    """Read a folder; skips the test when it is absent."""
    with np.load(need(folder / "io.npz")) as arrays:
        loaded = dict(arrays)
    return Golden(folder, json.loads((folder / "io.json").read_text()), loaded)

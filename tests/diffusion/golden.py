"""Inputs of the diffusion parity tests, read from the reference data."""

from __future__ import annotations

from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from osu_diffusion.checkpoint import Refiner, load_own
from osu_diffusion.refine import SongFacts
from osu_diffusion.settings import RefinerSettings
from osuT5.beatmap.timing_lines import TimingLine, parse_timing_lines
from osuT5.config import Conditions
from osuT5.events.event import Event, EventStream, EventType
from tests.shared_data import SHARED, need

GOLDEN = SHARED / "golden" / "diffusion"


@lru_cache(maxsize=1)
def tiny() -> Refiner:
    return load_own(need(GOLDEN / "model"))


def stream(events: list[list[Any]]) -> EventStream:
    return EventStream([Event(EventType(name), value) for name, value in events], [0] * len(events))


def timing_of(name: str) -> list[TimingLine]:
    text = need(SHARED / "corpus" / "osu" / name).read_text(encoding="utf-8-sig")
    section = text.split("[TimingPoints]", 1)[1].split("\n[", 1)[0]
    return parse_timing_lines(line for line in section.splitlines() if line.strip())


def facts(case: dict[str, Any]) -> SongFacts:
    known = {item.name for item in fields(Conditions)}
    conditions = Conditions(**{name: value for name, value in case["generation_config"].items() if name in known})
    return SongFacts(timing_of(case["map"]), conditions)


def settings(case: dict[str, Any]) -> RefinerSettings:
    given = dict(case["settings"])
    given["cfg_scale"] = given.get("diff_cfg_scale", given.get("cfg_scale", 1.0))
    known = {item.name for item in fields(RefinerSettings)}
    return RefinerSettings(**({name: value for name, value in given.items() if name in known} | {"precision": "fp32"}))


class RecordedNoise:
    """Answers shapes with the recorded tensors, in order of use."""

    def __init__(self, path: Path) -> None:
        data = np.load(path)
        self._left = [data[name] for name in sorted(data) if name.startswith(("init_", "noise_"))]

    def __call__(self, shape: tuple[int, ...]) -> torch.Tensor:
        assert self._left, "more noise drawn than recorded"
        noise = torch.from_numpy(self._left.pop(0))
        assert noise.shape == shape
        return noise

    @property
    def left(self) -> int:
        return len(self._left)

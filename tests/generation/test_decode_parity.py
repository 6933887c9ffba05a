"""Ids of the golden tiny checkpoints: greedy, guided, with look-back, biased and by beams (golden/model/*/gen_*)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from osuT5.compat import Compat
from osuT5.config import Sampling
from osuT5.events.event import ContextType, EventType
from osuT5.generation.engine import DecodeRequest, RowConditions
from osuT5.generation.model_engine import ModelEngine
from osuT5.tokenizer import Tokenizer
from tests.model.golden import MODELS, Golden, golden, song
from tests.shared_data import SHARED, need

pytestmark = pytest.mark.parity
SAMPLING = (*Sampling.__dataclass_fields__,)


def tags() -> list[Any]:
    """One case for each folder and tag that the reference data lists."""
    found = [
        pytest.param(path.parent, tag, id=f"{path.parent.name}-{tag}")
        for path in sorted(MODELS.glob("*/io.json"))
        for tag in json.loads(path.read_text())["generation"]
    ]
    return found or [pytest.param(MODELS / "v29", "greedy", id="absent")]


def stop_ids(tokenizer: Tokenizer, settings: dict[str, Any]) -> frozenset[int]:
    """EOS, the closing id of the context, and the times of look-back and look-ahead (spec 03 section 5)."""
    first, end = tokenizer.event_start[EventType.TIME_SHIFT], tokenizer.event_end[EventType.TIME_SHIFT]
    early, late = (int(settings.get(key, 0) / 10) for key in ("lookback_time", "lookahead_time"))
    stops = {2, *range(first, first + early), *range(end - late, end)}
    if "context_type" in settings and tokenizer.context_eos:
        stops.add(tokenizer.context_eos[ContextType(settings["context_type"])])
    return frozenset(stops)


def unpadded(rows: np.ndarray) -> list[list[int]]:
    return [row[np.argmax(row != 0) :].tolist() for row in rows]


def request_of(case: Golden, settings: dict[str, Any], tokenizer: Tokenizer) -> DecodeRequest:
    arrays = case.arrays
    rows = range(len(case.starts))
    conditions = [RowConditions() for _ in rows]
    if "cond_difficulty" in arrays:
        conditions = [
            RowConditions(
                float(arrays["cond_difficulty"][row]),
                int(arrays["cond_mapper_idx"][row]),
                song_position=tuple(arrays["cond_song_position"][row].tolist()),
            )
            for row in rows
        ]
    return DecodeRequest(
        windows=list(rows),
        prompts=unpadded(arrays["prompt_cond"]),
        negative_prompts=unpadded(arrays["prompt_uncond"]) if settings["cfg_scale"] > 1 else None,
        conditions=conditions,
        sampling=Sampling(**{key: value for key, value in settings.items() if key in SAMPLING}),
        stop_ids=stop_ids(tokenizer, settings),
        lookback_ms=settings.get("lookback_time", 0),
        max_length=settings["max_length"],
        pad_to=arrays["prompt_cond"].shape[1],
    )


@pytest.mark.parametrize(("folder", "tag"), tags())
def test_generated_ids(folder: Path, tag: str) -> None:
    case = golden(folder)
    settings = case.settings["generation"][tag]["settings"]
    tokenizer = Tokenizer.load(folder)
    engine = ModelEngine(case.model(), tokenizer, case.layout, song(), case.starts, compat=Compat("published"))
    request = request_of(case, settings, tokenizer)
    found = engine.decode(request)
    expected = case.arrays[f"gen_{tag}_ids"][:, request.pad_to :]
    for row, ids in enumerate(found):
        agreed = first_near_tie(case, tag, row, expected.shape[1])
        padded = ids + [0] * (expected.shape[1] - len(ids))
        assert padded[:agreed] == expected[row, :agreed].tolist()


def first_near_tie(case: Golden, tag: str, row: int, length: int) -> int:
    """How many ids are certain: up to the first whose raw top-2 gap is below 1e-3."""
    if tag != "greedy":
        return length
    close = np.flatnonzero(case.arrays["gen_greedy_raw_top2_margin"][row] < 1e-3)
    return int(close[0]) if len(close) else length


def test_the_shared_folder_lists_every_tag() -> None:
    need(SHARED)
    listed = {tag for _, tag in (case.values for case in tags())}
    assert {"greedy", "greedy_cfg2", "greedy_lookback", "greedy_timeshift_bias", "beam2"} <= listed

"""The debug model writes well-formed groups in every mode, deterministically, and stops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from osuT5.capabilities import VERSIONS
from osuT5.config import Sampling
from osuT5.events.event import ContextType, EventType
from osuT5.generation.engine import DecodeRequest, RowConditions
from osuT5.generation.model_engine import ModelEngine
from osuT5.model.checkpoint import load_model
from osuT5.model.debug import build_debug_bundle
from osuT5.tokenizer import Tokenizer

LAYOUT = VERSIONS["v29"].layout
ATTRIBUTES = {
    0: [["snap", "dist", "pos"], ["hitsound", "volume"]],
    1: [["snap"], ["hitsound", "volume"]],
    2: [["snap", "dist", "pos"], ["hitsound", "volume"]],
    3: [["snap", "column"], ["hitsound", "volume"]],
}


def names(folder: Path, mode: int, context: str) -> list[str]:
    tokenizer = Tokenizer.load(folder)
    generator = torch.Generator().manual_seed(mode)
    samples = np.zeros(LAYOUT.window_samples, np.float32)
    engine = ModelEngine(load_model(folder).model, tokenizer, LAYOUT, samples, [0], generator=generator)
    closing = tokenizer.context_eos[ContextType(context)]
    start = [tokenizer.event_start[EventType.GAMEMODE] + mode, 1, tokenizer.context_sos[ContextType(context)]]
    request = DecodeRequest(
        [0], [start], None, [RowConditions()], Sampling(), frozenset({2, closing}), 0, LAYOUT.tgt_seq_len
    )
    found = engine.decode(request)[0]
    assert found[-1] == closing and len(found) < 1000
    return [tokenizer.decode(token).type.value for token in found[:-1]]


@pytest.mark.parametrize("mode", range(4))
def test_objects_of_every_mode(mode: int, tmp_path: Path) -> None:
    found = names(build_debug_bundle(tmp_path), mode, "map")
    before, after = ATTRIBUTES[mode]
    plain = [name for name in found if name != "new_combo"]
    group = ["circle", "t", *before, *after]
    assert plain and plain == group * (len(plain) // len(group))


def test_other_contexts(tmp_path: Path) -> None:
    bundle = build_debug_bundle(tmp_path)
    for context, kinds, size in (
        ("timing", {"beat", "measure", "timing_point"}, 2),
        ("kiai", {"kiai"}, 2),
        ("sv", {"scroll_speed_change"}, 3),
    ):
        found = names(bundle, 0, context)
        assert set(found[::size]) <= kinds and set(found[1::size]) == {"t"}


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    first, second, other = (
        build_debug_bundle(tmp_path / str(index), seed=seed) for index, seed in enumerate((1, 1, 2))
    )
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    assert (first / "model.safetensors").read_bytes() != (other / "model.safetensors").read_bytes()


def test_building_leaves_the_global_generator_alone(tmp_path: Path) -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    build_debug_bundle(tmp_path)
    assert torch.equal(torch.rand(1), expected)


def test_layouts_outside_the_grammar() -> None:
    with pytest.raises(ValueError, match="types first"):
        build_debug_bundle("unused", version="v32")

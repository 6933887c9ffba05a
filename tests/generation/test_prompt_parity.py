"""Prompts against those of the published system: the ``prompts`` of golden/events, all contexts taken from the map."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from osuT5.capabilities import VERSIONS
from osuT5.events.event import ContextType, Event, EventStream, EventType
from osuT5.generation.contexts import InContext, OutContext
from osuT5.generation.prompt import PromptBuilder
from osuT5.generation.templates import choose_template
from osuT5.tokenizer import Tokenizer, class_vector

from ..shared_data import SHARED, cases, load_json, need
from .replay import conditions_of

STREAMS = {"timing": "parse_timing", "kiai": "parse_kiai", "map": "parse", "sv": "parse_scroll_speeds"}


def stream_of(record: dict[str, Any], context: str) -> EventStream:
    recorded = record[STREAMS[context]]
    return EventStream([Event(EventType(name), value) for name, value in recorded["events"]], recorded["times"])


@pytest.mark.parity
@pytest.mark.parametrize("path", cases("golden/events/*/*.json.gz"))
def test_prompts(path):
    record = load_json(path)
    asked = record.get("prompts")
    if not asked:
        pytest.skip(f"no prompts: {record['config']} does not write mode {record['mode']}")
    layout = VERSIONS[record["config"]].layout
    tokenizer = Tokenizer.load(need(SHARED / "golden/tokenizer" / record["config"]))
    names = ("gamemode", "year", "mapper_id", "descriptors", "negative_descriptors")
    conditions = conditions_of(record["generation_config_from_beatmap"])
    conditions = replace(conditions, **{name: asked[name] for name in names})
    choice = choose_template(layout.templates, asked["in_context"], asked["out_context"], asked["gamemode"])
    builder = PromptBuilder(
        tokenizer,
        layout,
        asked["song_length"],
        asked["ms_per_window"],
        choice.template,
        tuple(InContext(ContextType(name), EventStream()) for name in asked["in_context"]),
        class_vector(tokenizer, layout, conditions, asked["song_length"]),
        class_vector(tokenizer, layout, conditions, asked["song_length"], negative=True),
    )
    outs = [OutContext(ContextType(name), stream_of(record, name)) for name in asked["out_context"]]
    assert asked["windows"]
    for window in asked["windows"]:
        prompt = builder.build(outs, window["frame_time"])
        assert without_padding(prompt.ids) == without_padding(window["cond"])
        assert without_padding(prompt.negative) == without_padding(window["uncond"])


def without_padding(ids: list[int]) -> list[int]:
    return ids[next(index for index, token in enumerate(ids) if token != 0) :]

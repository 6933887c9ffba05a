"""MaiMod against the published tool (golden/maimod)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from osuT5.events.event import ContextType, EventStream, EventType
from osuT5.modding.render_text import by_category, item_line, linked, published_lines
from osuT5.modding.scoring import ScoredContext
from osuT5.modding.words import Words

from ..shared_data import cases, load_json
from .tiny import Scoring, score_record, tiny_model

RELATIVE, ABSOLUTE = 1e-2, 1e-4

pytestmark = pytest.mark.parity


def pair(event: Any) -> list[Any]:
    return [event.type.value, event.value]


@pytest.mark.parametrize("path", cases("golden/maimod/*.json.gz"))
def test_golden_run(path: Path) -> None:
    record = load_json(path)
    if "raises" in record:  # the published tool stops at models with several contexts
        check_goes_through(record)
        return
    found = score_record(record, "published")
    assert [context.kind.value for context in found.scored.contexts] == [
        context["context_type"] for context in record["contexts"]
    ]
    for ours, theirs in zip(found.scored.contexts, record["contexts"], strict=True):
        check_context(ours, theirs, Path(record["model"]).name)
    check_suggestions(found, record)
    check_texts(found, record)


def check_context(ours: ScoredContext, theirs: dict[str, Any], version: str) -> None:
    assert [pair(event) for event in ours.stream.events] == theirs["events"]
    assert ours.stream.times == theirs["times"]
    words = words_of(version)
    for index, score in enumerate(ours.scores):
        expected = pair(ours.stream.events[index]) if score is None else pair(score.expected)
        assert expected == theirs["expected_events"][index], index
        wanted = theirs["surprisals"][index]
        relative = 0.0 if score is None else score.relative
        assert relative == pytest.approx(wanted, rel=RELATIVE, abs=ABSOLUTE), index
        if score is not None:
            assert linked(words.of(ours.stream.events[index])) == theirs["events_str"][index]
            assert linked(words.of(score.expected)) == theirs["expected_events_str"][index]


def words_of(version: str) -> Words:
    from osuT5.capabilities import VERSIONS

    _, tokenizer = tiny_model(version)
    ends = frozenset({tokenizer.eos_id, *tokenizer.context_eos.values()})
    return Words(VERSIONS[version].layout, ends)


def check_suggestions(found: Scoring, record: dict[str, Any]) -> None:
    assert len(found.suggestions) == len(record["suggestions"])
    for ours, theirs in zip(found.suggestions, record["suggestions"], strict=True):
        assert ours.context.value == theirs["context_type"]
        assert (ours.index, ours.time, ours.group) == (theirs["index"], theirs["time"], theirs["group_str"])
        assert pair(ours.actual) == theirs["event"]
        assert pair(ours.expected) == theirs["expected_event"]
        assert linked(ours.actual_words) == theirs["event_str"]
        assert linked(ours.expected_words) == theirs["expected_event_str"]
        assert ours.score.relative == pytest.approx(theirs["surprisal"], rel=RELATIVE)
        assert ours.target.combo == theirs["combo_index"]
        if theirs["timestamp_time"] is not None:
            assert ours.target.time == theirs["timestamp_time"]


def check_texts(found: Scoring, record: dict[str, Any]) -> None:
    assert {
        category: [f" {item_line(item)}"[1:] for item in items]
        for category, items in by_category(found.suggestions).items()
    } == record["by_category"]
    assert "\n".join(published_lines(found.suggestions)).rstrip("\n") == record["printed"].rstrip("\n")


def check_goes_through(record: dict[str, Any]) -> None:
    found = score_record(record, "corrected")
    kinds = [context.kind for context in found.scored.contexts]
    assert ContextType.MAP in kinds and len(kinds) > 1
    assert (ContextType.SV in kinds) == (found.beatmap.mode == 3 and Path(record["model"]).name != "starter")
    for context in found.scored.contexts:
        assert_scored_up_to_a_time(context)
    assert found.suggestions


def assert_scored_up_to_a_time(context: ScoredContext) -> None:
    """Everything that lies in the audio has one finite score, the rest none."""
    stream: EventStream = context.stream
    scored = [index for index, score in enumerate(context.scores) if score is not None]
    assert scored == list(range(len(scored)))
    for score in context.scores[: len(scored)]:
        assert score is not None
        assert 0 <= score.surprisal < 33.3 and score.entropy >= 0 and score.relative >= 0
        assert score.expected.type is not EventType.TIME_SHIFT or score.expected.value % 5 in range(5)
    assert all(time > 38000 for time in stream.times[len(scored) :])

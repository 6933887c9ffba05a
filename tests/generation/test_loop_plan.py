"""Which passes a run has (spec 03 section 6.3)."""

from __future__ import annotations

import pytest

from osuT5.capabilities import VERSIONS
from osuT5.compat import Compat
from osuT5.config import GenerationOptions
from osuT5.generation.plan import TimingSource, plan_run
from osuT5.generation.templates import TemplateError

FULL = ("timing", "kiai", "map", "sv")
CORRECTED = Compat()


def plan(version: str, in_context: tuple[str, ...], output_type: tuple[str, ...], mode: int = 0, **more: object):
    timing_given = bool(more.pop("timing_given", False))
    options = GenerationOptions(in_context=in_context, output_type=output_type, **more)  # type: ignore[arg-type]
    return plan_run(VERSIONS[version].layout, options, mode, CORRECTED, timing_given=timing_given)


@pytest.mark.parametrize(
    ("version", "in_context", "outputs", "more", "source", "timing_writes", "main_writes", "given"),
    [
        ("v29", ("none",), FULL, {"super_timing": True}, "super timing", ("timing",), ("kiai", "map"), {"timing"}),
        ("v31", ("none",), FULL, {}, "timing pass", ("timing",), ("kiai", "map"), {"timing"}),
        ("v32", (), ("timing", "map", "sv"), {}, "timing pass", ("timing",), ("map",), {"timing"}),
        ("v30", (), ("map",), {}, "main pass", None, ("map",), set()),
        ("v30", (), ("map",), {"super_timing": True}, "super timing", ("map",), ("map",), {"timing"}),
        ("v29", ("gd",), FULL, {"super_timing": True}, "main pass", None, ("timing", "kiai", "map"), {"gd"}),
        ("v29", ("gd",), ("map",), {}, "none", None, ("map",), {"gd"}),
        ("v29", ("gd", "timing", "kiai"), ("map",), {}, "reference map", None, ("map",), {"gd", "timing", "kiai"}),
        ("v32", ("timing",), ("timing", "map"), {}, "reference map", None, ("timing", "map"), {"timing"}),
        ("v29", ("none", "timing"), ("map",), {}, "timing pass", ("timing",), ("map",), {"timing"}),
        ("v29", ("none",), ("timing",), {}, "timing pass", ("timing",), None, {"timing"}),
        ("v29", ("none",), ("kiai",), {}, "none", None, ("kiai",), set()),
        ("v30", ("timing",), ("map",), {}, "reference map", None, ("map",), {"timing"}),
        (
            "v29",
            ("none",),
            FULL,
            {"super_timing": True, "timing_given": True},
            "given",
            None,
            ("kiai", "map"),
            {"timing"},
        ),
    ],
)
def test_plans(version, in_context, outputs, more, source, timing_writes, main_writes, given):
    made = plan(version, in_context, outputs, **more)
    assert made.timing == TimingSource(source)
    assert (made.timing_choice.requested if made.timing_choice else None) == timing_writes
    assert (made.main_choice.requested if made.main_choice else None) == main_writes
    assert made.given == given


def test_mania_writes_scroll_speeds():
    made = plan("v29", ("none",), FULL, mode=3)
    assert made.main_choice is not None
    assert made.main_choice.requested == ("kiai", "map", "sv")


def test_contexts_without_a_place():
    with pytest.raises(TemplateError, match=r"\[KIAI\] has no place in \[\] -> \[TIMING,MAP,SV\]"):
        plan("v32", ("timing", "kiai"), ("map",))
    options = GenerationOptions(in_context=("timing", "kiai"), output_type=("map",))
    assert plan_run(VERSIONS["v32"].layout, options, 0, Compat("published")).given == {"timing", "kiai"}


def test_nothing_to_write():
    with pytest.raises(TemplateError, match="output_type: empty"):
        plan("v29", ("none",), ())

"""Values in words (spec 06 section 1.7)."""

from __future__ import annotations

import pytest

from osuT5.capabilities import VERSIONS
from osuT5.events.event import Event, EventType
from osuT5.modding.words import Words, clock

_T = EventType


@pytest.mark.parametrize(
    ("version", "event", "words"),
    [
        ("v30", Event(_T.POS_X, 44), "x:176"),
        ("v30", Event(_T.POS_Y, 64), "y:256"),
        ("v29", Event(_T.POS, 0), "x:-240 y:-240"),  # cell of 32 px from -256, -256
        ("v29", Event(_T.POS, 33 + 2), "x:-176 y:-208"),
        ("v32", Event(_T.POS_REFINE, 0), "x+0 y+0"),
        ("v32", Event(_T.POS_REFINE, 17), "x+2 y+2"),  # 16 steps of 2 px a row
        ("v30", Event(_T.DISTANCE, 59), "59"),
        ("v29", Event(_T.MANIA_COLUMN, 0), "1"),
        ("v29", Event(_T.VOLUME, 45), "45%"),
        ("v29", Event(_T.SNAPPING, 4), "1/4"),
        ("v29", Event(_T.SNAPPING, 0), "none"),
        ("v29", Event(_T.TIME_SHIFT, 61234), "01:01:234"),
        ("v29", Event(_T.SCROLL_SPEED, 120), "x1.20"),
        ("v29", Event(_T.HITSOUND, 0), "normal:normal-none"),
        ("v29", Event(_T.HITSOUND, 35), "soft:soft-whistle:finish"),
        ("v29", Event(_T.HITSOUND, 4 + 8 * 2 + 24), "drum:soft-clap"),
        ("v29", Event(_T.NEW_COMBO, 0), "new_combo0"),
        ("v29", Event(_T.CONTROL, 2), "End of sequence"),
        ("v29", Event(_T.CONTROL, 9), "control9"),
    ],
)
def test_words(version: str, event: Event, words: str) -> None:
    assert Words(VERSIONS[version].layout, frozenset({2})).of(event) == words


def test_clock() -> None:
    assert clock(0) == "00:00:000"
    assert clock(59_999) == "00:59:999"
    assert clock(6_000_000.9) == "100:00:000"
    assert clock(-5) == "00:00:000"

"""Every mode with every published family (spec 06 section 11): several output contexts included."""

from __future__ import annotations

import pytest

from osuT5.beatmap import parse_beatmap
from osuT5.capabilities import VERSIONS
from osuT5.events.facts import map_conditions

from .maps import clicks, map_text
from .tiny import score

CASES = [(version, mode) for version in ("v29", "v30", "v31", "v32") for mode in VERSIONS[version].gamemodes]


@pytest.mark.parity
@pytest.mark.parametrize(("version", "mode"), CASES)
@pytest.mark.parametrize("compat", ["corrected", "published"])
def test_every_event_is_scored(version: str, mode: int, compat: str) -> None:
    beatmap = parse_beatmap(map_text(mode))
    found = score(version, beatmap, clicks(12.0), map_conditions(beatmap, 2.5), compat)
    wanted = {"v30": ["map"], "v32": ["timing", "map", "sv"]}.get(version, ["timing", "kiai", "map", "sv"])
    assert [context.kind.value for context in found.scored.contexts] == [
        name for name in wanted if name != "sv" or mode == 3
    ]
    for context in found.scored.contexts:
        for score_of in context.scores:
            assert score_of is not None and score_of.entropy >= -1e-6 and score_of.surprisal < 33.3
        assert context.end is not None
    if VERSIONS[version].layout.position_refinement:
        misc = [
            item for item in found.suggestions if item.actual.type.value == item.expected.type.value == "pos_refine"
        ]
        assert all(item.category == "Compose" for item in misc)

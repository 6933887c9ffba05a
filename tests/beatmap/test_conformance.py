"""Facts that the game itself reads from .osu files, one case a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from osuT5.beatmap import parse_beatmap
from tests.beatmap.facts import check_case
from tests.shared_data import SHARED, cases, load_json, need


@pytest.mark.parity
@pytest.mark.parametrize("case", cases("conformance/cases/*.json"))
def test_facts(case: Path) -> None:
    facts = load_json(case)
    data = need(SHARED / "conformance" / facts["input"]).read_bytes()
    beatmap = parse_beatmap(data, facts["input"], early_offset=facts["apply_offset"])
    assert beatmap.format_version == facts["format_version"]
    assert beatmap.mode == facts["mode"]
    check_case(beatmap, facts["expect"])

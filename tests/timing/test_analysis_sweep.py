"""Composed songs that no training has seen, through codecs: the floors of timing by analysis."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from benchmarks.timing import FIRST_SEED, changing_facts, constant_facts, find, scores


@pytest.mark.slow
def test_songs_of_constant_tempo(tmp_path: Path) -> None:
    facts = [constant_facts(find(score, tmp_path)) for score in islice(scores(FIRST_SEED, False), 16)]
    right = {name: sum(each[name] for each in facts) for name in facts[0]}
    assert right["bpm"] >= 15 and right["offset"] >= 15 and right["downbeat"] >= 14, right


@pytest.mark.slow
def test_songs_of_changing_tempo(tmp_path: Path) -> None:
    facts = [changing_facts(find(score, tmp_path)) for score in islice(scores(FIRST_SEED, True), 8)]
    right = {name: sum(each[name] for each in facts) for name in facts[0]}
    assert right["every change within 50 ms"] >= 6, right

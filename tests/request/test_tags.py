"""The tags string (spec 03 section 3.5, spec 08 section 11)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from osuT5.request import Request

Make = Callable[..., Request]


def test_published_example(request_for: Make) -> None:
    made = request_for("v32", seed=7, compat="published")
    assert made.settings.tags == (
        "model=OliBomby/Mapperatorinator-v32 hitsounded=True seed=7 in_context=[] temperature=0.9 top_p=0.9 "
        "generate_positions=False"
    )


def test_disclosure_comes_first_by_default(request_for: Make) -> None:
    tags = request_for("v32", seed=7).settings.tags
    assert tags.startswith("AI generated Beatwright 0.1.0 model=OliBomby/Mapperatorinator-v32 ")
    assert " seed=7 " in tags


def test_given_tags_are_kept_and_disclose(request_for: Make) -> None:
    assert request_for(tags="one two", seed=3).settings.tags == "one two AI generated Beatwright 0.1.0 seed=3"
    assert request_for(tags="one two", seed=3, compat="published").settings.tags == "one two"


def test_lists_numbers_and_order(request_for: Make, reference: Path) -> None:
    made = request_for(
        beatmap_path=str(reference),
        in_context=["NONE", "TIMING"],
        output_type=["MAP"],
        descriptors=["jump aim", 3],
        negative_descriptors=[],
        difficulty=5,
        year=2015,
        compat="published",
        start_time=1000,
    )
    assert made.settings.tags == (
        "model=OliBomby/Mapperatorinator-v29.1 beatmap_id=741358 difficulty=5.0 year=2015 hitsounded=True "
        'descriptors="[jump aim,3]" timing_leniency=3 seed=7 start_time=1000 in_context=[NONE,TIMING] temperature=0.9 '
        "top_p=0.9 super_timing=True"
    )

"""Settings that follow the difficulty."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from osuT5.audio import AudioTags
from osuT5.options import InferenceOptions
from osuT5.request import Request
from osuT5.request.by_level import settings_for, told_stars
from osuT5.request.fill import FROM_DEFAULT, fill_from_defaults
from osuT5.rules import recommended
from osuT5.rules.level import level_of_stars


def test_settings_of_whole_stars_and_between() -> None:
    four = settings_for(0, 4.0)
    assert (four.approach_rate, four.overall_difficulty, four.hp_drain_rate, four.circle_size) == (8.5, 7.5, 6, 4)
    assert four.slider_multiplier == 1.6
    assert settings_for(0, 3.5).slider_multiplier == 1.5
    assert settings_for(0, 0.2) == settings_for(0, 1.0)
    assert settings_for(0, 9.0) == settings_for(0, 7.0)


@pytest.mark.parametrize("mode", range(4))
@pytest.mark.parametrize("stars", [1.0, 2.3, 3.4, 4.6, 6.2])
def test_settings_are_those_recommended_for_the_level(mode: int, stars: float) -> None:
    settings = settings_for(mode, stars)
    for name, (low, high) in recommended(mode, level_of_stars(stars)).items():
        if not (mode == 2 and name == "overall_difficulty"):  # catch: OD has no effect and follows AR
            assert low <= getattr(settings, name) <= high, name


def test_modes_with_rules_of_their_own() -> None:
    assert settings_for(1, 5.5).slider_multiplier == 1.4
    catch = settings_for(2, 3.0)
    assert catch.overall_difficulty == catch.approach_rate


def test_the_shipped_model_is_told_no_more_stars_than_it_has_learnt() -> None:
    assert [told_stars(mode, 4.5) for mode in range(4)] == [4.5] * 4
    assert told_stars(1, 6.5) == told_stars(1, 6.0) < 6.0


def test_what_the_user_set_stays() -> None:
    options = InferenceOptions(difficulty=2.0, approach_rate=9.5)
    filled = fill_from_defaults(options, AudioTags(), by_level=True)
    assert filled.options.approach_rate == 9.5
    assert filled.options.slider_multiplier == 1.2
    assert filled.origins["circle_size"] == FROM_DEFAULT


def test_without_a_difficulty_four_stars_are_asked_for() -> None:
    filled = fill_from_defaults(InferenceOptions(), AudioTags(), by_level=True)
    assert filled.options.difficulty == 4.0
    assert filled.options.slider_multiplier == 1.6
    assert fill_from_defaults(InferenceOptions(), AudioTags()).options.difficulty is None


def test_the_shipped_model_is_asked_for_one_plain_style() -> None:
    shipped = fill_from_defaults(InferenceOptions(model_path="starter", year=2010), AudioTags(), by_level=True)
    assert (shipped.options.mapper_id, shipped.options.year) == (101, 2010)
    other = fill_from_defaults(InferenceOptions(model_path="mine"), AudioTags(), by_level=True)
    assert (other.options.mapper_id, other.options.year) == (None, None)


def test_who_asks_for_more_than_it_has_learnt_is_told(request_for: Callable[..., Request]) -> None:
    def notices(mode: int, stars: float) -> str:
        return " ".join(request_for("starter", gamemode=mode, difficulty=stars).notices)

    assert "difficulty: 6.5 stars are more than the embedded model has learnt" in notices(1, 6.5)
    assert "difficulty" not in notices(1, 4.0) + notices(0, 6.5)
    assert request_for("starter", gamemode=1, difficulty=6.5).conditions.difficulty == told_stars(1, 6.5)

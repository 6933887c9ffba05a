"""Features of styles on literal maps, and marks that the rule mapper itself shows."""

from __future__ import annotations

import numpy as np
import pytest

from osuT5.beatmap import Beatmap, parse_beatmap
from starter.evaluation import features
from starter.evaluation.marks import MARKS, PLAIN_MAPPER, PLAIN_YEAR, STYLE_STARS, Mark
from starter.maps.mapper import MapRequest, make_map
from starter.maps.styles import DESCRIPTORS, MAPPERS, Signature
from starter.songs.compose import compose

SCORES = [compose(seed, 30_000.0) for seed in (300_000_011, 300_000_016)]


def map_of(*objects: str, mode: int = 0) -> Beatmap:
    lines = "\n".join(objects)
    return parse_beatmap(
        f"osu file format v14\n\n[General]\nMode: {mode}\n\n[Difficulty]\nCircleSize:4\nSliderMultiplier:1\n\n"
        f"[TimingPoints]\n0,500,4,1,0,100,1,0\n\n[HitObjects]\n{lines}\n"
    )


def test_sliders() -> None:
    beatmap = map_of(
        "0,0,0,1,0,0:0:0:0:",
        "32,64,500,2,0,B|132:64,1,100",  # 100 px in a beat; straight
        "33,64,2000,2,0,P|80:90|130:64,1,100",
        "0,32,4000,12,0,5000,0:0:0:0:",
    )
    assert features.slider_share(beatmap) == pytest.approx(2 / 3)
    assert features.curved_share(beatmap) == 0.5
    assert features.slider_speed(beatmap) == pytest.approx(100)
    assert features.grid_share(beatmap) == pytest.approx(2 / 3)


def test_spacing_stacks_and_turns() -> None:
    places = [(100, 100), (200, 100), (300, 100), (300, 100), (300, 200), (300, 300), (200, 300)]
    beatmap = map_of(*(f"{x},{y},{200 * i},1,0,0:0:0:0:" for i, (x, y) in enumerate(places)))
    assert features.stack_share(beatmap) == pytest.approx(1 / 6)
    assert features.spacing(beatmap) == pytest.approx(500 / 6)
    assert features.straight_share(beatmap) == pytest.approx(2 / 3)  # of three turns, the stack has none
    assert features.wide_turn_share(beatmap) == pytest.approx(1 / 3)


def test_density_and_combos() -> None:
    beatmap = map_of(*(f"100,100,{500 * i},{5 if i % 4 == 0 else 1},0,0:0:0:0:" for i in range(9)))
    assert features.density(beatmap) == 2.0
    assert features.combo_length(beatmap) == 4.0


def test_sounds_of_taiko() -> None:
    sounds = (0, 8, 2, 4, 12)  # don, kat, kat, big don, big kat
    beatmap = map_of(*(f"256,192,{500 * i},1,{sound},0:0:0:0:" for i, sound in enumerate(sounds)), mode=1)
    assert features.finish_share(beatmap) == 0.4
    assert features.colour_change_share(beatmap) == 0.75
    assert features.clap_share(beatmap) == pytest.approx(2 / 3)


def test_chords_and_holds_of_mania() -> None:
    beatmap = map_of("64,192,0,1,0,0:0:0:0:", "192,192,0,128,0,400:0:0:0:0:", "320,192,500,1,0,0:0:0:0:", mode=3)
    assert features.chord_size(beatmap) == 1.5
    assert features.hold_share(beatmap) == pytest.approx(1 / 3)


def test_features_of_an_empty_map_are_zero() -> None:
    beatmap = map_of()
    assert all(mark.feature(beatmap) == 0 for mark in MARKS)


def test_every_descriptor_and_mapper_has_a_mark() -> None:
    assert {mark.style for mark in MARKS} == set(DESCRIPTORS) | set(MAPPERS) - {PLAIN_MAPPER}
    assert all(mark.mode in DESCRIPTORS[mark.style][0] for mark in MARKS if isinstance(mark.style, str))


def test_marks_move() -> None:
    falls = Mark(104, 0, features.curved_share, False)
    assert falls.moved(0.5, 0.4) and not falls.moved(0.5, 0.5) and not falls.moved(0.5, 0.6)
    assert falls.shift(0.5, 0.2) == pytest.approx(0.3)


@pytest.mark.parametrize("mark", MARKS, ids=lambda mark: f"{mark.style}-{mark.mode}")
def test_the_rule_mapper_shows_every_mark(mark: Mark) -> None:
    """So that what the benchmark asks of the model is what the model was shown."""

    def feature(signature: Signature) -> float:
        made = [
            make_map(score, MapRequest(mark.mode, STYLE_STARS[mark.mode], 4, signature, 1), "a.mp3", tries=3)[0]
            for score in SCORES
        ]
        return float(np.mean([mark.feature(beatmap) for beatmap in made]))

    style = mark.style
    marked = Signature(
        style if isinstance(style, int) else PLAIN_MAPPER, PLAIN_YEAR, (style,) if isinstance(style, str) else ()
    )
    assert mark.moved(feature(Signature(PLAIN_MAPPER, PLAIN_YEAR, ())), feature(marked))

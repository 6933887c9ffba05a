"""Several maps in one run: spreads, lists, candidates; each equal to the map that a run of its own makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from osuT5.beatmap import parse_beatmap, read_beatmap
from osuT5.generation import map_run
from osuT5.pipeline import song as song_module
from osuT5.pipeline.versions import versions_of
from osuT5.rules import check_set

from ..shared_data import SHARED, need
from .making import body, results, write_song

GREEDY = {"do_sample": False}


def texts(made: tuple[Any, ...]) -> list[str]:
    return [body(result.path.read_text(encoding="utf-8")) for result in made]


CASES = [
    ("v29", {"end_time": 9000}),
    ("v30", {}),
    ("v31", {}),
    ("v32", {}),
    ("v29", {"num_beams": 2, "cfg_scale": 2.0}),
]


@pytest.mark.parametrize("version, options", CASES, ids=str)
def test_a_spread_equals_single_runs(version: str, options: dict[str, Any], tmp_path: Path) -> None:
    model = need(SHARED / "golden" / "model" / version)
    song = str(need(SHARED / "golden" / "audio" / "song40_22k_mono.wav"))
    common = {**GREEDY, "audio_path": song, "end_time": 6000, **options}
    spread = results(model, version, difficulty=[2, 3.5, 5], output_path=str(tmp_path / "all"), **common)
    for stars, text in zip([2, 3.5, 5], texts(spread), strict=True):
        single = results(model, version, difficulty=stars, output_path=str(tmp_path / f"{stars}"), **common)
        assert texts(single) == [text]
    assert len(set(texts(spread))) > 1 or common["end_time"] == 6000  # most of the tiny models are nearly deaf to stars


@pytest.mark.parametrize(
    "options",
    [
        {"cfg_scale": 1.5, "negative_descriptors": []},
        {"parallel": True},
        {"super_timing": True, "timer_iterations": 2},
        {"gamemode": [0, 1, 3], "difficulty": [2, 2, 2]},
        {"hitsounded": [True, False], "circle_size": [3, 5], "difficulty": [2, 3]},
    ],
    ids=str,
)
def test_lists_with_other_options(options: dict[str, Any], tmp_path: Path) -> None:
    listed = {"difficulty": [2.0, 5.0], **options}
    names = [name for name, value in listed.items() if isinstance(value, list) and name != "negative_descriptors"]
    model = need(SHARED / "golden" / "model" / "v29")
    common = {**GREEDY, "audio_path": str(need(SHARED / "golden" / "audio" / "song40_22k_mono.wav")), "end_time": 4000}
    spread = results(model, **common, **listed, output_path=str(tmp_path / "all"))
    for place, text in enumerate(texts(spread)):
        single = {**listed, **{name: listed[name][place] for name in names}}
        made = results(model, **common, **single, output_path=str(tmp_path / f"{place}"))
        assert texts(made) == [text]


def test_sampled_maps_equal_their_single_runs(debug_model: Path, tmp_path: Path) -> None:
    """Every map draws from its own stream. (Not with top_p: which of the debug model's equal chances it cuts off is noise.)"""
    common = {"audio_path": str(write_song(tmp_path / "short.wav", 5)), "top_p": 1.0}
    spread = results(debug_model, difficulty=[2, 5], output_path=str(tmp_path / "all"), **common)
    single = results(debug_model, difficulty=5, output_path=str(tmp_path / "one"), **common)
    assert texts(spread)[1:] == texts(single)


def test_one_timing_serves_a_spread(debug_model: Path, clicks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []
    monkeypatch.setattr(map_run.MapRun, "write_timing", _counted(map_run.MapRun.write_timing, written))
    made = results(debug_model, audio_path=str(clicks), difficulty=[1, 2, 3, 4, 6])
    assert len(written) == 1
    beatmaps = [read_beatmap(result.path) for result in made]
    names = [beatmap.metadata.version for beatmap in beatmaps]
    assert names == ["Easy", "Normal", "Hard", "Insane", "Expert"] == [result.version for result in made]
    assert [f"[{name}].osu" in result.path.name for name, result in zip(names, made, strict=True)] == [True] * 5
    assert not [item for item in check_set(beatmaps) if item.rule in ("T11", "S07", "D06")]


def _counted(function: Any, calls: list[Any]) -> Any:
    def counted(*arguments: Any) -> Any:
        calls.append(arguments)
        return function(*arguments)

    return counted


def test_equal_names_prefixes_and_keys(debug_model: Path, clicks: Path) -> None:
    common = {"audio_path": str(clicks)}
    made = results(debug_model, difficulty=[3, 3.1, 7], version="Ann's", **common)
    assert [result.version for result in made] == ["Ann's Hard", "Ann's Hard 2", "Ann's Expert+"]
    made = results(debug_model, difficulty=[3, 3], keycount=[4, 7], gamemode=3, **common)
    assert [result.version for result in made] == ["[4K] Hard", "[7K] Hard"]
    assert [read_beatmap(result.path).difficulty.key_count for result in made] == [4, 7]
    made = results(debug_model, difficulty=[3, 5], gamemode=1, **common)
    assert [result.version for result in made] == ["Muzukashii", "Oni"]


def test_candidates_differ_in_their_seed_alone(debug_model: Path, clicks: Path) -> None:
    made = results(debug_model, audio_path=str(clicks), candidates=3, seed=10)
    assert [result.seed for result in made] == [10, 11, 12]
    assert [result.version for result in made] == [
        "Mapperatorinator V29.1",
        *(f"Mapperatorinator V29.1 {n}" for n in (2, 3)),
    ]
    assert len(set(texts(made))) == 3
    tags = [read_beatmap(result.path).metadata.tags for result in made]
    assert [f"seed={seed} " in f"{text} " for seed, text in zip((10, 11, 12), tags, strict=True)] == [True] * 3
    timing = [parse_beatmap(result.path.read_bytes()).timing_points for result in made]
    assert len({tuple(point.text for point in points if point.uninherited) for points in timing}) <= 3
    again = results(debug_model, audio_path=str(clicks), candidates=3, seed=10)
    assert texts(again) == texts(made)


def test_stars_that_came_out_name_maps_without_asked_ones() -> None:
    class Asked:
        class options:
            difficulty, gamemode, keycount = None, 0, 4

        class settings:
            version = "Beatwright"

        class naming:
            prefix, with_keys = "", False

    assert versions_of([Asked, Asked, Asked], [2.1, 2.2, None]) == ["Normal", "Normal 2", "Beatwright"]  # type: ignore[list-item]


def test_a_batch_is_one_decode_call(debug_model: Path, clicks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    original = song_module.load_checkpoint

    def watched(*arguments: Any) -> Any:
        checkpoint = original(*arguments)
        factory = checkpoint.side.engine_factory

        def engine(samples: Any, starts: Any) -> Any:
            made = factory(samples, starts)
            decode = made.decode
            made.decode = lambda request: sizes.append(len(request.windows)) or decode(request)
            return made

        object.__setattr__(checkpoint.side, "engine_factory", engine)
        return checkpoint

    monkeypatch.setattr(song_module, "load_checkpoint", watched)
    results(debug_model, audio_path=str(clicks), difficulty=[1, 2, 3], max_batch_size=2)
    assert set(sizes) == {1, 2}

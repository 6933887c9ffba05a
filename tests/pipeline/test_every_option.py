"""Every option that issue and README name, alone and in documented combinations, from options to a file; wrong ones fail at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from osuT5.beatmap import read_beatmap
from osuT5.options import InferenceOptions, option_rows
from osuT5.pipeline import checkpoint as checkpoint_module
from osuT5.request import RequestError

from .making import options_for, outcomes, results, write_song
from .test_edits import HEAD, OBJECTS

TEMPO = {"bpm": 120, "offset": 0}  # spares the runs a pass
ALONE: list[dict[str, Any]] = [
    {"gamemode": 1},
    {"gamemode": 2},
    {"gamemode": 3, "keycount": 7, "hold_note_ratio": 0.3, "scroll_speed_ratio": 0.5},
    {"difficulty": 6.5},
    {"year": 2015},
    {"mapper_id": 1},
    {"beatmap_id": 1},
    {"hitsounded": False},
    {"hp_drain_rate": 3, "circle_size": 5.2, "overall_difficulty": 9, "approach_rate": 9.6},
    {"slider_multiplier": 2, "slider_tick_rate": 2},
    {"temperature": 0.7},
    {"timing_temperature": 1.0},
    {"mania_column_temperature": 1.2, "gamemode": 3},
    {"taiko_hit_temperature": 1.2, "gamemode": 1},
    {"position_temperature": 0.3},
    {"quick_reach": 90},
    {"timeshift_bias": -0.5},
    {"top_p": 0.5},
    {"top_k": 20},
    {"cfg_scale": 1.5},
    {"num_beams": 2, "top_k": 30},
    {"precision": "bf16"},
    {"precision": "amp"},
    {"attn_implementation": "eager"},
    {"max_batch_size": 1},
    {"parallel": True},
    {"lookback": 0.2, "lookahead": 0.3},
    {"lookback": 0.0, "lookahead": 0.0},
    {"start_time": 1000},
    {"end_time": 3000},
    {"start_time": 1000, "end_time": 3000},
    {"resnap_events": False},
    {"snap_near_perfect_overlaps": False},
    {"stretch_sliders": True},
    {"difficulty": 1.0, "star_tries": 2},
    {"check_rules": True},
    {"check_rules": True, "map_repairs": "none"},
    {"check_rules": True, "map_repairs": "gameplay", "gamemode": 2, "difficulty": 1.5},
    {"timing_leniency": 20},
    {"grid_divisors": [4, 6]},
    {"grid_divisors": "auto"},
    {"bpm": 170, "offset": 40},
    {"bpm": None, "offset": None, "output_type": ["TIMING"]},
    {"output_type": ["KIAI"]},
    {"output_type": ["MAP"]},
    {"output_type": ["KIAI", "MAP", "SV"], "gamemode": 3},
    {"title": "T", "artist": "A", "title_unicode": "た", "artist_unicode": "あ", "source": "S"},
    {"creator": "me", "version": "mine", "tags": "one two", "preview_time": 1234, "background": "x.png"},
    {"compat": "published"},
    {"compat": {"osu_template": "published"}},
    {"layout": {"add_kiai_special_token": True}},
]


@pytest.mark.slow
@pytest.mark.parametrize("options", ALONE, ids=str)
def test_option(options: dict[str, Any], debug_model: Path, tmp_path: Path) -> None:
    song = write_song(tmp_path / "song.wav", 5)
    common = {**TEMPO, "audio_path": str(song), "candidates": 1, **options}
    first, second = (results(debug_model, **common, output_path=str(tmp_path / f"{n}"))[0].path for n in range(2))
    beatmap = read_beatmap(first)
    published = common.get("compat") == "published"
    assert first.read_bytes() == second.read_bytes()  # equal seeds give equal maps
    assert published or ("seed=3" in beatmap.metadata.tags and "AI generated" in beatmap.metadata.tags)
    if options.get("output_type", ["MAP"])[-1] in ("MAP", "SV") and "parallel" not in options:  # seldom closes in time
        assert beatmap.hit_objects
    assert not beatmap.hit_objects or beatmap.mode == options.get("gamemode", 0)


CONTEXTS: list[tuple[list[str], list[str]]] = [
    (["NO_HS", "TIMING", "KIAI"], ["MAP"]),
    (["GD", "TIMING", "KIAI"], ["MAP"]),
    (["GD"], ["TIMING", "KIAI", "MAP"]),
    (["TIMING"], ["KIAI", "MAP"]),
    (["TIMING", "KIAI"], ["MAP"]),
    (["NONE"], ["TIMING"]),
    (["KIAI", "NONE"], ["TIMING", "MAP"]),
]


@pytest.mark.slow
@pytest.mark.parametrize("given, wanted", CONTEXTS, ids=str)
def test_contexts(given: list[str], wanted: list[str], debug_model: Path, clicks: Path) -> None:
    reference = clicks.with_name("map.osu")
    reference.write_bytes((HEAD + "\r\n".join(OBJECTS) + "\r\n").encode())
    (made,) = results(debug_model, beatmap_path=str(reference), in_context=given, output_type=wanted, end_time=4000)
    written = read_beatmap(made.path)
    assert bool(written.hit_objects) == ("MAP" in wanted)
    if "TIMING" in given:
        assert [point.beat_length for point in written.timing_points if point.uninherited] == [500.0]


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("v32", {"in_context": ["NO_HS", "TIMING"], "beatmap_path": "{map}"}, "NO_HS.*possible"),
    ("v32", {"in_context": ["GD"], "beatmap_path": "{map}"}, "possible"),
    ("v32", {"in_context": ["KIAI"], "beatmap_path": "{map}"}, "possible"),
    ("v30", {"output_type": ["KIAI"]}, "possible"),
    ("v30", {"gamemode": 3}, "gamemode: 3"),
    ("v29", {"in_context": ["GD"]}, "give beatmap_path"),
    ("v29", {"output_type": ["SV"]}, "SV"),
    ("v29", {"add_to_beatmap": True}, "add_to_beatmap: needs beatmap_path"),
    ("v29", {"overwrite_reference_beatmap": True}, "needs add_to_beatmap"),
    ("v29", {"difficulty": [2, 3], "keycount": [4, 5, 6]}, "one length"),
    ("v29", {"start_time": 4000, "end_time": 3000}, "end_time"),
    ("v29", {"generate_positions": True, "diff_ckpt": ""}, "diff_ckpt"),
    ("v29", {"lookback": 0.7, "lookahead": 0.4}, "lookback, lookahead"),
    ("v29", {"lora_path": "/no/such/adapter"}, "lora_path"),
    ("v29", {"beatmap_path": "{map}", "audio_path": "{folder}"}, "beatmap_path: one reference map"),
]


@pytest.mark.parametrize("kind, options, message", WRONG, ids=str)
def test_wrong_combinations_fail_before_anything_loads(
    kind: str, options: dict[str, Any], message: str, clicks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = clicks.with_name("map.osu")
    reference.write_bytes((HEAD + "\r\n".join(OBJECTS) + "\r\n").encode())
    monkeypatch.setattr(checkpoint_module, "locate_checkpoint", lambda *arguments: pytest.fail("looked for a model"))
    places = {"{map}": str(reference), "{folder}": str(clicks.parent)}
    filled = {name: places.get(value, value) if isinstance(value, str) else value for name, value in options.items()}
    if "beatmap_path" not in filled:
        filled["audio_path"] = str(clicks)
    before = sorted(clicks.parent.iterdir())
    with pytest.raises(RequestError, match=message):
        outcomes(options_for(Path("/no/such/model"), kind, **filled))
    assert sorted(clicks.parent.iterdir()) == before


def test_every_option_is_known_to_these_tests() -> None:
    """So that a new option cannot come without a test; those of other files are named here."""
    elsewhere = {
        "audio_path", "beatmap_path", "output_path", "model_path", "model_version", "auto_select_gamemode_model",
        "lora_path", "descriptors", "negative_descriptors", "seed", "device", "use_server", "candidates", "resume",
        "checkpoint_every", "in_context", "add_to_beatmap", "overwrite_reference_beatmap", "export_osz", "do_sample",
        "timing_source", "super_timing", "timer_num_beams", "timer_bpm_threshold", "timer_cfg_scale",
        "timer_iterations", "report", "spectrogram_backend",
    }  # fmt: skip
    positions = {name for group, name, _, _ in option_rows() if group == "positions"}
    tested = {name for options in ALONE for name in options} | {"output_type"}
    assert {name for _, name, _, _ in option_rows()} - elsewhere - positions - tested == set()
    assert elsewhere <= set(vars(InferenceOptions()))

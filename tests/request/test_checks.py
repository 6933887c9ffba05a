"""Bad values are refused with one line that names the option, what was found and what is accepted."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from osuT5.options import InferenceOptions
from osuT5.pipeline.presets import preset_options
from osuT5.request import OptionError, Request

BAD: list[tuple[dict[str, Any], str]] = [
    ({"gamemode": 4}, r"gamemode: 4 is not a mode; accepted: 0 \(osu!\), 1 .*3 \(osu!mania\)"),
    ({"gamemode": "mania"}, "gamemode: 'mania'"),
    ({"gamemode": 1.5}, "gamemode: 1.5"),
    ({"year": 2006}, r"year: 2006 .* from 2007 to 2077 \(2077: unknown\)"),
    ({"year": 2024}, "year: 2024 is not known to v29; accepted: 2007 to 2023"),
    ({"keycount": 0}, "keycount: 0 .* from 1 to 18"),
    ({"keycount": 19}, "keycount"),
    ({"difficulty": -1}, "difficulty: -1"),
    ({"difficulty": float("nan")}, "difficulty: nan"),
    ({"difficulty": True}, "difficulty: True"),
    ({"hold_note_ratio": 1.1}, "hold_note_ratio"),
    ({"hitsounded": "yes"}, "hitsounded: 'yes' .* true, false"),
    ({"hp_drain_rate": 11}, "hp_drain_rate"),
    ({"slider_multiplier": 0}, "slider_multiplier"),
    ({"temperature": 0.0}, "temperature: 0.0 .* above 0"),
    ({"top_p": 0.0}, "top_p: 0.0 .* above 0 up to 1"),
    ({"top_p": 1.5}, "top_p"),
    ({"num_beams": 0}, "num_beams"),
    ({"max_batch_size": 0}, "max_batch_size"),
    ({"seed": -1}, "seed"),
    ({"seed": 2**32}, "seed"),
    ({"lookback": 0.6, "lookahead": 0.4}, "lookback, lookahead: together 1"),
    ({"start_time": 5000, "end_time": 5000}, "end_time: 5000 ms is not after start_time 5000 ms"),
    ({"start_time": -1}, "start_time"),
    ({"precision": "fp8"}, "precision: 'fp8' is not known; accepted: fp32, fp16, bf16, amp"),
    ({"attn_implementation": "fast"}, "attn_implementation"),
    ({"spectrogram_backend": "librosa"}, "spectrogram_backend: 'librosa' is not known; accepted: torch, torchaudio"),
    ({"grid_divisors": [17]}, r"grid_divisors: \[17\] is neither auto nor a list"),
    ({"grid_divisors": 4}, "grid_divisors: 4"),
    ({"map_repairs": "all"}, "map_repairs: 'all'.*none, safe, gameplay"),
    ({"device": "tpu"}, "device: 'tpu'"),
    ({"device": "cpu:1"}, "device"),
    ({"compat": "old"}, "compat: 'old' is not one of corrected, published"),
    ({"compat": {"no_such": "published"}}, "compat: unknown quirk 'no_such'"),
    ({"in_context": ["TIMINGS"]}, "in_context: 'TIMINGS' is not known; accepted: NONE, TIMING, KIAI, MAP, GD, NO_HS"),
    ({"output_type": ["GD"]}, "output_type: 'GD'"),
    ({"output_type": []}, "output_type: empty"),
    ({"descriptors": [1.5]}, "descriptors: 1.5"),
    ({"model_path": ""}, "model_path: empty"),
    ({"layout": {"no_such": 1}}, "layout: 'no_such'"),
    ({"overwrite_reference_beatmap": True}, "overwrite_reference_beatmap: needs add_to_beatmap"),
    ({"add_to_beatmap": True}, "add_to_beatmap: needs beatmap_path"),
    ({"checkpoint_every": -1}, "checkpoint_every: -1"),
    ({"difficulty": [2, 3.5]}, r"difficulty: \[2, 3.5\]"),  # lists are for complete_all
    ({"in_context": ["GD"]}, "in_context: GD is read from a reference map; give beatmap_path"),
]


@pytest.mark.parametrize("changes, message", BAD, ids=lambda value: str(value) if isinstance(value, dict) else "")
def test_bad_values(request_for: Callable[..., Request], changes: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message) as caught:
        request_for(**changes)
    assert "\n" not in str(caught.value)


def test_an_absent_torchaudio_is_told_before_anything_loads(
    request_for: Callable[..., Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torchaudio", None)
    monkeypatch.setitem(sys.modules, "torchaudio.functional", None)
    with pytest.raises(OptionError, match="^spectrogram_backend: torchaudio cannot be imported .*backend torch$"):
        request_for(spectrogram_backend="torchaudio")


def test_numbers_get_the_type_of_their_condition(request_for: Callable[..., Request]) -> None:
    made = request_for(difficulty=5, hp_drain_rate=5, keycount=4.0, mapper_id=12)
    assert repr(made.conditions.difficulty) == "5.0" and repr(made.conditions.hp_drain_rate) == "5.0"
    assert repr(made.conditions.keycount) == "4" and made.conditions.mapper_id == 12


def test_contexts_are_lower_case_and_single_inside(request_for: Callable[..., Request]) -> None:
    made = request_for(output_type=["map", "MAP", " Kiai "])
    assert made.generation.output_type == ("map", "kiai")


def test_descriptors_are_trimmed(request_for: Callable[..., Request]) -> None:
    assert request_for(descriptors=[" jump aim ", 3]).conditions.descriptors == ["jump aim", 3]


def test_unknown_year_is_accepted(request_for: Callable[..., Request]) -> None:
    assert request_for(year=2077).conditions.year == 2077
    assert request_for("v32", year=2024).conditions.year == 2024


def test_which_repairs_is_a_choice() -> None:
    assert InferenceOptions().map_repairs == "safe"
    assert preset_options("starter").map_repairs == "gameplay"

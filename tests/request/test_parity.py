"""Requests beside those of the published system: facts of reference maps, and what whole runs were asked."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from osuT5.audio import AudioTags
from osuT5.compat import Compat
from osuT5.options import InferenceOptions
from osuT5.pipeline.presets import base_options, preset_options
from osuT5.request import Request, complete
from osuT5.request.fill import derive_unicode, fill_from_defaults, fill_from_reference
from osuT5.request.reference import read_reference

from ..shared_data import SHARED, cases, load_json, need

STARS_TOLERANCE = 0.02
RATIOS = ("hold_note_ratio", "scroll_speed_ratio")
# Of the golden map settings, those that the request decides under another name or that are not options.
RENAMED = {"mode": "gamemode"}


def same(name: str, found: Any, expected: Any) -> bool:
    if name == "difficulty" and expected is not None:
        return found == pytest.approx(expected, abs=STARS_TOLERANCE)
    if name in RATIOS and expected is not None:
        return found == pytest.approx(expected, abs=1e-9)
    if name in ("source", "background_line"):
        return (found or "") == (expected or "")
    return bool(found == expected) and repr(found) == repr(expected)


def differences(found: dict[str, Any], expected: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {name: (found[name], value) for name, value in expected.items() if not same(name, found[name], value)}


@pytest.mark.parity
@pytest.mark.parametrize("case", cases("golden/events/v*/*.json.gz"))
def test_facts_of_a_reference_map(case: Path) -> None:
    golden = load_json(case)
    reference = read_reference(need(SHARED / "corpus" / "osu" / golden["map"]))
    filled = derive_unicode(
        fill_from_reference(InferenceOptions(), InferenceOptions(), reference, Compat("published")).options
    )
    conditions = {entry.name: getattr(filled, entry.name) for entry in fields(reference.conditions)}
    assert differences(conditions, golden["generation_config_from_beatmap"]) == {}
    expected = dict(golden["beatmap_config_from_beatmap"])
    for name in ("audio_filename", "creator", "version", "tags"):
        assert getattr(reference.song, name) == expected.pop(name), name
    background = Path(filled.background).name if filled.background else ""
    found: dict[str, Any] = {name: getattr(filled, RENAMED.get(name, name), None) for name in expected}
    found["background_line"] = f'0,0,"{background}",0,0\n' if background else ""
    assert differences(found, expected) == {}


def golden_options(golden: dict[str, Any], folder: Path) -> InferenceOptions:
    """The options that a golden run was started with: its settings, and what nothing else would have filled so."""
    preset = preset_options(Path(golden["model"]).name)
    named = {entry.name for entry in fields(InferenceOptions)}
    reference = golden["beatmap"]
    start = replace(
        preset,
        **{name: value for name, value in golden["settings"].items() if name in named - {"bpm", "offset"}},
        audio_path=str(need(SHARED / "golden" / golden["audio"])),
        beatmap_path=str(need(SHARED / "corpus" / "osu" / reference)) if reference else "",
        model_path=str(need(SHARED / "golden" / golden["model"])),
        output_path=str(folder),
        compat="published",
        device="cpu",
        tags=golden["beatmap_config"]["tags"],
    )
    if reference:
        read = read_reference(Path(start.beatmap_path))
        filled = derive_unicode(fill_from_reference(start, preset, read, Compat("published")).options)
    else:
        filled = derive_unicode(fill_from_defaults(start, AudioTags()).options)
    wanted = {**golden["generation_config"], **golden["beatmap_config"]}
    wanted = {RENAMED.get(name, name): value for name, value in wanted.items() if RENAMED.get(name, name) in named}
    given = {name: value for name, value in wanted.items() if value is not None}
    return replace(
        start, **{name: value for name, value in given.items() if not same(name, getattr(filled, name), value)}
    )


def golden_request(golden: dict[str, Any], folder: Path) -> Request:
    options = golden_options(golden, folder)
    return complete(options, preset_options(options.model_version), base_options())


@pytest.mark.parity
@pytest.mark.parametrize("case", cases("golden/generation/*.json.gz"))
def test_request_of_a_run(case: Path, tmp_path: Path) -> None:
    golden = load_json(case)
    if golden.get("raises"):
        pytest.skip("the published run failed; tests/pipeline runs it")
    made = golden_request(golden, tmp_path)
    conditions = {entry.name: getattr(made.conditions, entry.name) for entry in fields(made.conditions)}
    assert differences(conditions, golden["generation_config"]) == {}
    expected = dict(golden["beatmap_config"])
    background = made.settings.background
    found = {name: getattr(made.settings, name, None) for name in expected}
    found["background_line"] = f'0,0,"{background}",0,0\n' if background else ""
    assert differences(found, expected) == {}
    settings = {entry.name: getattr(made.generation, entry.name) for entry in fields(made.generation)}
    wanted = {name: value for name, value in golden["settings"].items() if name in settings}
    assert differences({name: _list(settings[name]) for name in wanted}, wanted) == {}


def _list(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value

"""Whole runs with a model that is built on the spot: maps, sets, repairs, bad input, the command line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from mai_mod import EXIT_FAILED, EXIT_OPTION, mod, store_schema
from osuT5.events.event import Event, EventType
from osuT5.modding.options import ModOptions
from osuT5.modding.run import _strange
from osuT5.modding.scorer import Scorer
from osuT5.modding.scoring import Score
from osuT5.modding.source import read_source

from ..shared_data import ROOT
from .maps import lines, map_text, write_map, write_song
from .schema import problems

Mod = Callable[..., ModOptions]


def options_of(*overrides: str) -> ModOptions:
    """Options as the command line composes them."""
    store_schema()
    with initialize_config_dir(str(ROOT / "configs"), version_base="1.3"):
        config = compose("mai_mod", list(overrides))
    config.inference.hydra = None
    options = OmegaConf.to_object(config)
    assert isinstance(options, ModOptions)
    return options


@pytest.fixture
def with_model(bundle: Path) -> Mod:
    """Options with the built v29 model."""

    def made(path: Path, *overrides: str) -> ModOptions:
        options = options_of("inference=v29", *overrides)
        return replace(
            options, beatmap_path=str(path), inference=replace(options.inference, model_path=str(bundle), device="cpu")
        )

    return made


@pytest.mark.parametrize("mode", [0, 1, 2, 3])
def test_json_of_one_map(with_model: Mod, tmp_path: Path, mode: int, capfd: pytest.CaptureFixture[str]) -> None:
    path = write_map(tmp_path, mode)
    before = path.read_bytes()
    assert mod(with_model(path, "format=json", "min_importance=0")) == 0
    found = json.loads(capfd.readouterr().out)
    assert problems(found) == []
    assert found["maps"][0]["mode"] == mode
    assert found["maps"][0]["events"] == found["maps"][0]["scored_events"] > 100
    assert found["suggestions"]
    assert {"suggestions", "findings", "summary"} <= set(found)
    assert path.read_bytes() == before
    assert sorted(item.name for item in tmp_path.iterdir()) == ["map.osu", "song.wav"]


def test_text_and_json_list_the_same(with_model: Mod, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write_map(tmp_path)
    assert mod(with_model(path, "format=json", "min_importance=5")) == 0
    found = json.loads(capfd.readouterr().out)
    assert mod(with_model(path, "min_importance=5")) == 0
    text = capfd.readouterr().out
    assert f"Found {found['summary']['suggestions']} suggestions:" in text
    assert text.count(") - Expected ") + text.count(") - Unexpected ") + text.count(") - Hit object") == len(
        found["suggestions"]
    )


@pytest.mark.parametrize(("form", "start"), [("markdown", "# Modding report"), ("html", "<!doctype html>")])
def test_other_formats(
    with_model: Mod, tmp_path: Path, form: str, start: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert mod(with_model(write_map(tmp_path), f"format={form}")) == 0
    assert capfd.readouterr().out.startswith(start)


def test_raw_output_has_its_markup(with_model: Mod, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert mod(with_model(write_map(tmp_path), "raw_output=true", "limit=3")) == 0
    text = capfd.readouterr().out
    assert "[link=osu://edit/" in text and "[/green][/link]" in text
    assert mod(with_model(write_map(tmp_path), "raw_output=true", "inference.compat=published")) == 0
    assert capfd.readouterr().out.startswith("The first value between parentheses represents")


def test_a_model_that_is_surprised_all_the_time_says_so() -> None:
    calm, wild = (Score(1.0, 1.0, relative, Event(EventType.CIRCLE)) for relative in (1.0, 50.0))
    assert list(_strange([calm] * 9 + [wild])) == []
    (line,) = _strange([calm] * 8 + [wild] * 2)
    assert line.startswith("2 of 10 events surprise the model") and "inference=" in line


def test_a_part_of_the_map(with_model: Mod, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    options = with_model(write_map(tmp_path), "format=json", "min_importance=0", "start_time=4000", "end_time=5000")
    assert mod(options) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["suggestions"]
    assert all(4000 <= item["time"] <= 5000 for item in found["suggestions"])
    assert found["maps"][0]["scored_events"] < found["maps"][0]["events"]


@pytest.mark.parametrize("precision", ["amp", "bf16"])
def test_lower_precision(with_model: Mod, tmp_path: Path, precision: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert mod(with_model(write_map(tmp_path), "format=json", f"precision={precision}")) == 0
    assert problems(json.loads(capfd.readouterr().out)) == []


def test_a_part_behind_the_song(with_model: Mod, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert mod(with_model(write_map(tmp_path), "start_time=12000")) == EXIT_FAILED
    assert capfd.readouterr().err == "error: start_time: 12000 ms is past the end of the song, 12000 ms\n"


def test_a_folder(with_model: Mod, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_map(tmp_path, 0, "a.osu", version="Easy")
    write_map(tmp_path, 3, "b.osu", version="Normal")
    (tmp_path / "c.osu").write_text("osu file format v14\n", encoding="utf-8")
    assert mod(with_model(tmp_path, "format=json")) == 0
    found = json.loads(capfd.readouterr().out)
    assert problems(found) == []
    assert [Path(item["path"]).name for item in found["maps"]] == ["a.osu", "b.osu"]
    assert [item["name"] for item in found["summary"]["set"]["difficulties"]] == ["Easy", "Normal"]
    assert len(found["failed"]) == 1 and "c.osu" in found["failed"][0]


def test_an_archive(with_model: Mod, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing of it appears outside a temporary folder, copies go beside it."""
    path = tmp_path / "set.osz"
    song = write_song(tmp_path / "song.wav")
    with zipfile.ZipFile(path, "w") as packed:
        packed.write(song, "song.wav")
        packed.writestr("hard.osu", map_text(0, version="Hard"))
        packed.writestr("../evil.osu", map_text(0, version="Evil"))
    song.unlink()
    assert mod(with_model(path, "format=json", "fix=true")) == 0
    found = json.loads(capfd.readouterr().out)
    assert {item["difficulty"] for item in found["maps"]} == {"Hard", "Evil"}
    assert not (tmp_path.parent / "evil.osu").exists()
    names = {item.name for item in tmp_path.iterdir()}
    assert {"set.osz"} <= names and all(name == "set.osz" or name.endswith("(repaired).osu") for name in names)


def test_repairs_go_to_a_copy(with_model: Mod, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    objects = lines(0)
    objects[4] = objects[4].replace(",3000,", ",3003,")
    path = write_map(tmp_path, 0, objects=objects)
    before = path.read_bytes()
    assert mod(with_model(path, "format=json", "fix=true")) == 0
    found = json.loads(capfd.readouterr().out)
    assert path.read_bytes() == before
    copy = Path(found["maps"][0]["repaired_path"])
    assert copy.parent == tmp_path and copy != path
    assert ",3000," in copy.read_text(encoding="utf-8")
    assert any(line.startswith("T01 at 3003 ms") for line in found["maps"][0]["repairs"])
    assert mod(with_model(path, "format=json", "fix=true")) == 0  # an earlier copy stays
    again = Path(json.loads(capfd.readouterr().out)["maps"][0]["repaired_path"])
    assert again != copy and copy.exists()


def bad_maps(folder: Path) -> dict[str, Path]:
    """One file for each kind of bad input."""
    write_song(folder / "song.wav", seconds=4.0)  # the others are as long as the map
    plain = folder / "text.txt"
    plain.write_text("no map", encoding="utf-8")
    found = {"no file": folder / "absent.osu", "extension": plain, "no maps": folder / "empty"}
    (folder / "empty").mkdir()
    texts = {
        "short song": map_text(0),
        "no objects": map_text(0, []),
        "no timing": map_text(0, timing=""),
        "no song": map_text(0).replace("song.wav", "gone.wav"),
        "no song named": map_text(0).replace("AudioFilename: song.wav\n", ""),
        "song is no song": map_text(0).replace("song.wav", "text.txt"),
        "not a map": "hello",
    }
    for name, text in texts.items():
        found[name] = folder / f"{name}.osu"
        found[name].write_text(text, encoding="utf-8")
    broken = folder / "broken.osz"
    broken.write_bytes(b"PK nothing")
    return {**found, "broken archive": broken}


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("no file", "beatmap_path: .*absent.osu does not exist"),
        ("extension", "is not an .osu file"),
        ("no maps", "holds no .osu file"),
        ("short song", "audio_path: .*song.wav ends at 00:04:000, before the last object of .* at 00:09:500"),
        ("no objects", "has no hit objects"),
        ("no timing", "has no timing"),
        ("no song", "gone.wav, named by no song.osu, does not exist"),
        ("no song named", "names no song"),
        ("song is no song", "audio_path: .*text.txt"),
        ("not a map", "beatmap_path: "),
        ("broken archive", "broken.osz is not a readable .osz file"),
    ],
)
def test_bad_input_is_one_line(
    with_model: Mod, tmp_path: Path, case: str, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert mod(with_model(bad_maps(tmp_path)[case], "format=json")) == EXIT_FAILED
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ") and captured.err.count("\n") == 1
    assert re.search(words, captured.err)


def test_no_path(with_model: Mod, capfd: pytest.CaptureFixture[str]) -> None:
    assert mod(options_of()) == EXIT_FAILED
    assert capfd.readouterr().err.startswith("error: beatmap_path: empty")


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["format=xml"], "format: 'xml' is not known; accepted: text, json, markdown, html"),
        (["category=[Rhytm]"], "category: 'Rhytm' is not known"),
        (["year=1999"], "year: 1999"),
        (["year=2024"], "year: 2024 is not known to v29; accepted: 2007 to 2023"),
        (["descriptors=[no such style]"], "descriptors: 'no such style' is not known"),
        (["inference.lookback=0.7"], "lookback"),
    ],
)
def test_bad_options(
    with_model: Mod, tmp_path: Path, overrides: list[str], words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert mod(with_model(write_map(tmp_path), *overrides)) == EXIT_OPTION
    captured = capfd.readouterr()
    assert captured.out == "" and words in captured.err and captured.err.count("\n") == 1


def test_unknown_mode_of_a_chosen_checkpoint(
    with_model: Mod, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Another model cannot be guessed where the checkpoint was named."""
    options = with_model(write_map(tmp_path, 1))
    options = replace(options, inference=replace(options.inference, model_version="v30"))
    assert mod(options) == EXIT_OPTION
    assert "v30 does not know osu!taiko; choose a model that does" in capfd.readouterr().err


def test_fallback_is_announced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bundle: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """v31 comes from the hub; where it cannot be had, the model of the project reads the map."""
    from osuT5.modding import models
    from osuT5.model.locate import CheckpointError, locate_checkpoint

    def locate(source: str, mode: int | None = None) -> object:
        if "v31" in str(source):
            raise CheckpointError("checkpoint v31: no connection")
        return locate_checkpoint(bundle, mode)

    monkeypatch.setattr(models, "locate_checkpoint", locate)
    monkeypatch.setattr(models, "FALLBACKS", ("v31", "v29"))
    path = write_map(tmp_path, 1)
    assert mod(replace(options_of("inference=v30", "format=json"), beatmap_path=str(path))) == 0
    captured = capfd.readouterr()
    told = "v30 does not know osu!taiko; v31 cannot be had (checkpoint v31: no connection): v29 reads this map"
    assert told in captured.err
    found = json.loads(captured.out)
    assert found["maps"][0]["model"] == "v29" and told in found["maps"][0]["notices"]


def test_the_model_is_told_the_map_and_the_wanted_style(with_model: Mod, tmp_path: Path) -> None:
    """Mode, stars, settings and ratios are the map's own; year, mapper and descriptors are unknown unless given."""
    source = read_source(write_map(tmp_path, 3))
    plain = Scorer(with_model(source.path), print).score(source, lambda done, total: None).conditions
    assert (plain.gamemode, plain.difficulty, plain.keycount) == (3, source.stars, 4)
    assert plain.hold_note_ratio == pytest.approx(3 / 18)
    assert (plain.year, plain.mapper_id, plain.descriptors) == (None, None, None)
    told: list[str] = []
    styled = Scorer(with_model(source.path, "year=2010", "mapper_id=7"), told.append)
    conditions = styled.score(source, lambda done, total: None).conditions
    assert (conditions.year, conditions.mapper_id, conditions.difficulty) == (2010, 7, source.stars)
    assert told == ["mapper_id: 7 is not known to this checkpoint: no effect"]


def test_explain(capfd: pytest.CaptureFixture[str]) -> None:
    assert mod(replace(options_of(), explain="t01")) == 0
    assert capfd.readouterr().out.startswith("T01 (")
    assert mod(replace(options_of(), explain="Q99")) == EXIT_FAILED
    assert "no rule 'Q99'" in capfd.readouterr().err


def run_entry(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "mai_mod.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False, timeout=120)


def test_command_line(bundle: Path, tmp_path: Path) -> None:
    """One JSON object on standard output and nothing else there; nothing is left in the folder."""
    path, work = write_map(tmp_path / "set"), tmp_path / "work"
    work.mkdir()
    result = run_entry(
        f"beatmap_path={path}", "inference=v29", f"inference.model_path={bundle}", "inference.device=cpu", "format=json", cwd=work
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert problems(json.loads(result.stdout)) == []
    assert list(work.iterdir()) == []


def test_command_line_errors(tmp_path: Path) -> None:
    missing = run_entry("beatmap_path=gone.osu", cwd=tmp_path)
    assert (missing.returncode, missing.stdout) == (EXIT_FAILED, "")
    assert missing.stderr == "error: beatmap_path: gone.osu does not exist\n"
    unknown = run_entry("beatmap=gone.osu", cwd=tmp_path)
    assert unknown.returncode == EXIT_OPTION and "beatmap" in unknown.stderr
    assert list(tmp_path.iterdir()) == []


def test_help_loads_no_torch(tmp_path: Path) -> None:
    """All options, at once."""
    code = (
        "import sys, runpy; sys.argv = ['mai_mod.py', '--help']\n"
        f"runpy.run_path({str(ROOT / 'mai_mod.py')!r}, run_name='__main__')\n"
        "assert not {'torch', 'hydra', 'omegaconf'} & set(sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert result.returncode == 0, result.stderr
    for name in ("beatmap_path", "inference", "raw_output", "format", "limit", "min_importance", "sort", "category"):
        assert f"  {name}=" in result.stdout


@pytest.mark.parametrize("preset", ["starter", "v28", "v29", "v30", "v31", "v32", "v32-mini"])
def test_every_preset_composes(preset: str) -> None:
    options = options_of(f"inference={preset}", "inference.temperature=0.5")
    assert options.inference.model_version == preset
    assert options.inference.temperature == 0.5

"""The JSON report and the rules' line of a run."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from osuT5.beatmap import read_beatmap
from osuT5.rules import check_map

from .making import results


def test_report_beside_each_map(debug_model: Path, clicks: Path) -> None:
    made = results(debug_model, audio_path=str(clicks), difficulty=[2, 4], report=True, check_rules=True)
    assert [result.report for result in made] == [result.path.with_name(f"{result.path.name}.json") for result in made]
    assert made[1].report is not None
    content = json.loads(made[1].report.read_text(encoding="utf-8"))
    assert content["file"] == made[1].path.name and "AI generated" in content["disclosure"]
    (entry,) = content["maps"]
    assert entry["seed"] == made[1].seed == 3 and entry["version"] == "Insane"
    assert entry["options"]["difficulty"] == 4.0 and entry["origins"]["difficulty"] == "given"
    weights = hashlib.sha256((debug_model / "model.safetensors").read_bytes()).hexdigest()
    assert entry["checkpoint"]["sha256"] == weights and entry["checkpoint"]["version"] == "v29"
    assert entry["stars"] == {"asked": 4.0, "told": 4.0, "got": made[1].stars}
    assert entry["timing"]["source"] == "timing pass" and entry["timing"]["red_lines"][0]["bpm"] > 0
    assert set(entry["seconds"]["passes"]) == {"main"}  # the timing was written for the first map
    assert entry["rules"]["findings"] and "problem" in entry["rules"]["summary"]


def test_one_report_for_an_archive(debug_model: Path, clicks: Path) -> None:
    made = results(debug_model, audio_path=str(clicks), difficulty=[2, 4], report=True, export_osz=True)
    assert made[0].report == made[1].report and made[0].report is not None
    content = json.loads(made[0].report.read_text(encoding="utf-8"))
    assert [entry["version"] for entry in content["maps"]] == ["Normal", "Insane"]
    assert content["maps"][0]["rules"] is None


def test_safe_repairs_leave_the_findings_that_are_reported(debug_model: Path, clicks: Path) -> None:
    (made,) = results(debug_model, audio_path=str(clicks), check_rules=True)
    assert made.repairs and made.findings
    found = check_map(read_beatmap(made.path), stars=made.stars, audio_ms=6000)
    assert [item.rule for item in found] == [item.rule for item in made.findings]
    assert "H10" not in {item.rule for item in found} and any(text.startswith("H10") for text in made.repairs)


def test_published_maps_are_checked_and_not_touched(debug_model: Path, clicks: Path) -> None:
    (made,) = results(debug_model, audio_path=str(clicks), check_rules=True, compat="published")
    assert made.findings and not made.repairs
    (unchecked,) = results(debug_model, audio_path=str(clicks), compat="published")
    assert unchecked.findings is None and unchecked.path.read_bytes() == made.path.read_bytes()

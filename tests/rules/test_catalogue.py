"""Rules as data, levels, and the summary line."""

from __future__ import annotations

import pytest

from osuT5.rules import (
    RULES,
    Finding,
    Level,
    Severity,
    UnknownRuleError,
    check_map,
    clamp_to_level,
    explain,
    level_name,
    level_of_name,
    level_of_stars,
    recommended,
    rule,
    summary_line,
)

from .maps import circle, circles, song

# ids of spec 08, with the severities of its tables
PROBLEMS = (
    "T01 T04 T05 T06 T08 T11 G01 G02 G03 G04 G05 G07 G10 S01 S02 S03 S07 D01 D02 H01 H03 H04 H10 H13 O01 O03 O06 O16 O17 "
    "K01 K02 K04 K05 K09 K12 C01 C02 C03 C04 C05 C06 C07 M01 M02 M03 M13 M15"
).split()
WARNINGS = (
    "T03 T07 T10 T12 T13 T14 G06 G08 G09 G11 S04 S05 S06 D03 D04 D05 D06 D07 D08 H02 H05 H06 H07 H08 H11 H12 O02 O04 O05 "
    "O07 O08 O09 O10 O11 O12 O13 O14 O15 O18 O19 O20 O21 O23 K03 K06 K07 K08 K10 K11 C08 C09 M04 M05 M06 M07 M08 M09 M10 "
    "M11 M12 M14"
).split()
MINORS = ["T02", "T09", "H09", "O22", "M16"]
SAFE = (
    "T01 T02 T04 T05 T06 T07 T09 T10 G04 G07 G08 G09 G10 S05 S07 D01 D02 D03 D04 D05 D06 D07 D08 H01 H02 H03 H06 H07 H08 "
    "H10 H11 H13 O01 O02 O03 O04 O05 O10 O13 O23 K02 K05 K07 K09 K10 K11 K12 C07 C08 M01 M03 M04 M05 M06 M13 M14"
).split()


def test_ids_and_severities() -> None:
    wanted = {
        **dict.fromkeys(PROBLEMS, "problem"),
        **dict.fromkeys(WARNINGS, "warning"),
        **dict.fromkeys(MINORS, "minor"),
    }
    assert {row.id: row.severity.value for row in RULES.values()} == wanted


def test_repairs() -> None:
    assert sorted(row.id for row in RULES.values() if row.repair == "A") == sorted(SAFE)
    assert {row.repair for row in RULES.values()} == {"A", "P", "-"}


@pytest.mark.parametrize("row", RULES.values(), ids=lambda row: row.id)
def test_every_rule_explains_itself(row) -> None:  # type: ignore[no-untyped-def]
    text = explain(row.id.lower())
    assert text.startswith(row.id) and row.why in text and "Source" in text
    assert row.modes and row.why.endswith(".") and not row.wording.endswith(".")


def test_unknown_rule_names_near_ones() -> None:
    with pytest.raises(UnknownRuleError, match="no rule 'O99'; near: O"):
        explain("O99")
    assert rule(" t01 ").id == "T01"


@pytest.mark.parametrize(
    ("stars", "level"),
    [
        (1.99, "E"),
        (1.995, "N"),
        (2.0, "N"),
        (2.69, "N"),
        (2.695, "H"),
        (3.99, "H"),
        (4.0, "I"),
        (5.29, "I"),
        (5.3, "X"),
    ],
)
def test_level_of_stars(stars: float, level: str) -> None:
    assert level_of_stars(stars).name == level


@pytest.mark.parametrize(
    ("name", "mode", "level"),
    [
        ("Easy", 0, "E"),
        ("Ann's Hard", 0, "H"),
        ("Expert+", 0, "X"),
        ("My Insane 2", 0, "I"),
        ("Muzukashii", 1, "H"),
        ("Bo's Inner Oni", 1, "X"),
        ("Oni", 1, "I"),
        ("Platter", 2, "H"),
        ("[4K] Normal", 3, "N"),
        ("Hardly", 0, None),
        ("Collab Extra", 0, "X"),
        ("Oni", 0, None),
    ],
)
def test_level_of_name(name: str, mode: int, level: str | None) -> None:
    found = level_of_name(name, mode)
    assert (found.name if found is not None else None) == level


def test_level_names() -> None:
    assert [level_name(level, 2) for level in Level] == ["Cup", "Salad", "Platter", "Rain", "Overdose"]
    assert level_name(Level.X, 0, 6.5) == "Expert+"


def test_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="level: 'Q' is none of"):
        check_map(song([circle(0)]), level="Q")


def test_recommended_settings() -> None:
    assert recommended(0, Level.I)["approach_rate"] == (7, 9.3)
    assert clamp_to_level(2, Level.E, "circle_size", 4.0) == 2.5
    assert clamp_to_level(3, Level.X, "hp_drain_rate", 9.0) == 9.0


def test_summary_line() -> None:
    def finding(name: str, severity: Severity) -> Finding:
        return Finding(name, severity, 0.0, 0.0, "")

    problems = [finding("T01", Severity.PROBLEM)] * 2 + [finding("G01", Severity.PROBLEM)]
    assert summary_line([]) == "no findings"
    assert summary_line(problems[2:]) == "1 problem (G01)"
    line = summary_line([*problems, finding("T09", Severity.MINOR), finding("D04", Severity.WARNING)])
    assert line == "3 problems, 1 warning, 1 minor (T01 x2, G01)"


def test_summary_of_a_clean_map() -> None:
    beatmap = song([circle(time, x=50 + time % 1600 // 4, sound=8) for time in range(0, 40_000, 400)])
    assert "rankable" not in summary_line(check_map(beatmap)) + "".join(row.why for row in RULES.values())
    assert summary_line(check_map(beatmap)) == "1 minor (O23)"


def test_messages_are_plain() -> None:
    (message,) = [f.message for f in check_map(song(circles([0, 1003]))) if f.rule == "T01"]
    assert message == "object start is 3 ms off the nearest tick"

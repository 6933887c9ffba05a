"""Selection and the forms of a report: text, JSON, Markdown and HTML say the same."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from rich.console import Console

from osuT5.beatmap import parse_beatmap
from osuT5.events.event import ContextType, Event, EventType
from osuT5.modding.links import Target
from osuT5.modding.mapset import summarise
from osuT5.modding.options import ModOptions
from osuT5.modding.render_html import report_html
from osuT5.modding.render_json import report_json, report_object
from osuT5.modding.render_markdown import report_markdown
from osuT5.modding.render_text import published_lines, report_lines
from osuT5.modding.report import MapReport, Repaired, Report
from osuT5.modding.scoring import Score
from osuT5.modding.suggestion import Suggestion
from osuT5.modding.view import View, view_of
from osuT5.request import OptionError
from osuT5.rules import Finding, Severity

from .maps import map_text
from .schema import SCHEMA, problems


def suggestion(time: int, relative: float, category: str = "Rhythm", **more: object) -> Suggestion:
    made = Suggestion(
        context=ContextType.MAP,
        index=0,
        time=time,
        target=Target(time, 2, None, ("2",)),
        group="Circle",
        category=category,
        message="Expected an object at 00:01:250.",
        actual=Event(EventType.TIME_SHIFT, time),
        expected=Event(EventType.TIME_SHIFT, 1250),
        actual_words="00:01:000",
        expected_words="00:01:250",
        score=Score(20.0, 20.0 / relative, relative, Event(EventType.TIME_SHIFT, 1250)),
    )
    return replace(made, **more)  # type: ignore[arg-type]


SUGGESTIONS = (
    suggestion(3000, 25.0),
    suggestion(1000, 1234.0),
    suggestion(2000, 150.0, "Hit Sounds"),
    suggestion(4000, 30.0, "Timing"),
)
FINDING = Finding("T01", Severity.PROBLEM, 1500, 1500, "start is 3 ms off [the] <tick>", (1,), 3.0, 1.0, "A")


def one_map(**more: object) -> MapReport:
    beatmap = parse_beatmap(map_text(0, version="Hard [tag] <b>"))
    made = MapReport(
        Path("map.osu"), beatmap, 3.5, "v30", 12_000.0, 200, 190, SUGGESTIONS, (FINDING,), ("careful",), ("a note",)
    )
    return replace(made, **more)  # type: ignore[arg-type]


def a_report(view: View | None = None) -> Report:
    return Report((one_map(repaired=Repaired(Path("map (repaired).osu"), ("T01 at 1500 ms: moved",))),), view or View())


def shown(view: View) -> list[int]:
    return [item.time for item in view.select(SUGGESTIONS)]


def test_order_and_limits() -> None:
    assert shown(View()) == [1000, 2000, 3000, 4000]
    assert shown(View(sort="importance")) == [1000, 2000, 4000, 3000]
    assert shown(View(limit=2)) == [1000, 2000]
    assert shown(View(limit=3)) == [1000, 2000, 4000]  # the most surprising ones, in order of time
    assert shown(View(limit=0)) == []
    assert shown(View(min_importance=3.0)) == [1000, 2000, 4000]
    assert shown(View(categories=("Rhythm",))) == [1000, 3000]
    assert shown(View(start_time=2000, end_time=3000)) == [2000, 3000]


def test_a_limit_spends_one_line_on_a_category_and_moment() -> None:
    twice = [suggestion(1000, 90.0), suggestion(1040, 80.0), suggestion(1010, 70.0, "Timing"), suggestion(1060, 60.0)]
    relative = [item.score.relative for item in View(limit=3, sort="importance").select(twice)]
    assert relative == [90.0, 70.0, 60.0]  # 1060 is another moment than 1000
    assert len(View(limit=4).select(twice)) == len(View().select(twice)) == 4  # what is left fills the rest


def test_options_of_the_view() -> None:
    options = ModOptions(limit=5, min_importance=10, sort="importance", category=["rhythm", "hit_sounds"], start_time=7)
    assert view_of(options) == View(5, 10, "importance", ("Rhythm", "Hit Sounds"), 7, None)
    assert view_of(ModOptions(category="New Combos")).categories == ("New Combos",)


@pytest.mark.parametrize(
    "bad",
    [
        {"format": "xml"},
        {"sort": "size"},
        {"precision": "int8"},
        {"limit": -1},
        {"min_importance": -2.0},
        {"category": ["Rythm"]},
        {"start_time": -1},
        {"start_time": 9, "end_time": 9},
    ],
)
def test_bad_options_are_named(bad: dict[str, object]) -> None:
    with pytest.raises(OptionError, match=list(bad)[-1]):
        view_of(ModOptions(**bad))  # type: ignore[arg-type]


def test_json_fits_the_schema() -> None:
    report = a_report()
    found = json.loads(report_json(report))
    assert problems(found) == []
    assert found["summary"]["suggestions"] == found["summary"]["shown"] == 4
    assert found["summary"]["by_category"] == {"Hit Sounds": 1, "Rhythm": 2, "Timing": 1}
    assert found["summary"]["findings"] == {"problem": 1, "warning": 0, "minor": 0}
    first = found["suggestions"][0]
    assert (first["time"], first["importance"], first["combo"]) == (1000, 123, 2)
    assert first["link"] == "osu://edit/00:01:000%20(2)"
    assert first["relative_surprisal"] == pytest.approx(first["surprisal"] / first["entropy"], rel=1e-3)
    assert found["findings"][0]["link"] == "osu://edit/00:01:500%20(2)"


def test_json_of_a_set_fits_the_schema() -> None:
    maps = (one_map(), one_map(beatmap=parse_beatmap(map_text(3))))
    about_the_set = Finding("S02", Severity.WARNING, 0, 0, "spread", maps=("Normal",))
    report = Report(maps, View(limit=1), (about_the_set,), summarise(maps), ("x.osu: no",))
    found = json.loads(report_json(report))
    assert problems(found) == []
    assert [item["map"] for item in found["suggestions"]] == [0, 1]
    assert [item["map"] for item in found["findings"]] == [0, 1, None]
    assert len(found["summary"]["set"]["difficulties"]) == 2


def test_the_schema_check_finds_departures() -> None:
    found = report_object(a_report())
    found["suggestions"][0]["category"] = "Taste"
    found["maps"][0]["stars"] = "many"
    found["extra"] = 1
    del found["failed"]
    assert len(problems(found)) == 4
    assert SCHEMA["required"] == list(SCHEMA["properties"])


def test_text_and_json_agree() -> None:
    report = a_report(View(min_importance=2.9))
    text = "\n".join(report_lines(report))
    items = re.findall(
        r"\((\d+)\)(?:\[/[a-z ]+\])? \[link=(\S+?)\]\[green\](\S+?)\[/green\]\[/link\] \((.+?)\) - (.+)", text
    )
    listed = {(int(number), link, group) for number, link, _, group, _ in items}
    assert listed == {
        (item["importance"], item["link"], item["group"]) for item in report_object(report)["suggestions"]
    }
    assert "T01" in text and "map (repaired).osu" in text


def printed(lines: list[str]) -> str:
    console = Console(file=io.StringIO(), width=900, highlight=False, soft_wrap=True)
    for line in lines:
        console.print(line)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_text_without_markup_reads_well() -> None:
    text = printed(report_lines(a_report()))
    assert "Nobody - Clicks (Tester) [Hard [tag] <b>]" in text
    assert "   (123) 00:01:000 (Circle) - Expected an object at 00:01:250." in text
    assert "     (2) 00:03:000 (Circle)" in text
    assert "start is 3 ms off [the] <tick>" in text
    assert text.index("Hit Sounds:") < text.index("Rhythm:") < text.index("Timing:")
    assert "warning: careful" in text


def test_published_text_keeps_ten_a_category() -> None:
    many = [suggestion(1000 * number, 25.0 + number) for number in range(1, 13)]
    lines = published_lines(many)
    assert lines[1] == "Found 12 suggestions:"
    assert lines[2:4] == ["", "Rhythm:"]
    assert len(lines) == 4 + 10
    assert lines[4].startswith(
        "     [bold](3)[/bold] [link=osu://edit/00:01:000%20(2)][green]00:01:000[/green][/link] (Circle)"
    )


@pytest.mark.parametrize(
    ("relative", "start"),
    [
        (25.0, "    [bold](2)[/bold]"),
        (96.0, "    [bold](10)[/bold]"),  # padded and coloured by the value, which is below 10
        (100.0, "   [bold yellow](10)[/bold yellow]"),
        (1000.0, "  [bold red](100)[/bold red]"),
        (10000.0, " [bold red](1000)[/bold red]"),
        (100000.0, "[bold red](10000)[/bold red]"),
        (5.0, "    (0)"),
    ],
)
def test_padding_and_colours(relative: float, start: str) -> None:
    from osuT5.modding.render_text import item_line

    assert item_line(suggestion(1000, relative)).startswith(f"{start} [link")


def test_markdown_is_a_mod_post() -> None:
    text = report_markdown(a_report())
    assert (
        "- [00:01:000 (2)](osu://edit/00:01:000%20(2)) - Expected an object at 00:01:250. (Circle, importance 123)"
        in text
    )
    assert "\\[the\\]" in text and "\\<tick\\>" in text
    assert text.endswith("\n") and not text.endswith("\n\n")


def test_html_is_escaped_and_whole() -> None:
    text = report_html(a_report())
    assert "<b>]" not in text and "&lt;b&gt;" in text
    assert "<tick>" not in text and "start is 3 ms off [the] <tick>" in unescape(text)
    assert 'href="osu://edit/00:01:000%20(2)"' in text
    assert not re.search(r"(src|href)=\"https?:", text)
    for tag in ("table", "details", "ul", "html", "body"):
        assert text.count(f"<{tag}>") + text.count(f"<{tag} ") == text.count(f"</{tag}>")


def test_summary_of_a_set() -> None:
    easy = one_map(beatmap=parse_beatmap(map_text(0, version="Easy")), stars=1.5)
    moved = map_text(0, version="Insane", timing="3,500,4,2,0,60,1,0")
    insane = one_map(beatmap=parse_beatmap(moved.replace(",1,2,0:0:0:0:", ",1,8,0:0:0:0:")), stars=4.5)
    summary = summarise([insane, easy])
    assert [one.name for one in summary.difficulties] == ["Easy", "Insane"]
    assert [one.main_bpm for one in summary.difficulties] == [120.0, 120.0]
    assert summary.spread == ("no Normal or Hard between Easy and Insane",)
    assert summary.timing == ("Insane is timed otherwise than Easy at 00:00:000, 00:00:003",)
    (sounds,) = summary.hitsounds
    assert sounds.startswith("Easy and Insane agree on ") and sounds.endswith("of 18 shared moments")
    assert summarise([easy]).timing == summarise([easy]).spread == summarise([easy]).hitsounds == ()

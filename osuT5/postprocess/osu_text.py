"""The file of a generated map (spec 03 section 15.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from osuT5.beatmap.timing_lines import TimingLine
from osuT5.compat import Compat

from .lines import ObjectLine, timing_text
from .settings import MapSettings

_LAYERS = ("Background", "Fail", "Pass", "Foreground", "Overlay")
_BREAK_GAP_MS = 5000  # shorter gaps between objects get no break
_BREAK_DELAY_MS = 200
_LEAST_PREEMPT_MS = 450
_PUBLISHED_COLOURS = (
    "Combo0 : 255,192,0",
    "Combo1 : 255,192,0",
    "Combo2 : 0,202,0",
    "\u034fCombo3 : 242,24,57",
    "Combo4 : 18,124,255",
    "Combo5 : 242,24,57",
)


def osu_text(
    settings: MapSettings, timing: Sequence[TimingLine], objects: Sequence[ObjectLine], compat: Compat | None = None
) -> str:
    """Text of the .osu file with line feeds, without byte order mark."""
    published = (compat or Compat()).published("osu_template")
    if not published:
        objects = sorted(objects, key=lambda line: line.time)
    sections = [
        "osu file format v14\n",
        _section("General", _general(settings, published)),
        _section("Editor", ((_PUBLISHED_BOOKMARKS, *_EDITOR) if published else _EDITOR)),
        _section("Metadata", _metadata(settings, published)),
        _section("Difficulty", _difficulty(settings)),
        _section("Events", _events(settings, [] if published else breaks(objects, settings.approach_rate))),
        _section("TimingPoints", [timing_text(line) for line in timing] or [""]),
        _section("Colours", _PUBLISHED_COLOURS if published else _colours(settings)),
        "[HitObjects]\n" + "\n".join(line.text for line in objects),
    ]
    return "\n".join(sections) + ("" if published or not objects else "\n")


def osu_bytes(text: str, compat: Compat | None = None) -> bytes:
    """The text as UTF-8; the published form opens with a byte order mark."""
    return text.encode("utf-8-sig" if (compat or Compat()).published("osu_template") else "utf-8")


def breaks(objects: Sequence[ObjectLine], approach_rate: float) -> list[tuple[int, int]]:
    """Breaks (start, end in ms) in gaps of 5 s and more; they end when the next object starts to appear.

    ``objects`` sorted by time.
    """
    result, end = [], None
    for line in objects:
        if end is not None and line.time - end >= _BREAK_GAP_MS:
            result.append((end + _BREAK_DELAY_MS, int(line.time - _preempt_ms(approach_rate))))
        end = line.end_time if end is None else max(end, line.end_time)
    return result


_PUBLISHED_BOOKMARKS = "Bookmarks:-330001"
_EDITOR = (
    "DistanceSpacing: 1.0",
    "BeatDivisor: 4",
    "GridSize: 8",
    "TimelineZoom: 2.20004",
)


def _section(name: str, lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in (f"[{name}]", *lines))


def _general(settings: MapSettings, published: bool) -> list[str]:
    return [
        f"AudioFilename: {_one_line(settings.audio_filename)}",
        "AudioLeadIn: 0",
        f"PreviewTime: {settings.preview_time}",
        "Countdown: 0",
        "SampleSet: All" if published else "SampleSet: Soft",  # "All" is no sample set that the game knows
        "StackLeniency: 0.7",
        f"Mode: {settings.mode}",
        "LetterboxInBreaks: 0",
        "WidescreenStoryboard: 1",
        "OverlayPosition: Above",
    ]


def _metadata(settings: MapSettings, published: bool) -> list[str]:
    source = str(settings.source) if published else settings.source or ""
    pairs = (
        ("Title", settings.title),
        ("TitleUnicode", settings.title_unicode),
        ("Artist", settings.artist),
        ("ArtistUnicode", settings.artist_unicode),
        ("Creator", settings.creator),
        ("Version", settings.version),
        ("Source", source),
        ("Tags", settings.tags),
    )
    return [f"{key}:{_one_line(value)}" for key, value in pairs]


def _difficulty(settings: MapSettings) -> list[str]:
    return [
        f"HPDrainRate:{settings.hp_drain_rate}",
        f"CircleSize:{settings.written_circle_size}",
        f"OverallDifficulty:{settings.overall_difficulty}",
        f"ApproachRate:{settings.approach_rate}",
        f"SliderMultiplier:{settings.slider_multiplier}",
        f"SliderTickRate:{settings.slider_tick_rate}",
    ]


def _events(settings: MapSettings, periods: Sequence[tuple[int, int]]) -> Iterator[str]:
    yield "//Background and Video events"
    if settings.background:
        yield f'0,0,"{_one_line(settings.background)}",0,0'
    yield "//Break Periods"
    for start, end in periods:
        yield f"2,{start},{end}"
    for index, layer in enumerate(_LAYERS):
        yield f"//Storyboard Layer {index} ({layer})"
    yield "//Storyboard Sound Samples"


def _colours(settings: MapSettings) -> list[str]:
    return [f"Combo{i} : {r},{g},{b}" for i, (r, g, b) in enumerate(settings.combo_colours, start=1)]


def _one_line(value: str) -> str:
    """Line breaks in a value would start another key or section."""
    return " ".join(value.splitlines()) if "\n" in value or "\r" in value else value


def _preempt_ms(approach_rate: float) -> float:
    """How long before its time an object starts to appear; what the editor wants between a break and an object at least."""
    return max(1200 + (5 - approach_rate) * (120 if approach_rate < 5 else 150), _LEAST_PREEMPT_MS)

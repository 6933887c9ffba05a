"""What is told before and after a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table

from ..generation.plan import Plan, TimingSource
from ..options import InferenceOptions, option_rows
from ..request import Request
from ..request.checks import MODE_NAMES
from ..request.fill import FROM_DEFAULT, FROM_MAP, FROM_SONG, GIVEN
from ..request.timing import KnownTiming

_KNOWN = {
    KnownTiming.GIVEN: "your bpm and offset",
    KnownTiming.TEMPO: "your bpm, the offset by analysis of the audio",
    KnownTiming.ANALYSIS: "analysis of the audio",
    KnownTiming.AUTO: "analysis of the audio where it is sure, else ",
}
_TIMING = {
    TimingSource.SUPER: "super timing",
    TimingSource.PASS: "a pass of its own",
    TimingSource.REFERENCE: "the reference map's",
    TimingSource.MAIN: "fitted to the beats of the map",
    TimingSource.UNKNOWN: "none, one line at bpm and offset",
}
_ALWAYS = ("gamemode", "difficulty", "title", "artist", "creator", "version", "seed")
_NEVER = ("audio_path", "beatmap_path", "output_path", "model_version", "tags", "diff_ckpt", "timesteps")


def print_request(console: Console, request: Request, preset: InferenceOptions) -> None:
    """The values that will be applied with their origin, the passes, and what this checkpoint cannot do."""
    table = Table(title=f"{request.paths.audio.name} with {request.able.version}", title_justify="left", box=None)
    for heading in ("option", "value", "from"):
        table.add_column(heading, overflow="fold")
    for row in applied_rows(request, preset):
        table.add_row(*row)
    console.print(table, highlight=False, markup=False)
    console.print(passes(request.plan, request.known_timing), highlight=False, markup=False)
    for notice in request.notices:
        print_notice(console, notice)


def print_requests(console: Console, requests: Sequence[Request], preset: InferenceOptions) -> None:
    """The same of all maps of a song: what they share, and how they differ."""
    print_request(console, requests[0], preset)
    if len(requests) == 1:
        return
    table = Table(title=f"{len(requests)} maps", title_justify="left", box=None)
    differing = [name for _, name, _, _ in option_rows() if name != "tags" and _differs(requests, name)]
    for name in differing:
        table.add_column(name)
    for request in requests:
        table.add_row(*(_shown(name, getattr(request.options, name)) for name in differing))
    console.print(table, highlight=False, markup=False)
    known = set(requests[0].notices)
    for notice in dict.fromkeys(line for request in requests[1:] for line in request.notices if line not in known):
        print_notice(console, notice)


def print_notice(console: Console, notice: str) -> None:
    console.print(f"note: {notice}", highlight=False, markup=False, style="yellow")


def shortened(lines: Sequence[str], limit: int = 5) -> list[str]:
    """The first ``limit`` lines, and how many more there are."""
    more = len(lines) - limit
    return [*lines[:limit], f"... and {more} more like these"] if more > 0 else list(lines)


def applied_rows(request: Request, preset: InferenceOptions) -> Iterator[tuple[str, str, str]]:
    """Name, value and origin of every option that was given, read from somewhere, or is always shown."""
    for _, name, _, _ in option_rows():
        value = getattr(request.options, name)
        origin = _origin(request, preset, name)
        if value is None or name in _NEVER or (name not in _ALWAYS and origin == FROM_DEFAULT):
            continue
        if name in _ALWAYS or origin in (GIVEN, FROM_MAP, FROM_SONG):
            yield name, _shown(name, value), origin


def passes(plan: Plan, known: KnownTiming = KnownTiming.NOTHING) -> str:
    """Where the timing comes from, and what is then written, in words."""
    timing = _KNOWN.get(known, "") + _TIMING.get(plan.timing, "")
    walked = () if plan.main_choice is None else plan.main_choice.walked
    written = ", ".join(name.upper() for name in walked if name not in plan.given) or "nothing else"
    return f"timing: {timing}; written: {written}"


def _differs(requests: Sequence[Request], name: str) -> bool:
    first = getattr(requests[0].options, name)
    return any(getattr(request.options, name) != first for request in requests[1:])


def _origin(request: Request, preset: InferenceOptions, name: str) -> str:
    origin = request.origins.get(name, FROM_DEFAULT)
    return FROM_DEFAULT if origin == GIVEN and _same_as_preset(request, preset, name) else origin


def _same_as_preset(request: Request, preset: InferenceOptions, name: str) -> bool:
    value, configured = getattr(request.options, name), getattr(preset, name)
    if name in ("in_context", "output_type"):
        return [item.lower() for item in value] == [item.lower() for item in configured]
    return bool(value == configured)


def _shown(name: str, value: object) -> str:
    if name == "gamemode" and isinstance(value, int):
        return f"{value} ({MODE_NAMES[value]})"
    if isinstance(value, list):
        return ", ".join(str(item).upper() if name in ("in_context", "output_type") else str(item) for item in value)
    return str(value)

"""Made maps before they are handed out: repaired as far as is wanted, rated, and checked by the rules (spec 08 section 10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..beatmap import Beatmap, BeatmapError, parse_beatmap, write_beatmap
from ..generation.plan import TimingSource
from ..request import Request
from ..rules import Finding, Level, check_map, check_set, level_of_stars, lowest_of_set, repair_map
from ..rules.repair import GAMEPLAY, MAX_DROPPED, SAFE
from ..stars import star_rating

_SETTINGS = "D"  # rules about what the user set
_RED_LINES = ("T05", "T07")  # their repairs change red lines, which belong to the user where he gave them
_RATINGS = 3  # a map whose stars change under repair is of another level, with other rules
_MODELS_OWN = (TimingSource.SUPER, TimingSource.PASS, TimingSource.MAIN)


@dataclass(frozen=True)
class Gated:
    """A map that may be written. ``findings`` is None where rules were not checked."""

    text: str
    stars: float | None
    beatmap: Beatmap | None  # None where it cannot be read again
    repairs: tuple[str, ...] = ()
    findings: tuple[Finding, ...] | None = None

    @property
    def objects(self) -> int:
        return 0 if self.beatmap is None else len(self.beatmap.hit_objects)


def repaired(request: Request, text: str, audio_ms: float) -> Gated:
    """The map with the repairs of ``map_repairs``. Only what is generated as a whole is repaired, and only ``corrected``."""
    made = gated(text)
    choice = request.options.map_repairs
    may = not request.options.add_to_beatmap and not request.compat.published("map_repairs") and choice != "none"
    if not may or not _checked(request):
        return made
    own_timing = request.plan.timing in _MODELS_OWN
    wanted = [rule for rule in SAFE if not rule.startswith(_SETTINGS) and (own_timing or rule not in _RED_LINES)]
    if choice != "gameplay":
        return _mended(made, wanted, False, audio_ms)
    wanted += GAMEPLAY
    least = (1 - MAX_DROPPED) * made.objects
    for _ in range(_RATINGS):
        better = _mended(made, wanted, True, audio_ms)
        if better.objects < least:
            break
        made, before = better, made
        if _level(made) is _level(before):
            break
    return made


def _mended(made: Gated, rules: Sequence[str], gameplay: bool, audio_ms: float) -> Gated:
    if made.beatmap is None or not made.objects:
        return made
    better, repairs = repair_map(
        made.beatmap, gameplay, stars=made.stars, audio_ms=audio_ms, rules=rules, problems_only=True
    )
    if not repairs:
        return made
    said = (*made.repairs, *map(str, repairs))
    return replace(gated(write_beatmap(better).replace("\r\n", "\n")), repairs=said)


def _level(made: Gated) -> Level | None:
    return None if made.stars is None else level_of_stars(made.stars)


def gated(text: str) -> Gated:
    """The map with its rating."""
    data = text.encode("utf-8", "surrogateescape")
    try:
        beatmap = parse_beatmap(data)
    except BeatmapError:
        beatmap = None
    return Gated(text, star_rating(data), beatmap)


def renamed(made: Gated, version: str) -> Gated:
    """The map under another name."""
    beatmap = made.beatmap
    if beatmap is not None:
        beatmap = replace(beatmap, metadata=replace(beatmap.metadata, version=version))
    return replace(made, text=_with_line(made.text, "Version:", version), beatmap=beatmap)


def with_one_preview(requests: Sequence[Request], maps: Sequence[Gated]) -> list[Gated]:
    """The maps with the preview time of the first one, where a repair has set it (S07)."""
    first = maps[0].beatmap
    if first is None or not any(text.startswith("H10 ") for made in maps for text in made.repairs):
        return list(maps)
    time = int(first.general.preview_time)
    result = []
    for request, made in zip(requests, maps, strict=True):
        if made.beatmap is not None and not request.options.add_to_beatmap:
            beatmap = replace(made.beatmap, general=replace(made.beatmap.general, preview_time=time))
            made = replace(made, text=_with_line(made.text, "PreviewTime: ", str(time)), beatmap=beatmap)
        result.append(made)
    return result


def _with_line(text: str, key: str, value: str) -> str:
    head, found, rest = text.partition(f"\n{key}")
    return f"{head}{found}{value}\n{rest.partition(chr(10))[2]}" if found else text


def with_findings(requests: Sequence[Request], maps: Sequence[Gated], audio_ms: float) -> list[Gated]:
    """The maps with what the rules find about each, and about all of them as a set."""
    places = [
        place
        for place, (request, made) in enumerate(zip(requests, maps, strict=True))
        if _checked(request) and made.beatmap is not None
    ]
    beatmaps = [beatmap for place in places if (beatmap := maps[place].beatmap) is not None]
    stars = [maps[place].stars for place in places]
    several = len(beatmaps) > 1 and len({request.seed for request in requests}) == 1  # candidates are no set
    of_set = check_set(beatmaps, stars, audio_ms=audio_ms) if several else []
    lowest = lowest_of_set(beatmaps, stars) if several else [False] * len(beatmaps)
    result = list(maps)
    for place, beatmap, is_lowest in zip(places, beatmaps, lowest, strict=True):
        own = check_map(beatmap, stars=maps[place].stars, audio_ms=audio_ms, lowest=is_lowest)
        shared = [item for item in of_set if not item.maps or beatmap.metadata.version in item.maps]
        result[place] = replace(maps[place], findings=(*own, *shared))
    return result


def _checked(request: Request) -> bool:
    return request.options.check_rules and "map" in request.options.output_type

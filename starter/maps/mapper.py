"""The rule mapper: a score, a mode, a star rating and a style give a beatmap (deterministic for a seed)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from osuT5.beatmap import Beatmap, write_beatmap
from osuT5.beatmap.model import Break, HitObject
from osuT5.beatmap.stacking import preempt
from osuT5.rules.level import level_of_stars
from osuT5.stars import star_rating
from starter.songs.score import Score

from .catch import CatchWalker
from .levels import Level, level_for
from .mania import mania_objects
from .osu import Placer
from .places import Walker
from .plan import Planned, add_spinners, plan_objects
from .rhythm import choose, onsets
from .sounds import timing_points
from .styles import Signature
from .taiko import denden, taiko_objects

COLOURS = ((255, 192, 0), (0, 202, 0), (18, 124, 255), (242, 24, 57))
BREAK_MS = 5000.0  # shortest hole that becomes a break
PLAIN = Signature(101, 2016, ())
OSU, TAIKO, CATCH, MANIA = range(4)
_FACTORS = (0.25, 8.0)  # of star calibration


@dataclass(frozen=True)
class MapRequest:
    """What to map."""

    mode: int = 0
    stars: float = 4.0
    keys: int = 4
    signature: Signature = PLAIN
    seed: int = 0


def make_map(score: Score, request: MapRequest, audio_name: str, tries: int = 5) -> tuple[Beatmap, float]:
    """A map of about the asked stars and its measured stars; ``tries`` passes of calibration (1: none)."""
    low, high = _FACTORS
    factor, best = 1.0, None
    for _ in range(tries):
        attempt = _attempt(score, request, factor, audio_name)
        if best is None or abs(attempt.stars - request.stars) < abs(best.stars - request.stars):
            best = attempt
        if abs(attempt.stars - request.stars) < 0.1:
            break
        low, high = (factor, high) if attempt.stars < request.stars else (low, factor)
        factor = float(np.sqrt(low * high))
    assert best is not None
    for _ in range(2):  # easier than asked: the rules of an easier level hold
        if best.level.rank <= level_of_stars(best.stars):
            break
        best = _attempt(score, request, best.factor, audio_name, best.stars)
    return best.beatmap, best.stars


@dataclass(frozen=True)
class _Attempt:
    beatmap: Beatmap
    stars: float  # measured
    factor: float
    level: Level


def _attempt(score: Score, request: MapRequest, factor: float, audio_name: str, limit: float | None = None) -> _Attempt:
    level = level_for(request.stars, request.mode, limit)
    beatmap = _mapped(score, request, level, factor, audio_name)
    return _Attempt(beatmap, star_rating(write_beatmap(beatmap), request.mode) or 0.0, factor, level)


def _mapped(score: Score, request: MapRequest, level: Level, factor: float, audio_name: str) -> Beatmap:
    rng = np.random.RandomState(request.seed)
    style = request.signature.style
    moves = request.mode in (OSU, CATCH)
    density = float(np.clip(factor ** (0.6 if moves else 0.8), 0.3, 5.0))
    chosen = choose(rng, onsets(score, style), level, style, density)
    if request.mode == MANIA:
        thicker = replace(style, chords=style.chords * float(np.clip(factor**0.6, 0.5, 3.0)))
        objects = mania_objects(rng, chosen, level, thicker, request.keys)
    elif request.mode == TAIKO:
        livelier = replace(style, colour_changes=style.colour_changes * max(1.0, factor**0.5))
        objects = taiko_objects(rng, chosen, level, livelier)
        objects = _with_dendens(rng, objects, plan_objects(np.random.RandomState(1), chosen, level, style), level)
    else:
        plan = add_spinners(rng, plan_objects(rng, chosen, level, style), level)
        walker = (Walker if request.mode == OSU else CatchWalker)(rng, level, style, factor)
        objects = Placer(rng, level, style, walker).place(plan)
    return _beatmap(score, request, level, objects, audio_name)


def _with_dendens(
    rng: np.random.RandomState, objects: list[HitObject], plan: list[Planned], level: Level
) -> list[HitObject]:
    spinners = [denden(item) for item in add_spinners(rng, plan, level) if item.kind == "spinner"]
    ends = [(item.time, getattr(item, "end_time", item.time)) for item in objects]
    free = [s for s in spinners if not any(start - 250 < s.end_time and end + 100 > s.time for start, end in ends)]
    return sorted([*objects, *free], key=lambda item: item.time)


def _beatmap(score: Score, request: MapRequest, level: Level, objects: list[HitObject], audio_name: str) -> Beatmap:
    beatmap = Beatmap()
    beatmap.general.audio_filename = audio_name
    beatmap.general.mode = request.mode
    beatmap.general.preview_time = round(
        next((b.start_ms for b in score.bars if b.section == "chorus"), score.length_ms * 0.4)
    )
    meta = beatmap.metadata
    meta.title = meta.title_unicode = score.title
    meta.artist = meta.artist_unicode = score.artist
    meta.creator, meta.version = f"Rule mapper {request.signature.mapper_id}", f"{request.stars:.1f} stars"
    settings = beatmap.difficulty
    settings.hp_drain_rate, settings.overall_difficulty, settings.approach_rate = level.hp, level.od, level.ar
    settings.circle_size = float(request.keys) if request.mode == 3 else level.cs
    settings.slider_multiplier, settings.slider_tick_rate = level.multiplier, 1.0
    sample_set = (2, 1, 3)[request.signature.mapper_id % 3]
    style = request.signature.style
    beatmap.timing_points = timing_points(score, level, style, sample_set, objects[0].time if objects else 0.0)
    for index, item in enumerate(objects):
        item.index = index
    beatmap.hit_objects = objects
    beatmap.events.breaks = _breaks(objects, preempt(level.ar)) if request.mode != 3 else []
    beatmap.colours.combo = list(COLOURS)
    return beatmap


def _breaks(objects: list[HitObject], before_ms: float) -> list[Break]:
    found, end = [], None
    for item in objects:
        if end is not None and item.time - end >= BREAK_MS:
            found.append(Break(end + 300, item.time - before_ms))
        end = max(end or 0.0, getattr(item, "end_time", item.time) + 800 * hasattr(item, "slides"))
    return found

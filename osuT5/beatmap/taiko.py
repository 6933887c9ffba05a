"""What objects are in taiko (spec 07 section 10)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from osuT5.beatmap.model import Circle, HitObject, Slider
from osuT5.beatmap.play import Play, adjusted_beat_length, single
from osuT5.beatmap.samples import CLAP, FINISH, WHISTLE, edges_of

MULTIPLIER = single(1.4)
SLOWEST = 10000.0  # percent
MAX_NOTES = 100_000  # of one drum roll


class TaikoKind(str, Enum):
    DON = "don"
    KAT = "kat"
    DRUM_ROLL = "drumroll"
    SWELL = "swell"


@dataclass(frozen=True, slots=True)
class TaikoObject:
    kind: TaikoKind
    time: float
    end_time: float
    big: bool


@dataclass(frozen=True, slots=True)
class _DrumRoll:
    """A slider as drum roll: its duration in ms and the spacing of the notes it may become (0: none)."""

    duration: int
    spacing: float


def taiko_objects(play: Play, item: HitObject) -> list[TaikoObject]:
    """What ``item`` is in taiko; sliders of osu! maps may become notes."""
    if isinstance(item, Circle):
        return [_note(item.time, item.hit_sound)]
    if not isinstance(item, Slider):
        return [TaikoObject(TaikoKind.SWELL, item.time, play.end_time(item), False)]
    roll = _drum_roll(play, item)
    if play.beatmap.mode == 0 and roll.spacing > 0:
        return _notes_of(item, roll)
    end = item.time + roll.duration
    return [TaikoObject(TaikoKind.DRUM_ROLL, item.time, end, bool(item.hit_sound & FINISH))]


def drum_roll_end(play: Play, slider: Slider) -> float:
    """The end in ms of the drum roll that ``slider`` is."""
    return slider.time + _drum_roll(play, slider).duration


def drum_roll_spacing(play: Play, slider: Slider) -> float:
    """Time in ms between ticks of a drum roll."""
    beat = play.timing.beat_at(slider.time).beat_length
    return beat / (3 if play.beatmap.difficulty.slider_tick_rate == 3 else 4)


def _note(time: float, sound: int) -> TaikoObject:
    kind = TaikoKind.KAT if sound & (WHISTLE | CLAP) else TaikoKind.DON
    return TaikoObject(kind, time, time, bool(sound & FINISH))


def _drum_roll(play: Play, slider: Slider) -> _DrumRoll:
    # the order of operations decides comparisons that fall on a boundary
    beatmap, timing = play.beatmap, play.timing
    spans = play.slider(slider).spans
    distance = max(slider.length or 0.0, 0.0) * MULTIPLIER * spans
    beat_length = timing.beat_at(slider.time).beat_length
    adjusted = adjusted_beat_length(beat_length, timing.velocity_at(slider.time).velocity, SLOWEST)
    velocity = 100.0 * (beatmap.difficulty.slider_multiplier * MULTIPLIER)
    duration = int(distance / velocity * adjusted)
    compared = adjusted if beatmap.format_version < 8 else beat_length
    spacing = min(compared / beatmap.difficulty.slider_tick_rate, duration / spans)
    short = distance / (velocity * (1000 / adjusted)) * 1000 < 2 * compared
    return _DrumRoll(duration, spacing if short else 0.0)


def _notes_of(slider: Slider, roll: _DrumRoll) -> list[TaikoObject]:
    edges = edges_of(slider)
    notes: list[TaikoObject] = []
    time = slider.time
    while time <= slider.time + roll.duration + roll.spacing / 8 and len(notes) < MAX_NOTES:
        notes.append(_note(time, edges[len(notes) % len(edges)][0]))
        time += roll.spacing
    return notes

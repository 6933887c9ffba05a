"""The typed model of an .osu file (spec 07). Times in ms, positions in osu! pixels (512 x 384, origin top left).

The model keeps what the file says; what it means in play (curves, end times, combos, samples) is asked of the other
modules of this room.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from osuT5.beatmap.numbers import plain_number as plain_number

EARLY_OFFSET = 24  # ms, files below version 5
LAZER_VERSION = 128

Colour = tuple[int, int, int]


class BeatmapError(ValueError):
    """A beatmap could not be had: ``file``, ``line`` (0 when no line is to blame) and ``reason``."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}, line {line}: {reason}" if line else f"{file}: {reason}")
        self.file = file
        self.line = line
        self.reason = reason

    def __reduce__(self) -> tuple[type[BeatmapError], tuple[str, int, str]]:
        return type(self), (self.file, self.line, self.reason)


class Diagnostic(NamedTuple):
    """Something the reader dropped or repaired."""

    line: int  # counted from 1; 0 for the file as a whole
    rule: str  # short name of what was done, e.g. "dropped hit object"
    text: str  # the line, or its beginning


@dataclass(slots=True)
class General:
    """[General]. ``written`` holds every key of the section as text, unknown ones too."""

    audio_filename: str = ""
    audio_lead_in: int = 0
    preview_time: int = -1  # -1: none
    countdown: int = 0
    sample_set: int = 0  # 0 none (acts as normal), 1 normal, 2 soft, 3 drum
    sample_volume: int = 100
    stack_leniency: float = 0.7
    mode: int = 0
    letterbox_in_breaks: bool = False
    special_style: bool = False
    widescreen_storyboard: bool = False
    epilepsy_warning: bool = False
    samples_match_playback_rate: bool = False
    use_skin_sprites: bool = False
    overlay_position: str = "NoChange"
    skin_preference: str = ""
    countdown_offset: int = 0
    written: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Editor:
    """[Editor]. Bookmarks are never shifted by the early offset."""

    bookmarks: list[int] = field(default_factory=list)
    distance_spacing: float = 1.0
    beat_divisor: int = 4
    grid_size: int = 0
    timeline_zoom: float = 1.0
    velocity_presets: list[float] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Metadata:
    """[Metadata]. The Unicode fields hold the romanised text when the file lacks them."""

    title: str = ""
    title_unicode: str = ""
    artist: str = ""
    artist_unicode: str = ""
    creator: str = ""
    version: str = ""
    source: str = ""
    tags: str = ""
    beatmap_id: int | None = None
    beatmap_set_id: int | None = None
    written: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Difficulty:
    """[Difficulty], clamped as in play; ``written`` has the texts of the file, before clamping."""

    hp_drain_rate: float = 5.0
    circle_size: float = 5.0
    overall_difficulty: float = 5.0
    approach_rate: float = 5.0
    slider_multiplier: float = 1.4
    slider_tick_rate: float = 1.0
    written: dict[str, str] = field(default_factory=dict)

    @property
    def key_count(self) -> int:
        """Columns of a mania map."""
        return max(1, round(self.circle_size))


@dataclass(slots=True)
class Video:
    file: str
    offset: float = 0.0  # ms
    x: float = 0.0
    y: float = 0.0


@dataclass(slots=True)
class Break:
    start: float
    end: float


@dataclass(slots=True)
class BeatmapEvents:
    """[Events]. Storyboard lines are kept as text in file order; ``storyboard_before_breaks`` of them precede the breaks."""

    background: str = ""
    background_x: float = 0.0
    background_y: float = 0.0
    videos: list[Video] = field(default_factory=list)
    breaks: list[Break] = field(default_factory=list)  # sorted by start
    storyboard: list[str] = field(default_factory=list)
    storyboard_before_breaks: int = 0


@dataclass(slots=True)
class Colours:
    """[Colours]: combo colours in file order, and the others by name."""

    combo: list[Colour] = field(default_factory=list)
    named: dict[str, Colour] = field(default_factory=dict)


@dataclass(slots=True)
class TimingPoint:
    """One line of [TimingPoints]; values as read, not clamped. ``text`` is the line as written."""

    time: float  # ms, early offset included
    beat_length: float  # ms per beat when red; -100 / velocity when green; NaN possible on green points
    meter: int = 4
    sample_set: int = 0  # as written
    sample_index: int = 0
    volume: int = 100  # clamped to 0..100
    uninherited: bool = True
    effects: int = 0  # bit 0 kiai, bit 3 omit first bar line
    text: str = ""

    @property
    def kiai(self) -> bool:
        return bool(self.effects & 1)

    @property
    def omit_first_barline(self) -> bool:
        return bool(self.effects & 8)

    @property
    def velocity(self) -> float:
        """Slider velocity of the line, not clamped; 1 for NaN and for beat lengths that are not negative."""
        return 100.0 / -self.beat_length if self.beat_length < 0 else 1.0


@dataclass(slots=True)
class HitObject:
    """What all hit objects have. ``x`` and ``y`` are whole numbers below version 128."""

    x: float
    y: float
    time: float  # ms, early offset included
    type_bits: int  # as written
    hit_sound: int  # 1 normal, 2 whistle, 4 finish, 8 clap
    hit_sample: str = ""  # as written: normalSet:additionSet[:index[:volume[:file]]]
    index: int = 0  # place in the file

    @property
    def new_combo(self) -> bool:
        """The flag as written; :mod:`osuT5.beatmap.combos` knows where combos start in play."""
        return bool(self.type_bits & 4)

    @property
    def combo_skip(self) -> int:
        """Colours to skip, as written."""
        return self.type_bits >> 4 & 7


@dataclass(slots=True)
class Circle(HitObject):
    pass


@dataclass(slots=True)
class Slider(HitObject):
    """``points`` are the listed control points, absolute and without the head.

    ``curves`` gives each curve letter with the number of points listed before it: ``((0, "B"),)`` for most sliders.
    """

    curves: tuple[tuple[int, str], ...] = ()
    points: list[tuple[float, float]] = field(default_factory=list)
    slides: int = 1
    length: float | None = None  # as written; None, 0 or negative: the natural length of the path
    edge_sounds: list[int] = field(default_factory=list)  # as written; an entry that does not parse is 0
    edge_sets: list[str] = field(default_factory=list)  # as written

    @property
    def curve(self) -> str:
        """The first curve letter, "" without any."""
        return self.curves[0][1] if self.curves else ""

    @property
    def path_text(self) -> str:
        """The path as .osu text, e.g. ``B|100:50|200:50``."""
        parts: list[str] = []
        done = 0
        for start, letter in (*self.curves, (len(self.points), "")):
            parts += [f"{plain_number(x)}:{plain_number(y)}" for x, y in self.points[done:start]]
            if letter:
                parts.append(letter)
            done = start
        return "|".join(parts)


@dataclass(slots=True)
class Spinner(HitObject):
    end_time: float = 0.0


@dataclass(slots=True)
class Hold(HitObject):
    end_time: float = 0.0


@dataclass(slots=True)
class Beatmap:
    """An .osu file. ``hit_objects`` is sorted by start time, stably; ``timing_points`` is in file order."""

    format_version: int = 14
    early_offset: int = 0  # ms added to all times that the file shifts: 24 below version 5, else 0
    general: General = field(default_factory=General)
    editor: Editor = field(default_factory=Editor)
    metadata: Metadata = field(default_factory=Metadata)
    difficulty: Difficulty = field(default_factory=Difficulty)
    events: BeatmapEvents = field(default_factory=BeatmapEvents)
    colours: Colours = field(default_factory=Colours)
    timing_points: list[TimingPoint] = field(default_factory=list)
    hit_objects: list[HitObject] = field(default_factory=list)
    timing_text: list[str] = field(default_factory=list)  # every line of [TimingPoints], dropped ones too
    other_sections: dict[str, list[str]] = field(default_factory=dict)  # lines of sections that are only kept
    diagnostics: list[Diagnostic] = field(default_factory=list)

    @property
    def mode(self) -> int:
        """0 osu!, 1 taiko, 2 catch, 3 mania."""
        return self.general.mode

    @property
    def hit_objects_in_file_order(self) -> list[HitObject]:
        return sorted(self.hit_objects, key=lambda item: item.index)

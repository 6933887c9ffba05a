"""What a written map says about itself: header, metadata and difficulty."""

from __future__ import annotations

from dataclasses import dataclass, field

from osuT5.beatmap.timing_lines import TimingLine
from osuT5.timing.changes import to_us

Number = int | float
_FALLBACK_BEAT_MS = 500.0


@dataclass(frozen=True)
class MapSettings:
    """Values of a generated map. Numbers are written as given: an int without, a float with a point."""

    audio_filename: str
    mode: int = 0
    title: str = ""
    title_unicode: str = ""
    artist: str = ""
    artist_unicode: str = ""
    creator: str = ""
    version: str = ""
    source: str | None = ""
    tags: str = ""
    preview_time: int = -1  # ms
    background: str | None = None  # file name
    hp_drain_rate: Number = 5
    circle_size: Number | None = 4  # number of columns in mania, unless keycount is given
    overall_difficulty: Number = 8
    approach_rate: Number = 9
    slider_multiplier: Number = 1.4  # hundreds of osu! pixels a beat
    slider_tick_rate: Number = 1
    keycount: int | None = None
    bpm: Number = 120  # of the red line of a map without timing
    offset: Number = 0  # ms, likewise
    combo_colours: tuple[tuple[int, int, int], ...] = field(
        default=((255, 192, 0), (0, 202, 0), (18, 124, 255), (242, 24, 57))
    )

    @property
    def written_circle_size(self) -> Number:
        """CircleSize as it stands in the file; 0 and unset become 4."""
        return (self.keycount if self.mode == 3 and self.keycount else self.circle_size) or 4

    def red_line(self) -> TimingLine:
        """The red line of a map without timing."""
        beat = 60000 / self.bpm if self.bpm else _FALLBACK_BEAT_MS
        return TimingLine(to_us(self.offset), beat, 4, 2, -1, 100)

"""Lines of [HitObjects] (spec 07 section 7)."""

from __future__ import annotations

from osuT5.beatmap.model import LAZER_VERSION, Circle, HitObject, Hold, Slider, Spinner
from osuT5.beatmap.numbers import coordinate, integer, time_of

MAX_SLIDES = 9000


class ObjectReader:
    """Reads hit object lines of one file. ``lenient`` keeps objects with a bad sample text, and paths without a letter."""

    def __init__(self, version: int, offset: int, lenient: bool = False) -> None:
        self.objects: list[HitObject] = []
        self.offset = offset
        self.lenient = lenient
        self.repaired = ""  # what leniency changed in the last line
        self.good_samples = {""}  # texts that were read before
        self._whole = version < LAZER_VERSION

    def read(self, line: str) -> None:
        """Append the object of ``line``. Raises ``ValueError`` or ``IndexError`` when the line is refused."""
        fields = line.split(",")
        x, y = self._coordinate(fields[0]), self._coordinate(fields[1])
        time = time_of(fields[2], self.offset)
        bits, sound = integer(fields[3]), integer(fields[4])
        index = len(self.objects)
        extra = fields[5] if len(fields) > 5 else ""
        if bits & 1:
            self.objects.append(Circle(x, y, time, bits, sound, self._sample(extra), index))
        elif bits & 2:
            self.objects.append(self._slider(fields, Slider(x, y, time, bits, sound, "", index)))
        elif bits & 8:
            end = max(time, time_of(fields[5], self.offset))
            sample = self._sample(fields[6]) if len(fields) > 6 else ""
            self.objects.append(Spinner(x, y, time, bits, sound, sample, index, end))
        elif bits & 128:
            end_text, _, rest = extra.partition(":")
            end = max(time, time_of(end_text, self.offset)) if extra else time
            self.objects.append(Hold(x, y, time, bits, sound, self._sample(rest), index, end))
        else:
            raise ValueError("no kind of hit object")

    def _slider(self, fields: list[str], slider: Slider) -> Slider:
        count = len(fields)
        slides = integer(fields[6])
        if slides > MAX_SLIDES:
            raise ValueError(f"more than {MAX_SLIDES} slides")
        slider.slides = max(slides, 1)
        if count > 7:
            slider.length = coordinate(fields[7])
        if count > 10 and self._readable(fields[10], banks_only=True):
            slider.hit_sample = fields[10].rstrip()
        if count > 9 and fields[9]:
            slider.edge_sets = fields[9].split("|")
            for index, text in enumerate(slider.edge_sets[: slider.slides + 1]):
                slider.edge_sets[index] = self._sample(text)
        if count > 8 and fields[8]:
            slider.edge_sounds = [_edge_sound(part) for part in fields[8].split("|")]
        slider.curves, slider.points = self._path(fields[5].split("|"))
        return slider

    def _path(self, parts: list[str]) -> tuple[tuple[tuple[int, str], ...], list[tuple[float, float]]]:
        curves: list[tuple[int, str]] = []
        points: list[tuple[float, float]] = []
        for part in parts:
            if part[0].isalpha():
                curves.append((len(points), part))
            else:
                values = part.split(":")
                points.append((self._coordinate(values[0]), self._coordinate(values[1])))
        if not curves and self.lenient:
            curves.append((0, "C"))
            self.repaired = "read a path without letter as catmull"
        return tuple(curves), points

    def _coordinate(self, text: str) -> float:
        value = coordinate(text)
        return int(value) if self._whole else value

    def _sample(self, text: str) -> str:
        """``text`` if it is a readable sample; with leniency, no sample instead of ``ValueError``."""
        text = text.rstrip()
        if text not in self.good_samples:
            if not self._readable(text):
                return ""
            self.good_samples.add(text)
        return text

    def _readable(self, text: str, banks_only: bool = False) -> bool:
        try:
            check_sample(text, banks_only)
        except (ValueError, IndexError):
            if not self.lenient:
                raise
            self.repaired = "left out a bad hit sample"
            return False
        return True


def check_sample(text: str, banks_only: bool = False) -> None:
    """Raise ``ValueError`` or ``IndexError`` when ``text`` is neither empty nor a hit sample."""
    if not text:
        return
    parts = text.split(":")
    integer(parts[0])
    integer(parts[1])
    if not banks_only:
        for part in parts[2:4]:
            integer(part)


def _edge_sound(text: str) -> int:
    try:
        return integer(text)
    except ValueError:
        return 0

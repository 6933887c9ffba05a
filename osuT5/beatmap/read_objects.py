"""Lines of [HitObjects] (spec 07 section 7)."""

from __future__ import annotations

from osuT5.beatmap.model import LAZER_VERSION, Circle, HitObject, Hold, Slider, Spinner
from osuT5.beatmap.numbers import COORDINATE_LIMIT, INT_LIMIT, coordinate, integer, time_of

MAX_SLIDES = 9000
_ONE_LETTER = {letter: ((0, letter),) for letter in "BLPC"}


class ObjectReader:
    """Reads hit object lines of one file. ``lenient`` keeps objects with a bad sample text, and paths without a letter."""

    def __init__(self, version: int, offset: int, lenient: bool = False) -> None:
        self.objects: list[HitObject] = []
        self.lenient = lenient
        self.repaired = ""  # what leniency changed in the last line
        self._whole = version < LAZER_VERSION
        self._offset = offset
        self._latest = INT_LIMIT - offset
        self._good_samples = {""}
        self._good_banks = {""}

    def read(self, line: str) -> None:
        """Append the object of ``line``. Raises ``ValueError`` or ``IndexError`` when the line is refused."""
        fields = line.split(",")
        strict = "_" in line or not line.isascii()
        try:
            x: float = int(fields[0])
            y: float = int(fields[1])
            time = float(fields[2])
            bits = int(fields[3])
            sound = int(fields[4])
        except ValueError:
            strict = True
        if (
            strict
            or not -COORDINATE_LIMIT <= x <= COORDINATE_LIMIT
            or not -COORDINATE_LIMIT <= y <= COORDINATE_LIMIT
            or not -INT_LIMIT <= time <= self._latest
            or not -INT_LIMIT <= bits <= INT_LIMIT
            or not -INT_LIMIT <= sound <= INT_LIMIT
        ):
            x, y = self._coordinate(fields[0]), self._coordinate(fields[1])
            time, bits, sound = time_of(fields[2], self._offset), integer(fields[3]), integer(fields[4])
        else:
            time = time + self._offset or 0.0
        index = len(self.objects)
        if bits & 1:
            sample = self._sample(fields[5]) if len(fields) > 5 else ""
            self.objects.append(Circle(x, y, time, bits, sound, sample, index))
        elif bits & 2:
            self.objects.append(self._slider(fields, x, y, time, bits, sound, index, strict))
        elif bits & 8:
            end = max(time, time_of(fields[5], self._offset))
            sample = self._sample(fields[6]) if len(fields) > 6 else ""
            self.objects.append(Spinner(x, y, time, bits, sound, sample, index, end))
        elif bits & 128:
            text = fields[5] if len(fields) > 5 else ""
            end_text, _, rest = text.partition(":")
            end = max(time, time_of(end_text, self._offset)) if text else time
            self.objects.append(Hold(x, y, time, bits, sound, self._sample(rest), index, end))
        else:
            raise ValueError("no kind of hit object")

    def _slider(
        self, fields: list[str], x: float, y: float, time: float, bits: int, sound: int, index: int, strict: bool
    ) -> Slider:
        slides = integer(fields[6])
        if slides > MAX_SLIDES:
            raise ValueError(f"more than {MAX_SLIDES} slides")
        slides = max(slides, 1)
        count = len(fields)
        length = coordinate(fields[7]) if count > 7 else None
        sample = self._slider_sample(fields[10]) if count > 10 else ""
        sets: list[str] = []
        sounds: list[int] = []
        if count > 9 and fields[9]:
            sets = fields[9].split("|")
            good = self._good_samples
            for text in sets[: slides + 1]:
                if text not in good:
                    self._sample(text)
        if count > 8 and fields[8]:
            sounds = _edge_sounds(fields[8], strict)
        curves, points = self._path(fields[5], strict)
        return Slider(x, y, time, bits, sound, sample, index, curves, points, slides, length, sounds, sets)

    def _path(self, text: str, strict: bool) -> tuple[tuple[tuple[int, str], ...], list[tuple[float, float]]]:
        parts = text.split("|")
        points: list[tuple[float, float]] = []
        curves = _ONE_LETTER.get(parts[0])
        if curves and not strict:
            try:
                for part in parts[1:]:
                    left, _, right = part.partition(":")
                    x, y = int(left), int(right)
                    if not (-COORDINATE_LIMIT <= x <= COORDINATE_LIMIT and -COORDINATE_LIMIT <= y <= COORDINATE_LIMIT):
                        break
                    points.append((x, y))
                else:
                    return curves, points
            except ValueError:
                pass
        return self._any_path(parts)

    def _any_path(self, parts: list[str]) -> tuple[tuple[tuple[int, str], ...], list[tuple[float, float]]]:
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
        if text not in self._good_samples:
            if not self._readable(text):
                return ""
            self._good_samples.add(text)
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

    def _slider_sample(self, text: str) -> str:
        if text not in self._good_banks:
            if not self._readable(text, banks_only=True):
                return ""
            self._good_banks.add(text)
        return text


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


def _edge_sounds(text: str, strict: bool) -> list[int]:
    parts = text.split("|")
    if not strict:
        try:
            values = [int(part) for part in parts]
        except ValueError:
            pass
        else:
            if -INT_LIMIT <= min(values) and max(values) <= INT_LIMIT:
                return values
    return [_edge_sound(part) for part in parts]


def _edge_sound(text: str) -> int:
    try:
        return integer(text)
    except ValueError:
        return 0

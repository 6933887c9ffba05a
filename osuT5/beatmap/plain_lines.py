"""The fast way through [HitObjects] and [TimingPoints]: lines in the form that nearly all files have.

A line in any other form is left to the readers of :mod:`read_objects` and :mod:`read_timing`, which decide alone what is
accepted. What is taken here equals what they would have read; numbers, samples and line tails are looked up by their
text, so a strange spelling is simply not found.
"""

from __future__ import annotations

from osuT5.beatmap.model import Beatmap, Circle, Hold, Slider, TimingPoint
from osuT5.beatmap.numbers import COORDINATE_LIMIT, INT_LIMIT
from osuT5.beatmap.read_objects import MAX_SLIDES, ObjectReader

_WHOLE = {str(number): number for number in range(-512, 1025)}
_LONGEST = float(COORDINATE_LIMIT)
_LETTERS = {letter: ((0, letter),) for letter in "BLPC"}
Tail = tuple[int, int, int, int, bool, int]


class PlainLines:
    """Plain lines of one file. The methods read from a line on and return the number of the first line not read."""

    def __init__(self, lines: list[str], beatmap: Beatmap, objects: ObjectReader) -> None:
        self._lines = lines
        self._beatmap = beatmap
        self._reader = objects
        self._tails: dict[str, Tail] = {}
        self._edges: dict[tuple[str, str], tuple[list[int], list[str]]] = {}
        self._strict: bool | None = None

    def _must_check(self, number: int) -> bool:
        """Whether lines from ``number`` on may hold characters that Python reads as numbers and the game does not."""
        if self._strict is None:
            rest = "\n".join(self._lines[number:])
            self._strict = "_" in rest or not rest.isascii()
        return self._strict

    def objects(self, number: int) -> int:
        """Append plain circles, sliders and holds. Circles and holds are made in the loop: a call would cost as much as they do."""
        lines, reader, check = self._lines, self._reader, self._must_check(number)
        objects, offset, good = reader.objects, float(reader.offset), reader.good_samples
        append, whole, index = objects.append, _WHOLE, len(objects)
        first, earliest, latest = number, -float(INT_LIMIT), INT_LIMIT - offset
        try:
            for number in range(first, len(lines)):
                line = lines[number]
                if check and ("_" in line or not line.isascii()):
                    return number
                fields = line.split(",")
                bits = whole[fields[3]]
                time = float(fields[2])
                if not earliest <= time <= latest:
                    return number
                time = time + offset or 0.0
                if bits & 1:
                    sample = fields[5] if len(fields) > 5 else ""
                    if sample not in good:
                        return number
                    append(Circle(whole[fields[0]], whole[fields[1]], time, bits, whole[fields[4]], sample, index))
                elif bits & 2:
                    slider = self._slider(fields, bits, time, index)
                    if slider is None:
                        return number
                    append(slider)
                elif bits & 128 and not bits & 8:
                    _, _, _, _, _, rest = fields
                    end_text, _, sample = rest.partition(":")
                    end = float(end_text)
                    if sample not in good or not earliest <= end <= latest:
                        return number
                    x, y, end = whole[fields[0]], whole[fields[1]], max(time, end + offset)
                    append(Hold(x, y, time, bits, whole[fields[4]], sample, index, end))
                else:
                    return number
                index += 1
        except (KeyError, ValueError, IndexError):
            return number
        return len(lines)

    def _slider(self, fields: list[str], bits: int, time: float, index: int) -> Slider | None:
        """A slider; None where it is not plain, as for ``KeyError``, ``ValueError`` and ``IndexError``."""
        whole = _WHOLE
        letter, *places = fields[5].split("|")
        points: list[tuple[float, float]] = []
        for place in places:
            left, right = place.split(":")
            points.append((whole[left], whole[right]))
        slides, length = whole[fields[6]], float(fields[7])
        if not 1 <= slides <= MAX_SLIDES or not 0.0 < length <= _LONGEST:
            return None
        sounds: list[int] = []
        sets: list[str] = []
        sample = ""
        if len(fields) != 8:
            _, _, _, _, _, _, _, _, sound_text, set_text, sample = fields
            known = self._edges.get((sound_text, set_text))
            if known is None:
                known = self._edges[sound_text, set_text] = _edges(sound_text, set_text)
            good = self._reader.good_samples
            if sample not in good or not good.issuperset(known[1]):
                return None
            sounds, sets = known[0].copy(), known[1].copy()
        x, y, sound = whole[fields[0]], whole[fields[1]], whole[fields[4]]
        return Slider(x, y, time, bits, sound, sample, index, _LETTERS[letter], points, slides, length, sounds, sets)

    def timing_points(self, number: int) -> int:
        """Append plain timing points; the part after the beat length is looked up among those already read."""
        lines, tails, beatmap, check = self._lines, self._tails, self._beatmap, self._must_check(number)
        offset = float(beatmap.early_offset)
        add_point, add_text = beatmap.timing_points.append, beatmap.timing_text.append
        first, limit, latest = number, float(INT_LIMIT), INT_LIMIT - offset
        try:
            for number in range(first, len(lines)):
                line = lines[number]
                if check and ("_" in line or not line.isascii()):
                    return number
                time_text, beat_text, rest = line.split(",", 2)
                tail = tails.get(rest)
                if tail is None:
                    tail = tails[rest] = self._tail(rest)
                time, beat = float(time_text), float(beat_text)
                if not -limit <= time <= latest or not -limit <= beat <= limit:
                    return number
                meter, sample_set, sample_index, volume, red, effects = tail
                add_point(
                    TimingPoint(
                        time + offset or 0.0, beat or 0.0, meter, sample_set, sample_index, volume, red, effects, line
                    )
                )
                add_text(line)
        except (KeyError, ValueError, IndexError):
            return number
        return len(lines)

    @staticmethod
    def _tail(text: str) -> Tail:
        """The six fields after the beat length, each in its plain form. Raises ``KeyError`` or ``ValueError``."""
        meter, sample_set, sample_index, volume, red, effects = text.split(",")
        if not 0 < _WHOLE[meter] or not 0 <= _WHOLE[volume] <= 100 or red not in ("0", "1"):
            raise ValueError("not plain")
        return (
            _WHOLE[meter],
            _WHOLE[sample_set],
            _WHOLE[sample_index],
            _WHOLE[volume],
            red == "1",
            _WHOLE[effects],
        )


def _edges(sounds: str, sets: str) -> tuple[list[int], list[str]]:
    """The edge lists of a slider. Raises ``KeyError``."""
    return [_WHOLE[text] for text in sounds.split("|")], sets.split("|") if sets else []

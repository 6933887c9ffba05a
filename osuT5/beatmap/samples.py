"""The sounds of hit objects at play time (spec 07 sections 7 and 8)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from osuT5.beatmap.model import HitObject, Slider
from osuT5.beatmap.numbers import integer
from osuT5.beatmap.play import Play
from osuT5.beatmap.timing import SamplePoint

NORMAL, WHISTLE, FINISH, CLAP = 1, 2, 4, 8
BANK_NAMES = {1: "normal", 2: "soft", 3: "drum"}
ADDITIONS = ((FINISH, "hitfinish"), (WHISTLE, "hitwhistle"), (CLAP, "hitclap"))  # in the order of play
LENIENCY = 5.0  # ms after its own time at which an object asks for the sample point
BODY_LENIENCY = 6.0  # ms, slider bodies


@dataclass(frozen=True, slots=True)
class SampleText:
    """The parts of ``normalSet:additionSet[:index[:volume[:file]]]``. 0: not given here."""

    normal: int = 0
    addition: int = 0
    index: int = 0
    volume: int = 0
    file: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """One sound: ``name`` in ``bank``, or the map's own ``file``. ``index`` picks the map's numbered sounds."""

    name: str
    bank: int
    index: int
    volume: int
    file: str = ""
    layered: bool = False  # a normal sound below others that was not asked for

    @property
    def suffix(self) -> str | None:
        return str(self.index) if self.index >= 2 else None

    @property
    def stem(self) -> str:
        """The file name without extension, e.g. ``soft-hitclap2``."""
        return f"{BANK_NAMES[self.bank]}-{self.name}{self.suffix or ''}"


def parse_sample(text: str) -> SampleText:
    """The parts of ``text``; everything not given when it is empty. Raises ``ValueError`` on one part or no numbers."""
    if not text:
        return SampleText()
    parts = text.split(":")
    if len(parts) < 2:
        raise ValueError(f"{text[:40]!r} is no hit sample")
    return SampleText(
        _bank(parts[0]),
        _bank(parts[1]),
        integer(parts[2]) if len(parts) > 2 else 0,
        max(0, integer(parts[3])) if len(parts) > 3 else 0,
        parts[4] if len(parts) > 4 else "",
    )


def object_samples(play: Play, item: HitObject) -> list[Sample]:
    """The sounds of a circle, spinner or hold, or of a slider's body."""
    if isinstance(item, Slider):
        point = play.timing.sample_at(item.time + BODY_LENIENCY)
        return sounds(item.hit_sound, slider_banks(item), point)
    point = play.timing.sample_at(play.end_time(item) + LENIENCY)
    return sounds(item.hit_sound, parse_sample(item.hit_sample), point)


def edge_samples(play: Play, slider: Slider) -> list[list[Sample]]:
    """The sounds of a slider's head, repeats and tail."""
    span = play.slider(slider).span_duration
    edges = edges_of(slider, play.slider(slider).spans)
    return [
        sounds(sound, sample, play.timing.sample_at(slider.time + index * span + LENIENCY))
        for index, (sound, sample) in enumerate(edges)
    ]


def edges_of(slider: Slider, spans: int | None = None) -> list[tuple[int, SampleText]]:
    """Sound bits and sample of each edge; missing entries come from the slider itself."""
    own = slider_banks(slider)
    count = (slider.slides if spans is None else spans) + 1
    edges = []
    for index in range(count):
        sound = slider.edge_sounds[index] if index < len(slider.edge_sounds) else slider.hit_sound
        text = slider.edge_sets[index] if index < len(slider.edge_sets) else ""
        edges.append((sound, parse_sample(text) if text else own))
    return edges


def slider_banks(slider: Slider) -> SampleText:
    """The banks of a slider's own hit sample; the rest of it is not used."""
    if not slider.hit_sample:
        return SampleText()
    return parse_sample(":".join(slider.hit_sample.split(":")[:2]))


def sounds(bits: int, given: SampleText, point: SamplePoint) -> list[Sample]:
    """The sounds of ``bits``; what the object did not give comes from the sample point."""
    index, volume = given.index or point.index, given.volume or point.volume
    normal = given.normal or point.bank
    addition = given.addition or given.normal or point.bank
    first = Sample("hitnormal", normal, index, volume, layered=bits != 0 and not bits & NORMAL)
    if given.file:
        first = replace(first, name="", file=given.file, layered=False)
    return [first, *(Sample(name, addition, index, volume) for bit, name in ADDITIONS if bits & bit)]


def _bank(text: str) -> int:
    value = integer(text)
    return value if 0 <= value <= 3 else NORMAL

"""Styles: made-up mapper ids and descriptors, each moving a feature of a map that can be measured."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np


@dataclass(frozen=True)
class Style:
    """Multipliers and habits of a mapper. Neutral values leave a level as it is."""

    sliders: float = 1.0  # times the level's share
    density: float = 1.0
    spacing: float = 1.0
    velocity: float = 1.0  # slider velocity, by green lines: the SliderMultiplier follows from the level
    curves: float = 0.6  # share of curved sliders
    drums: float = 0.5  # 0 follows the melody, 1 the drums
    combo_bars: float = 1.0  # bars a combo
    stacks: float = 0.0  # share of short gaps that are stacked
    pattern: str = "flow"  # flow, geometric, linear
    grid: int = 1  # pixels that places snap to
    finishes: float = 1.0  # big notes of taiko
    colour_changes: float = 1.0  # taiko: 0 writes long runs of one colour
    holds: float = 1.0  # mania
    chords: float = 1.0  # mania
    additions: int = 2  # hitsound bit for accents: 2 whistle, 8 clap


# Mapper ids: each writes like its style, whatever the descriptors say.
MAPPERS: dict[int, Style] = {
    101: Style(),
    102: Style(sliders=1.6, curves=0.9, spacing=0.85, drums=0.2),
    103: Style(sliders=0.4, spacing=1.2, pattern="geometric", drums=0.8),
    104: Style(pattern="linear", curves=0.1, combo_bars=0.5),
    105: Style(density=1.2, spacing=0.75, drums=0.9, stacks=0.3),
    106: Style(density=0.8, spacing=1.25, velocity=1.2, pattern="geometric"),
    107: Style(velocity=0.8, curves=0.8, combo_bars=2.0, additions=8),
    108: Style(holds=1.8, chords=0.7, finishes=2.0, sliders=1.2, grid=32),
}

YEARS: dict[int, dict[str, float | str | int]] = {
    2010: {"spacing": 0.85, "grid": 16},
    2016: {},
    2023: {"spacing": 1.1, "curves": 0.75},
}

# Descriptor -> changes of style; the modes it means something in.
DESCRIPTORS: dict[str, tuple[tuple[int, ...], dict[str, float | str | int]]] = {
    "style/geometric": ((0,), {"pattern": "geometric"}),
    "style/clean": ((0,), {"pattern": "linear", "curves": 0.15}),
    "style/grid snap": ((0,), {"grid": 32}),
    "skillset/jumps": ((0, 2), {"spacing": 1.5, "sliders": 0.5}),
    "skillset/streams": ((0, 1, 3), {"density": 1.4, "sliders": 0.5, "spacing": 0.8}),
    "expression/simple": ((0, 1, 2, 3), {"density": 0.6, "spacing": 0.85}),
    "gimmick/circle only": ((0,), {"sliders": 0.0}),
    "gimmick/slider only": ((0,), {"sliders": 9.0}),
    "sliders/low sv": ((0,), {"velocity": 0.7}),
    "sliders/high sv": ((0,), {"velocity": 1.45}),
    "reading/perfect stacks": ((0,), {"stacks": 0.8}),
    "style/finisher-heavy": ((1,), {"finishes": 3.0}),
    "style/mono-heavy": ((1,), {"colour_changes": 0.25}),
    "style/LN density": ((3,), {"holds": 2.2}),
    "style/jumpstream": ((3,), {"chords": 1.7}),
}
DESCRIPTOR_NAMES = tuple(DESCRIPTORS)


@dataclass(frozen=True)
class Signature:
    """What a map is labelled with."""

    mapper_id: int
    year: int
    descriptors: tuple[str, ...]

    @property
    def style(self) -> Style:
        """The style that the labels stand for: the mapper's, moved by year and descriptors."""
        style = MAPPERS[self.mapper_id]
        for change in (YEARS[self.year], *(DESCRIPTORS[name][1] for name in self.descriptors)):
            style = _moved(style, change)
        return style


def draw_signature(rng: np.random.RandomState, mode: int) -> Signature:
    """A mapper, a year and 0 to 2 descriptors that mean something in the mode."""
    names = [name for name, (modes, _) in DESCRIPTORS.items() if mode in modes]
    count = min(len(names), int(rng.choice((0, 1, 2), p=(0.2, 0.55, 0.25))))
    chosen = tuple(sorted(rng.choice(names, size=count, replace=False).tolist()))
    if {"gimmick/circle only", "gimmick/slider only"} <= set(chosen):
        chosen = chosen[:1]
    mapper = int(rng.choice(list(MAPPERS)))
    return Signature(mapper, int(rng.choice(list(YEARS))), chosen)


def _moved(style: Style, change: dict[str, float | str | int]) -> Style:
    scaled = {"sliders", "density", "spacing", "velocity", "finishes", "holds", "chords", "colour_changes"}
    values = {
        name: getattr(style, name) * value if name in scaled and isinstance(value, int | float) else value
        for name, value in change.items()
    }
    return Style(**(asdict(style) | values))

"""Which feature defines a descriptor or a made-up mapper, by what the rule mapper does at equal stars."""

from __future__ import annotations

from dataclasses import dataclass

from . import features
from .features import Feature

OSU, TAIKO, CATCH, MANIA = range(4)
PLAIN_MAPPER, PLAIN_YEAR = 101, 2016
STYLE_STARS = {OSU: 4.5, TAIKO: 4.0, CATCH: 4.0, MANIA: 3.5}  # where styles have room to show


@dataclass(frozen=True)
class Mark:
    """A style in a mode, the feature that defines it, and whether the feature rises against the plain mapper."""

    style: str | int  # descriptor or mapper id
    mode: int
    feature: Feature
    rises: bool

    def moved(self, plain: float, marked: float) -> bool:
        """Whether the feature went the right way."""
        return self.shift(plain, marked) > 0

    def shift(self, plain: float, marked: float) -> float:
        """How far it went the right way."""
        return marked - plain if self.rises else plain - marked


# Left out: styles that star calibration makes equal to the plain one (streams and simple of taiko and mania).
MARKS = (
    Mark("style/geometric", OSU, features.wide_turn_share, True),
    Mark("style/clean", OSU, features.curved_share, False),
    Mark("style/grid snap", OSU, features.grid_share, True),
    Mark("skillset/jumps", OSU, features.slider_share, False),
    Mark("skillset/jumps", CATCH, features.slider_share, False),
    Mark("skillset/streams", OSU, features.density, True),
    Mark("expression/simple", OSU, features.density, False),
    Mark("expression/simple", CATCH, features.density, False),
    Mark("gimmick/circle only", OSU, features.slider_share, False),
    Mark("gimmick/slider only", OSU, features.slider_share, True),
    Mark("sliders/low sv", OSU, features.slider_speed, False),
    Mark("sliders/high sv", OSU, features.slider_speed, True),
    Mark("reading/perfect stacks", OSU, features.stack_share, True),
    Mark("style/finisher-heavy", TAIKO, features.finish_share, True),
    Mark("style/mono-heavy", TAIKO, features.colour_change_share, False),
    Mark("style/LN density", MANIA, features.hold_share, True),
    Mark("style/jumpstream", MANIA, features.chord_size, True),
    Mark(102, OSU, features.slider_share, True),
    Mark(103, OSU, features.slider_share, False),
    Mark(104, OSU, features.curved_share, False),
    Mark(105, OSU, features.density, True),
    Mark(106, OSU, features.density, False),
    Mark(107, OSU, features.clap_share, True),
    Mark(108, OSU, features.grid_share, True),
    Mark(108, TAIKO, features.finish_share, True),
    Mark(102, CATCH, features.slider_share, True),
    Mark(107, MANIA, features.clap_share, True),
    Mark(108, MANIA, features.hold_share, True),
)

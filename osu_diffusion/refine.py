"""Coarse positions of a map to pixels: the one function that the pipeline calls (spec 04 sections 1, 2, 8)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from osuT5.beatmap.timing_lines import TimingLine
from osuT5.compat import Compat
from osuT5.config import Conditions, DataLayout
from osuT5.events.event import EventStream

from .checkpoint import Refiner
from .classes import class_vectors
from .elements import MapElements, elements_of, with_positions
from .guides import slider_guides
from .playfield import keep_inside
from .reverse import NoiseSource, gaussian
from .sampler import Sampler, free_elements
from .settings import RefinerSettings

logger = logging.getLogger(__name__)

DEFAULT_SLIDER_MULTIPLIER = 1.4
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class SongFacts:
    """What the refiner needs to know besides the events: timing, and what the map is asked to be."""

    timing: Sequence[TimingLine] | None
    conditions: Conditions


def applies(gamemode: int, outputs: Sequence[str]) -> bool:
    """Whether a map of this mode and these generated contexts has positions to refine (section 1)."""
    return gamemode in (0, 2) and "map" in outputs


def refine_positions(
    stream: EventStream,
    refiner: Refiner,
    facts: SongFacts,
    layout: DataLayout,
    settings: RefinerSettings,
    compat: Compat,
    *,
    noise: NoiseSource | None = None,
    generator: torch.Generator | None = None,
    polish: Refiner | None = None,
    progress: Progress | None = None,
) -> EventStream:
    """``stream`` with refined positions; distances become positions, all other events stay.

    ``noise`` answers a shape with unit Gaussian noise (default: drawn from ``generator``). ``polish`` is the refiner
    of the extra passes at step 0. ``progress(done, total)`` counts steps. The stream comes back unchanged, with a
    warning, when it has no positions or when numbers are not finite. Raises ``ValueError`` for settings that the
    model cannot follow.
    """
    found = elements_of(stream, layout.types_first, compat)
    problem = _problem(found)
    if problem:
        logger.warning("positions are left as they are: %s", problem)
        return stream
    multiplier = facts.conditions.slider_multiplier or DEFAULT_SLIDER_MULTIPLIER
    guided = layout.add_sv and facts.timing
    guides = slider_guides(found.groups, facts.timing or (), multiplier) if guided else []
    sampler = Sampler(refiner, settings, compat, polish=polish, progress=progress)
    vectors = class_vectors(refiner.classes, facts.conditions, compat)
    positions = sampler.refined(found.elements, guides, vectors, noise or gaussian(generator))
    if not np.isfinite(positions).all():
        logger.warning("positions are left as they are: the refiner's results are not finite")
        return stream
    if not compat.published("refiner_leaves_playfield"):
        free = free_elements(found.elements, settings, compat)
        positions = keep_inside(positions, found.elements, guides, free, facts.conditions.circle_size)
    return with_positions(stream, found.of_event, positions, compat.published("refiner_doubled_positions"))


def _problem(found: MapElements) -> str | None:
    if not len(found.elements):
        return "the map has no objects with positions"
    if not found.positioned:
        return "none of its objects has a position"
    for name in ("positions", "times", "distances"):
        if not np.isfinite(getattr(found.elements, name)).all():
            return f"its {name} are not all finite"
    return None

"""Moves predicted slider ends to where their path has the required length (spec 04 section 8, "Slider end rule")."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from .coordinates import from_pixels, in_pixels
from .guides import SliderGuide
from .paths import ControlPoints, ends_at


class SliderEnds:
    """The sliders of one window, prepared once; calling it corrects a state (1, 2, T) in model coordinates.

    ``free`` (T,) leaves out sliders without a free element; None corrects all.
    """

    def __init__(
        self, guides: Sequence[SliderGuide], begin: int, end: int, free: np.ndarray | None, family: str = "v2"
    ) -> None:
        inside = [guide for guide in guides if _within(guide, begin, end) and _moves(guide, begin, free)]
        self.any = bool(guides)
        self._family = family
        self._entries = np.array([entry - begin for guide in inside for entry in guide.entries], dtype=np.int64)
        self._ends = torch.tensor([guide.end - begin for guide in inside], dtype=torch.int64)
        self._lengths = np.array([guide.length for guide in inside])
        owner = np.repeat(np.arange(len(inside)), [len(guide.entries) for guide in inside]).astype(np.int64)
        self._control = ControlPoints(owner, np.array([guide.kind for guide in inside], dtype="<U1"))

    def __call__(self, x: Tensor) -> Tensor:
        if not self.any:
            return x
        pixels = in_pixels(x, self._family)
        if len(self._lengths):
            # one transfer a step; the ends follow from the control points alone
            points = pixels[0][:, torch.as_tensor(self._entries).to(x.device)].T.cpu().numpy().astype(np.float64)
            if np.isfinite(points).all():
                totals, places = ends_at(self._control, points, self._lengths)
                found = totals > 0
                target = self._ends[torch.as_tensor(found)].to(x.device)
                pixels[0][:, target] = torch.as_tensor(places[found].T, dtype=pixels.dtype).to(x.device)
        return from_pixels(pixels, self._family)


def _within(guide: SliderGuide, begin: int, end: int) -> bool:
    return begin <= min(*guide.entries, guide.end) and max(*guide.entries, guide.end) < end


def _moves(guide: SliderGuide, begin: int, free: np.ndarray | None) -> bool:
    return free is None or bool(free[np.array([*guide.entries, guide.end]) - begin].any())

"""Pixels to model coordinates and back; the context of a sequence (spec 04 section 2)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from .elements import TYPE_COUNT, Elements
from .model import sinusoid


def in_pixels(x: Tensor, family: str = "v2") -> Tensor:
    """Model coordinates (..., 2, T) as pixels, in float32."""
    field = _field(x.device)
    return x * field if family == "v1" else (x + 1) / 2 * field


def from_pixels(pixels: Tensor, family: str = "v2") -> Tensor:
    """Pixels (..., 2, T) as model coordinates: -1..1 on the playfield, 0..1 in the old family."""
    fractions = pixels / _field(pixels.device)
    return fractions if family == "v1" else fractions * 2 - 1


def normalised(positions: np.ndarray, family: str = "v2") -> Tensor:
    """Pixels (T, 2) as model coordinates (2, T)."""
    return from_pixels(torch.as_tensor(positions.T.copy(), dtype=torch.float32), family)


def context_of(times: Tensor, distances: Tensor, types: Tensor) -> Tensor:
    """Context rows (..., 272, T) of times in ms, distances in px and types 0..15, each (..., T)."""
    one_hot = functional.one_hot(types, TYPE_COUNT).float()
    return torch.cat([sinusoid(0.1 * times, 128), sinusoid(distances, 128), one_hot], dim=-1).transpose(-1, -2)


def context_of_elements(elements: Elements) -> Tensor:
    """Context (272, T) of elements, with the absolute times that they carry."""
    times, distances = (torch.as_tensor(values, dtype=torch.float32) for values in (elements.times, elements.distances))
    return context_of(times, distances, torch.as_tensor(elements.types))


def _field(device: torch.device) -> Tensor:
    return torch.tensor([[512.0], [384.0]], device=device)

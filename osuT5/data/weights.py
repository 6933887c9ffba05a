"""Weights of maps in the loss (spec 05 section 5.4)."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from .errors import DataError

_LOW, _HIGH = 0.1, 10.0


def read_weights(path: str | Path) -> dict[int, float]:
    """Read lines ``beatmap id,weight``: clipped to 0.1..10, divided by their mean. Raises ``DataError``."""
    path = Path(path)
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            pairs = [(int(row[0]), float(row[1])) for row in csv.reader(handle) if row]
    except (OSError, ValueError, IndexError) as error:
        raise DataError(f"{path}: not a table of lines 'beatmap id,weight': {error}") from error
    if not pairs:
        return {}
    clipped = np.clip([weight for _, weight in pairs], _LOW, _HIGH)
    mean = float(clipped.mean())
    return {beatmap: float(weight) / mean for (beatmap, _), weight in zip(pairs, clipped, strict=True)}

"""The checkpoint that comes with the project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..model.locate import Location

FOLDER = Path(__file__).resolve().parents[2] / "starter" / "checkpoint"


def starter_bundle() -> Location:
    """Where it lies. Raises ``CheckpointError`` for an installation that lacks it."""
    from ..model.locate import locate_checkpoint

    return locate_checkpoint(FOLDER)

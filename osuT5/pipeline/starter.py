"""The checkpoint that comes with the project; until it does, a seeded debug model that is built on the spot."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from ..capabilities import VERSIONS
from ..model.locate import Location, locate_checkpoint

STARTER = "starter"
FOLDER = Path(__file__).resolve().parents[2] / "starter" / "checkpoint"
DEBUG_NOTICE = (
    "the project has no trained model of its own yet: a debug model with random weights is used, and its objects mean "
    "nothing; -cn inference_v32 runs a published checkpoint"
)


def starter_bundle(notify: Callable[[str], None]) -> Location:
    """The bundle in the repository, or a debug model in a temporary folder that lives as long as the process."""
    if FOLDER.is_dir():
        return locate_checkpoint(FOLDER)
    notify(DEBUG_NOTICE)
    folder = Path(tempfile.mkdtemp(prefix="beatwright-debug-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    from ..model.debug import build_debug_bundle

    build_debug_bundle(folder, VERSIONS[STARTER].layout)
    return locate_checkpoint(folder)

"""The checkpoint that comes with the project; until it does, a seeded debug model that is built on the spot."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..options import InferenceOptions

if TYPE_CHECKING:
    from ..model.locate import Location

STARTER = "starter"
FOLDER = Path(__file__).resolve().parents[2] / "starter" / "checkpoint"
DEBUG_VERSION = "v29"
DEBUG_NOTICE = (
    "the project has no trained model of its own yet: a debug model with random weights stands in, and the map means "
    "nothing; -cn inference_v32 runs a published checkpoint"
)


def uses_debug_model(options: InferenceOptions) -> bool:
    """Whether the options name the project's own checkpoint, and it is not there."""
    return options.model_path == STARTER and not FOLDER.is_dir()


def with_present_model(options: InferenceOptions) -> InferenceOptions:
    """The options with the version of the model that really runs."""
    return replace(options, model_version=DEBUG_VERSION) if uses_debug_model(options) else options


def starter_bundle(options: InferenceOptions) -> Location:
    """The bundle in the repository, or a debug model in a temporary folder that lives as long as the process."""
    from ..model.debug import build_debug_bundle
    from ..model.locate import locate_checkpoint

    if not uses_debug_model(options):
        return locate_checkpoint(FOLDER)
    folder = Path(tempfile.mkdtemp(prefix="beatwright-debug-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return locate_checkpoint(build_debug_bundle(folder, DEBUG_VERSION))

"""Options that are in the schema and that a later release brings.

Asked for by the user they fail before any work; a version's configuration that has one on is told so and goes on without.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..options import InferenceOptions
from .errors import NotYetError


@dataclass(frozen=True)
class Missing:
    """An option whose every value but ``off`` asks for something that is not there."""

    option: str
    off: Any
    what: str
    instead: str = ""


MISSING = (
    Missing("use_server", False, "the model server", "use_server=false loads the model in this process"),
    Missing("compile", False, "torch.compile of the refiner", "compile=false runs it as it is"),
)


def without_missing(options: InferenceOptions, preset: InferenceOptions) -> tuple[InferenceOptions, list[str]]:
    """``options`` with missing defaults of the configuration off, and a notice for each.

    Raises :class:`NotYetError` for the first missing option that differs from ``preset``, hence was asked for.
    """
    notices = []
    for missing in MISSING:
        value = getattr(options, missing.option)
        if value == missing.off:
            continue
        error = NotYetError(missing.option, missing.what, missing.instead)
        if value != getattr(preset, missing.option):
            raise error
        options = replace(options, **{missing.option: missing.off})
        notices.append(str(error))
    return options, notices

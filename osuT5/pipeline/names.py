"""Names and ids of a request beside the vocabulary of the checkpoint, once its tokenizer is there."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Protocol

from ..capabilities import Capabilities
from ..compat import Compat
from ..config import Conditions
from ..request import OptionError
from ..tokenizer import Tokenizer

SUGGESTIONS = 3


class Conditioned(Protocol):
    """What is asked of a checkpoint: a request, or the scoring of a map."""

    @property
    def conditions(self) -> Conditions: ...

    @property
    def able(self) -> Capabilities: ...

    @property
    def compat(self) -> Compat: ...


def check_names(request: Conditioned, tokenizer: Tokenizer) -> Iterator[str]:
    """Notices for ids that the checkpoint does not know. Raises :class:`OptionError` for unknown descriptors."""
    mapper = request.conditions.mapper_id
    if mapper is not None and mapper not in tokenizer.tables.mapper_idx:
        yield f"mapper_id: {mapper} is not known to this checkpoint: no effect"
    if not request.able.layout.add_descriptors:
        return
    for option in ("descriptors", "negative_descriptors"):
        for name in getattr(request.conditions, option) or ():
            problem = _problem(name, tokenizer)
            if problem and request.compat.published("unknown_descriptors"):
                yield f"{option}: {problem}: skipped"
            elif problem:
                raise OptionError(f"{option}: {problem}")


def _problem(name: str | int, tokenizer: Tokenizer) -> str:
    """Why a descriptor cannot be used; empty where it can."""
    known = tokenizer.tables.descriptor_idx
    if isinstance(name, int):
        count = tokenizer.tables.num_descriptor_classes
        return "" if 0 <= name < count else f"{name} is not known; accepted: 0 to {count - 1}"
    if name in known:
        return ""
    return f"{name!r} is not known to this checkpoint{_hint(name, list(known))}"


def _hint(name: str, known: list[str]) -> str:
    """The nearest names, also by their last part: user tags carry their group."""
    lowered = {entry.lower(): entry for entry in known}
    near = difflib.get_close_matches(name.lower(), lowered, SUGGESTIONS, 0.5)
    near += [entry for entry in lowered if entry.rpartition("/")[2].startswith(name.lower()) and entry not in near]
    return f"; nearest: {', '.join(lowered[entry] for entry in near[:SUGGESTIONS])}" if near else ""

"""Which contexts a run shows and which it writes (spec 03 section 6.1)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ..config import Template
from ..events.event import ContextType

MANIA = 3
PLACED = (0, 2)  # modes whose objects have places of their own
NONE, TIMING, MAP, SV, GD, NO_HS = "none", "timing", "map", "sv", "gd", "no_hs"


class TemplateError(ValueError):
    """A combination of contexts that no template of the model allows."""


@dataclass(frozen=True)
class TemplateChoice:
    """A template with the part of it that a run uses; all in template order, by wire name."""

    template: Template
    requested: tuple[str, ...]  # outputs that were asked for
    walked: tuple[str, ...]  # outputs up to the last requested one


def choose_template(
    templates: Sequence[Template], in_contexts: Collection[str], outputs: Collection[str], gamemode: int
) -> TemplateChoice:
    """The template that shows most of ``in_contexts`` and writes all ``outputs``; the first one on a tie.

    ``in_contexts`` are those of the request and those that earlier passes supplied. Outside mania SV is never written.
    Raises :class:`TemplateError`, which lists what is possible.
    """
    _check_names(in_contexts, "in_context")
    _check_names(outputs, "output_type")
    fitting = [
        template
        for template in templates
        if set(outputs) <= set(template.outputs) and _shown(template) <= set(in_contexts)
    ]
    if not fitting:
        raise TemplateError(_no_template(templates, in_contexts, outputs))
    template = max(fitting, key=lambda candidate: len(_shown(candidate)))
    requested = tuple(name for name in template.outputs if name in outputs and (name != SV or gamemode == MANIA))
    if not requested:
        raise TemplateError(f"output_type: nothing is left of {names(outputs)}; only mania (gamemode 3) has sv")
    walked = template.outputs[: template.outputs.index(requested[-1]) + 1]
    return TemplateChoice(template, requested, walked)


def writes_timing(templates: Sequence[Template]) -> bool:
    """Whether some template writes TIMING."""
    return any(TIMING in template.outputs for template in templates)


def unused_contexts(choice: TemplateChoice, in_contexts: Collection[str]) -> list[str]:
    """Contexts of a request that the chosen template neither shows nor takes as given."""
    used = {NONE, *choice.template.inputs, *choice.template.outputs}
    return [name for name in in_contexts if name not in used]


def possible(templates: Sequence[Template]) -> str:
    """The templates in words, for messages."""
    return "; ".join(f"{names(template.inputs)} -> {names(template.outputs)}" for template in templates)


def _shown(template: Template) -> set[str]:
    return set(template.inputs) - {NONE}


def _check_names(given: Collection[str], option: str) -> None:
    known = [context.value for context in ContextType]
    for name in given:
        if name not in known:
            raise TemplateError(f"{option}: unknown context {name!r}; known: {', '.join(known)}")


def _no_template(templates: Sequence[Template], in_contexts: Collection[str], outputs: Collection[str]) -> str:
    return (
        f"in_context, output_type: this model can't write {names(outputs)} from {names(in_contexts)}; "
        f"possible: {possible(templates)}"
    )


def names(contexts: Collection[str]) -> str:
    """``[NONE,TIMING]``, the way options are written in messages."""
    return f"[{','.join(name.upper() for name in contexts)}]"

"""Which passes a run has, and where its timing comes from (spec 03 section 6.3). Decided before any model runs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from ..compat import Compat
from ..config import DataLayout, GenerationOptions
from .templates import (
    GD,
    MAP,
    NO_HS,
    NONE,
    TIMING,
    TemplateChoice,
    TemplateError,
    choose_template,
    names,
    possible,
    unused_contexts,
    writes_timing,
)


class TimingSource(str, Enum):
    """Where the red lines of a run come from."""

    GIVEN = "given"  # by the caller: bpm and offset, or analysis of the audio
    SUPER = "super timing"
    PASS = "timing pass"
    REFERENCE = "reference map"
    MAIN = "main pass"  # fitted to the beats that it writes
    UNKNOWN = "none"


_SUPPLIED = (TimingSource.GIVEN, TimingSource.SUPER, TimingSource.PASS)


@dataclass(frozen=True)
class Plan:
    """The passes of one run."""

    timing: TimingSource
    timing_choice: TemplateChoice | None  # contexts of the timing pass or of each super timing iteration
    main_choice: TemplateChoice | None  # None: nothing but timing was asked for
    given: frozenset[str]  # contexts that the main pass need not write


def plan_run(
    layout: DataLayout,
    options: GenerationOptions,
    gamemode: int,
    compat: Compat,
    *,
    timing_given: bool = False,
    timing_layout: DataLayout | None = None,
) -> Plan:
    """The passes for ``options``. Raises :class:`TemplateError` where the model can't do what they ask for.

    ``timing_layout`` is that of the model that writes the timing, if it is another one.
    """
    writer = timing_layout or layout
    source = _timing_source(layout, options, timing_given)
    supplied = source in _SUPPLIED
    outputs = [name for name in options.output_type if not (supplied and name == TIMING)]
    if not options.output_type:
        raise TemplateError("output_type: empty; name at least one context to write")
    timing_choice = None
    if source in (TimingSource.SUPER, TimingSource.PASS):
        written = MAP if source == TimingSource.SUPER and writer.add_timing else TIMING
        timing_choice = choose_template(writer.templates, [NONE], [written], gamemode)
    given = frozenset(options.in_context) - {NONE} | ({TIMING} if supplied else set())
    main_choice = choose_template(layout.templates, given, outputs, gamemode) if outputs else None
    if main_choice is not None and not compat.published("unused_contexts"):
        used = {TIMING} if supplied or source == TimingSource.REFERENCE else set()
        used |= {GD} if layout.add_gd_prefix else set()
        _refuse_unused(layout, main_choice, [name for name in options.in_context if name not in used])
    if main_choice is not None and source == TimingSource.UNKNOWN and (layout.add_timing or TIMING in outputs):
        source = TimingSource.MAIN
    return Plan(source, timing_choice, main_choice, given)


def read_from_map(plan: Plan, layout: DataLayout, options: GenerationOptions) -> list[str]:
    """Contexts that the main pass reads from the reference map."""
    if plan.main_choice is None:
        return []
    supplied = {NONE, TIMING} if plan.timing in _SUPPLIED else {NONE}
    walked = plan.main_choice.walked
    needed = [*plan.main_choice.template.inputs, *([GD] if layout.add_gd_prefix else [])]
    if options.add_to_beatmap and (options.start_time is not None or options.end_time is not None):
        needed += walked
    needed += [name for name in walked if name in plan.given]
    return [name for name in dict.fromkeys(needed) if name not in supplied]


def _timing_source(layout: DataLayout, options: GenerationOptions, timing_given: bool) -> TimingSource:
    shown, outputs = options.in_context, options.output_type
    from_audio = not shown or NONE in shown
    if timing_given:
        return TimingSource.GIVEN
    if options.super_timing and from_audio:
        return TimingSource.SUPER
    if from_audio and writes_timing(layout.templates) and (TIMING in outputs or MAP in outputs):
        return TimingSource.PASS
    if TIMING in shown or (layout.add_timing and (GD in shown or NO_HS in shown)):
        return TimingSource.REFERENCE
    return TimingSource.UNKNOWN


def _refuse_unused(layout: DataLayout, choice: TemplateChoice, shown: Collection[str]) -> None:
    unused = unused_contexts(choice, shown)
    if unused:
        raise TemplateError(
            f"in_context: {names(unused)} has no place in {names(choice.template.inputs)} -> "
            f"{names(choice.template.outputs)}, the template that fits; possible: {possible(layout.templates)}"
        )

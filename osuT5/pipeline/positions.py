"""Position refinement inside a run: loads osu-diffusion when it applies, and places the objects (spec 04 section 1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from osu_diffusion.checkpoint import Refiner, load_refiner
from osu_diffusion.compiled import compile_problem
from osu_diffusion.refine import SongFacts, refine_positions

from ..events import EventStream
from ..generation.generate import GenerationResult
from ..generation.progress import Progress, ProgressStep
from ..request import Request


@dataclass(frozen=True)
class Placement:
    """The loaded refiner, and the one of the extra passes if there is one."""

    refiner: Refiner
    polish: Refiner | None
    compiles: bool = True  # whether torch.compile works here


def load_placement(request: Request, device: str, notify: Callable[[str], None]) -> Placement | None:
    """``None`` where the request has no positions to refine. Raises ``ValueError`` naming the checkpoint.

    ``notify`` is told where ``compile`` was asked for and does not work.
    """
    if request.refiner is None:
        return None
    options = request.options
    polish = load_refiner(options.diff_refine_ckpt, device) if options.diff_refine_ckpt else None
    problem = compile_problem(device) if options.compile else None
    if problem:
        notify(f"compile: no effect, the refiner runs as it is ({problem})")
    return Placement(load_refiner(options.diff_ckpt, device), polish, compiles=not problem)


def place(
    request: Request, placement: Placement, stream: EventStream, generated: GenerationResult, progress: Progress
) -> EventStream:
    """``stream`` with the refiner's positions."""
    assert request.refiner is not None
    return refine_positions(
        stream,
        placement.refiner,
        SongFacts(generated.timing, request.conditions),
        request.able.layout,
        replace(request.refiner, compile=request.refiner.compile and placement.compiles),
        request.compat,
        generator=torch.Generator().manual_seed(request.seed),
        polish=placement.polish,
        progress=lambda done, total: progress(ProgressStep("positions", done, total)),
    )

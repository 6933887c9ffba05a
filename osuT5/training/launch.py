"""Accelerator, compilation, gradient checkpointing, profiler and signals of a run (spec 05 sections 1.1 and 7.4)."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch.utils.checkpoint import checkpoint

from ..model.modeling import Mapperatorinator
from .errors import TrainingError
from .options import ProfileOptions, TrainOptions

if TYPE_CHECKING:
    from accelerate import Accelerator


def new_accelerator(options: TrainOptions) -> Accelerator:
    """The accelerator for the chosen device; processes come from the launcher. Raises ``TrainingError``."""
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState
    from accelerate.utils import DistributedDataParallelKwargs

    kind = options.device.split(":")[0]
    if kind in ("cuda", "gpu") and not torch.cuda.is_available():
        raise TrainingError(f"device: {options.device}, but no CUDA device is there; device=auto takes what there is")
    if kind == "mps" and not torch.backends.mps.is_available():
        raise TrainingError("device: mps is not available here; device=auto takes what there is")
    AcceleratorState._reset_state()  # precision may differ from that of an earlier run in this process
    on_cpu = kind == "cpu" or not (torch.cuda.is_available() or torch.backends.mps.is_available())
    if torch.cuda.is_available() and not on_cpu:
        torch.set_float32_matmul_precision("high")
    try:
        return Accelerator(
            cpu=on_cpu,
            mixed_precision=options.mixed_precision,
            kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],
        )
    except ValueError as error:
        raise TrainingError(f"mixed_precision: {options.mixed_precision}: {str(error).splitlines()[0]}") from error


def wrap_layers(model: Mapperatorinator, options: TrainOptions, accelerator: Accelerator) -> None:
    """Gradient checkpointing and compilation, both in place so that weights keep their names."""
    if options.gradient_checkpointing:
        for layer in (*model.encoder.layers, *model.decoder.layers):
            layer.forward = partial(_recomputed, layer.forward)
    if options.compile and accelerator.device.type == "cuda":
        model.compile()


def _recomputed(forward: Callable[..., torch.Tensor], *inputs: object) -> torch.Tensor:
    """Forget a layer's inner values and compute them again for the gradient."""
    if not torch.is_grad_enabled():
        return forward(*inputs)
    found: torch.Tensor = checkpoint(forward, *inputs, use_reentrant=False)
    return found


@contextmanager
def profiled(options: ProfileOptions, folder: Path, accelerator: Accelerator) -> Iterator[Callable[[], None]]:
    """Run the profiler when asked for; what is yielded is to be called after every micro step."""
    if not options.do_profile:
        yield lambda: None
        return
    from torch.profiler import ProfilerActivity, profile, schedule, tensorboard_trace_handler

    activities = [ProfilerActivity.CPU]
    if accelerator.device.type == "cuda":
        activities.append(ProfilerActivity.CUDA)
    with profile(
        activities=activities,
        schedule=schedule(wait=options.wait, warmup=options.warmup, active=options.active, repeat=options.repeat),
        on_trace_ready=tensorboard_trace_handler(str(folder / "profiler_logs")),
        record_shapes=True,
        profile_memory=True,
        with_stack=True,
    ) as running:
        yield running.step


@contextmanager
def stop_on_signal(ask: Callable[[], None]) -> Iterator[None]:
    """SIGTERM asks the run to save and end. Outside the main thread signals stay as they are."""
    try:
        before = signal.signal(signal.SIGTERM, lambda number, frame: ask())
    except ValueError:
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

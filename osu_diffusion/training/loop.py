"""Training of the refiner on one or many processes (spec 04 section 9)."""

from __future__ import annotations

import logging
import math
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor
from torch.utils.data import DataLoader

from ..checkpoint import Refiner
from ..coordinates import context_of
from ..model import DiT, DiTConfig, initialise, variant
from ..schedule import make_schedule
from .cache import build_cache
from .collect import class_table, map_files
from .losses import DiffusionLoss
from .options import OptimOptions, TrainOptionError, TrainOptions, check
from .state import Average, Progress, resume_from, save_state
from .windows import WindowStream

logger = logging.getLogger(__name__)


def learning_rate(options: OptimOptions, step: int) -> float:
    """Rate of optimiser step ``step`` (0 first): a linear rise, then a cosine to ``final_lr``."""
    if step < options.warmup_steps:
        share = step / options.warmup_steps
        return options.lr * (options.warmup_start + (1 - options.warmup_start) * share)
    share = min((step - options.warmup_steps) / max(options.total_steps - options.warmup_steps, 1), 1.0)
    return options.final_lr + (options.lr - options.final_lr) * (1 + math.cos(math.pi * share)) / 2


def train(options: TrainOptions) -> list[float]:
    """Train as ``options`` say; returns the loss of every step. Raises :class:`TrainOptionError` and other ``ValueError``."""
    check(options)
    return Trainer(options).run()


class Trainer:
    """One training run. Builds everything; :meth:`run` does the steps."""

    def __init__(self, options: TrainOptions) -> None:
        self._options = options
        tracker = options.logging.tracker
        self._accelerator = Accelerator(
            cpu=not torch.accelerator.is_available(),  # else the processes of a launcher would not join
            mixed_precision=options.precision,
            log_with=None if tracker == "none" else tracker,
            project_dir=options.output,
        )
        torch.backends.cuda.matmul.allow_tf32 = True
        files = map_files(options.data)
        self._table = class_table(files, options.data)
        folder = Path(options.data.cache or Path(options.output) / "maps")
        with self._accelerator.main_process_first():
            self._cache = build_cache(files, folder, options.data)
        torch.manual_seed(options.seed)
        self._config = _config(options, self._table.width)
        model = DiT(self._config)
        initialise(model)
        optimizer = torch.optim.AdamW(
            model.parameters(),
            lr=options.optim.lr,
            betas=(0.9, 0.999),
            eps=1e-8,
            weight_decay=options.optim.weight_decay,
        )
        self._model, self._optimizer = self._accelerator.prepare(model, optimizer)
        plain = self._accelerator.unwrap_model(self._model)
        self._average = Average(plain)
        self._progress = Progress()
        if options.resume:
            self._progress = resume_from(options.resume, Path(options.output), plain, optimizer, self._average)
        schedule = make_schedule(options.model.noise_schedule, options.model.diffusion_steps)
        self._loss = DiffusionLoss(schedule, self._accelerator.device, options.model.l1_loss)
        self._forward = torch.compile(self._model) if options.compile else self._model

    def run(self) -> list[float]:
        """All remaining steps; checkpoints and a last one at the end."""
        options = self._options
        self._start_tracking()
        batches, losses = iter(self._loader()), []
        started = time.perf_counter()
        for step in range(self._progress.step, options.optim.total_steps):
            loss, norm = self._step(step, batches)
            losses.append(loss)
            self._progress.step = step + 1
            if self._progress.step % options.logging.every == 0:
                self._log(loss, norm, step, (time.perf_counter() - started) / options.logging.every)
                started = time.perf_counter()
            if self._progress.step % options.save_every == 0:
                self._save()
        if self._progress.step % options.save_every or not losses:
            self._save()
        self._accelerator.end_training()
        return losses

    def _loader(self) -> DataLoader[dict[str, Tensor]]:
        options, accelerator = self._options, self._accelerator
        parts = options.optim.grad_acc * accelerator.num_processes
        size = options.optim.batch_size // parts
        if size * parts != options.optim.batch_size:
            raise TrainOptionError(f"optim.batch_size: {options.optim.batch_size} is no multiple of {parts} parts")
        shard = (accelerator.process_index, accelerator.num_processes)
        # a resumed run goes on with passes that no earlier one has seen
        stream = WindowStream(self._cache, self._table, options.data, options.seed, shard, self._progress.step)
        return DataLoader(stream, batch_size=size, num_workers=options.data.workers, drop_last=True)

    def _step(self, step: int, batches: Any) -> tuple[float, float]:
        options = self._options.optim
        rate = learning_rate(options, step)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        total = 0.0
        for part in range(options.grad_acc):
            last = part == options.grad_acc - 1
            with nullcontext() if last else self._accelerator.no_sync(self._model):
                loss = self._micro_loss(_next(batches), step * options.grad_acc + part)
                self._accelerator.backward(loss / options.grad_acc)
            total += float(loss.detach()) / options.grad_acc
            if options.ema_every == "micro_batch" and not last:
                self._average.update(options.ema_decay)
        norm = self._accelerator.clip_grad_norm_(self._model.parameters(), options.grad_clip)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self._average.update(options.ema_decay)
        return total, float(norm if norm is not None else 0.0)

    def _micro_loss(self, batch: dict[str, Tensor], number: int) -> Tensor:
        """Mean loss of a part; its steps and noise follow from seed, process and number."""
        device = self._accelerator.device
        seed = (self._options.seed * 1_000_003 + number) * 4096 + self._accelerator.process_index
        generator = torch.Generator().manual_seed(seed)
        start = batch["x"]
        t = torch.randint(self._options.model.max_diffusion_step, (len(start),), generator=generator).to(device)
        noise = torch.randn(start.shape, generator=generator).to(device)
        start = start.to(device)
        context = context_of(batch["times"].to(device), batch["distances"].to(device), batch["types"].to(device))
        x = self._loss.noised(start, t, noise)
        with self._accelerator.autocast():
            out = self._forward(x, t, context, batch["y"].to(device))
        main, variational = self._loss(out, start, x, t, noise)
        return (main + variational).mean()

    def _start_tracking(self) -> None:
        options = self._options.logging
        if options.tracker == "none":
            return
        extra = {"wandb": {"name": options.run_name}} if options.tracker == "wandb" and options.run_name else {}
        self._accelerator.init_trackers(options.project, init_kwargs=extra)

    def _log(self, loss: float, norm: float, step: int, seconds: float) -> None:
        weights = math.sqrt(sum(float(p.detach().square().sum()) for p in self._model.parameters()))
        values = {
            "loss": loss,
            "grad_norm": norm,
            "weight_norm": weights,
            "seconds_per_step": seconds,
            "lr": learning_rate(self._options.optim, step),
        }
        self._accelerator.log(values, step=step + 1)
        if self._accelerator.is_main_process:
            shown = "  ".join(f"{name} {value:.4g}" for name, value in values.items())
            logger.info("step %d  %s", step + 1, shown)

    def _save(self) -> None:
        self._accelerator.wait_for_everyone()
        if not self._accelerator.is_main_process:
            return
        folder = Path(self._options.output) / f"checkpoint-{self._progress.step}"
        averaged = DiT(self._config)
        averaged.load_state_dict(self._average.weights)
        plain = self._accelerator.unwrap_model(self._model)
        refiner = Refiner(averaged, self._table)
        save_state(folder, plain, self._optimizer, refiner, self._progress, half=self._options.save_half)


def _config(options: TrainOptions, classes: int) -> DiTConfig:
    model = options.model
    return variant(
        model.name,
        classes,
        band=model.band,
        noise_schedule=model.noise_schedule,
        diffusion_steps=model.diffusion_steps,
        max_diffusion_step=model.max_diffusion_step,
        timesteps=model.timesteps,
    )


def _next(batches: Any) -> dict[str, Tensor]:
    batch: dict[str, Tensor] | None = next(batches, None)
    if batch is None:
        raise TrainOptionError("data.path: no worker has a map with enough elements for a batch; lower data.seq_len")
    return batch

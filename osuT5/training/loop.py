"""A training run from options to checkpoints (spec 05 sections 1.1, 6 and 7). Entry: :func:`train`."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from .. import __version__
from ..capabilities import VERSIONS
from ..compat import Compat
from ..config import DataLayout
from ..data.loader import Loader, build_loader
from ..data.options import DataOptions, data_options
from ..data.stream import SharedStep
from ..model.checkpoint import PRECISIONS, save_model
from ..model.modeling import Mapperatorinator
from ..tokenizer import Tokenizer
from .checkpoints import (
    LORA,
    OPTIMIZER,
    CheckpointStore,
    Processes,
    TrainerState,
    load_tensors,
    read_state,
    restore_rng,
    seed_everything,
)
from .errors import DivergedError, TrainingError
from .evaluate import Evaluation, Evaluator, evaluation_limit
from .launch import new_accelerator, profiled, stop_on_signal, wrap_layers
from .lora import LoraRun
from .metrics import Averages
from .optimizers import build_optimizer
from .options import TrainOptions
from .pretrained import Start, freeze, starting_point
from .samples import draw_samples
from .schedules import learning_rate
from .source import Batch, GroupSource, fingerprint
from .step import StepResult, optimizer_step, weights_norm
from .trackers import Tracker, open_trackers
from .weights import load_weights

if TYPE_CHECKING:
    from accelerate import Accelerator


@dataclasses.dataclass(frozen=True)
class TrainResult:
    """How a run ended. ``stopped``: on a signal, before its last step; ``losses`` of every step of this process."""

    step: int
    stopped: bool
    checkpoint: Path | None
    losses: list[float]
    evaluation: Evaluation | None


def data_of(options: TrainOptions) -> tuple[DataLayout, DataOptions]:
    """Layout and data options of a run. Raises ``ValueError`` with one line."""
    if options.version not in VERSIONS:
        raise TrainingError(f"version: {options.version!r} is not one of {', '.join(VERSIONS)}")
    return data_options(options.data, VERSIONS[options.version].layout)


def train(options: TrainOptions) -> TrainResult:
    """Train until ``total_steps``, or SIGTERM. Raises ``ValueError`` with one line; the last checkpoint stays intact."""
    layout, data = data_of(options)
    data.path("train")  # says what is missing before anything is loaded
    accelerator = new_accelerator(options)
    if accelerator.num_processes > 1:  # the first process knows the directory of the run
        from accelerate.utils import gather_object

        options = dataclasses.replace(options, run_dir=gather_object([options.run_dir])[0])
    run = Run(options, layout, data, accelerator)
    try:
        with stop_on_signal(run.ask_to_stop):
            return run.go()
    except DivergedError as error:
        raise DivergedError(f"step {run.state.step + 1}: {error}; {run.last_checkpoint()}") from None
    except torch.OutOfMemoryError as error:
        raise TrainingError(
            f"step {run.state.step + 1}: out of memory with micro batches of {options.optim.micro_batch} "
            f"({str(error).splitlines()[0]}); raise optim.grad_acc; {run.last_checkpoint()}"
        ) from None
    finally:
        run.close()


class Run:
    """Everything that one process of a run holds."""

    def __init__(self, options: TrainOptions, layout: DataLayout, data: DataOptions, accelerator: Accelerator) -> None:
        self.options, self.layout, self.data, self.accelerator = options, layout, data, accelerator
        self.compat = Compat(options.compat)
        self.folder = Path(options.run_dir or ".")
        self.state = TrainerState(world_size=accelerator.num_processes, version=__version__)
        self.state.options = dataclasses.asdict(options)
        self.losses: list[float] = []
        self.trackers: list[Tracker] = []
        self._stop = False
        self._resumed: Path | None = None
        self._unsaved = 0  # samples that this process has seen since the last checkpoint
        self._test: Loader | None = None
        self._evaluation: Evaluation | None = None
        self._averages, self._since = Averages(), time.perf_counter()
        self.store = CheckpointStore(
            self.folder / "checkpoints",
            options.checkpoint.local_total_limit,
            options.checkpoint.keep_best,
            Processes(accelerator.process_index, accelerator.num_processes, self.gather),
        )

    # ---- set-up

    def _prepare(self) -> None:
        options, accelerator = self.options, self.accelerator
        seed_everything(options.seed, accelerator.process_index)
        start = starting_point(options, self.layout, self.data, self.notify)
        self.tokenizer: Tokenizer = start.tokenizer
        self.shared_step = SharedStep()
        self.shared_step.set(1)
        with accelerator.main_process_first():  # one process fills the caches of the data set
            self.loader = self._loader("train")
        self.base, self.lora = self._trainable(start)
        model: nn.Module = self.lora.model if self.lora else self.base
        optimizer = build_optimizer(model.named_parameters(), options.optim)
        wrap_layers(self.base, options, accelerator)
        self.model, self.optimizer = accelerator.prepare(model, optimizer)
        self.state.fingerprint = fingerprint(self._identity())
        self._resume()
        self.source = GroupSource(
            self.loader, options.optim.grad_acc, self._longest, self.compat.published("data_generators")
        )
        if accelerator.is_main_process:
            total = options.optim.total_steps
            self.trackers += open_trackers(options.logging, options.checkpoint, self.folder, self.state.options, total)

    def _trainable(self, start: Start) -> tuple[Mapperatorinator, LoraRun | None]:
        base, options = start.model, self.options
        if options.freeze:
            self.notify(f"{freeze(base, options.freeze)} parameters are frozen")
        lora = None
        if options.enable_lora:
            lora = LoraRun(base, options.lora, options.lora_metadata, options.pretrained_path)
        if options.precision != "fp32":
            nn.Module.to(base, dtype=PRECISIONS[options.precision])
        base.train()
        trained = sum(p.numel() for p in (lora.model if lora else base).parameters() if p.requires_grad)
        if not trained:
            raise TrainingError("freeze: no parameter is left to train")
        self.notify(f"{trained:,} of {sum(p.numel() for p in base.parameters()):,} parameters train")
        return base, lora

    def _loader(self, split: str) -> Loader:
        optim, loading = self.options.optim, self.options.dataloader
        return build_loader(
            self.data,
            self.layout,
            self.tokenizer,
            split,
            self.accelerator.process_index,
            self.accelerator.num_processes,
            batch_size=optim.micro_batch,
            num_workers=loading.num_workers,
            drop_last=loading.drop_last and split == "train",
            pin_memory=loading.pin_memory and self.accelerator.device.type == "cuda",
            compat=self.compat,
            step=self.shared_step if split == "train" else None,
        )

    def _identity(self) -> list[str]:
        span = self.data.span("train")
        return [self.data.path("train"), str(span), str(self.data), str(self.layout)]

    def _resume(self) -> None:
        options = self.options
        folder = Path(options.checkpoint_path) if options.checkpoint_path else None
        if folder is None and options.resume == "auto":
            folder = self.store.newest()
        if folder is None:
            return
        found = read_state(folder)
        load_weights(folder, self.base, self.lora)
        try:
            self.optimizer.load_state_dict(load_tensors(folder / OPTIMIZER))
        except (ValueError, KeyError) as error:
            raise TrainingError(f"{folder}: {OPTIMIZER} is of another model or optimiser ({error})") from error
        scaler, stored = self.accelerator.scaler, folder / "scaler.pt"
        if scaler is not None and stored.is_file():
            scaler.load_state_dict(load_tensors(stored))
        if found.fingerprint != self.state.fingerprint:
            self.notify(f"{folder} was trained on other data or data options; going on with those of this run")
        self.loader.load_state(found.data)
        for name in ("step", "epoch", "samples", "metric", "best"):
            setattr(self.state, name, getattr(found, name))
        self.shared_step.set(self.state.step + 1)
        restore_rng(folder, self.accelerator.process_index, options.seed, self.state.step)
        self._resumed = folder
        self.notify(f"going on from {folder} at step {self.state.step}")

    # ---- the loop

    def go(self) -> TrainResult:
        """Train to the end."""
        self._prepare()
        options, optim = self.options, self.options.optim
        total = self._total_steps()
        saved = self._resumed
        with profiled(options.profile, self.folder, self.accelerator) as after_micro:
            self._since = time.perf_counter()
            while self.state.step < total and not self._stopping():
                group = self.source.group()
                if not group:
                    self.state.epoch += 1
                    continue
                self._log(self._step(group, after_micro))
                if self._due(options.eval.every_steps):
                    self._evaluate()
                saved = self._save() if self._due(options.checkpoint.every_steps) else None
        if not (options.profile.do_profile and options.profile.early_stop):
            if self.losses and not self._stop and not self._due(options.eval.every_steps):
                self._evaluate()
            saved = saved or self._save()
        stopped = self.state.step < optim.total_steps
        return TrainResult(self.state.step, stopped, saved, self.losses, self._evaluation)

    def _total_steps(self) -> int:
        profile, optim = self.options.profile, self.options.optim
        if not (profile.do_profile and profile.early_stop):
            return optim.total_steps
        micro = (profile.wait + profile.warmup + profile.active) * profile.repeat
        return self.state.step + math.ceil(micro / optim.grad_acc)

    def _step(self, group: list[tuple[Batch, float]], after_micro: Callable[[], None]) -> StepResult:
        options, optim, device = self.options, self.options.optim, self.accelerator.device
        self.shared_step.set(self.state.step + 1)
        moved = [({k: v.to(device, non_blocking=True) for k, v in b.items()}, share) for b, share in group]
        rate = learning_rate(optim, self.state.step, self.compat)
        result = optimizer_step(
            self.accelerator,
            self.model,
            self.optimizer,
            moved,
            rate,
            optim.grad_clip,
            optim.label_smoothing,
            after_micro,
        )
        self.state.step += 1
        samples = sum(len(batch["labels"]) for batch, share in group if share)
        self._averages.add("samples", float(samples))
        self._unsaved += samples
        for loss in result.losses:
            self._averages.add("train/loss", loss)
        if options.logging.grad_l2:
            self._averages.add("train/grad_l2", result.grad_l2)
        self.losses.append(sum(result.losses) / len(result.losses) if result.losses else math.nan)
        return result

    def _due(self, every: int) -> bool:
        return self.state.step % every == 0 and self.state.step > 0

    def _log(self, result: StepResult) -> None:
        options = self.options.logging
        if not self._due(options.every_steps):
            return
        joined = Averages()
        for totals in self.gather([self._averages.totals]):
            joined.merge(totals)
        samples = int(joined.totals.pop("samples")[0])
        values = joined.means()
        if options.weights_l2:
            values["train/weights_l2"] = weights_norm(self.model)
        seconds = time.perf_counter() - self._since
        values["train/lr"] = learning_rate(self.options.optim, self.state.step, self.compat)
        values["train/seconds_per_step"] = seconds / max(options.every_steps, 1)
        values["train/samples_per_second"] = samples / max(seconds, 1e-9)
        values["train/epoch"] = float(self.state.epoch)
        self._tell(values)
        self._averages, self._since = Averages(), time.perf_counter()

    # ---- evaluation

    def _evaluate(self) -> None:
        start, end = self.data.span("test")
        if end is not None and end <= start and not self.data.test_percent:
            return
        options, accelerator, began = self.options, self.accelerator, time.perf_counter()
        devices = [accelerator.device] if accelerator.device.type == "cuda" else []
        with torch.random.fork_rng(devices=devices):  # the loader draws; training must not notice
            if self._test is None:
                with accelerator.main_process_first():
                    self._test = self._loader("test")
            self._test.set_epoch(0)
            limit = evaluation_limit(options.eval.steps, options.optim.grad_acc)
            found = Evaluator(self.tokenizer, self.layout, options.eval.extended).run(
                self._plain(), iter(self._test), accelerator.device, limit, accelerator.autocast, self.gather
            )
            if found.loss is None:
                raise TrainingError(f"the test split gives no batch: {self._test.report.summary()}")
            self._pictures()
        values = {f"test/{key}": value for key, value in found.means.items()}
        for key, (low, high) in found.intervals.items():
            values |= {f"test/{key}_low": low, f"test/{key}_high": high}
        values["test/time"] = time.perf_counter() - began
        self.state.metric, self._evaluation = found.loss, found
        self._tell(values)
        self._since = time.perf_counter()

    def _pictures(self) -> None:
        count = self.options.logging.samples
        if not count or not self.accelerator.is_main_process or self._test is None:
            return
        self._test.set_epoch(0)
        step, folder = self.state.step, self.folder / "samples"
        try:
            for name, path in draw_samples(self._plain(), self.tokenizer, self.layout, self._test, count, folder, step):
                for tracker in self.trackers:
                    tracker.picture(f"samples/{name}", path, step)
        finally:
            self.base.train()

    # ---- checkpoints

    def _save(self) -> Path:
        state = self.state
        state.data = self.loader.state()
        state.samples += sum(self.gather([self._unsaved]))
        self._unsaved = 0
        best = state.metric is not None and (state.best is None or state.metric < state.best)
        if best:
            state.best = state.metric
        saved = self.store.save(state, self._write)
        facts = {"step": state.step, "epoch": state.epoch, "loss": state.metric, "best": state.best}
        for tracker in self.trackers:
            tracker.checkpoint(saved, facts, best)
        self._since = time.perf_counter()
        return saved

    def _write(self, folder: Path) -> None:
        """Model, vocabulary and optimiser; called in the main process only."""
        self.tokenizer.save(folder / "tokenizer.json")
        if self.lora is not None:
            self.lora.save(folder / LORA)
        else:
            save_model(self.base, folder)
        torch.save(self.optimizer.state_dict(), folder / OPTIMIZER)
        if self.accelerator.scaler is not None:
            torch.save(self.accelerator.scaler.state_dict(), folder / "scaler.pt")

    def last_checkpoint(self) -> str:
        """A clause for error messages."""
        newest = self.store.newest()
        return f"the last good checkpoint is {newest}" if newest else "no checkpoint was saved before"

    # ---- processes

    def _plain(self) -> Any:
        """The model without what other processes are joined by, adapter included."""
        return self.accelerator.unwrap_model(self.model)

    def gather(self, values: list[Any]) -> list[Any]:
        """The lists of all processes, joined."""
        if self.accelerator.num_processes == 1:
            return values
        from accelerate.utils import gather_object

        return list(gather_object(values))

    def _longest(self, count: int) -> int:
        return count if self.accelerator.num_processes == 1 else max(self.gather([count]))

    def _stopping(self) -> bool:
        """Whether a signal came to any process."""
        self._stop = any(self.gather([self._stop]))
        return self._stop

    def ask_to_stop(self) -> None:
        """End after the current step, with a checkpoint."""
        self._stop = True

    def notify(self, line: str) -> None:
        """One line on standard output, once for all processes."""
        if self.accelerator.is_main_process:
            print(line, flush=True)

    def _tell(self, values: dict[str, float]) -> None:
        for tracker in self.trackers:
            tracker.log(values, self.state.step)

    def close(self) -> None:
        """Close trackers, and write down what the data left out."""
        for tracker in self.trackers:
            tracker.close()
        loader = getattr(self, "loader", None)
        if loader is not None and loader.report.entries and self.accelerator.is_main_process:
            loader.report.save(self.folder / "skipped.jsonl")
            self.notify(f"{loader.report.summary()}; see {self.folder / 'skipped.jsonl'}")

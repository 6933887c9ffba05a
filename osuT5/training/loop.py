"""A training run from options to checkpoints (spec 05 sections 1.1, 6 and 7). Entry: :func:`train`."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable
from pathlib import Path

import torch

from ..capabilities import VERSIONS
from ..config import DataLayout
from ..data.options import DataOptions, data_options
from .errors import DivergedError, TrainingError
from .evaluate import Evaluation, Evaluator, evaluation_limit
from .launch import new_accelerator, profiled, stop_on_signal
from .metrics import Averages
from .options import TrainOptions
from .samples import draw_samples
from .schedules import learning_rate
from .session import Session
from .source import Batch
from .step import StepResult, optimizer_step, weights_norm


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
    session = Session(options, layout, data, accelerator)
    run = Run(session)
    try:
        with stop_on_signal(run.ask_to_stop):
            session.prepare()
            return run.go()
    except DivergedError as error:
        raise DivergedError(f"step {session.state.step + 1}: {error}; {session.last_checkpoint()}") from None
    except torch.OutOfMemoryError as error:
        raise TrainingError(
            f"step {session.state.step + 1}: out of memory with micro batches of {options.optim.micro_batch} "
            f"({str(error).splitlines()[0]}); raise optim.grad_acc; {session.last_checkpoint()}"
        ) from None
    finally:
        session.close()


class Run:
    """The loop over the steps of one run, in one process."""

    def __init__(self, session: Session) -> None:
        self.session, self.options, self.state = session, session.options, session.state
        self.losses: list[float] = []
        self._stop = False
        self._evaluation: Evaluation | None = None
        self._averages, self._since = Averages(), time.perf_counter()

    def go(self) -> TrainResult:
        """Train to the end."""
        session, options, optim = self.session, self.options, self.options.optim
        total = self._total_steps()
        saved = session.resumed
        with profiled(options.profile, session.folder, session.accelerator) as after_micro:
            self._since = time.perf_counter()
            while self.state.step < total and not self._stopping():
                group = session.source.group()
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
        session, options, optim = self.session, self.options, self.options.optim
        device = session.accelerator.device
        session.shared_step.set(self.state.step + 1)
        moved = [({k: v.to(device, non_blocking=True) for k, v in b.items()}, share) for b, share in group]
        rate = learning_rate(optim, self.state.step, session.compat)
        result = optimizer_step(
            session.accelerator,
            session.model,
            session.optimizer,
            moved,
            rate,
            optim.grad_clip,
            optim.label_smoothing,
            after_micro,
        )
        self.state.step += 1
        samples = sum(len(batch["labels"]) for batch, share in group if share)
        self._averages.add("samples", float(samples))
        session.unsaved += samples
        for loss in result.losses:
            self._averages.add("train/loss", loss)
        if options.logging.grad_l2:
            self._averages.add("train/grad_l2", result.grad_l2)
        self.losses.append(sum(result.losses) / len(result.losses) if result.losses else math.nan)
        return result

    def _save(self) -> Path:
        saved = self.session.save()
        self._since = time.perf_counter()  # saving is no part of a step
        return saved

    def _due(self, every: int) -> bool:
        return self.state.step % every == 0 and self.state.step > 0

    def _log(self, result: StepResult) -> None:
        options = self.options.logging
        if not self._due(options.every_steps):
            return
        joined = Averages()
        for totals in self.session.gather([self._averages.totals]):
            joined.merge(totals)
        samples = int(joined.totals.pop("samples")[0])
        values = joined.means()
        if options.weights_l2:
            values["train/weights_l2"] = weights_norm(self.session.model)
        seconds = time.perf_counter() - self._since
        values["train/lr"] = learning_rate(self.options.optim, self.state.step, self.session.compat)
        values["train/seconds_per_step"] = seconds / max(options.every_steps, 1)
        values["train/samples_per_second"] = samples / max(seconds, 1e-9)
        values["train/epoch"] = float(self.state.epoch)
        self.session.tell(values)
        self._averages, self._since = Averages(), time.perf_counter()

    # ---- evaluation

    def _evaluate(self) -> None:
        session, options, batches = self.session, self.options, self.session.test
        if batches is None:
            return
        accelerator, began = session.accelerator, time.perf_counter()
        devices = [accelerator.device] if accelerator.device.type == "cuda" else []
        with torch.random.fork_rng(devices=devices):  # the loader draws; training must not notice
            batches.set_epoch(0)
            limit = evaluation_limit(options.eval.steps, options.optim.grad_acc)
            found = Evaluator(session.tokenizer, session.layout, options.eval.extended).run(
                session.plain(), iter(batches), accelerator.device, limit, accelerator.autocast, session.gather
            )
            if found.loss is None:
                session.save()  # what was trained until here is not lost
                raise TrainingError(f"the test split gives no batch: {batches.report.summary()}")
            self._pictures()
        values = {f"test/{key}": value for key, value in found.means.items()}
        for key, (low, high) in found.intervals.items():
            values |= {f"test/{key}_low": low, f"test/{key}_high": high}
        values["test/time"] = time.perf_counter() - began
        self.state.metric, self._evaluation = found.loss, found
        session.tell(values)
        self._since = time.perf_counter()

    def _pictures(self) -> None:
        session, count, step = self.session, self.options.logging.samples, self.state.step
        if not count or not session.accelerator.is_main_process or session.test is None:
            return
        session.test.set_epoch(0)
        folder = session.folder / "samples"
        try:
            drawn = draw_samples(session.plain(), session.tokenizer, session.layout, session.test, count, folder, step)
            for name, path in drawn:
                for tracker in session.trackers:
                    tracker.picture(f"samples/{name}", path, step)
        finally:
            session.base.train()

    def _stopping(self) -> bool:
        """Whether a signal came to any process."""
        self._stop = any(self.session.gather([self._stop]))
        return self._stop

    def ask_to_stop(self) -> None:
        """End after the current step, with a checkpoint."""
        self._stop = True

"""What one process of a run holds: model, optimiser, data, checkpoints, trackers (spec 05 sections 1.1, 7.3 and 8)."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from .. import __version__
from ..compat import Compat
from ..config import DataLayout
from ..data.loader import Loader, build_loader
from ..data.options import DataOptions
from ..data.report import SkipReport
from ..data.selection import select
from ..data.stream import SharedStep
from ..data.table import read_table
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
from .errors import TrainingError
from .launch import wrap_layers
from .lora import LoraRun
from .optimizers import build_optimizer
from .options import TrainOptions
from .pretrained import Start, freeze, starting_point
from .source import GroupSource, fingerprint
from .trackers import Tracker, open_trackers
from .weights import load_weights

if TYPE_CHECKING:
    from accelerate import Accelerator


class Session:
    """One process's part of a run. :meth:`prepare` comes first; ``resumed`` is the checkpoint that it went on from."""

    def __init__(self, options: TrainOptions, layout: DataLayout, data: DataOptions, accelerator: Accelerator) -> None:
        self.options, self.layout, self.data, self.accelerator = options, layout, data, accelerator
        self.compat = Compat(options.compat)
        self.folder = Path(options.run_dir or ".")
        self.state = TrainerState(world_size=accelerator.num_processes, version=__version__)
        self.state.options = dataclasses.asdict(options)
        self.trackers: list[Tracker] = []
        self.resumed: Path | None = None
        self.unsaved = 0  # samples that this process has seen since the last checkpoint
        self.test: Loader | None = None
        self._left_out = SkipReport()
        self.store = CheckpointStore(
            self.folder / "checkpoints",
            options.checkpoint.local_total_limit,
            options.checkpoint.keep_best,
            Processes(accelerator.process_index, accelerator.num_processes, self.gather),
        )

    def prepare(self) -> None:
        """Load everything and go on from a checkpoint where there is one. Raises ``ValueError`` with one line."""
        options, accelerator = self.options, self.accelerator
        seed_everything(options.seed, accelerator.process_index)
        start = starting_point(options, self.layout, self.data, self.notify)
        self.tokenizer: Tokenizer = start.tokenizer
        self.shared_step = SharedStep()
        self.shared_step.set(1)
        with accelerator.main_process_first():  # one process fills the caches of the data set
            self.loader = self._loader("train")
            self.test = self._loader("test") if self._has_test_split() else None  # its faults are told before training
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

    def _has_test_split(self) -> bool:
        data = self.data
        start, end = data.span("test")
        if data.dataset_type == "mmrs" and data.test_percent:
            table = read_table(data.path("test"))
            found = len(select(table, data, "test")) > 0
            if not found:
                self.notify(f"test_percent: {data.test_percent:g} leaves no map of {table.root}; no evaluation")
            return found
        return end is None or end > start

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
        self.resumed = folder
        self.notify(f"going on from {folder} at step {self.state.step}")

    # ---- checkpoints

    def save(self) -> Path:
        """A checkpoint of this step; all processes save together. Raises ``TrainingError``."""
        state = self.state
        state.data = self.loader.state()
        state.samples += sum(self.gather([self.unsaved]))
        self.unsaved = 0
        best = state.metric is not None and (state.best is None or state.metric < state.best)
        if best:
            state.best = state.metric
        saved = self.store.save(state, self._write)
        facts = {"step": state.step, "epoch": state.epoch, "loss": state.metric, "best": state.best}
        for tracker in self.trackers:
            tracker.checkpoint(saved, facts, best)
        for report in self.gather([self._own_report()]):
            self._left_out.merge(report)
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

    def plain(self) -> Any:
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

    def notify(self, line: str) -> None:
        """One line on standard output, once for all processes."""
        if self.accelerator.is_main_process:
            print(line, flush=True)

    def tell(self, values: dict[str, float]) -> None:
        """Numbers of this step, to every tracker."""
        for tracker in self.trackers:
            tracker.log(values, self.state.step)

    def _own_report(self) -> SkipReport:
        found = SkipReport()
        for loader in (getattr(self, "loader", None), self.test):
            if loader is not None:
                found.merge(loader.report)
        return found

    def close(self) -> None:
        """Close trackers, and write down what the data left out."""
        for tracker in self.trackers:
            tracker.close()
        self._left_out.merge(self._own_report())
        if self._left_out.entries and self.accelerator.is_main_process:
            self._left_out.save(self.folder / "skipped.jsonl")
            self.notify(f"{self._left_out.summary()}; see {self.folder / 'skipped.jsonl'}")

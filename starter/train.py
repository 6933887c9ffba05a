"""Train the embedded model: ``python -m starter.train data_dir run_dir``. Resumable, seeded, CPU or GPU.
On two CPU cores: ``OMP_NUM_THREADS=1 torchrun --nproc-per-node 2 -m starter.train data_dir run_dir``.

First the encoder alone learns to mark onsets and beats frame by frame; then the decoder learns on top of it, its
cross-attention led to the frame of each time token. Checkpoints are bundles in the published layout.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from osuT5.capabilities import VERSIONS
from osuT5.events.event import EventType
from osuT5.files import atomic_write
from osuT5.model.checkpoint import read_model, save_model
from osuT5.model.config import new_config
from osuT5.model.modeling import Mapperatorinator
from osuT5.tokenizer import Tokenizer
from osuT5.training.muon import Muon

from .alignment import FrameHead, Guide, start_time_tokens_as_positions
from .dataset import FRAME_CLASSES, IGNORED, Corpus, Window, starter_tokenizer
from .ranks import Ranks

LAYOUT = VERSIONS["starter"].layout
LOG_EVERY = 25  # steps
LENGTH_STEP = 32  # few lengths of batches: kernels are made and kept for each


@dataclass(frozen=True)
class Recipe:
    """Hyper-parameters of a run."""

    width: int = 192
    heads: int = 4
    encoder_layers: int = 4
    decoder_layers: int = 4
    mels: int = 80
    batch: int = 24  # windows a step, of all processes together
    encoder_steps: int = 500  # encoder alone
    total_steps: int = 5500
    warmup: int = 50
    peak_rate: float = 0.03  # of Muon, for matrices
    final_share: float = 0.02  # of the peak, at the last step
    adam_share: float = 0.05  # of the rate, for tables, biases and norms
    weight_decay: float = 0.02
    time_weight: float = 1.5
    guide_weight: float = 0.3
    frame_weight: float = 2.0
    mode_weights: tuple[float, ...] = (0.5, 0.15, 0.15, 0.2)
    seed: int = 0
    save_every: int = 250


def build_model(recipe: Recipe, tokenizer: Tokenizer) -> Mapperatorinator:
    """A fresh model of the starter's shape."""
    torch.manual_seed(recipe.seed)
    config = new_config(
        "openai/whisper-tiny",
        vocab_size_in=tokenizer.vocab_size_in,
        vocab_size_out=tokenizer.vocab_size_out,
        src_seq_len=LAYOUT.src_seq_len,
        tgt_seq_len=LAYOUT.tgt_seq_len,
        overwrite={
            "d_model": recipe.width,
            "encoder_layers": recipe.encoder_layers,
            "decoder_layers": recipe.decoder_layers,
            "encoder_attention_heads": recipe.heads,
            "decoder_attention_heads": recipe.heads,
            "encoder_ffn_dim": 4 * recipe.width,
            "decoder_ffn_dim": 4 * recipe.width,
        },
        num_mappers=0,
        project_encoder_input=False,
        spectrogram_implementation="torchaudio",
        spectrogram_log_scale=True,
        n_mels=recipe.mels,
        hop_length=LAYOUT.hop_length,
        f_min=20,
        pad_mode="reflect",
        rhythm_weight=recipe.time_weight,
        rhythm_token_start=tokenizer.event_start[EventType.TIME_SHIFT],
        rhythm_token_end=tokenizer.event_end[EventType.TIME_SHIFT],
        init_std=0.05,
    )
    model = Mapperatorinator(config)
    start_time_tokens_as_positions(model, tokenizer, LAYOUT.position_ms)
    return model


class Trainer:
    """One run in a folder: model, heads, optimiser and the stream of windows."""

    def __init__(self, data_dir: Path, run_dir: Path, recipe: Recipe, device: str, start: Path | None = None) -> None:
        self.recipe, self.run_dir, self.device = recipe, run_dir, device
        self.ranks = Ranks(device)
        if recipe.batch % self.ranks.size:
            raise ValueError(f"batch: {recipe.batch} windows do not divide among {self.ranks.size} processes")
        self.tokenizer = starter_tokenizer(LAYOUT)
        self.corpus = Corpus(data_dir, LAYOUT, self.tokenizer)
        self.model = build_model(recipe, self.tokenizer).to(device)  # type: ignore[arg-type]  # transformers hides the signature
        self.head = FrameHead(recipe.width, len(FRAME_CLASSES)).to(device)
        self.guide = Guide(self.model, recipe.decoder_layers // 2, LAYOUT.position_ms)
        named = [*self.model.named_parameters(), *self.head.named_parameters("proj_out")]
        named = [(name, parameter) for name, parameter in named if parameter.requires_grad]
        self.optimizer = Muon(named, recipe.peak_rate, recipe.adam_share, recipe.weight_decay)
        self.step = 0
        self._resume(start)

    def run(self, minutes: float | None = None) -> None:
        """Train to the last step, or for a number of minutes; saves at the end and every so often."""
        deadline = time.monotonic() + minutes * 60 if minutes else math.inf
        started, logs = time.monotonic(), []
        for batch in self._batches():
            if self.step >= self.recipe.total_steps or self.ranks.any(time.monotonic() > deadline):
                break
            logs.append(self._step(batch))
            if self.step % LOG_EVERY == 0:
                means = {name: round(float(np.mean([log[name] for log in logs if name in log])), 4) for name in logs[0]}
                self._log({"step": self.step, "seconds": round(time.monotonic() - started, 1), **means})
                logs.clear()
            if self.step % self.recipe.save_every == 0:
                self._save()
        self._save()

    def _batches(self) -> Iterator[list[Window]]:
        """Batches of like lengths: eight are drawn at once, sorted and shuffled. Seeded by the step, so resumable.

        Every process draws its own part; at the same step all have windows of about the same length.
        """
        size = self.recipe.batch // self.ranks.size
        while True:
            seed = self.recipe.seed * 1_000_003 + self.step
            rng, order = (np.random.RandomState((seed + shift) % 2**32) for shift in (1009 * self.ranks.rank, 1))
            source = self.corpus.windows(rng, self.recipe.mode_weights)
            drawn = sorted((next(source) for _ in range(8 * size)), key=lambda window: len(window.ids))
            groups = [drawn[i : i + size] for i in range(0, len(drawn), size)]
            yield from (groups[index] for index in order.permutation(len(groups)))

    def _step(self, batch: list[Window]) -> dict[str, float]:
        self._set_rate()
        frames = torch.from_numpy(np.stack([window.frames for window in batch])).to(self.device)
        truth = torch.from_numpy(np.stack([window.truth for window in batch])).to(self.device)
        with torch.autocast(self.device, torch.bfloat16):
            encoded = self.model.encode(frames)
            frame_loss = self.head.loss(encoded, truth)
            losses = {"frame": frame_loss}
            total = self.recipe.frame_weight * frame_loss
            if self.step >= self.recipe.encoder_steps:
                decoder_losses = self._decoder_losses(encoded, batch)
                losses |= decoder_losses
                total = total + decoder_losses["token"] + self.recipe.guide_weight * decoder_losses["guide"]
        total.backward()
        parameters = [p for g in self.optimizer.param_groups for p in g["params"] if p.grad is not None]
        self.ranks.average(p.grad for p in parameters)
        norm = torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        if not torch.isfinite(total):
            raise FloatingPointError(f"loss is {total.item()} at step {self.step}; the last checkpoint is intact")
        return {name: float(value.detach()) for name, value in losses.items()} | {"norm": float(norm)}

    def _decoder_losses(self, encoded: Tensor, batch: list[Window]) -> dict[str, Tensor]:
        longest = max(len(window.ids) for window in batch)
        length = min(-longest // LENGTH_STEP * -LENGTH_STEP, LAYOUT.tgt_seq_len)
        ids = torch.zeros(len(batch), length, dtype=torch.long)
        labels = torch.full((len(batch), length), IGNORED)
        for row, window in enumerate(batch):
            ids[row, : len(window.ids)] = torch.tensor(window.ids)
            labels[row, : len(window.labels)] = torch.tensor(window.labels)
        ids, labels = ids.to(self.device), labels.to(self.device)
        output = self.model(encoder_outputs=(encoded,), decoder_input_ids=ids, labels=labels)
        span = self.tokenizer.event_start[EventType.TIME_SHIFT], self.tokenizer.event_end[EventType.TIME_SHIFT]
        losses = {"token": output.loss, "guide": self.guide.loss(labels, *span)}
        return losses | (self._hits(output.logits, labels) if self.step % LOG_EVERY == 0 else {})

    @torch.no_grad()
    def _hits(self, logits: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """Shares of right tokens, and of time tokens within 20 ms, given all tokens before."""
        first, end = self.tokenizer.event_start[EventType.TIME_SHIFT], self.tokenizer.event_end[EventType.TIME_SHIFT]
        guess = logits.argmax(-1)
        timed = (labels >= first) & (labels < end)
        near = ((guess - labels).abs() <= 2)[timed]
        return {"accuracy": (guess == labels)[labels != IGNORED].float().mean(), "timing": near.float().mean()}

    def _set_rate(self) -> None:
        recipe, step = self.recipe, self.step
        since = step if step < recipe.encoder_steps else step - recipe.encoder_steps
        warm = min(1.0, (since + 1) / recipe.warmup)
        span = max(1, recipe.total_steps - recipe.encoder_steps)
        fall = 0.5 * (1 + math.cos(math.pi * min(1.0, max(0, step - recipe.encoder_steps) / span)))
        rate = recipe.peak_rate * (recipe.final_share + (1 - recipe.final_share) * fall) * warm
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def _log(self, row: dict[str, Any]) -> None:
        if not self.ranks.first:
            return
        print(json.dumps(row), flush=True)
        with (self.run_dir / "log.jsonl").open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(row) + "\n")

    def _save(self) -> None:
        if not self.ranks.first:
            return
        self.tokenizer.save(self.run_dir / "tokenizer.json")
        save_model(self.model, self.run_dir / "model", self.run_dir / "tokenizer.json")
        state = {"step": self.step, "optimizer": self.optimizer.state_dict(), "head": self.head.state_dict()}
        with atomic_write(self.run_dir / "trainer.pt") as handle:
            torch.save(state | {"model": self.model.state_dict()}, handle)

    def _resume(self, start: Path | None) -> None:
        """Go on with the run of the folder; a new one begins with the weights of the bundle ``start``, if given."""
        self.run_dir.mkdir(parents=True, exist_ok=True)
        (self.run_dir / "recipe.json").write_text(json.dumps(asdict(self.recipe), indent=1), encoding="utf-8")
        path = self.run_dir / "trainer.pt"
        if not path.exists():
            if start is not None:
                self._take(read_model(start).state_dict(), f"--start: {start}")
                self.step = self.recipe.encoder_steps
            return
        state = torch.load(path, map_location=self.device, weights_only=True)
        self._take(state["model"], f"run_dir: {path}")
        self.head.load_state_dict(state["head"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]

    def _take(self, weights: dict[str, Tensor], source: str) -> None:
        """Load weights. Raises ``ValueError`` where they are of another shape or vocabulary than the recipe's."""
        own = self.model.state_dict()
        for name, wanted in own.items():
            found = tuple(weights[name].shape) if name in weights else "nothing"
            if found != tuple(wanted.shape):
                raise ValueError(f"{source} does not fit this recipe: {name} is {found}, wanted {tuple(wanted.shape)}")
        self.model.load_state_dict(weights)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m starter.train", description=__doc__.split("\n")[0])
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("--start", type=Path, help="bundle whose weights a new run begins with: starter/checkpoint")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--minutes", type=float, help="stop and save after this long; run again to go on")
    for name, value in asdict(Recipe()).items():
        if isinstance(value, int | float):
            parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    arguments = parser.parse_args()
    fields = {name: getattr(arguments, name) for name in asdict(Recipe()) if hasattr(arguments, name)}
    recipe = Recipe(**fields)
    try:
        trainer = Trainer(arguments.data_dir, arguments.run_dir, recipe, arguments.device, arguments.start)
        trainer.run(arguments.minutes)
        trainer.ranks.close()
    except (ValueError, OSError, FloatingPointError) as error:
        parser.exit(1, f"error: {' '.join(str(error).split())}\n")


if __name__ == "__main__":
    main()

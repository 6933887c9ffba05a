"""Whole runs on the small data set: learning, resuming, ending, keeping checkpoints."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pandas
import pytest
import torch

from osuT5.model.checkpoint import load_model
from osuT5.tokenizer import Tokenizer
from osuT5.training import loop
from osuT5.training.checkpoints import checkpoints_in, read_state
from osuT5.training.errors import DivergedError, TrainingError
from osuT5.training.loop import train
from osuT5.training.session import Session
from tests.training.small_set import options, write_set


def final_weights(run: Path) -> dict[str, torch.Tensor]:
    return load_model(checkpoints_in(run / "checkpoints")[-1]).model.state_dict()


def test_a_run_learns_and_leaves_a_checkpoint_for_inference(small_set: Path, tmp_path: Path) -> None:
    result = train(options(small_set, tmp_path, optim={"total_steps": 20}))
    assert result.step == 20 and not result.stopped
    assert result.losses[-1] < 0.9 * result.losses[0]
    assert result.checkpoint is not None
    names = {path.name for path in result.checkpoint.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json", "trainer_state.json", "optimizer.pt"} <= names
    model = load_model(result.checkpoint).model
    assert model.config.vocab_size_in == Tokenizer.load(result.checkpoint).vocab_size_in
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == list(range(1, 21))
    keys = {"train/loss", "train/grad_l2", "train/weights_l2", "train/lr", "train/seconds_per_step", "train/epoch"}
    assert keys <= set(lines[0])


CASES = {
    "random": {},
    "published": {"data": {"order": "published"}},
    "half_precision": {"mixed_precision": "bf16"},
    "muon": {"optim": {"name": "muon", "base_lr": 4e-3}},
    "checkpointing": {"gradient_checkpointing": True},
    "dropout": {"data": {"do_difficulty_embed": True, "do_song_position_embed": True}},
}


@pytest.mark.parametrize("name", CASES)
def test_a_resumed_run_equals_an_unbroken_one(small_set: Path, tmp_path: Path, name: str) -> None:
    changes: dict[str, Any] = {key: dict(v) if isinstance(v, dict) else v for key, v in CASES[name].items()}
    optim = changes.pop("optim", {})
    whole = train(options(small_set, tmp_path / "whole", optim={**optim, "total_steps": 10}, **changes))
    chosen = options(
        small_set, tmp_path / "parts", optim={**optim, "total_steps": 10}, checkpoint={"every_steps": 3}, **changes
    )
    first = run_until(chosen, 7)  # dies one step after its second checkpoint
    second = train(chosen)
    assert second.losses == whole.losses[6:]
    assert first == whole.losses[:7]
    one, other = final_weights(tmp_path / "whole"), final_weights(tmp_path / "parts")
    assert all(torch.equal(one[key], other[key]) for key in one)


class Killed(Exception):
    """Stands for a process that ends at once."""


def run_until(chosen: Any, step: int) -> list[float]:
    """Losses of a run that dies after ``step`` steps."""
    losses: list[float] = []
    original = loop.Run._step

    def step_or_die(self: loop.Run, *arguments: Any) -> Any:
        if self.state.step == step:
            raise Killed
        result = original(self, *arguments)
        losses.append(self.losses[-1])
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop.Run, "_step", step_or_die)
        with pytest.raises(Killed):
            train(chosen)
    return losses


def test_evaluation_does_not_disturb_training(small_set: Path, tmp_path: Path) -> None:
    quiet = train(options(small_set, tmp_path / "a"))
    with_tests = options(
        small_set, tmp_path / "b", data={"test_dataset_end": 2}, eval={"every_steps": 2}, logging={"samples": 1}
    )
    watched = train(with_tests)
    assert watched.losses == quiet.losses
    assert watched.evaluation is not None and 0 <= watched.evaluation.means["acc"] <= 1
    assert "timing_acc" in watched.evaluation.means


def test_sigterm_saves_and_ends(small_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = loop.Run._log

    def log_then_signal(self: loop.Run, result: Any) -> None:
        original(self, result)
        if self.state.step == 2:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(loop.Run, "_log", log_then_signal)
    result = train(options(small_set, tmp_path))
    assert result.stopped and result.step == 2
    assert result.checkpoint is not None and read_state(result.checkpoint).step == 2


def test_newest_and_best_checkpoints_are_kept(small_set: Path, tmp_path: Path) -> None:
    chosen = options(
        small_set,
        tmp_path,
        data={"test_dataset_end": 2},
        eval={"every_steps": 1},
        checkpoint={"every_steps": 1, "local_total_limit": 2, "keep_best": 1},
        optim={"total_steps": 5},
    )
    train(chosen)
    found = checkpoints_in(tmp_path / "checkpoints")
    steps = [read_state(path).step for path in found]
    assert {4, 5} <= set(steps) and len(steps) <= 3
    assert not list((tmp_path / "checkpoints").glob(".partial*"))


def test_a_loss_that_is_no_number(small_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import osuT5.training.step as step

    original, calls = step.micro_loss, []

    def poisoned(*arguments: Any) -> torch.Tensor:
        calls.append(1)
        return original(*arguments) * (float("nan") if len(calls) > 8 else 1.0)

    monkeypatch.setattr(step, "micro_loss", poisoned)
    with pytest.raises(DivergedError, match=r"^step 5: loss is nan; the last good checkpoint is .*checkpoint_1$"):
        train(options(small_set, tmp_path, checkpoint={"every_steps": 2}))
    newest = checkpoints_in(tmp_path / "checkpoints")[-1]
    assert read_state(newest).step == 4
    load_model(newest)


def test_a_full_disk(small_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Session._write

    def write(self: Session, folder: Path) -> None:
        original(self, folder)
        if self.state.step == 4:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(Session, "_write", write)
    with pytest.raises(TrainingError, match="checkpoint 1 could not be saved .*No space left.*checkpoint_0 is intact"):
        train(options(small_set, tmp_path, checkpoint={"every_steps": 2}))
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["checkpoint_0"]
    load_model(tmp_path / "checkpoints" / "checkpoint_0")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data": {"train_dataset_path": ""}}, "train_dataset_path: not set"),
        ({"data": {"train_dataset_path": "/no/such/set"}}, "/no/such/set"),
        ({"data": {"train_dataset_start": 9}}, r"train_dataset_start.*holds no set"),
        ({"data": {"gamemodes": [3]}}, "no map of the train split passes the filters"),
        ({"data": {"trian_dataset_end": 9}}, "did you mean train_dataset_end"),
        ({"optim": {"batch_size": 5}}, "not a multiple of optim.grad_acc"),
        ({"optim": {"lr_scheduler": "inverse"}}, "lr_scheduler: 'inverse' is not one of linear, cosine"),
        ({"device": "cuda"}, "no CUDA device is there"),
        ({"pretrained_path": "/no/such/checkpoint"}, "no such folder"),
        ({"checkpoint_path": "/no/such/checkpoint"}, "trainer_state.json is missing"),
        ({"freeze": ["nonsense"]}, "no parameter is named like 'nonsense'"),
        ({"data": {"test_dataset_start": 4, "test_dataset_end": None}}, r"test_dataset_start.*holds no set"),
        ({"data": {"test_dataset_path": "/no/test/set", "test_dataset_end": 2}}, "/no/test/set: no metadata.parquet"),
        ({"enable_lora": True}, "needs pretrained_path"),
        ({"logging": {"log_with": "wandb"}}, "wandb"),
        ({"version": "v1"}, "version: 'v1' is not one of"),
    ],
)
def test_what_can_not_be_used_is_said_in_a_line(
    small_set: Path, tmp_path: Path, changes: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "wandb", None)  # not installed
    if changes.get("device") == "cuda" and torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    with pytest.raises(ValueError, match=message) as caught:
        train(options(small_set, tmp_path, **changes))
    assert "\n" not in str(caught.value).strip()


def test_a_data_set_without_a_column(tmp_path: Path) -> None:
    root = write_set(tmp_path / "set", maps=1)
    table = pandas.read_parquet(root / "metadata.parquet")
    table.drop(columns=["AudioFile"]).to_parquet(root / "metadata.parquet")
    with pytest.raises(ValueError, match="AudioFile") as caught:
        train(options(root, tmp_path / "run"))
    assert "\n" not in str(caught.value)


def test_bad_maps_are_left_out_and_named(tmp_path: Path) -> None:
    root = write_set(tmp_path / "set", maps=3)
    next((root / "data").glob("100 *")).joinpath("map.osu").write_text("no map at all")
    next((root / "data").glob("101 *")).joinpath("audio.wav").unlink()
    assert train(options(root, tmp_path / "run")).step == 6
    lines = (tmp_path / "run" / "skipped.jsonl").read_text().splitlines()
    assert len(lines) == 2


def test_a_hash_that_leaves_no_test_map(small_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = train(options(small_set, tmp_path, data={"test_dataset_end": None, "test_percent": 1e-6}))
    assert result.step == 6 and result.evaluation is None
    assert "test_percent: 1e-06 leaves no map" in capsys.readouterr().out


@pytest.mark.parametrize("order", ["random", "published"])
def test_a_test_split_of_broken_maps_costs_no_training(tmp_path: Path, order: str) -> None:
    root = write_set(tmp_path / "set", maps=3)
    next((root / "data").glob("102 *")).joinpath("map.osu").write_text("no map at all")
    data = {"train_dataset_end": 2, "test_dataset_start": 2, "test_dataset_end": 3, "order": order}
    with pytest.raises(ValueError, match="left out 1: no_objects 1"):
        train(options(root, tmp_path / "run", data=data))
    saved = [read_state(path).step for path in checkpoints_in(tmp_path / "run" / "checkpoints")]
    assert saved == ([] if order == "random" else [6])  # a random order reads all maps before the first step
    assert order == "random" or "102" in (tmp_path / "run" / "skipped.jsonl").read_text()


def test_frozen_parameters_stay(small_set: Path, tmp_path: Path) -> None:
    base = train(options(small_set, tmp_path / "base", optim={"total_steps": 1})).checkpoint
    tuned = train(
        options(small_set, tmp_path / "tuned", pretrained_path=str(base), freeze=["transformer.model.encoder"])
    ).checkpoint
    assert base is not None and tuned is not None
    one, other = load_model(base).model.state_dict(), load_model(tuned).model.state_dict()
    same = {key for key in one if torch.equal(one[key], other[key])}
    assert {key for key in one if key.startswith("transformer.model.encoder")} <= same
    assert "transformer.proj_out.weight" not in same

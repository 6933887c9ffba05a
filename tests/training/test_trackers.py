"""Where numbers go: the journal, wandb and tensorboard through stand-ins, and a line when they are missing."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from osuT5.training.errors import TrainingError
from osuT5.training.loop import train
from osuT5.training.offline import RESULTS, evaluate_checkpoint, table
from osuT5.training.options import CheckpointOptions, LoggingOptions
from osuT5.training.trackers import Journal, Wandb, open_trackers
from tests.training.small_set import options


class FakeRun:
    """Remembers what it is told."""

    id = "abc"

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def log(self, values: dict[str, Any], step: int) -> None:
        self.calls.append(("log", sorted(values), step))

    def log_artifact(self, artifact: Any, aliases: list[str]) -> None:
        self.calls.append(("artifact", artifact.metadata["step"], aliases))

    def finish(self) -> None:
        self.calls.append(("finish",))


@pytest.fixture
def wandb(monkeypatch: pytest.MonkeyPatch) -> FakeRun:
    run, module = FakeRun(), types.ModuleType("wandb")

    class Artifact:
        def __init__(self, name: str, type: str, metadata: dict[str, Any]) -> None:
            assert name == "osuT5-abc" and type == "model"
            self.metadata = metadata

        def add_dir(self, folder: str) -> None:
            assert (Path(folder) / "model.safetensors").is_file()

    def init(**settings: Any) -> FakeRun:
        run.calls.append(("init", settings["project"], settings["mode"]))
        return run

    module.init, module.Artifact = init, Artifact  # type: ignore[attr-defined]
    module.Image = lambda path: path  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "wandb", module)
    monkeypatch.setattr(Wandb, "_clean", lambda self: None)
    return run


def test_a_run_tells_wandb(small_set: Path, tmp_path: Path, wandb: FakeRun) -> None:
    train(
        options(
            small_set,
            tmp_path,
            data={"test_dataset_end": 2},
            logging={"log_with": "wandb", "mode": "offline", "every_steps": 3},
            eval={"every_steps": 6},
        )
    )
    assert wandb.calls[0] == ("init", "osuT5", "offline")
    logged = [call for call in wandb.calls if call[0] == "log"]
    assert [step for _, _, step in logged] == [3, 6, 6]
    assert "train/loss" in logged[0][1] and "test/timing_acc" in logged[2][1]
    assert ("artifact", 6, ["latest", "best"]) in wandb.calls and wandb.calls[-1] == ("finish",)


def test_wandb_online_needs_a_login(tmp_path: Path, wandb: FakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(TrainingError, match="logging.mode=offline"):
        open_trackers(LoggingOptions(log_with="wandb"), CheckpointOptions(), tmp_path, {}, 5)
    assert (
        len(open_trackers(LoggingOptions(log_with="wandb", mode="disabled"), CheckpointOptions(), tmp_path, {}, 5)) == 2
    )


@pytest.mark.parametrize(("kind", "module"), [("wandb", "wandb"), ("tensorboard", "torch.utils.tensorboard")])
def test_trackers_that_are_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(TrainingError, match=f"{kind} is not installed; pip install {kind}, or logging.log_with=none"):
        open_trackers(LoggingOptions(log_with=kind), CheckpointOptions(), tmp_path, {}, 5)


def test_tensorboard_gets_numbers_and_pictures(
    small_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    class Writer:
        def __init__(self, folder: str) -> None:
            assert folder.endswith("tensorboard_logs")

        def __getattr__(self, name: str) -> Any:
            return lambda *values, **more: calls.append(name)

    module = types.ModuleType("torch.utils.tensorboard")
    module.SummaryWriter = Writer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    train(
        options(
            small_set,
            tmp_path,
            data={"test_dataset_end": 2},
            logging={"log_with": "tensorboard", "samples": 1},
            eval={"every_steps": 6},
        )
    )
    assert {"add_scalar", "add_image", "add_text", "close"} <= set(calls)
    assert (tmp_path / "samples" / "target0_step6.png").is_file()


def test_the_journal_appends_and_writes_null_for_what_is_no_number(tmp_path: Path) -> None:
    Journal(tmp_path).log({"a": 1.0}, 1)
    Journal(tmp_path).log({"a": float("nan")}, 2)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [(line["step"], line["a"]) for line in lines] == [(1, 1.0), (2, None)]


def test_offline_evaluation(small_set: Path, tmp_path: Path) -> None:
    checkpoint = train(options(small_set, tmp_path / "run", optim={"total_steps": 2})).checkpoint
    data = {"test_dataset_end": 3, "timing_random_offset": 40}
    chosen = options(small_set, tmp_path / "test", checkpoint_path=str(checkpoint), data=data)
    found = evaluate_checkpoint(chosen)
    assert set(found) == {"test_noise", "test"}
    assert found["test"].loss != found["test_noise"].loss  # the jitter shows
    written = json.loads((tmp_path / "test" / RESULTS).read_text())
    assert "timing_precision over offset" in written["test"]["curves"]
    assert "acc_over_time over bin_time" in written["test"]["curves"]
    assert table(found).splitlines()[1].startswith("loss")
    with pytest.raises(TrainingError, match="checkpoint_path: not set"):
        evaluate_checkpoint(options(small_set, tmp_path))

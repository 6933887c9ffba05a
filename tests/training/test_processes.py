"""Runs of several processes on the CPU."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch

from osuT5.data.loader import Loader, build_loader
from osuT5.tokenizer import Tokenizer
from osuT5.training.checkpoints import checkpoints_in, read_state
from osuT5.training.entry import ROOT
from osuT5.training.errors import TrainingError
from osuT5.training.loop import data_of, train
from osuT5.training.source import GroupSource
from tests.training.small_set import options, values


def launch(tmp_path: Path, content: dict[str, Any], processes: int = 2) -> subprocess.CompletedProcess[str]:
    path = tmp_path / "options.json"
    path.write_text(json.dumps(content))
    line = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={processes}"]
    line += [str(Path(__file__).with_name("worker.py")), str(path)]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=300)


def logged(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]


@pytest.mark.slow
def test_two_processes_train_and_one_goes_on(small_set: Path, tmp_path: Path) -> None:
    changes: dict[str, Any] = {
        "data": {"test_dataset_end": 3, "pad_to_multiple": 0},
        "eval": {"every_steps": 4},
        "optim": {"total_steps": 4, "batch_size": 2, "grad_acc": 1},
    }
    done = launch(tmp_path, values(small_set, tmp_path / "run", **changes))
    assert done.returncode == 0, done.stderr
    (checkpoint,) = checkpoints_in(tmp_path / "run" / "checkpoints")
    state = read_state(checkpoint)
    assert state.world_size == 2 and state.step == 4 and state.samples == 16
    assert {"rng_0.pt", "rng_1.pt"} <= {path.name for path in checkpoint.iterdir()}
    # the same as one process with twice the batch: same windows, averaged gradients, metrics of both
    alone = {**changes, "optim": {"total_steps": 4, "batch_size": 4, "grad_acc": 2}}
    single = train(options(small_set, tmp_path / "single", **alone))
    evaluated = next(line for line in logged(tmp_path / "run") if "test/acc" in line)
    assert single.evaluation is not None
    for key in ("timing_acc", "acc", "other_acc"):
        assert evaluated[f"test/{key}"] == pytest.approx(single.evaluation.means[key], abs=0.02)
    more = options(small_set, tmp_path / "run", **{**changes, "optim": {**alone["optim"], "total_steps": 6}})
    resumed = train(more)
    assert resumed.step == 6 and len(resumed.losses) == 2
    assert resumed.losses[-1] < logged(tmp_path / "run")[0]["train/loss"]


@pytest.mark.slow
def test_a_process_that_dies_ends_the_run(small_set: Path, tmp_path: Path) -> None:
    content = values(small_set, tmp_path / "run", checkpoint={"every_steps": 2}) | {"die_at": 3}
    done = launch(tmp_path, content)
    assert done.returncode != 0
    assert "error: another process of this run has ended" in done.stderr
    newest = checkpoints_in(tmp_path / "run" / "checkpoints")[-1]
    assert read_state(newest).step == 2
    resumed = train(options(small_set, tmp_path / "run"))
    assert resumed.step == 6


def windows(loader: Loader) -> Counter[bytes]:
    found: Counter[bytes] = Counter()
    for batch in loader:
        for row in range(len(batch["labels"])):
            ids = batch["decoder_input_ids"][row]
            found[ids[ids != 0].numpy().tobytes() + batch["frames"][row].numpy().tobytes()] += 1
    return found


@pytest.mark.parametrize("order", ["random", "published"])
def test_two_processes_see_what_one_sees_and_nothing_twice(small_set: Path, tmp_path: Path, order: str) -> None:
    data = {"order": order, "frame_offset_augment_prob": 0.0, "timing_random_offset": 0, "pad_to_multiple": 0}
    names = ("class", "diff", "mapper", "year", "cs", "hold_note_ratio", "scroll_speed_ratio", "descriptor")
    data |= {f"{name}_dropout_prob": 0.0 for name in names}
    layout, chosen = data_of(options(small_set, tmp_path, data=data))
    tokenizer = Tokenizer.build(layout)
    one = windows(build_loader(chosen, layout, tokenizer, "train", 0, 1, batch_size=1))
    two = Counter[bytes]()
    for rank in range(2):
        two += windows(build_loader(chosen, layout, tokenizer, "train", rank, 2, batch_size=1))
    assert set(one.values()) == {1}
    assert two == one


class FakeLoader:
    """Gives numbered batches."""

    batches = 0

    def __init__(self, count: int) -> None:
        self.count = count

    def __iter__(self) -> Any:
        yield from ({"labels": torch.full((1, 1), number)} for number in range(self.count))


def test_groups_of_processes_with_unequal_parts() -> None:
    counts = iter([2, 2, 0])
    source = GroupSource(FakeLoader(3), 2, lambda count: next(counts))  # type: ignore[arg-type]
    first, second, third = source.group(), source.group(), source.group()
    assert [share for _, share in first] == [1.0, 1.0]
    assert [(int(batch["labels"]), share) for batch, share in second] == [(2, 1.0), (2, 0.0)]
    assert third == []


def test_a_shorter_group_closes_an_epoch() -> None:
    source = GroupSource(FakeLoader(3), 2)  # type: ignore[arg-type]
    assert [len(source.group()) for _ in range(5)] == [2, 1, 0, 2, 1]


def test_a_process_without_anything_to_train_on() -> None:
    with pytest.raises(TrainingError, match="more processes than sets"):
        GroupSource(FakeLoader(0), 2, lambda count: 2).group()  # type: ignore[arg-type]

"""The starter's set and its training windows, on two short songs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from osuT5.capabilities import VERSIONS
from starter.build import build
from starter.dataset import FRAME_CLASSES, IGNORED, Corpus, starter_tokenizer
from starter.train import Recipe, Trainer, main

LAYOUT = VERSIONS["starter"].layout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("starter")
    assert build(root, songs=1, seed=5, jobs=1, target_ms=12_000.0) == 11
    return root


def test_building_again_reads_what_is_finished(folder: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.osu")}
    assert build(folder, songs=1, seed=5, jobs=1, target_ms=12_000.0) == len(before)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.osu")} == before


def test_windows_label_the_next_token(folder: Path) -> None:
    tokenizer = starter_tokenizer(LAYOUT)
    corpus = Corpus(folder, LAYOUT, tokenizer)
    source = corpus.windows(np.random.RandomState(0), (0.25, 0.25, 0.25, 0.25))
    for _ in range(20):
        window = next(source)
        assert window.frames.shape == (LAYOUT.window_samples,)
        assert window.truth.shape == (LAYOUT.src_seq_len // 2, len(FRAME_CLASSES))
        first = window.ids.index(tokenizer.sos_id)
        assert all(label == IGNORED for label in window.labels[:first])
        assert window.labels[first:-1] == window.ids[first + 1 :]
        assert window.labels[-1] == tokenizer.eos_id
        assert max(window.labels) < tokenizer.vocab_size_out


def test_frames_hold_the_marked_sounds(folder: Path) -> None:
    """Energy rises where the truth marks an onset: audio and labels are aligned."""
    corpus = Corpus(folder, LAYOUT, starter_tokenizer(LAYOUT))
    window = corpus.window(np.random.RandomState(1), corpus.maps[0])
    energy = np.add.reduceat(window.frames**2, np.arange(0, len(window.frames), LAYOUT.hop_length))
    rise = np.maximum(0, np.diff(np.log(energy + 1e-6)))
    marked = np.flatnonzero(window.truth[:, :3].any(1))
    near = np.array([rise[max(0, 2 * p - 2) : 2 * p + 3].max(initial=0) for p in marked if 2 * p + 3 < len(rise)])
    assert near.mean() > 2 * rise.mean()


TINY = Recipe(width=32, heads=2, encoder_layers=1, decoder_layers=2, batch=2, encoder_steps=1, total_steps=3)


def weights_of(trainer: Trainer) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in trainer.model.state_dict().items()}


def test_a_run_goes_on_where_it_stopped(folder: Path, tmp_path: Path) -> None:
    first = Trainer(folder, tmp_path, replace(TINY, total_steps=2), "cpu")
    first.run()
    rest = Trainer(folder, tmp_path, TINY, "cpu")
    assert rest.step == 2
    before = weights_of(first)
    assert all(torch.equal(value, before[name]) for name, value in weights_of(rest).items())
    rest.run()
    assert rest.step == 3
    assert not all(torch.equal(value, before[name]) for name, value in weights_of(rest).items())
    assert json.loads((tmp_path / "recipe.json").read_text(encoding="utf-8"))["total_steps"] == 3


def test_a_new_run_can_begin_with_the_weights_of_another(folder: Path, tmp_path: Path) -> None:
    first = Trainer(folder, tmp_path / "first", TINY, "cpu")
    first.run()
    second = Trainer(folder, tmp_path / "second", TINY, "cpu", start=tmp_path / "first" / "model")
    assert second.step == TINY.encoder_steps
    found, wanted = weights_of(second), weights_of(first)
    assert found.keys() == wanted.keys()
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)
    second.run()
    assert second.step == 3 and (tmp_path / "second" / "trainer.pt").exists()


def test_weights_of_another_shape_are_refused_in_one_line(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Trainer(folder, tmp_path / "run", TINY, "cpu").run()
    wider = replace(TINY, width=2 * TINY.width)
    with pytest.raises(ValueError, match=r"run_dir: .*trainer.pt does not fit this recipe: \S+ is \(.*\), wanted \("):
        Trainer(folder, tmp_path / "run", wider, "cpu")
    start = str(tmp_path / "run" / "model")
    monkeypatch.setattr("sys.argv", ["train", str(folder), str(tmp_path / "new"), "--start", start, "--device", "cpu"])
    with pytest.raises(SystemExit) as end:
        main()
    said = capsys.readouterr().err
    assert end.value.code == 1 and said.startswith("error: --start: ") and said.count("\n") == 1


def test_a_batch_must_divide(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("starter.train.Ranks", lambda device: SimpleNamespace(size=3))
    with pytest.raises(ValueError, match="batch: 2 windows do not divide among 3 processes"):
        Trainer(folder, tmp_path, TINY, "cpu")


def test_missing_data_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["train", str(tmp_path / "none"), str(tmp_path / "run")])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ") and "metadata.parquet" in said and said.count("\n") == 1

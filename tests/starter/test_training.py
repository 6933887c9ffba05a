"""The starter's set and its training windows, on two short songs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from osuT5.capabilities import VERSIONS
from starter.build import build
from starter.dataset import FRAME_CLASSES, IGNORED, Corpus, starter_tokenizer

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
    energy = np.add.reduceat(window.frames**2, np.arange(0, len(window.frames), 128))
    rise = np.maximum(0, np.diff(np.log(energy + 1e-6)))
    marked = np.flatnonzero(window.truth[:, :3].any(1))
    near = np.array([rise[max(0, 2 * p - 2) : 2 * p + 3].max(initial=0) for p in marked if 2 * p + 3 < len(rise)])
    assert near.mean() > 2 * rise.mean()

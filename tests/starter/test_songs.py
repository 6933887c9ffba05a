"""Songs of the starter: equal seeds give equal songs, and the truth of a score is what sounds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from osuT5.audio import load_audio
from starter.songs.compose import compose
from starter.songs.render import CODECS, RATE, render, write_audio
from starter.songs.score import Bar

SHORT_MS = 12_000.0


def test_equal_seeds_give_equal_scores_and_sound() -> None:
    first, second = compose(7, SHORT_MS), compose(7, SHORT_MS)
    assert first == second
    assert np.array_equal(render(first, 1), render(second, 1))
    assert compose(8, SHORT_MS).notes != first.notes


@pytest.mark.parametrize("seed", range(40))
def test_scores_keep_their_promises(seed: int) -> None:
    score = compose(seed, 40_000.0)
    assert score.notes == sorted(score.notes, key=lambda note: note.time_ms)
    assert all(60 <= 60000 / bar.beat_ms <= 260.01 for bar in score.bars)
    assert all(0 < note.strength <= 1.0 and note.duration_ms > 0 for note in score.notes)
    assert score.notes[-1].time_ms < score.length_ms
    assert score.tempo_changes[0] is score.bars[0]


def test_tempo_changes_and_meters_occur() -> None:
    scores = [compose(seed, 60_000.0) for seed in range(60)]
    assert any(len(score.tempo_changes) > 1 for score in scores)
    assert any(score.bars[0].meter != 4 for score in scores)


def test_swing_moves_half_beats_only() -> None:
    bar = Bar(0, 1000.0, 600.0, 4, "verse", 0.5, swing=1 / 6)
    assert bar.time_at(0) == 1000.0
    assert bar.time_at(48) == 1600.0
    assert bar.time_at(24) == pytest.approx(1000 + 600 * 2 / 3)


@pytest.mark.parametrize("suffix", sorted(CODECS))
def test_sound_keeps_its_time_through_codecs(tmp_path: Path, suffix: str) -> None:
    """A click stays where it was: encoder delays don't shift what the model hears."""
    audio = np.zeros(RATE * 2, np.float32)
    audio[RATE : RATE + 40] = np.hanning(40) * 0.9
    write_audio(tmp_path / f"click.{suffix}", audio, 192)
    heard = load_audio(tmp_path / f"click.{suffix}")
    assert abs(int(np.abs(heard).argmax()) - 16000) <= 32  # 2 ms at 16 kHz

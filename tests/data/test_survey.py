"""Looks at a loader: speed, lengths, pictures, and the command for them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from osuT5.audio.mel import LogMel
from osuT5.data.loader import Loader, build_loader
from osuT5.data.plot import BLUE, GREEN, RED, draw_windows, times_of
from osuT5.data.survey import Speed, lengths_of, speed_of
from osuT5.dataloading import own_arguments
from osuT5.events.event import Event, EventType
from osuT5.tokenizer import EOS_ID, SOS_ID, Tokenizer

from .sets import layout_and_options, tokenizer_for, write_mmrs

ROOT = Path(__file__).resolve().parents[2]
LAYOUT = layout_and_options("")[0]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mmrs(tmp_path_factory.mktemp("survey"), sets=2, seconds=18)


def loader_of(root: Path) -> Loader:
    layout, options = layout_and_options(root)
    return build_loader(options, layout, tokenizer_for(layout), batch_size=2)


def test_speed(root: Path) -> None:
    found = speed_of(loader_of(root))
    assert found.windows == 6  # 8, and two in the first batch
    assert found.tokens > 20 * found.windows and found.seconds > 0
    assert speed_of(loader_of(root), 2).windows == 2
    assert Speed(1.5, 20, 800, 4.0).text() == (
        "first batch after 1.50 s; then 20 windows in 4.0 s: 5.0 windows/s, 200 tokens/s"
    )


def test_lengths(root: Path) -> None:
    found = lengths_of(loader_of(root), LAYOUT.tgt_seq_len)
    masks = [row for batch in loader_of(root) for row in batch["decoder_attention_mask"].sum(1).tolist()]
    assert sorted(found.counts.tolist()) == sorted(masks) and (found.labels < found.counts).all()
    text = lengths_of(({**batch} for batch in loader_of(root)), int(max(masks))).text()
    assert f"100%: {max(masks)}" in text
    assert f"{np.mean(np.array(masks) == max(masks)):.2%} fill all {max(masks)} tokens" in text
    assert len([line for line in text.splitlines() if ".." in line]) == 20


def test_times_of_a_window() -> None:
    tokenizer = Tokenizer.build(LAYOUT)

    def time(step: int) -> int:
        return tokenizer.encode(Event(EventType.TIME_SHIFT, step))

    ids = [time(1), SOS_ID, time(2), time(3), 0]
    row = {
        "decoder_input_ids": torch.tensor(ids),
        "labels": torch.tensor([-100, -100, time(3), EOS_ID, -100]),
    }
    assert times_of(row, tokenizer) == [(10.0, GREEN), (20.0, RED), (30.0, BLUE)]


def test_pictures(root: Path, tmp_path: Path) -> None:
    hearing = LogMel("torchaudio", n_mels=32, pad_mode="reflect")
    found = list(draw_windows(loader_of(root), tokenizer_for(LAYOUT), LAYOUT, hearing, tmp_path / "w", 3))
    assert [path.name for path in found] == ["window0.png", "window1.png", "window2.png"]
    pixels = np.asarray(Image.open(found[0]))
    assert pixels.shape == (384, LAYOUT.src_seq_len, 3)
    assert (pixels == BLUE).all(2).any() and not (pixels == RED).all(2).any()


def test_arguments() -> None:
    assert own_arguments(["-cn", "v29", "mode=plot", "limit=3", "seed=1"]) == ("plot", 3, ["-cn", "v29", "seed=1"])
    assert own_arguments([]) == ("benchmark", 0, [])
    with pytest.raises(ValueError, match="mode: 'fast' is not one of benchmark, lengths, plot"):
        own_arguments(["mode=fast"])
    with pytest.raises(ValueError, match="limit: '-1' is not a whole number"):
        own_arguments(["limit=-1"])


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "osuT5/dataloading.py", *arguments]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=300)


@pytest.mark.slow
def test_the_command(root: Path, tmp_path: Path) -> None:
    given = ["-cn", "debug", f"train_dataset_path={root}", f"hydra.run.dir={tmp_path}"]
    for mode, said in (("benchmark", "windows/s"), ("lengths", "99%"), ("plot", "window1.png")):
        done = command(*given, f"mode={mode}", "limit=2")
        assert done.returncode == 0, done.stderr
        assert said in done.stdout and "nothing left out" in done.stdout
    assert (tmp_path / "windows" / "window1.png").is_file()
    done = command(*given, "mode=slow")
    assert done.returncode == 2 and done.stderr.startswith("error: mode: 'slow'")
    done = command("-cn", "debug", f"hydra.run.dir={tmp_path}", "train_dataset_path=/no/such")
    assert done.returncode == 1 and done.stderr.strip().startswith("error: /no/such")
    assert "mode=benchmark" in command("--help").stdout

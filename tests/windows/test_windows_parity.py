"""Windows against those of the published system: golden/audio/segments.json."""

from __future__ import annotations

import numpy as np
import pytest

from osuT5.capabilities import VERSIONS
from osuT5.windows import WindowGeometry, cut_song, padded_song, part_of

from ..shared_data import SHARED, load_json, need

SEGMENTS = SHARED / "golden/audio/segments.json"


def entries() -> list:
    if not SEGMENTS.exists():
        return [pytest.param(None, id="absent")]
    return [
        pytest.param(entry, id="-".join([entry["config"], *entry["overrides"], str(entry["parallel"]), entry["audio"]]))
        for entry in load_json(SEGMENTS)
    ]


@pytest.fixture(scope="module")
def decoded() -> dict[str, np.ndarray]:
    result = {}
    for name in ("decoded_16k.npz", "decoded_song40.npz"):
        with np.load(need(SHARED / "golden/audio" / name)) as arrays:
            result.update({key.removesuffix(".wav"): arrays[key] for key in arrays})
    return result


@pytest.mark.parity
@pytest.mark.parametrize("entry", entries())
def test_segments(entry, decoded):
    need(SEGMENTS)
    layout = VERSIONS[entry["config"]].layout
    options = dict(word.split("=") for word in entry["overrides"])
    lengths = WindowGeometry(
        layout.window_samples,
        layout.sample_rate,
        float(options.get("lookback", 0.5)),
        float(options.get("lookahead", 0.4)),
        layout.max_time_shift,
    )
    limits = [int(options[name]) if name in options else None for name in ("start_time", "end_time")]
    song = decoded[entry["audio"]]
    windows = part_of(cut_song(len(song), lengths, parallel=entry["parallel"]), lengths, *limits)

    assert len(windows) == entry["n_windows"]
    assert list(windows.times) == entry["times"]
    assert lengths.samples == entry["samples_per_window"]
    assert (lengths.samples if entry["parallel"] else lengths.stride) == entry["stride"]
    assert len(song) / layout.sample_rate * 1000 == entry["song_length"]
    padded, starts = padded_song(song, windows.starts, lengths.samples)
    sums = [float(np.abs(padded[start : start + lengths.samples]).sum()) for start in starts]
    assert sums[: len(entry["sum_abs"])] == pytest.approx(entry["sum_abs"], rel=1e-4)
    assert sums[-1] == pytest.approx(entry["last_sum_abs"], rel=1e-4)

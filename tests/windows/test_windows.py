"""Windows of a song: the numbers of spec 03 section 5 and its worked examples."""

from __future__ import annotations

import numpy as np
import pytest

from osuT5.capabilities import VERSIONS
from osuT5.windows import WindowError, WindowGeometry, cut_song, padded_length, padded_song, part_of

THREE_MINUTES = 2_880_000


def geometry(version: str, lookback: float = 0.5, lookahead: float = 0.4) -> WindowGeometry:
    layout = VERSIONS[version].layout
    return WindowGeometry(layout.window_samples, layout.sample_rate, lookback, lookahead, layout.max_time_shift)


@pytest.mark.parametrize(
    ("version", "samples", "window_ms", "stride", "limits", "top", "lookback_stop", "lookahead_stop", "removal"),
    [
        ("v29", 130944, 8184.0, 13094, (4092.0, 4910.4, 3273.6), 818, 409, 492, 491),
        ("v31", 524160, 32760.0, 52415, (16380.0, 19656.0, 13104.0), 3276, 1638, 1967, 1965),
        ("v32", 262016, 16376.0, 26201, (8188.0, 9825.6, 6550.4), 1637, 818, 983, 982),
    ],
)
def test_limits(version, samples, window_ms, stride, limits, top, lookback_stop, lookahead_stop, removal):
    lengths = geometry(version)
    assert (lengths.samples, lengths.window_ms, lengths.stride) == (samples, window_ms, stride)
    assert (lengths.lookback_ms, lengths.keep_limit, lengths.lookahead_ms) == pytest.approx(limits, abs=1e-9)
    assert lengths.lookback_stop == range(lookback_stop)
    assert lengths.lookahead_stop == range(lookahead_stop, top + 1)
    assert lengths.lookahead_removal == range(removal, top + 1)


def test_three_minutes_v29():
    windows = cut_song(THREE_MINUTES, geometry("v29"))
    assert padded_length(THREE_MINUTES, 130944, 13094) == THREE_MINUTES + 684
    assert len(windows) == 211
    assert windows.times[:4] == (0, 818, 1636, 2455)
    assert windows.times[-1] == 171858


def test_three_minutes_v32():
    windows = cut_song(THREE_MINUTES, geometry("v32"))
    assert padded_length(THREE_MINUTES, 262016, 26201) == THREE_MINUTES + 2116
    assert len(windows) == 101
    assert windows.times[:4] == (0, 1637, 3275, 4912)
    assert windows.times[-1] == 163756


@pytest.mark.parametrize(
    ("version", "first", "last", "times"), [("v29", 68, 104, (55649, 85111)), ("v32", 31, 49, (50764, 80240))]
)
def test_part_of_a_song(version, first, last, times):
    lengths = geometry(version)
    part = part_of(cut_song(THREE_MINUTES, lengths), lengths, 60000, 90000)
    assert len(part) == last - first + 1
    assert (part.times[0], part.times[-1]) == times
    assert part.starts[0] == first * lengths.stride


def test_a_part_outside_the_song_keeps_one_window():
    lengths = geometry("v29")
    windows = cut_song(THREE_MINUTES, lengths)
    assert part_of(windows, lengths, 10**7, None).times == windows.times[-1:]
    assert part_of(windows, lengths, None, -(10**7)).times == windows.times[:1]
    assert part_of(windows, lengths, 60000, 0).times == (55649,)


def test_published_times_round_through_binary32():
    lengths = geometry("v32")
    samples = 700 * lengths.stride + lengths.samples
    assert cut_song(samples, lengths).times[647] == 1059503
    assert cut_song(samples, lengths, exact_times=True).times[647] == 1059502


def test_parallel_windows_lie_side_by_side():
    windows = cut_song(640_000, geometry("v29"), parallel=True)
    assert windows.starts == (0, 130944, 261888, 392832, 523776)
    assert windows.times == (0, 8184, 16368, 24552, 32736)


def test_short_and_exact_songs():
    lengths = geometry("v29")
    assert len(cut_song(0, lengths)) == 1
    assert len(cut_song(lengths.samples, lengths)) == 1
    assert len(cut_song(lengths.samples + 1, lengths)) == 2
    assert len(cut_song(lengths.samples + lengths.stride, lengths)) == 2


def test_windows_reach_into_silence():
    song = np.arange(1, 11, dtype=np.float32)
    padded, starts = padded_song(song, [-2, 0, 8], 4)
    assert [padded[start : start + 4].tolist() for start in starts] == [[0, 0, 1, 2], [1, 2, 3, 4], [9, 10, 0, 0]]
    assert padded.dtype == np.float32
    assert padded_song(song, [2, 6], 4)[0] is song
    far, (start,) = padded_song(song, [20], 2)
    assert far[start:].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("lookback", "lookahead", "named"), [(-0.1, 0, "lookback"), (0, 1.0, "lookahead"), (0.6, 0.4, "sum")]
)
def test_impossible_fractions_are_refused(lookback, lookahead, named):
    with pytest.raises(WindowError, match=named):
        geometry("v29", lookback, lookahead)

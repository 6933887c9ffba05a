"""A real song with known timing: grid, phase and onsets of what a default run makes of it."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from osuT5.audio import load_audio
from osuT5.beatmap import parse_beatmap
from osuT5.beatmap.timing_lines import TimingLine, parse_timing_lines
from osuT5.evaluation.onset_peaks import onset_peaks
from osuT5.evaluation.rhythm import distinct, object_times, share_near
from osuT5.evaluation.timing_error import phase_error, red_lines, relative_error
from osuT5.timing.grid import grid_points

from .making import Made
from .table import MODES, Row

SHARED = Path(os.environ.get("MAPPER_SHARED", Path(__file__).resolve().parents[3] / "shared"))
TEMPO_TOLERANCE, PHASE_MS, GRID_MS, PEAK_MS = 0.001, 15.0, 15.0, 30.0
FEW = 20  # moments; a map with fewer says nothing


@dataclass(frozen=True)
class RealSong:
    """A song of one tempo, its true red line, and where its audio has onsets."""

    path: Path
    true: TimingLine
    length_ms: float
    peaks: np.ndarray


def find_real_song(folder: Path, shared: Path = SHARED) -> RealSong | None:
    """The song of the corpus, unpacked into ``folder``; None where the corpus is absent."""
    archives = sorted((shared / "corpus" / "song").glob("*.osz"))
    if not archives:
        return None
    with zipfile.ZipFile(archives[0]) as archive:
        beatmap = parse_beatmap(next(archive.read(name) for name in archive.namelist() if name.endswith(".osu")))
        audio = archive.read(beatmap.general.audio_filename)
    path = folder / f"real song{Path(beatmap.general.audio_filename).suffix}"
    path.write_bytes(audio)
    samples = load_audio(path)
    true = red_lines(parse_timing_lines(point.text for point in beatmap.timing_points))[0]
    return RealSong(path, true, len(samples) / 16.0, onset_peaks(samples))


def real_rows(song: RealSong, maps: Sequence[tuple[int, Made]]) -> list[Row]:
    """``maps``: mode and map, all of one default run."""
    rows = timing_rows(song, maps[0][1].lines) if maps else []
    for mode, made in maps:
        times = object_times(made.beatmap)
        rows += [grid_row(song, times, MODES[mode]), onset_row(song, times, MODES[mode])]
    return rows


def timing_rows(song: RealSong, found: Sequence[TimingLine]) -> list[Row]:
    """Error of tempo and phase; the phase is the worst of those at the beginning, middle and end."""
    tempo = phase = float("inf")
    if found:
        tempo = max(relative_error(line.beat_length, song.true.beat_length) for line in found)
        phase = max(abs(_phase_at(song, found, part * song.length_ms)) for part in (0.05, 0.5, 0.95))
    return [
        Row("real song: error of tempo", tempo, "percent", target=TEMPO_TOLERANCE, at_most=True, count=1),
        Row("real song: error of phase", phase, "ms", target=PHASE_MS, at_most=True, count=1),
    ]


def grid_row(song: RealSong, times: Sequence[float], mode: str) -> Row:
    """Share of objects on the song's 1/4 grid; unknown for a map that is nearly empty."""
    grid = grid_points([song.true], -1000.0, song.length_ms + 1000)
    value = share_near(times, grid, GRID_MS) if len(times) >= FEW else float("nan")
    return Row("real song: objects on the 1/4 grid within 15 ms", value, mode=mode, target=0.95, count=len(times))


def onset_row(song: RealSong, times: Sequence[float], mode: str) -> Row:
    """Share of objects near an onset peak of the audio, above that of the grid's points in the same part of the song.

    Unknown for a map that is nearly empty.
    """
    what, moments = "real song: objects within 30 ms of an onset, above chance", distinct(times)
    if len(moments) < FEW:
        return Row(what, float("nan"), mode=mode, target=0.25, count=len(times))
    share = share_near(moments, song.peaks, PEAK_MS)
    chance = share_near(grid_points([song.true], moments[0], moments[-1]), song.peaks, PEAK_MS)
    beside = {"objects": share, "random grid points": chance}
    return Row(what, share - chance, mode=mode, target=0.25, beside=beside, count=len(times))


def _phase_at(song: RealSong, found: Sequence[TimingLine], time_ms: float) -> float:
    """Phase error of the first beat found after ``time_ms``."""
    line = next((line for line in reversed(found) if line.offset_ms <= time_ms), found[0])
    beat = line.offset_ms + np.ceil((time_ms - line.offset_ms) / line.beat_length) * line.beat_length
    return phase_error(float(beat), song.true.offset_ms, song.true.beat_length)

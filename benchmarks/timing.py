"""How well the timing of songs is found by analysis: ``python benchmarks/timing.py [--songs 20] [--changing 10]``.

Composed songs that no training has seen (seeds from 10,000,000), encoded as mp3, opus, aac or flac, and the real song of
the shared corpus where that is present. A song counts as changing when its tempo does.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from osuT5.audio import load_audio  # noqa: E402
from osuT5.timing.analysis import CONFIDENT, SAMPLE_RATE, NoBeatError, TimingAnalysis, analyse  # noqa: E402
from starter.songs.compose import compose  # noqa: E402
from starter.songs.render import render, write_audio  # noqa: E402
from starter.songs.score import Score  # noqa: E402

FIRST_SEED = 10_000_000
RENDER_SEEDS = 7_000_003  # apart from those of the songs that weights were fitted on
SONG_MS = 70_000.0
REAL_SONG = ROOT.parent / "shared/corpus/song/circle-the-halls.osz"
REAL_BPM, REAL_OFFSET_MS = 172.0, 5923.0
OCTAVES = (1, 2, 1 / 2, 3, 1 / 3, 4 / 3, 3 / 4, 3 / 2, 2 / 3)


@dataclass(frozen=True)
class Found:
    """What came of one song; ``result`` is None where no beat was heard."""

    score: Score
    codec: str
    result: TimingAnalysis | None
    seconds: float

    @property
    def confident(self) -> bool:
        return self.result is not None and self.result.confident


def scores(first: int, changing: bool) -> Iterator[Score]:
    """Songs of constant or of changing tempo, in the order of their seeds."""
    for seed in count(first):
        score = compose(seed, SONG_MS)
        if (len(score.tempo_changes) > 1) is changing:
            yield score


def find(score: Score, folder: Path) -> Found:
    rng = np.random.RandomState(score.seed + 1)
    codec = str(rng.choice(("mp3", "ogg", "m4a", "flac"), p=(0.5, 0.25, 0.15, 0.1)))
    path = folder / f"song.{codec}"
    write_audio(path, render(score, score.seed + RENDER_SEEDS), int(rng.choice((64, 96, 128, 192))))
    return timed(score, codec, path)


def timed(score: Score, codec: str, path: Path) -> Found:
    samples = load_audio(path, SAMPLE_RATE)
    start = time.perf_counter()
    try:
        result = analyse(samples)
    except NoBeatError:
        result = None
    return Found(score, codec, result, (time.perf_counter() - start) * 180 * SAMPLE_RATE / len(samples))


def off(time_ms: float, reference: float, period: float) -> float:
    """Distance from the nearest of ``reference + n * period``."""
    return abs((time_ms - reference + period / 2) % period - period / 2)


def constant_facts(found: Found) -> dict[str, bool]:
    """What is right about a song of constant tempo."""
    bar = found.score.bars[0]
    names = ("bpm", "bpm or a multiple", "offset", "meter", "downbeat", "first downbeat")
    if found.result is None or len(found.result.sections) != 1:
        return dict.fromkeys(names, False)
    (section,) = found.result.sections
    true = 60000 / bar.beat_ms
    near = section.meter == bar.meter and off(section.start, bar.start_ms, bar.beat_ms * bar.meter) < 25
    values = (
        abs(section.bpm / true - 1) < 1e-4,
        any(abs(section.bpm / true / octave - 1) < 1e-4 for octave in OCTAVES),
        off(section.start, bar.start_ms, bar.beat_ms) < 5,
        section.meter == bar.meter,
        near,
        near and abs(section.start - bar.start_ms) < 25,
    )
    return dict(zip(names, values, strict=True))


def changing_facts(found: Found) -> dict[str, bool]:
    """What is right about a song of changing tempo."""
    true = found.score.tempo_changes
    sections = () if found.result is None else found.result.sections
    starts = [any(abs(section.start - bar.start_ms) < 50 for section in sections) for bar in true[1:]]
    tempi = [any(abs(section.beat_length / bar.beat_ms - 1) < 1e-3 for section in sections) for bar in true]
    return {
        "every change within 50 ms": all(starts),
        "no section too many": len(sections) <= len(true),
        "every tempo": all(tempi),
    }


def report(title: str, rows: list[tuple[Found, dict[str, bool]]], main: str) -> None:
    print(f"{title}: {len(rows)} songs")
    for name in rows[0][1]:
        right = sum(facts[name] for _, facts in rows)
        print(f"  {name:<28}{right:4} of {len(rows)}  {right / len(rows):7.1%}")
    sure = [facts[main] for found, facts in rows if found.confident]
    print(f"  confidence from {CONFIDENT}: {len(sure)} songs, of which {main}: {sum(sure)}")
    print(f"  analysis of 3 minutes: {np.median([found.seconds for found, _ in rows]):.1f} s (median)")


def report_real() -> None:
    if not REAL_SONG.exists():
        print("real song: absent")
        return
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(REAL_SONG) as content:
        content.extract("audio.mp3", folder)
        (section,) = analyse(load_audio(Path(folder) / "audio.mp3", SAMPLE_RATE)).sections
    beat = 60000 / REAL_BPM
    print(f"real song: {section.bpm:g} BPM (true {REAL_BPM:g}), first downbeat {section.start:.1f} ms", end="")
    print(f" (true {REAL_OFFSET_MS:g}), {off(section.start, REAL_OFFSET_MS, beat):.1f} ms off the beat")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure timing by analysis on songs of known timing.")
    parser.add_argument("--songs", type=int, default=20, help="songs of constant tempo")
    parser.add_argument("--changing", type=int, default=10, help="songs whose tempo changes")
    parser.add_argument("--seed", type=int, default=FIRST_SEED, help="seed of the first song")
    parser.add_argument("--verbose", action="store_true", help="a line for every song that is not wholly right")
    options = parser.parse_args()
    parts = ((False, options.songs, constant_facts, "bpm"), (True, options.changing, changing_facts, "every tempo"))
    with tempfile.TemporaryDirectory() as folder:
        for changing, songs, facts_of, main_fact in parts:
            rows = []
            for score in islice(scores(options.seed, changing), songs):
                found = find(score, Path(folder))
                rows.append((found, facts_of(found)))
                if options.verbose and not all(rows[-1][1].values()):
                    _explain(*rows[-1])
            if rows:
                report("changing tempo" if changing else "constant tempo", rows, main_fact)
    report_real()


def _explain(found: Found, facts: dict[str, bool]) -> None:
    true = [(round(bar.start_ms), round(60000 / bar.beat_ms, 2), bar.meter) for bar in found.score.tempo_changes]
    sections = () if found.result is None else found.result.sections
    got = [(round(section.start), round(section.bpm, 2), section.meter) for section in sections]
    wrong = ", ".join(name for name, right in facts.items() if not right)
    confidence = 0.0 if found.result is None else found.result.confidence
    print(
        f"{found.score.seed} {found.score.genre} {found.codec}: {true} -> {got}, {confidence:.2f}; not {wrong}",
        flush=True,
    )


if __name__ == "__main__":
    main()

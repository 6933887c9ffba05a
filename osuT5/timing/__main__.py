"""Command line: the timing of a song as a table, a timing-only .osu and a picture. Ends with status 1 and one line when it can't."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .analysis import TimingAnalysis, analyse_file
from .timing_map import write_timing_map


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m osuT5.timing", description="Find tempo, offset, meter and tempo changes of a song."
    )
    parser.add_argument("song", type=Path, help="mp3, ogg, m4a, flac, wav ...")
    parser.add_argument("out", type=Path, nargs="?", help="a .osu file to write, with the timing and no objects")
    parser.add_argument("--bpm", type=float, help="a tempo that is known; only the offset and the meter are looked for")
    parser.add_argument("--plot", type=Path, metavar="OUT.png", help="draw the attacks of the song against the beats")
    options = parser.parse_args(arguments)
    try:
        _run(options.song, options.out, options.bpm, options.plot)
    except (ValueError, OSError) as error:
        print(f"error: {_line(error, options.song)}", file=sys.stderr)
        return 1
    return 0


def _run(song: Path, out: Path | None, bpm: float | None, plot: Path | None) -> None:
    for path, suffix in ((out, ".osu"), (plot, ".png")):
        if path is not None and path.suffix.lower() != suffix:
            raise ValueError(f"{path}: the name has to end in {suffix}")
    found = analyse_file(song, bpm)
    print(table(found))
    if out is not None:
        write_timing_map(out, song, found)
        print(out)
    if plot is not None:
        from .plot import write_plot

        write_plot(plot, song, found)
        print(plot)


def table(found: TimingAnalysis) -> str:
    """Sections, one a line, and the confidence."""
    rows = [f"{'start':>10}  {'BPM':>8}  meter  confidence"]
    for section in found.sections:
        start, bpm = f"{section.start:.0f} ms", f"{section.bpm:.3f}".rstrip("0").rstrip(".")
        rows.append(f"{start:>10}  {bpm:>8}  {section.meter:>3}/4  {section.confidence:10.2f}")
    verdict = found.reason or "the beats keep to this grid"
    rows.append(f"confidence {found.confidence:.2f} of 1: {verdict}; beats stray {found.drift_ms:.1f} ms")
    return "\n".join(rows)


def _line(error: Exception, song: Path) -> str:
    text = " ".join(str(error).split())
    return text if song.name in text or isinstance(error, OSError) else f"{song}: {text}"


if __name__ == "__main__":
    sys.exit(main())

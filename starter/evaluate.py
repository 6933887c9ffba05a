"""The benchmark of the embedded model: ``python -m starter.evaluate [bundle] [--songs n] [--quick] [--json file]``.

Held-out synthetic songs have seeds and sounds that training cannot draw; the real song is that of ``../shared/corpus``
(or MAPPER_SHARED) where it is present.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from osuT5.files import write_bytes
from osuT5.pipeline.starter import FOLDER

from .evaluation.cold import cold_rows, cold_run
from .evaluation.making import ROWS, Made, Maker
from .evaluation.maps import MapCase, broken_rules, map_rows
from .evaluation.marks import MANIA, MARKS, PLAIN_MAPPER, PLAIN_YEAR
from .evaluation.real import find_real_song, real_rows
from .evaluation.songs import FIRST_SEED, HeldOut, held_out_song, held_out_songs
from .evaluation.styles import measure_styles, style_rows, wrong_styles
from .evaluation.table import MODES, Row, as_json, text_table
from .evaluation.timing import TimedSong, default_rows, own_pass_rows
from .maps.mapper import MapRequest, make_map

PARTS = ("timing", "maps", "styles", "real", "cold")
ALL_STARS = (1.5, 2.5, 3.5, 4.5, 5.5, 6.5)
QUICK_STARS = (2.0, 4.0, 6.0)
ASKED_STARS = 4.5  # of a cold run
STYLE_SONGS, QUICK_STYLE_SONGS = 3, 1


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    songs: int
    seconds: float
    stars: tuple[float, ...]
    style_songs: int
    parts: tuple[str, ...]
    modes: tuple[int, ...] = (0, 1, 2, 3)
    batch: int = ROWS


class Evaluation:
    """One benchmark: its songs, its runs and what is to be said about them."""

    def __init__(self, bundle: Path, folder: Path, plan: Plan, audio_folder: Path, tell: Callable[[str], None]) -> None:
        self.bundle, self.folder, self.plan, self.tell = bundle, folder, plan, tell
        self.audio_folder = audio_folder
        self.maker = Maker(bundle, folder, plan.batch)
        self.notes: list[str] = []

    def rows(self) -> list[Row]:
        """All figures; each part is told when it is done."""
        rows: list[Row] = []
        steps = {
            "timing": self._own_timing,
            "maps": self._maps,
            "styles": self._styles,
            "real": self._real,
            "cold": self._cold,
        }
        for part in self.plan.parts:
            started = time.perf_counter()
            found = steps[part]()
            rows += found
            self.tell(f"{part}: {time.perf_counter() - started:.0f} s\n{text_table(found)}")
        return rows

    def _songs(self) -> list[HeldOut]:
        return held_out_songs(self.audio_folder, self.plan.songs, self.plan.seconds * 1000)

    def _own_timing(self) -> list[Row]:
        wish = {"gamemode": 0, "output_type": ["timing"], "timing_source": "model"}
        return own_pass_rows([_timed(song, self.maker.make(song.path, [wish])[0]) for song in self._songs()])

    def _maps(self) -> list[Row]:
        cases: list[MapCase] = []
        timed: list[TimedSong] = []
        for song in self._songs():
            wishes = [_wish(mode, stars) for mode in self.plan.modes for stars in self.plan.stars]
            made = self.maker.make(song.path, wishes)
            timed.append(_timed(song, made[0]))
            cases += [_case(song, wish, result) for wish, result in zip(wishes, made, strict=True)]
        broken = [f"{rule} in {count} maps of {mode}" for mode, rule, count in broken_rules(cases)[:12]]
        self.notes.append(f"rules broken: {', '.join(broken) or 'none'}")
        return [*default_rows(timed), *map_rows(cases)]

    def _styles(self) -> list[Row]:
        songs: list[HeldOut] = []
        seed = FIRST_SEED + 1000
        while len(songs) < self.plan.style_songs:
            song = held_out_song(self.audio_folder, seed, self.plan.seconds * 1000)
            songs += [song] if len(song.true_lines) == 1 else []
            seed += 1
        shifts = measure_styles(self.maker, songs, [mark for mark in MARKS if mark.mode in self.plan.modes])
        self.notes += [f"style falls short: {line}" for line in wrong_styles(shifts)]
        return style_rows(shifts)

    def _real(self) -> list[Row]:
        song = find_real_song(self.folder)
        if song is None:
            self.notes.append("real song: left out, the corpus is absent (set MAPPER_SHARED)")
            return []
        wishes = [{"gamemode": mode, "difficulty": 4.0} for mode in self.plan.modes]
        return real_rows(song, list(zip(self.plan.modes, self.maker.make(song.path, wishes), strict=True)))

    def _cold(self) -> list[Row]:
        song = held_out_song(self.audio_folder, FIRST_SEED + 2000, 180_000.0)
        rows: list[Row] = []
        for extra in ((), (f"difficulty={ASKED_STARS}",)):  # asked for stars, it may write more than once
            run = cold_run(song.path, self.folder, self.bundle, ("seed=1", *extra))
            if run.code:
                self.notes.append(f"cold run failed with {run.code}: {run.last_line}")
            rows += cold_rows(run, song.score.length_ms, "".join(f", {option}" for option in extra))
        return rows


def _wish(mode: int, stars: float) -> dict[str, Any]:
    """The labels of the rule mapper's plain maps; everything else as in a default run."""
    wish = {"gamemode": mode, "difficulty": stars, "mapper_id": PLAIN_MAPPER, "year": PLAIN_YEAR}
    return wish | ({"keycount": 4} if mode == MANIA else {})


def _case(song: HeldOut, wish: dict[str, Any], made: Made) -> MapCase:
    mode, stars = wish["gamemode"], wish["difficulty"]
    rule, rule_stars = make_map(song.score, MapRequest(mode, stars, seed=1), song.path.name, tries=3)
    again, _ = make_map(song.score, MapRequest(mode, stars, seed=2), song.path.name, tries=3)
    return MapCase(mode, stars, made, rule, again, rule_stars, song.note_times, song.true_lines)


def _timed(song: HeldOut, made: Made) -> TimedSong:
    return TimedSong(made.lines, song.true_lines, song.span)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m starter.evaluate", description=__doc__.split("\n")[0])
    parser.add_argument("bundle", type=Path, nargs="?", default=FOLDER, help="default: the checkpoint of the project")
    parser.add_argument("--songs", type=int, help="held-out songs (default 12, quick 2)")
    parser.add_argument("--seconds", type=float, help="length of a song (default 60, quick 30)")
    parser.add_argument("--quick", action="store_true", help="few short songs: a look, not a figure")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--modes", default=",".join(MODES), help="modes to look at")
    parser.add_argument("--batch", type=int, default=ROWS, help="maps decoded at once (default %(default)s)")
    parser.add_argument("--json", type=Path, help="also write the figures here, for the model card")
    parser.add_argument("--audio", type=Path, help="keep the rendered songs in this folder for the next time")
    arguments = parser.parse_args()
    for option, value, known in (("parts", arguments.parts, PARTS), ("modes", arguments.modes, MODES)):
        unknown = sorted(set(value.split(",")) - set(known))
        if unknown:
            parser.error(f"--{option}: {', '.join(unknown)}; accepted: {', '.join(known)}")
    if not (arguments.bundle / "model.safetensors").exists():
        parser.error(f"bundle: {arguments.bundle} has no model.safetensors")
    evaluate(arguments.bundle, _plan(arguments), arguments.json, arguments.audio)


def evaluate(bundle: Path, plan: Plan, json_path: Path | None = None, audio_folder: Path | None = None) -> list[Row]:
    """Measure ``bundle``, print the table, write the figures."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="beatwright-evaluate-") as scratch:
        folder = Path(scratch)
        evaluation = Evaluation(
            bundle, folder, plan, audio_folder or folder / "audio", lambda line: print(line, flush=True)
        )
        rows = evaluation.rows()
    seconds = time.perf_counter() - started
    print(text_table(rows), *evaluation.notes, f"{plan.songs} songs, {seconds:.0f} s", sep="\n")
    if json_path is not None:
        write_bytes(json_path, _stored(plan, rows, evaluation.notes, seconds))
    return rows


def _plan(arguments: argparse.Namespace) -> Plan:
    quick = arguments.quick
    return Plan(
        songs=arguments.songs or (2 if quick else 12),
        seconds=arguments.seconds or (30.0 if quick else 60.0),
        stars=QUICK_STARS if quick else ALL_STARS,
        style_songs=QUICK_STYLE_SONGS if quick else STYLE_SONGS,
        parts=tuple(part for part in PARTS if part in arguments.parts.split(",")),
        modes=tuple(number for number, name in enumerate(MODES) if name in arguments.modes.split(",")),
        batch=arguments.batch,
    )


def _stored(plan: Plan, rows: Sequence[Row], notes: Sequence[str], seconds: float) -> bytes:
    content = {
        "songs": plan.songs,
        "seconds_a_song": plan.seconds,
        "stars": list(plan.stars),
        "took_s": round(seconds),
        "rows": as_json(rows),
        "notes": list(notes),
    }
    return (json.dumps(content, indent=1) + "\n").encode()


if __name__ == "__main__":
    main()

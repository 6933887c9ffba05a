"""Options to written maps: one song, or every song of a folder in turn with the failures told at the end."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from ..options import InferenceOptions
from ..request import OptionError, Request, complete_all, find_songs
from ..request.fill import FROM_DEFAULT
from .finished import is_finished, note_finished
from .presets import base_options, preset_options
from .processes import share_of, with_own_device
from .report import print_notice, print_requests, shortened

if TYPE_CHECKING:
    from .checkpoint import Models
    from .run import RunResult


@dataclass(frozen=True)
class SongOutcome:
    """What became of one song: results, or the error; neither where it was finished before."""

    song: Path
    results: tuple[RunResult, ...] = ()
    error: Exception | None = None


def requests_of(options: InferenceOptions, named: Collection[str] = ()) -> list[Request]:
    """The maps that the options of one song ask for; a killed run of the same options lends its seed.

    ``named`` are options that the user has set, if only to their defaults.
    """
    preset, base = preset_options(options.model_version), base_options()
    requests = complete_all(options, preset, base, named=named)
    if options.checkpoint_every and options.seed is None:
        from .saving import saved_seed

        seed = saved_seed(requests)
        if seed is not None:
            drawn = complete_all(replace(options, seed=seed), preset, base, named=named)
            requests = [replace(each, origins={**each.origins, "seed": FROM_DEFAULT}) for each in drawn]
    return requests


def run_all(options: InferenceOptions, console: Console, named: Collection[str] = ()) -> list[SongOutcome]:
    """Make the maps of every song. ``named`` are options that the user has set, if only to their defaults. An option that cannot be used ends the run; so does any error of a single song.

    Raises ``ValueError`` and ``OSError`` with one line.
    """
    songs = find_songs(options)
    options = with_own_device(options)
    worker = _Worker(options, console, songs is not None, named)
    if songs is None:
        song = Path(options.audio_path or options.beatmap_path)
        return [SongOutcome(song, tuple(worker.make(options)))]
    outcomes = []
    for number, song in enumerate(mine := share_of(songs), start=1):
        console.print(f"song {number} of {len(mine)}: {song.name}", highlight=False, markup=False)
        outcomes.append(worker.tried(song))
    return outcomes


class _Worker:
    """Keeps what is loaded from song to song."""

    def __init__(self, options: InferenceOptions, console: Console, many: bool, named: Collection[str]) -> None:
        self.options, self.console, self.many, self.named = options, console, many, named
        self.models: Models | None = None

    def tried(self, song: Path) -> SongOutcome:
        """The maps of one of many songs; its errors don't end the others."""
        try:
            return SongOutcome(song, tuple(self.make(replace(self.options, audio_path=str(song)))))
        except OptionError:
            raise
        except (ValueError, OSError) as error:
            print_notice(self.console, f"{song.name}: {' '.join(str(error).split())}")
            return SongOutcome(song, error=error)

    def make(self, options: InferenceOptions) -> list[RunResult]:
        """All maps of one song; none where it is finished and ``resume`` is on."""
        requests = requests_of(options, self.named)
        print_requests(self.console, requests, preset_options(options.model_version))
        if options.resume and is_finished(requests):
            print_notice(self.console, f"{requests[0].paths.audio.name} is finished: skipped")
            return []
        from .checkpoint import Models
        from .progress import RunProgress
        from .song import run_song

        self.models = self.models or Models()
        with RunProgress(self.console) as progress:
            results = run_song(requests, notify=self._notify, progress=progress, models=self.models)
        if options.resume or self.many:
            note_finished(requests, (result.path for result in results))
        self._warn(results)
        return results

    def _notify(self, line: str) -> None:
        print_notice(self.console, line)

    def _warn(self, results: Sequence[RunResult]) -> None:
        for result in results:
            for warning in shortened(result.warnings):
                print_notice(self.console, warning)

"""Runs of the pipeline as a user would start them, and what came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from osuT5.beatmap import Beatmap, read_beatmap
from osuT5.beatmap.timing_lines import TimingLine, parse_timing_lines
from osuT5.evaluation.timing_error import red_lines
from osuT5.options import InferenceOptions
from osuT5.pipeline.checkpoint import Models
from osuT5.pipeline.presets import base_options, preset_options
from osuT5.pipeline.run import RunResult
from osuT5.pipeline.song import run_song
from osuT5.pipeline.starter import FOLDER
from osuT5.request import Request, complete
from osuT5.rules import Finding, Severity

ROWS = 24  # of one decode call, at most


@dataclass(frozen=True)
class Made:
    """One map of a run."""

    beatmap: Beatmap
    stars: float | None
    findings: tuple[Finding, ...]
    tokens: int

    @property
    def lines(self) -> list[TimingLine]:
        """Its red lines."""
        return red_lines(parse_timing_lines(point.text for point in self.beatmap.timing_points))

    @property
    def problems(self) -> list[str]:
        """Ids of the rules that it breaks."""
        return [item.rule for item in self.findings if item.severity is Severity.PROBLEM]


class Maker:
    """Makes maps with one bundle; the model is loaded once. Options are those of the starter's configuration."""

    def __init__(self, bundle: Path, folder: Path, rows: int = ROWS) -> None:
        self.folder = folder
        self.models = Models()
        self.base, preset = base_options(), preset_options("starter")
        path = preset.model_path if bundle.resolve() == FOLDER else str(bundle)  # the shipped one as a user has it
        self.preset = replace(preset, model_path=path, output_path=str(folder), max_batch_size=rows)

    def make(self, audio: Path, wishes: Sequence[Mapping[str, Any]], seed: int = 0) -> list[Made]:
        """A map for each of ``wishes`` (option values), all of one song. Raises ``ValueError`` and ``OSError``."""
        if not wishes:
            return []
        requests = [self._request(audio, wish, seed + number) for number, wish in enumerate(wishes)]
        return [_made(result) for result in run_song(requests, models=self.models)]

    def _request(self, audio: Path, wish: Mapping[str, Any], seed: int) -> Request:
        options: InferenceOptions = replace(self.preset, audio_path=str(audio), **{"seed": seed, **wish})
        return complete(options, self.preset, self.base)


def _made(result: RunResult) -> Made:
    beatmap = read_beatmap(result.path)
    result.path.unlink()
    return Made(beatmap, result.stars, result.findings or (), result.tokens)

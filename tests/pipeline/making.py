"""Makes maps for the tests of whole runs: a song of clicks, the debug model, options in and results out."""

from __future__ import annotations

import io
import wave
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from osuT5.options import InferenceOptions
from osuT5.pipeline.batch import SongOutcome, run_all
from osuT5.pipeline.presets import preset_options
from osuT5.pipeline.run import RunResult

# A tempo of the user's spares the tests a pass.
PLAIN: dict[str, Any] = {
    "generate_positions": False,
    "super_timing": False,
    "device": "cpu",
    "seed": 3,
    "check_rules": False,
}


def write_song(path: Path, seconds: float = 6.0) -> Path:
    """Clicks at 120 BPM."""
    samples = np.zeros(int(16000 * seconds), np.int16)
    for start in range(0, len(samples) - 200, 8000):
        samples[start : start + 200] = (np.sin(np.arange(200)) * 20000).astype(np.int16)
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 16000, 0, "NONE", ""))
        out.writeframes(samples.tobytes())
    return path


def options_for(model: Path, kind: str = "v29", /, **changes: Any) -> InferenceOptions:
    preset = preset_options(kind)
    return replace(preset, model_path=str(model), **{**PLAIN, **changes})


def outcomes(options: InferenceOptions) -> tuple[list[SongOutcome], str]:
    """What became of the songs, and what was said."""
    said = io.StringIO()
    return run_all(options, Console(file=said, width=200)), said.getvalue()


def results(model: Path, kind: str = "v29", /, **changes: Any) -> tuple[RunResult, ...]:
    """The maps of one song."""
    (outcome,), _ = outcomes(options_for(model, kind, **changes))
    return outcome.results


def body(text: str) -> str:
    """Timing and objects of a map."""
    return text[text.index("[TimingPoints]") :]

"""Maps scored by the tiny golden checkpoints."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from osuT5.audio import load_audio
from osuT5.beatmap import Beatmap, read_beatmap
from osuT5.capabilities import VERSIONS
from osuT5.compat import Compat
from osuT5.config import Conditions, GenerationOptions
from osuT5.modding.scoring import Scored, score_map
from osuT5.modding.suggestion import Suggester, Suggestion
from osuT5.modding.walk import scoring_walk
from osuT5.model.checkpoint import load_model
from osuT5.model.modeling import Mapperatorinator
from osuT5.tokenizer import Tokenizer

from ..generation.replay import conditions_of
from ..shared_data import SHARED, need

GOLDEN = SHARED / "golden"


@lru_cache(maxsize=4)
def tiny_model(version: str) -> tuple[Mapperatorinator, Tokenizer]:
    folder = need(GOLDEN / "model" / version)
    return load_model(folder).model, Tokenizer.load(folder)


@lru_cache(maxsize=2)
def song(path: Path) -> np.ndarray:
    return load_audio(need(path))


@dataclass
class Scoring:
    """A map, its scores and the suggestions that follow."""

    beatmap: Beatmap
    scored: Scored
    suggestions: list[Suggestion]


def score(
    version: str, beatmap: Beatmap, samples: np.ndarray, conditions: Conditions, compat: str, batch_size: int = 8
) -> Scoring:
    """Score a map by a tiny model."""
    model, tokenizer = tiny_model(version)
    layout = VERSIONS[version].layout
    walk = scoring_walk(tokenizer, layout, beatmap, conditions, len(samples), GenerationOptions(), Compat(compat))
    scored = score_map(model, walk, samples, batch_size=batch_size)
    suggester = Suggester(beatmap, layout, tokenizer, Compat(compat))
    found = [item for context in scored.contexts for item in suggester.suggestions(context)]
    return Scoring(beatmap, scored, found)


def score_record(record: dict[str, Any], compat: str) -> Scoring:
    """Score the map of a golden file."""
    beatmap = read_beatmap(need(SHARED / "corpus/osu" / record["beatmap"]))
    samples = song(GOLDEN / record["audio"])
    conditions = conditions_of(record["generation_config"])
    return score(Path(record["model"]).name, beatmap, samples, conditions, compat)

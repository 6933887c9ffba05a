"""What is read of a map: all contexts that the model writes, taken from the map itself (spec 06 section 1.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..beatmap import Beatmap
from ..compat import Compat
from ..config import Conditions, DataLayout, GenerationOptions, Sampling
from ..generation.engine import Engine
from ..generation.passes import ModelSide, Song, prepare_pass
from ..generation.templates import NONE, TemplateChoice, TemplateError, choose_template, possible
from ..generation.walk import Walk
from ..tokenizer import Tokenizer


def scoring_walk(
    tokenizer: Tokenizer,
    layout: DataLayout,
    beatmap: Beatmap,
    conditions: Conditions,
    samples: int,
    options: GenerationOptions,
    compat: Compat,
) -> Walk:
    """Windows, prompts and contexts for a song of ``samples`` audio samples.

    Of ``options`` only look-back and look-ahead matter. Raises ``TemplateError`` for a model without a template that
    needs no reference, ``EventError`` for a map that cannot be written as events, ``TokenizerError`` and ``WindowError``.
    """
    whole = GenerationOptions(lookback=options.lookback, lookahead=options.lookahead, sampling=Sampling(cfg_scale=1.0))
    song = Song(np.broadcast_to(np.float32(0), (samples,)), conditions, whole, beatmap, conditions, compat)
    choice = all_contexts(layout, conditions.gamemode)
    side = ModelSide(tokenizer, layout, _no_engine)
    return prepare_pass(song, side, choice, choice.walked).walk


def all_contexts(layout: DataLayout, gamemode: int) -> TemplateChoice:
    """The template without reference inputs, with all its outputs; scroll speeds only where the map has them."""
    fitting = [template for template in layout.templates if set(template.inputs) <= {NONE}]
    if not fitting:
        raise TemplateError(
            f"this model writes nothing without a reference; its templates: {possible(layout.templates)}"
        )
    return choose_template([replace(fitting[0])], [NONE], fitting[0].outputs, gamemode)


def _no_engine(samples: np.ndarray, starts: Sequence[int]) -> Engine:
    raise AssertionError("scoring generates nothing")

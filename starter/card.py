"""The model card of the embedded checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .evaluation.table import from_json, markdown_table
from .maps.styles import DESCRIPTOR_NAMES, MAPPERS, YEARS

_RECIPE_ROWS = (
    ("width", "width"),
    ("heads", "attention heads"),
    ("encoder_layers", "encoder layers"),
    ("decoder_layers", "decoder layers"),
    ("mels", "mel bands"),
    ("batch", "windows a step"),
    ("encoder_steps", "steps of the encoder alone"),
    ("total_steps", "steps planned"),
    ("peak_rate", "highest learning rate of Muon, for matrices"),
    ("adam_share", "share of it for tables, biases and norms (Adam)"),
    ("weight_decay", "weight decay"),
    ("time_weight", "weight of time tokens"),
    ("guide_weight", "weight of guided attention"),
    ("frame_weight", "weight of onset and beat heads"),
    ("mode_weights", "shares of osu!, taiko, catch, mania"),
    ("seed", "seed"),
)


@dataclass(frozen=True)
class Facts:
    """What the card tells. ``figures`` is the JSON of ``python -m starter.evaluate``; None: not measured."""

    parameters: int
    megabytes: float
    steps: int
    training_hours: float
    recipe: Mapping[str, Any]
    songs: int | None = None
    maps: int | None = None
    figures: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()  # on the training


def model_card(facts: Facts) -> str:
    """The card as Markdown."""
    return "\n".join((_head(facts), _data(facts), _training(facts), _figures(facts.figures), _limits(facts.figures)))


def _head(facts: Facts) -> str:
    return f"""---
license: mit
tags: [osu, beatmap, rhythm-game, music]
---
# The embedded model

A small encoder-decoder that writes osu! beatmaps (all four modes) for any song on a CPU. It is what
`python inference.py audio_path=song.mp3` uses. {facts.parameters / 1e6:.2f} M parameters, {facts.megabytes:.1f} MB
(float16 weights, the layout of the published Mapperatorinator checkpoints, a tokenizer of its own).

Maps made with it are AI generated: say so where you share one, and leave the tag in the file. They can't be ranked.

It hears windows of 8.2 s (16 kHz, {facts.recipe.get("mels", 80)} mel bands) and writes the contexts TIMING, KIAI and MAP, each seeing the
ones before it. Conditions: mode, stars, mapper id, year, descriptors, circle size, slider velocity, key count, hold
ratio, hitsounds. Slider paths are then mended by [a small refiner](../refiner/README.md), and what breaks a rule of the
map's level is repaired (`map_repairs=gameplay`).

The mapper ids ({_listed(MAPPERS)}), years ({_listed(YEARS)}) and descriptors are made up, each
moving features that can be measured: {_listed(DESCRIPTOR_NAMES)}.
"""


def _data(facts: Facts) -> str:
    size = "" if facts.songs is None else f" This checkpoint saw {facts.songs} songs with {facts.maps} maps."
    return f"""## Data

Only what this project makes itself, all of it CC0: `python -m starter.build` composes and renders songs (seeded; tempos
60 to 260, meters, swing, sections, drums, bass, chords, leads, effects, lossy codecs) and maps them by rules in all
modes and styles. No beatmap and no recording of anyone went into it.{size}
"""


def _training(facts: Facts) -> str:
    rows = "".join(f"| {name} | {facts.recipe[key]} |\n" for key, name in _RECIPE_ROWS if key in facts.recipe)
    notes = "".join(f"- {note}\n" for note in facts.notes)
    return f"""## Training

`python -m starter.train`: first the encoder learns to mark onsets and beats frame by frame, then the decoder on top of
it, two heads of its cross-attention led to the frame of each time token. This checkpoint stands at step
{facts.steps:,}, after {facts.training_hours:.1f} hours. The recipe is in `recipe.json`, the course in `curve.csv`.

| | |
| --- | --- |
{rows}
{notes}
![course of the training](curve.png)
"""


def _figures(figures: Mapping[str, Any] | None) -> str:
    if figures is None:
        return "## Figures\n\nNot measured yet: `python -m starter.evaluate`.\n"
    stars = ", ".join(f"{value:g}" for value in figures["stars"])
    notes = "".join(f"- {note}\n" for note in figures.get("notes", ()))
    return f"""## Figures

`python -m starter.evaluate`: {figures["songs"]} held-out songs of about {figures["seconds_a_song"]:.0f} s (other seeds and sounds than
training can draw), maps of {stars} stars, and a real song. Ceiling: another run of the rule mapper. Floor: random
points of the 1/4 grid.

{markdown_table(from_json(figures["rows"]))}
{notes}"""


def _limits(figures: Mapping[str, Any] | None) -> str:
    short = []
    if figures is not None:
        short = [row for row in from_json(figures["rows"]) if row.reached is False]
    lines = "".join(
        f"- falls short: {row.what}{f' ({row.mode})' if row.mode else ''}: {row.shown(row.value)}, "
        f"wanted {'at most ' if row.at_most else ''}{row.shown(row.target or 0.0)}\n"
        for row in short
    )
    return f"""## Limits

- It has only heard synthesised music; real recordings are further from that than held-out songs are.
- Tempo and offset come from the analysis of the audio where that is confident; live music without a steady beat needs
  `bpm` and `offset`, or a published checkpoint.
- It knows rules, not taste: patterns are plain, and styles are those of the rule mapper.
{lines}"""


def _listed(values: Sequence[Any] | Mapping[Any, Any]) -> str:
    return ", ".join(str(value) for value in values)

"""Golden generation runs as inputs of the loop, and an engine that answers with their recorded ids."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np

from osuT5.beatmap import Beatmap, read_beatmap
from osuT5.capabilities import VERSIONS
from osuT5.config import Conditions, GenerationOptions, Sampling
from osuT5.events.event import ContextType, EventStream, EventType
from osuT5.events.facts import map_conditions
from osuT5.generation.engine import DecodeRequest
from osuT5.generation.passes import ModelSide
from osuT5.stars import star_rating
from osuT5.tokenizer import Tokenizer

from ..shared_data import SHARED, need

GOLDEN = SHARED / "golden"


@dataclass
class Replay:
    """Everything that one recorded run started from."""

    record: dict[str, Any]
    side: ModelSide
    samples: np.ndarray
    conditions: Conditions
    options: GenerationOptions
    reference: Beatmap | None
    reference_conditions: Conditions | None
    engine: RecordedEngine


class RecordedEngine:
    """Answers call after call with recorded ids, after comparing what was asked."""

    def __init__(self, calls: Sequence[dict[str, Any]], tokenizer: Tokenizer) -> None:
        self.calls, self.tokenizer, self.done = calls, tokenizer, 0

    def decode(self, request: DecodeRequest) -> list[list[int]]:
        call = self.calls[self.done]
        self._compare(call, request)
        self.done += 1
        return [_without_trailing_pad(row) for row in call["generated"]]

    def _compare(self, call: dict[str, Any], request: DecodeRequest) -> None:
        where = f"call {self.done}"
        assert list(map(list, request.prompts)) == _unpadded(call["prompt"]), where
        negative = call["negative_prompt"]
        assert (request.negative_prompts is None) == (negative is None), where
        if negative is not None and request.negative_prompts is not None:
            assert list(map(list, request.negative_prompts)) == _unpadded(negative), where
        settings = call["settings"]
        sampling = request.sampling
        for name in ("do_sample", "num_beams", "top_p", "top_k", "cfg_scale", "timeshift_bias", "temperature"):
            assert getattr(sampling, name) == settings[name], (where, name)
        for name in ("timing_temperature", "mania_column_temperature", "taiko_hit_temperature"):
            assert getattr(sampling, name) == settings[name], (where, name)
        assert request.max_length == settings["max_length"], where
        assert request.lookback_ms == settings.get("lookback_time", 0), where
        assert request.stop_ids == recorded_stops(settings, self.tokenizer), where
        if len(call["prompt"]) > 1:
            assert request.pad_to == len(call["prompt"][0]), where
        if "difficulty" in call:
            assert [row.difficulty for row in request.conditions] == call["difficulty"], where
            assert [row.mapper_index for row in request.conditions] == call["mapper_idx"], where
            asked = [np.float32(row.song_position).tolist() for row in request.conditions]
            assert asked == call["song_position"], where


def recorded_stops(settings: dict[str, Any], tokenizer: Tokenizer) -> set[int]:
    """Stop ids that the recorded settings mean: counts of 10 ms steps at both ends of the time range."""
    stops = {tokenizer.eos_id}
    kind = settings.get("context_type")
    if kind is not None and ContextType(kind) in tokenizer.context_eos:
        stops.add(tokenizer.context_eos[ContextType(kind)])
    first, end = tokenizer.event_start[EventType.TIME_SHIFT], tokenizer.event_end[EventType.TIME_SHIFT]
    stops |= set(range(first, first + int(settings.get("lookback_time", 0) / 10)))
    stops |= set(range(end - int(settings.get("lookahead_time", 0) / 10), end))
    return stops


def replay(record: dict[str, Any]) -> Replay:
    """The inputs of a recorded run, with an engine for its calls."""
    folder = GOLDEN / record["model"]
    tokenizer = Tokenizer.load(need(folder / "tokenizer.json"))
    engine = RecordedEngine(record["model_calls"], tokenizer)
    side = ModelSide(tokenizer, VERSIONS[folder.name].layout, lambda samples, starts: engine)
    reference, reference_conditions = None, None
    if record["beatmap"]:
        path = need(SHARED / "corpus/osu" / record["beatmap"])
        reference = read_beatmap(path)
        reference_conditions = map_conditions(reference, star_rating(path))
    return Replay(
        record=record,
        side=side,
        samples=np.zeros(song_samples(record["audio"]), dtype=np.float32),
        conditions=conditions_of(record["generation_config"]),
        options=options_of(record["settings"]),
        reference=reference,
        reference_conditions=reference_conditions,
        engine=engine,
    )


def conditions_of(config: dict[str, Any]) -> Conditions:
    names = {each.name for each in fields(Conditions)}
    return Conditions(**{name: value for name, value in config.items() if name in names})


def options_of(settings: dict[str, Any]) -> GenerationOptions:
    """Recorded settings as options; options that the published system does not have keep their defaults."""
    own = {each.name for each in fields(GenerationOptions)} - {"sampling", "in_context", "output_type", "grid_divisors"}
    return GenerationOptions(
        in_context=tuple(settings["in_context"]),
        output_type=tuple(settings["output_type"]),
        sampling=Sampling(**{each.name: settings[each.name] for each in fields(Sampling) if each.name in settings}),
        **{name: settings[name] for name in own if name in settings},
    )


@lru_cache
def song_samples(audio: str) -> int:
    """Length of a golden song in samples at 16 kHz."""
    path = need(GOLDEN / audio)
    name = path.stem
    for archive in ("decoded_16k.npz", "decoded_song40.npz"):
        with np.load(need(GOLDEN / "audio" / archive)) as arrays:
            for key in arrays:
                if key.removesuffix(".wav") == name:
                    return len(arrays[key])
    with wave.open(str(path)) as song:
        return song.getnframes() * 16000 // song.getframerate()


def pairs(stream: EventStream) -> list[list[Any]]:
    """Events in the form of the golden files."""
    return [[event.type.value, event.value] for event in stream.events]


def _unpadded(rows: list[list[int]]) -> list[list[int]]:
    result = []
    for row in rows:
        first = next(index for index, token in enumerate(row) if token != 0)
        result.append(row[first:])
    return result


def _without_trailing_pad(row: list[int]) -> list[int]:
    stop = len(row)
    while stop and row[stop - 1] == 0:
        stop -= 1
    return row[:stop]

"""Pictures of what a model writes during training: a test window, generated greedily, beside the map it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

import numpy as np
from torch import Tensor

from ..beatmap import parse_beatmap
from ..config import DataLayout, Sampling
from ..events.event import ContextType, Event, EventStream, EventType
from ..events.lists import update_event_times
from ..events.positions import expand_columns, expand_positions
from ..generation.engine import DecodeRequest, RowConditions
from ..generation.model_engine import ModelEngine
from ..model.modeling import IGNORED_LABEL, Mapperatorinator
from ..picture import PictureError, draw_map
from ..postprocess.build import build_map
from ..postprocess.osu_text import osu_text
from ..postprocess.settings import MapSettings
from ..tokenizer import EOS_ID, SOS_ID, Tokenizer

GREEDY = Sampling(do_sample=False, timing_temperature=1.0, mania_column_temperature=1.0, taiko_hit_temperature=1.0)
TIME_STEP = 10  # ms


def draw_samples(
    model: Mapperatorinator,
    tokenizer: Tokenizer,
    layout: DataLayout,
    batches: Iterable[Mapping[str, Tensor]],
    count: int,
    folder: Path,
    step: int,
) -> Iterator[tuple[str, Path]]:
    """Name and file of each picture: the first ``count`` windows as the model writes them, and as they should be."""
    rows = (
        {key: value[row] for key, value in batch.items()} for batch in batches for row in range(len(batch["labels"]))
    )
    for number, row in enumerate(islice(rows, count)):
        for kind, ids in (("sample", write_window(model, tokenizer, layout, row)), ("target", target_of(row))):
            path = folder / f"{kind}{number}_step{step}.png"
            if draw_window(ids, row, tokenizer, layout, path):
                yield f"{kind}{number}", path


def write_window(
    model: Mapperatorinator,
    tokenizer: Tokenizer,
    layout: DataLayout,
    row: Mapping[str, Tensor],
    sampling: Sampling = GREEDY,
) -> list[int]:
    """Ids that ``model`` writes for one row of a batch (no batch axis), from its prompt on, without the end id."""
    prompt = prompt_of(row)
    start, end = (float(value) for value in row["song_position"])
    conditions = RowConditions(
        difficulty=float(row["difficulty"]), mapper_index=int(row["mapper_idx"]), song_position=(start, end)
    )
    samples = row["frames"].cpu().numpy()
    engine = ModelEngine(model, tokenizer, layout, samples, [0])
    request = DecodeRequest(
        windows=[0],
        prompts=[prompt],
        negative_prompts=None,
        conditions=[conditions],
        sampling=sampling,
        stop_ids=frozenset({EOS_ID}),
        lookback_ms=0.0,
        max_length=layout.tgt_seq_len,
    )
    (found,) = engine.decode(request)
    return [token for token in found if token != EOS_ID]


def prompt_of(row: Mapping[str, Tensor]) -> list[int]:
    """Ids of a row up to its start-of-sequence id."""
    ids = row["decoder_input_ids"].tolist()
    return list(ids[: ids.index(SOS_ID) + 1])


def target_of(row: Mapping[str, Tensor]) -> list[int]:
    """Ids that a row teaches, without the end id."""
    return [token for token in row["labels"].tolist() if token not in (IGNORED_LABEL, EOS_ID)]


def draw_window(
    ids: list[int], row: Mapping[str, Tensor], tokenizer: Tokenizer, layout: DataLayout, path: Path
) -> bool:
    """Draw the map in ``ids`` as a png; False when there is nothing to draw."""
    mode = mode_of(row, tokenizer)
    stream = map_events(ids, tokenizer, layout)
    if not stream.events:
        return False
    update_event_times(stream.events, stream.times, None, types_first=layout.types_first)
    stream = expand_positions(stream, layout)
    if mode == 3:
        stream = expand_columns(stream, 4)
    settings = MapSettings("audio.mp3", mode, title="window", version="sample", circle_size=4)
    try:
        built = build_map(stream.events, None, settings, layout, np.random.RandomState(0))
        text = osu_text(settings, built.timing, built.objects)
        picture = draw_map(parse_beatmap(text), text)
    except (PictureError, ValueError):
        return False  # an unfinished model writes streams that make no map
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)
    return True


def map_events(ids: list[int], tokenizer: Tokenizer, layout: DataLayout) -> EventStream:
    """Events of the MAP context in ``ids``, times in ms of the window."""
    start, end = tokenizer.context_sos.get(ContextType.MAP), tokenizer.context_eos.get(ContextType.MAP)
    if layout.add_out_context_types and start in ids:
        ids = ids[ids.index(start) + 1 :]
        ids = ids[: ids.index(end)] if end in ids else ids
    events = [tokenizer.decode(token) for token in ids if tokenizer.is_event(token)]
    scaled = [
        Event(event.type, event.value * TIME_STEP) if event.type is EventType.TIME_SHIFT else event for event in events
    ]
    return EventStream(scaled)


def mode_of(row: Mapping[str, Tensor], tokenizer: Tokenizer) -> int:
    """The mode that the prompt of a row names last; 0 where prompts name none."""
    first = tokenizer.event_start.get(EventType.GAMEMODE)
    modes = [] if first is None else [token - first for token in prompt_of(row) if first <= token < first + 4]
    return modes[-1] if modes else 0

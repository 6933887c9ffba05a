"""The model and vocabulary that a run starts with: fresh, or from a checkpoint (spec 05 section 8)."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from torch import nn

from ..config import DataLayout
from ..data.options import DataOptions
from ..data.selection import select
from ..data.table import read_table
from ..events.event import EventType
from ..model.checkpoint import read_model, resolve_attention
from ..model.locate import locate_checkpoint
from ..model.modeling import Mapperatorinator
from ..tokenizer import Tokenizer
from .errors import TrainingError
from .fresh import new_model, new_vocabulary, row_tables, training_rows
from .options import TrainOptions
from .vocabulary import bind, differences, merged_tables, resize

Notify = Callable[[str], None]


@dataclass(frozen=True)
class Start:
    """What is trained. ``subfolder`` is the part of the checkpoint that was loaded, ``""`` for its root."""

    model: Mapperatorinator
    tokenizer: Tokenizer
    subfolder: str = ""


def starting_point(options: TrainOptions, layout: DataLayout, data: DataOptions, notify: Notify) -> Start:
    """Model and vocabulary of a run. Raises ``ValueError`` with one line."""
    attention = resolve_attention(options.attn_implementation)
    if not options.pretrained_path:
        tokenizer = _bound(options, data, new_vocabulary(layout, data, options.vocabulary))
        return Start(new_model(options.model, layout, tokenizer, options.seed, attention), tokenizer)
    location = locate_checkpoint(options.pretrained_path, options.pretrained_gamemode)
    loaded = Tokenizer.load(location.folder)
    model = read_model(location.folder, attention)
    if location.subfolder:
        notify(f"pretrained_path: {location.source}: {location.subfolder} is used")
    _check_sizes(model, layout, location.source)
    _tell_leaks(data, loaded, notify)
    tokenizer = _grown(options, layout, data, loaded, notify)
    if tokenizer.vocab_size_in != loaded.vocab_size_in or tokenizer.state() != loaded.state():
        notify(f"vocabulary: {loaded.vocab_size_in} ids in the checkpoint, {tokenizer.vocab_size_in} from now on")
        resize(model, loaded, tokenizer)
    return Start(model, tokenizer, location.effective_subfolder)


def _tell_leaks(data: DataOptions, loaded: Tokenizer, notify: Notify) -> None:
    """Say how many maps of the test split the checkpoint's tables name: it was probably trained on them."""
    start, end = data.span("test")
    if data.dataset_type != "mmrs" or (end is not None and end <= start and not data.test_percent):
        return
    tables = loaded.tables
    known = {*tables.beatmap_mapper, *tables.beatmap_descriptors, *tables.beatmap_idx}
    table = read_table(data.path("test"))
    tested = table.ids[select(table, data, "test")]
    count = sum(int(beatmap) in known for beatmap in tested)
    if count:
        notify(
            f"{count} of {len(tested)} test maps are in the checkpoint's tables: it has probably learnt them already"
        )


def _grown(
    options: TrainOptions, layout: DataLayout, data: DataOptions, loaded: Tokenizer, notify: Notify
) -> Tokenizer:
    tokenizer = loaded
    if options.vocabulary.extend:
        if options.enable_lora:
            raise TrainingError("vocabulary.extend: an adapter can't add to a vocabulary; train without enable_lora")
        by_tags = layout.add_descriptors and layout.descriptor_source != "omdb"  # the list of tags is the checkpoint's
        found = row_tables(training_rows(data), replace(layout, add_descriptors=False) if by_tags else layout)
        tokenizer = Tokenizer.build(layout, merged_tables(loaded.tables, found))
    else:
        check_ranges(loaded, layout, notify)
    return _bound(options, data, tokenizer)


def _bound(options: TrainOptions, data: DataOptions, tokenizer: Tokenizer) -> Tokenizer:
    wanted = options.vocabulary
    if wanted.bind_mapper is None and not wanted.bind_descriptors:
        return tokenizer
    beatmaps = [row.beatmap_id for row in training_rows(data)]
    return bind(tokenizer, beatmaps, wanted.bind_mapper, wanted.bind_descriptors, not options.enable_lora)


def _check_sizes(model: Mapperatorinator, layout: DataLayout, source: str) -> None:
    """Refuse data that the checkpoint can't take."""
    config, backbone = model.config, model.config.backbone
    for name, found, wanted in (
        ("data.src_seq_len", layout.src_seq_len, 2 * backbone.max_source_positions),
        ("data.tgt_seq_len", layout.tgt_seq_len, backbone.max_target_positions),
        ("data.hop_length", layout.hop_length, config.hop_length),
        ("data.sample_rate", layout.sample_rate, config.sample_rate),
    ):
        if found != wanted and not (name == "data.tgt_seq_len" and found < wanted):
            raise TrainingError(f"{name}: {found}, but checkpoint {source} has {wanted}; choose its recipe with -cn")


def check_ranges(tokenizer: Tokenizer, layout: DataLayout, notify: Notify) -> None:
    """List where a vocabulary and the data differ; raise where the data writes what the vocabulary lacks."""
    lines = differences(tokenizer, layout)
    for line in lines:
        notify(f"vocabulary differs: {line}")
    wanted = Tokenizer.build(layout, tokenizer.tables)
    lacking = [
        kind.value
        for kind, span in wanted.event_range.items()
        if kind is not EventType.CONTROL
        and (
            kind not in tokenizer.event_range
            or span.minimum < tokenizer.event_range[kind].minimum
            or span.maximum > tokenizer.event_range[kind].maximum
        )
    ]
    lacking += [context.value for context in wanted.context_sos if context not in tokenizer.context_sos]
    if lacking:
        raise TrainingError(
            f"data: the checkpoint's vocabulary lacks {', '.join(lacking)}; choose the recipe of its version with -cn, "
            "or set vocabulary.extend=true"
        )


def freeze(model: nn.Module, patterns: Sequence[str]) -> int:
    """Stop the parameters whose names match from training; how many there are. Raises ``TrainingError`` for no match."""
    count = 0
    for pattern in patterns:
        found = [
            p for name, p in model.named_parameters() if name.startswith(pattern) or fnmatch.fnmatch(name, pattern)
        ]
        if not found:
            raise TrainingError(f"freeze: no parameter is named like {pattern!r}")
        for parameter in found:
            parameter.requires_grad_(False)
        count += len(found)
    return count

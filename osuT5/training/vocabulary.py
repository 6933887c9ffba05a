"""Growing a checkpoint's vocabulary, and carrying its rows over to the grown one (spec 05 section 8)."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor, nn

from ..config import DataLayout
from ..events.event import ContextType, Event, EventType
from ..model.modeling import Mapperatorinator
from ..tokenizer import Tokenizer
from ..tokenizer.tables import ClassTables
from .errors import TrainingError

# Classes are numbers of a table; what they mean is the key they stand for.
_CLASSES = {EventType.MAPPER: "mapper_idx", EventType.DESCRIPTOR: "descriptor_idx", EventType.STYLE: "beatmap_idx"}


def merged_tables(old: ClassTables, new: ClassTables) -> ClassTables:
    """The classes of ``old`` with their numbers, then those that only ``new`` has."""
    result = copy.deepcopy(old)
    for user in new.mapper_idx:
        add_mapper(result, user)
    result.beatmap_mapper |= new.beatmap_mapper
    names = {index: name for name, index in new.descriptor_idx.items()}
    for name in new.descriptor_idx:
        add_descriptor(result, name)
    for beatmap, classes in new.beatmap_descriptors.items():
        result.beatmap_descriptors[beatmap] = [
            result.descriptor_idx[names[index]] for index in classes if index in names
        ]
    for beatmap in new.beatmap_idx:
        result.beatmap_idx.setdefault(beatmap, max(result.beatmap_idx.values(), default=-1) + 1)
    return result


def add_mapper(tables: ClassTables, user: int) -> None:
    """A class for a user, unless there is one."""
    if user not in tables.mapper_idx:
        tables.mapper_idx[user] = tables.num_mapper_classes
        tables.num_mapper_classes += 1


def add_descriptor(tables: ClassTables, name: str) -> None:
    """A class for a descriptor, unless there is one."""
    if name not in tables.descriptor_idx:
        tables.descriptor_idx[name] = tables.num_descriptor_classes
        tables.num_descriptor_classes += 1


def with_tables(tokenizer: Tokenizer, tables: ClassTables) -> Tokenizer:
    """The same vocabulary with other classes; the ranges of mappers and descriptors follow their numbers."""
    state = tokenizer.state()
    for key in ("event_range", "event_start", "event_end"):
        del state[key]
    sizes = {
        EventType.MAPPER.value: tables.num_mapper_classes,
        EventType.DESCRIPTOR.value: tables.num_descriptor_classes,
    }
    for span in state["input_event_ranges"]:
        grown = sizes.get(span["type"], span["max_value"])
        state["vocab_size_in"] += grown - span["max_value"]
        span["max_value"] = grown
    result = Tokenizer.from_state(state)
    result.tables = tables
    return result


def bind(
    tokenizer: Tokenizer, beatmaps: Iterable[int], mapper: int | None, descriptors: Sequence[str], may_grow: bool
) -> Tokenizer:
    """Let the given maps be those of ``mapper`` and have ``descriptors``; classes that are missing are added.

    Raises ``TrainingError`` where the vocabulary has no such classes at all, or must not grow.
    """
    tables = copy.deepcopy(tokenizer.tables)
    ids = list(beatmaps)
    if mapper is not None:
        _check(tokenizer, EventType.MAPPER, mapper in tables.mapper_idx, f"bind_mapper: user {mapper}", may_grow)
        add_mapper(tables, mapper)
        tables.beatmap_mapper |= dict.fromkeys(ids, mapper)
    for name in descriptors:
        _check(
            tokenizer,
            EventType.DESCRIPTOR,
            name in tables.descriptor_idx,
            f"bind_descriptors: {name!r}",
            may_grow,
        )
        add_descriptor(tables, name)
    if descriptors:
        classes = [tables.descriptor_idx[name] for name in descriptors]
        tables.beatmap_descriptors |= {beatmap: list(classes) for beatmap in ids}
    return with_tables(tokenizer, tables)


def _check(tokenizer: Tokenizer, kind: EventType, known: bool, what: str, may_grow: bool) -> None:
    if kind not in tokenizer.event_range:
        raise TrainingError(f"vocabulary.{what}: this checkpoint's prompts have no {kind.value} tokens")
    if not known and not may_grow:
        raise TrainingError(
            f"vocabulary.{what} is not in the checkpoint's vocabulary, and an adapter can't add it; "
            "name a known one, or train without enable_lora"
        )


def sources(old: Tokenizer, new: Tokenizer) -> list[list[int]]:
    """For each id of ``new``: the ids of ``old`` whose rows it starts from (their mean)."""
    result = [[token] for token in range(3)]
    result += [_context_source(old, new, token) for token in range(3, new.offset)]
    names = {kind: _class_names(new.tables, attribute) for kind, attribute in _CLASSES.items()}
    by_type: dict[EventType, list[int]] = {}
    for token in range(new.offset, new.vocab_size_in):
        event = new.decode(token)
        if event.type not in by_type:
            start, end = old.event_start.get(event.type), old.event_end.get(event.type)
            everything = range(old.offset, old.vocab_size_out)
            by_type[event.type] = list(everything if start is None or end is None else range(start, end))
        result.append(_event_source(old, event, names, by_type[event.type]))
    return result


def _event_source(
    old: Tokenizer, event: Event, names: Mapping[EventType, Mapping[int, int | str]], whole: list[int]
) -> list[int]:
    span = old.event_range.get(event.type)
    if span is None:
        return whole
    if event.type in _CLASSES:
        table = getattr(old.tables, _CLASSES[event.type])
        value = table.get(names[event.type].get(event.value), span.maximum)  # the unknown class is the last
        return [old.encode(Event(event.type, value))]
    if span.minimum <= event.value <= span.maximum:
        return [old.encode(event)]
    return whole


def _class_names(tables: ClassTables, attribute: str) -> dict[int, int | str]:
    return {index: name for name, index in getattr(tables, attribute).items()}


def _context_source(old: Tokenizer, new: Tokenizer, token: int) -> list[int]:
    for mine, theirs in ((new.context_sos, old.context_sos), (new.context_eos, old.context_eos)):
        for context, found in mine.items():
            if found == token:
                return _known_context(context, theirs)
    return [1]


def _known_context(context: ContextType, known: Mapping[ContextType, int]) -> list[int]:
    if context in known:
        return [known[context]]
    return list(known.values()) or [1]


@torch.no_grad()
def resize(model: Mapperatorinator, old: Tokenizer, new: Tokenizer) -> None:
    """Give ``model`` the rows of vocabulary ``new``, in place. Rows of known events, contexts and classes are kept."""
    rows = sources(old, new)
    model.decoder_embedder = _embedding(model.decoder_embedder, rows)
    outputs = rows[: new.vocab_size_out]
    model.decoder.embed_tokens = _embedding(model.decoder.embed_tokens, outputs)
    projection = model.transformer.proj_out
    grown = nn.Linear(projection.in_features, new.vocab_size_out, bias=False)
    grown.weight.copy_(_gather(projection.weight, outputs))
    model.transformer.proj_out = grown.to(projection.weight)
    if hasattr(model, "mapper_embedder"):
        _resize_mappers(model, old, new)
    config = model.config
    config.vocab_size_in, config.vocab_size = new.vocab_size_in, new.vocab_size_out
    config.backbone_config = {**config.backbone_config, "vocab_size": new.vocab_size_out}
    config.num_mappers = new.tables.num_mapper_classes
    config.rhythm_token_start = new.event_start[EventType.TIME_SHIFT]
    config.rhythm_token_end = new.event_end[EventType.TIME_SHIFT]
    model.loss_fn.weight = model.class_weights().to(model.device)


def _resize_mappers(model: Mapperatorinator, old: Tokenizer, new: Tokenizer) -> None:
    names = _class_names(new.tables, "mapper_idx")
    unknown = old.tables.num_mapper_classes
    count = new.tables.num_mapper_classes
    rows = [[int(old.tables.mapper_idx.get(int(names[i]), unknown)) if i in names else unknown] for i in range(count)]
    embedder = model.mapper_embedder
    embedder.embedding = _embedding(embedder.embedding, [*rows, [unknown]])
    embedder.mappers = count


def _embedding(table: nn.Embedding, rows: Sequence[Sequence[int]]) -> nn.Embedding:
    result = nn.Embedding(len(rows), table.embedding_dim, padding_idx=table.padding_idx).to(table.weight)
    with torch.no_grad():
        result.weight.copy_(_gather(table.weight, rows))
    return result.requires_grad_(table.weight.requires_grad)


def _gather(weight: Tensor, rows: Sequence[Sequence[int]]) -> Tensor:
    """Row means. Ids beyond the table (prompt tokens that can't be produced) fall back to the mean of all."""
    whole = list(range(len(weight)))
    kept = [[row for row in group if row < len(weight)] or whole for group in rows]
    return torch.stack([weight[group[0]] if len(group) == 1 else weight[group].mean(0) for group in kept])


def differences(tokenizer: Tokenizer, layout: DataLayout) -> list[str]:
    """How a checkpoint's events differ from what the data will write, one line each."""
    wanted = Tokenizer.build(layout, tokenizer.tables)
    lines = []
    for kind in dict.fromkeys((*wanted.event_range, *tokenizer.event_range)):
        mine, theirs = wanted.event_range.get(kind), tokenizer.event_range.get(kind)
        if mine != theirs:
            lines.append(f"{kind.value}: data {_shown(mine)}, checkpoint {_shown(theirs)}")
    missing = [context.value for context in wanted.context_sos if context not in tokenizer.context_sos]
    return lines + [f"context {name}: not in the checkpoint" for name in missing]


def _shown(span: object) -> str:
    return "none" if span is None else f"{span.minimum}..{span.maximum}"  # type: ignore[attr-defined]

"""Options of the data path (spec 05 sections 3 to 5 and 12). What a map looks like as tokens is in ``config.DataLayout``."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from ..config import DataLayout, Template
from ..events.event import ContextType
from .errors import DataError

DATASET_TYPES = ("mmrs", "web")
ORDERS = ("published", "random", "locality")


@dataclass(frozen=True)
class DataOptions:
    """Which maps are read, what is drawn, and in which order windows come. Probabilities are 0..1."""

    # where
    dataset_type: str = "mmrs"
    train_dataset_path: str = ""
    test_dataset_path: str = ""
    dataset_subset: str = "compressed"  # folder of the web set's shards
    sample_weights_path: str = ""  # lines "beatmap id,weight"

    # which: half-open positions in the sorted set ids (mmrs) or shard files (web); None is the end
    train_dataset_start: int = 0
    train_dataset_end: int | None = None
    test_dataset_start: int = 0
    test_dataset_end: int | None = None
    test_percent: float = 0.0  # > 0: sets go to the test split by a hash of their id, ranges apply before it
    set_ids: tuple[int, ...] | None = None
    gamemodes: tuple[int, ...] = (0, 1, 2, 3)
    ranked_statuses: tuple[int, ...] | None = (1, 2)
    include_unknown_status: bool = False  # rows without a status pass the filter
    min_year: int | None = None  # of the ranked date, inclusive
    max_year: int | None = None
    min_difficulty: float | None = None  # stars
    max_difficulty: float | None = None
    add_gd_context: bool = False  # another difficulty of the set in every window; sets with one are dropped
    per_track: bool = True
    only_last_beatmap: bool = False

    # augmentation
    dt_augment_prob: float = 0.0
    dt_augment_range: tuple[float, float] = (1.25, 1.5)
    dt_augment_sqrt: bool = False
    flip_horizontal_prob: float = 0.0
    flip_vertical_prob: float = 0.0
    frame_offset_augment_prob: float = 1.0
    lookback: float = 0.0  # fraction of a window whose events are shown but not trained
    lookback_prob: float = 0.0
    timing_random_offset: int = 2  # 10 ms steps, each time token on its own
    timing_random_offset_2: int = 0  # 10 ms steps, all time tokens together
    timing_random_offset_prob: float = 1.0
    snapping_random_prob: float = 0.0

    # labels
    context_weights: tuple[float, ...] = ()  # one a template; empty for equal ones
    class_dropout_prob: float = 0.2
    diff_dropout_prob: float = 0.2
    mapper_dropout_prob: float = 0.2
    year_dropout_prob: float = 0.2
    cs_dropout_prob: float = 0.2
    hold_note_ratio_dropout_prob: float = 0.2
    scroll_speed_ratio_dropout_prob: float = 0.2
    descriptor_dropout_prob: float = 0.2
    labels_from_rows: bool = False  # mapper and tags of the row where the vocabulary does not know the map
    legacy_last_sv: bool = True  # the last output context tells the last scroll speed, as published weights know it

    # windows that are kept
    add_empty_sequences: bool = True
    add_empty_sequences_at_step: int = -1

    # order
    order: str = "published"
    cycle_length: int = 1  # tracks that a worker interleaves; sets mixed at a time under ``locality``
    balancer_buffer_size: int = 0  # windows; 0 is off
    balancer_prefetch_factor: float = 0.5
    seed: int = 42  # of the counter-based draws

    # loading
    event_cache: bool = True
    audio_cache: bool = False  # decoded audio on disk, about 2 MB a minute
    cache_dir: str = ""  # default: ``.cache`` in the data set
    cache_jobs: int = 1
    pad_to_multiple: int = 0  # 0: batches are padded to ``tgt_seq_len``; else to the next multiple of this

    def __post_init__(self) -> None:
        _one_of("dataset_type", self.dataset_type, DATASET_TYPES)
        _one_of("order", self.order, ORDERS)
        for name, value in _probabilities(self):
            if not 0 <= value <= 1:
                raise DataError(f"{name}: {value} is not a probability from 0 to 1")
        if not self.per_track or self.only_last_beatmap:
            raise DataError("per_track must be true and only_last_beatmap false; other values read no current data set")
        low, high = self.dt_augment_range
        if not 0 < low <= high:
            raise DataError(f"dt_augment_range: {low}..{high}; accepted: two rates above 0, the smaller first")
        if self.dataset_type == "web" and (self.cycle_length != 1 or self.order != "published"):
            raise DataError("dataset_type: web is a stream; it needs cycle_length 1 and order published")
        if self.cycle_length < 1 or self.balancer_buffer_size < 0:
            raise DataError("cycle_length must be at least 1 and balancer_buffer_size at least 0")

    def path(self, split: str) -> str:
        """Folder (or hub name) of a split. Raises ``DataError`` when none is set."""
        value = self.train_dataset_path if split == "train" else (self.test_dataset_path or self.train_dataset_path)
        if not value:
            raise DataError(f"{split}_dataset_path: not set; it is the folder that holds metadata.parquet (or shards)")
        return value

    def span(self, split: str) -> tuple[int, int | None]:
        """Positions of a split."""
        if split == "train":
            return self.train_dataset_start, self.train_dataset_end
        return self.test_dataset_start, self.test_dataset_end


def data_options(values: Mapping[str, Any], layout: DataLayout | None = None) -> tuple[DataLayout, DataOptions]:
    """Layout and options from the keys of a ``data`` group.

    ``context_types`` holds the templates: ``{in: [...], out: [...]}`` or a list of outputs each. Keys that are left
    out keep the value of ``layout`` and the defaults. Raises ``DataError`` for unknown keys.
    """
    layout = layout or DataLayout()
    in_layout = {item.name for item in fields(DataLayout)}
    in_options = {item.name for item in fields(DataOptions)}
    first: dict[str, Any] = {}
    second: dict[str, Any] = {}
    for key, value in values.items():
        value = _plain(value)
        if key == "context_types":
            first["templates"] = tuple(_template(entry) for entry in value)
            continue
        if key not in in_layout | in_options:
            near = difflib.get_close_matches(key, [*in_layout, *in_options], n=1)
            raise DataError(f"data.{key}: no such option{f'; did you mean {near[0]}?' if near else ''}")
        if key in in_layout:
            first[key] = value
        if key in in_options:
            second[key] = value
    layout = replace(layout, **first)
    options = DataOptions(**{"gamemodes": layout.gamemodes, **second})
    if options.context_weights and len(options.context_weights) != len(layout.templates):
        raise DataError(
            f"context_weights: {len(options.context_weights)} weights for {len(layout.templates)} context_types"
        )
    return layout, options


def _template(entry: Any) -> Template:
    if isinstance(entry, Template):
        return entry
    if isinstance(entry, Mapping):
        return Template(_contexts(entry.get("in", ())), _contexts(entry.get("out", ())))
    return Template((), _contexts(entry))


def _contexts(names: Sequence[Any]) -> tuple[str, ...]:
    return tuple(_context(getattr(name, "value", name)) for name in names)


def _context(name: str) -> str:
    known = [context.value for context in ContextType]
    plain = name.removeprefix("${context_type:").removesuffix("}")
    _one_of("context_types", plain, known)
    return plain


def _plain(value: Any) -> Any:
    return tuple(_plain(item) for item in value) if isinstance(value, (list, tuple)) else value


def _one_of(name: str, value: str, accepted: Sequence[str]) -> None:
    if value not in accepted:
        hint = "; convert it once with `python -m osuT5.data.build convert-ors`" if value == "ors" else ""
        raise DataError(f"{name}: {value!r} is not one of {', '.join(accepted)}{hint}")


def _probabilities(options: DataOptions) -> list[tuple[str, float]]:
    return [(item.name, getattr(options, item.name)) for item in fields(options) if item.name.endswith("_prob")]

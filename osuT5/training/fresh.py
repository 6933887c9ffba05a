"""A fresh vocabulary and a fresh model from options (spec 02 section 2.1, spec 05 sections 3 and 8)."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from ..config import DataLayout
from ..data.options import DataOptions
from ..data.rows import MapRow
from ..data.selection import select_nonempty
from ..data.table import read_table
from ..events.event import EventType
from ..model.config import MapperatorinatorConfig, new_config
from ..model.modeling import Mapperatorinator
from ..tokenizer import Tokenizer
from ..tokenizer.sources import TagList, file_tables, mmrs_tables, read_mapper_file, read_tags
from ..tokenizer.tables import ClassTables
from .errors import TrainingError
from .options import ModelOptions, VocabularyOptions

_log = logging.getLogger(__name__)


def training_rows(data: DataOptions) -> list[MapRow]:
    """Rows of the filtered training split of an MMRS set, in table order. Raises ``DataError``."""
    table = read_table(Path(data.path("train")))
    return [table.row(int(index)) for index in select_nonempty(table, data, "train")]


def new_vocabulary(layout: DataLayout, data: DataOptions, options: VocabularyOptions) -> Tokenizer:
    """The vocabulary of a run from nothing: classes from the files given, else from the training rows."""
    return Tokenizer.build(layout, _tables(layout, data, options))


def _tables(layout: DataLayout, data: DataOptions, options: VocabularyOptions) -> ClassTables:
    if not (layout.add_mapper_token or layout.do_mapper_embed or layout.add_descriptors or layout.add_style_token):
        return ClassTables()
    tags = read_tags(Path(options.tags_path)) if options.tags_path else None
    if options.mappers_path:
        files = [Path(path) if path else None for path in (options.descriptors_path, options.votes_path)]
        return file_tables(layout, read_mapper_file(Path(options.mappers_path)), files[0], tags, files[1])
    if data.dataset_type != "mmrs":
        raise TrainingError(
            "vocabulary.mappers_path: a fresh vocabulary for the web set needs a json file {beatmap id: user id} "
            "(`python -m osuT5.data.build mappers` writes one); or fine-tune with pretrained_path"
        )
    if layout.add_descriptors and layout.descriptor_source != "omdb" and tags is None:
        _log.warning("vocabulary.tags_path is not set: every descriptor is unknown to this vocabulary")
        layout = replace(layout, add_descriptors=False)
    return row_tables(training_rows(data), layout, tags)


def row_tables(rows: Sequence[MapRow], layout: DataLayout, tags: TagList | None = None) -> ClassTables:
    """Class tables of some rows; a row without a user id adds no mapper."""
    described = [_described(row) for row in rows]
    people = [row for row in described if row["UserId"] is not None]
    tables = mmrs_tables(described, replace(layout, add_mapper_token=False, do_mapper_embed=False), tags)
    only = replace(layout, add_style_token=False, do_style_embed=False, add_descriptors=False)
    mappers = mmrs_tables(people, only)
    tables.beatmap_mapper, tables.mapper_idx = mappers.beatmap_mapper, mappers.mapper_idx
    tables.num_mapper_classes = mappers.num_mapper_classes
    return tables


def _described(row: MapRow) -> Mapping[str, Any]:
    return {
        "Id": row.beatmap_id,
        "BeatmapIdx": row.number,
        "UserId": row.user_id,
        "OmdbTags": row.omdb_tags,
        "TopTagIds": [tag for tag, _ in row.tags],
        "TopTagCounts": [votes for _, votes in row.tags],
    }


def model_config(options: ModelOptions, layout: DataLayout, tokenizer: Tokenizer) -> MapperatorinatorConfig:
    """The configuration of a fresh model. Raises ``ConfigError``, or ``TrainingError`` where audio settings disagree."""
    heard = options.spectrogram
    if (heard.sample_rate, heard.hop_length) != (layout.sample_rate, layout.hop_length):
        raise TrainingError(
            f"model.spectrogram: {heard.sample_rate} Hz, hop {heard.hop_length}; the data has "
            f"{layout.sample_rate} Hz, hop {layout.hop_length}"
        )
    embeds = [layout.do_style_embed, layout.do_difficulty_embed, layout.do_mapper_embed, layout.do_song_position_embed]
    return new_config(
        options.name,
        vocab_size_in=tokenizer.vocab_size_in,
        vocab_size_out=tokenizer.vocab_size_out,
        src_seq_len=layout.src_seq_len,
        tgt_seq_len=layout.tgt_seq_len,
        overwrite=options.overwrite,
        rope=options.rope,
        num_classes=tokenizer.num_classes,
        num_mappers=tokenizer.tables.num_mapper_classes,
        project_encoder_input=options.project_encoder_input,
        embed_decoder_input=options.embed_decoder_input,
        do_style_embed=layout.do_style_embed,
        do_difficulty_embed=layout.do_difficulty_embed,
        do_mapper_embed=layout.do_mapper_embed,
        do_song_position_embed=layout.do_song_position_embed,
        cond_dim=options.cond_dim,
        cond_size=options.cond_dim * sum(embeds),
        spectrogram_implementation=heard.implementation,
        spectrogram_log_scale=heard.log_scale,
        sample_rate=heard.sample_rate,
        n_fft=heard.n_fft,
        n_mels=heard.n_mels,
        hop_length=heard.hop_length,
        f_min=heard.f_min,
        f_max=heard.f_max,
        pad_mode=heard.pad_mode,
        rhythm_weight=options.rhythm_weight,
        rhythm_token_start=tokenizer.event_start[EventType.TIME_SHIFT],
        rhythm_token_end=tokenizer.event_end[EventType.TIME_SHIFT],
        init_std=options.init_std,
    )


def new_model(
    options: ModelOptions, layout: DataLayout, tokenizer: Tokenizer, seed: int, attention: str = "sdpa"
) -> Mapperatorinator:
    """Random weights, the same for the same seed."""
    config = model_config(options, layout, tokenizer)
    config._attn_implementation = attention
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Mapperatorinator(config)

"""Vocabularies of the published versions against the tables of spec 01 section 13."""

from __future__ import annotations

import pytest

from osuT5.capabilities import VERSIONS
from osuT5.config import DataLayout, Template
from osuT5.events.event import ContextType, Event, EventType
from osuT5.tokenizer import ClassTables, Tokenizer, TokenizerError

M, D = 7, 11  # any numbers of classes: the tables state ids as sums with them

# version: (offset, vocab_size_out, vocab_size_in without M and D, how often M and D count)
SIZES = {
    "v28": (17, 3667, 4324, M + D),
    "v29": (17, 3667, 4324, M + D),
    "v30": (3, 4607, 4607, 0),
    "v31": (17, 5650, 6117, D),
    "v32": (9, 4097, 4754, M + D),
    "v32-mini": (9, 4097, 4754, M + D),
}
_V28 = {
    "t": 17, "snap": 836, "dist": 853, "pos": 1494, "column": 2451, "scroll_speed": 2469, "new_combo": 3470,
    "hitsound": 3471, "volume": 3544, "circle": 3645, "spinner": 3646, "spinner_end": 3647, "slider_head": 3648,
    "bezier_anchor": 3649, "perfect_anchor": 3650, "catmull_anchor": 3651, "red_anchor": 3652, "last_anchor": 3653,
    "slider_end": 3654, "beat": 3655, "measure": 3656, "timing_point": 3657, "kiai": 3658, "hold_note": 3660,
    "hold_note_end": 3661, "scroll_speed_change": 3662, "drumroll": 3663, "drumroll_end": 3664, "denden": 3665,
    "denden_end": 3666, "gamemode": 3667, "difficulty": 3671, "mapper": 3696, "cs": 3697 + M, "year": 3719 + M,
    "hitsounded": 3790 + M, "song_length": 3792 + M, "song_position": 3853 + M, "descriptor": 3956 + M,
    "keycount": 3957 + M + D, "hold_note_ratio": 3975 + M + D, "scroll_speed_ratio": 3989 + M + D,
    "global_sv": 4003 + M + D,
}  # fmt: skip
STARTS: dict[str, dict[str, int]] = {
    "v28": _V28,
    "v29": _V28,
    "v30": {
        "t": 3, "snap": 3280, "dist": 3297, "pos_x": 3938, "pos_y": 4195, "new_combo": 4420, "hitsound": 4421,
        "volume": 4494, "circle": 4595, "spinner": 4596, "spinner_end": 4597, "slider_head": 4598,
        "bezier_anchor": 4599, "perfect_anchor": 4600, "catmull_anchor": 4601, "red_anchor": 4602, "last_anchor": 4603,
        "slider_end": 4604, "beat": 4605, "measure": 4606,
    },
    "v31": {
        "t": 17, "snap": 3294, "dist": 3311, "pos_x": 3952, "pos_y": 4209, "column": 4434, "scroll_speed": 4452,
        "new_combo": 5453, "hitsound": 5454, "volume": 5527, "circle": 5628, "spinner": 5629, "spinner_end": 5630,
        "slider_head": 5631, "bezier_anchor": 5632, "perfect_anchor": 5633, "catmull_anchor": 5634,
        "red_anchor": 5635, "last_anchor": 5636, "slider_end": 5637, "beat": 5638, "measure": 5639,
        "timing_point": 5640, "kiai": 5641, "hold_note": 5643, "hold_note_end": 5644, "scroll_speed_change": 5645,
        "drumroll": 5646, "drumroll_end": 5647, "denden": 5648, "denden_end": 5649, "gamemode": 5650, "cs": 5654,
        "year": 5676, "hitsounded": 5747, "descriptor": 5749, "keycount": 5750 + D, "hold_note_ratio": 5768 + D,
        "scroll_speed_ratio": 5782 + D, "global_sv": 5796 + D,
    },
    "v32": {
        "t": 9, "snap": 1647, "pos": 1664, "pos_refine": 2621, "column": 2877, "scroll_speed": 2895,
        "new_combo": 3896, "hitsound": 3897, "volume": 3970, "circle": 4071, "spinner": 4072, "spinner_end": 4073,
        "slider_head": 4074, "bezier_anchor": 4075, "perfect_anchor": 4076, "catmull_anchor": 4077,
        "red_anchor": 4078, "last_anchor": 4079, "slider_end": 4080, "beat": 4081, "measure": 4082,
        "timing_point": 4083, "slider_sustain": 4084, "slider_repeat_sustain": 4085, "spinner_sustain": 4086,
        "hold_note": 4087, "hold_note_end": 4088, "scroll_speed_change": 4089, "hold_note_sustain": 4090,
        "drumroll": 4091, "drumroll_end": 4092, "denden": 4093, "denden_end": 4094, "drumroll_sustain": 4095,
        "denden_sustain": 4096, "gamemode": 4097, "difficulty": 4101, "mapper": 4126, "cs": 4127 + M,
        "year": 4149 + M, "hitsounded": 4220 + M, "song_length": 4222 + M, "song_position": 4283 + M,
        "descriptor": 4386 + M, "keycount": 4387 + M + D, "hold_note_ratio": 4405 + M + D,
        "scroll_speed_ratio": 4419 + M + D, "global_sv": 4433 + M + D,
    },
}  # fmt: skip
STARTS["v32-mini"] = STARTS["v32"]
_ALL_CONTEXTS = {"none": 3, "timing": 5, "kiai": 7, "map": 9, "sv": 11, "no_hs": 13, "gd": 15}
CONTEXTS = {
    **dict.fromkeys(("v28", "v29", "v31"), _ALL_CONTEXTS),
    **dict.fromkeys(("v32", "v32-mini"), {"timing": 3, "map": 5, "sv": 7}),
    "v30": {},
}


def build(version: str) -> Tokenizer:
    return Tokenizer.build(VERSIONS[version].layout, ClassTables(num_mapper_classes=M, num_descriptor_classes=D))


@pytest.mark.parametrize("version", SIZES)
def test_sizes_of_version(version: str) -> None:
    offset, size_out, size_in, classes = SIZES[version]
    tokenizer = build(version)
    assert (tokenizer.offset, tokenizer.vocab_size_out, tokenizer.vocab_size_in) == (
        offset,
        size_out,
        size_in + classes,
    )


@pytest.mark.parametrize("version", STARTS)
def test_first_ids_of_version(version: str) -> None:
    tokenizer = build(version)
    assert {kind.value: start for kind, start in tokenizer.event_start.items()} == STARTS[version]


@pytest.mark.parametrize("version", CONTEXTS)
def test_context_ids_of_version(version: str) -> None:
    tokenizer = build(version)
    assert {context.value: token for context, token in tokenizer.context_sos.items()} == CONTEXTS[version]
    assert tokenizer.context_eos == {context: token + 1 for context, token in tokenizer.context_sos.items()}


@pytest.mark.parametrize("version", SIZES)
def test_decode_is_inverse_of_encode_over_the_whole_vocabulary(version: str) -> None:
    tokenizer = build(version)
    ids = range(tokenizer.offset, tokenizer.vocab_size_in)
    events = [tokenizer.decode(token) for token in ids]
    assert len(set(events)) == len(events)
    assert tokenizer.encode_all(events) == list(ids)


@pytest.mark.parametrize("version", SIZES)
def test_ids_outside_the_events_are_refused(version: str) -> None:
    tokenizer = build(version)
    for token in (-1, 0, 1, 2, tokenizer.offset - 1, tokenizer.vocab_size_in):
        assert not tokenizer.is_event(token)
        with pytest.raises(TokenizerError, match=f"id {token} is no event"):
            tokenizer.decode(token)


def test_values_outside_a_range_are_refused() -> None:
    tokenizer = build("v29")
    assert tokenizer.encode(Event(EventType.TIME_SHIFT, 818)) == 835
    for event in (Event(EventType.TIME_SHIFT, 819), Event(EventType.TIME_SHIFT, -1), Event(EventType.KIAI, 2)):
        with pytest.raises(TokenizerError, match="outside"):
            tokenizer.encode(event)
    with pytest.raises(TokenizerError, match="'pos_refine' is not in this vocabulary"):
        tokenizer.encode(Event(EventType.POS_REFINE, 0))


def test_pre_tokens_make_time_shifts_negative() -> None:
    for layout in (DataLayout(add_pre_tokens=True), DataLayout(add_pre_tokens_at_step=0)):
        tokenizer = Tokenizer.build(layout)
        assert tokenizer.encode(Event(EventType.TIME_SHIFT, -818)) == tokenizer.offset
        assert tokenizer.encode(Event(EventType.SNAPPING, 0)) == tokenizer.offset + 2 * 818 + 1


def test_outputs_of_templates_get_ids_only_when_asked() -> None:
    templates = (Template(("gd",), ("map",)), Template(("map", "none"), ("kiai",)))
    with_outputs = Tokenizer.build(DataLayout(templates=templates))
    assert list(with_outputs.context_sos.items()) == [
        (ContextType.GD, 3),
        (ContextType.MAP, 5),
        (ContextType.NONE, 7),
        (ContextType.KIAI, 9),
    ]
    without = Tokenizer.build(DataLayout(templates=templates, add_out_context_types=False))
    assert without.context_sos == {ContextType.GD: 3, ContextType.MAP: 5, ContextType.NONE: 7}
    # The kiai range depends on the templates, not on the ids of their contexts.
    assert EventType.KIAI in without.event_start


def test_style_classes_cover_the_known_beatmaps() -> None:
    tables = ClassTables(beatmap_idx={10: 0, 20: 1, 30: 2})
    assert Tokenizer.build(DataLayout(add_style_token=True, num_classes=2), tables).num_classes == 3
    assert Tokenizer.build(DataLayout(do_style_embed=True, num_classes=9), tables).num_classes == 9
    assert Tokenizer.build(DataLayout(num_classes=9), tables).num_classes == 0


def test_counts_of_classes_are_zero_without_their_token() -> None:
    tokenizer = build("v31")
    assert (tokenizer.num_diff_classes, tokenizer.max_difficulty, tokenizer.num_cs_classes) == (0, 0, 21)
    tokenizer = build("v30")
    assert (tokenizer.num_diff_classes, tokenizer.max_difficulty, tokenizer.num_cs_classes) == (0, 0, 0)

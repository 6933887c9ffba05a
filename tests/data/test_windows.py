"""Windows of one map: cuts, labels, truncation, state, metadata, noise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osuT5.beatmap import parse_beatmap
from osuT5.capabilities import VERSIONS
from osuT5.compat import Compat
from osuT5.config import Template
from osuT5.data.arrays import Codec, from_stream
from osuT5.data.collate import Collator
from osuT5.data.cut import Cut, cut_frames, frame_count
from osuT5.data.dice import CounterDice
from osuT5.data.draws import MapDraws, SetDraws
from osuT5.data.errors import BadTrack
from osuT5.data.meta import LabelMaker, stars_at
from osuT5.data.options import DataOptions
from osuT5.data.parse import MIRRORED, PLAIN, MapEvents, contexts_of, parse_map
from osuT5.data.rows import Content, MapRow
from osuT5.data.sequence import IGNORED, Block, assemble
from osuT5.data.windows import Given, MapWindows, Recipe, Window
from osuT5.events.encode import map_stream
from osuT5.events.event import ContextType, Event, EventStream, EventType
from osuT5.tokenizer import EOS_ID, SOS_ID, Tokenizer
from osuT5.tokenizer.tables import ClassTables

from .sets import QUIET, map_text

SECONDS = 40
SAMPLES = SECONDS * 16000


def given_map(version: str, mode: int = 0, count: int = 90, **row: Any) -> Given:
    layout = VERSIONS[version].layout
    text = map_text(mode, count=count).encode()
    events = parse_map(text, "map", layout, contexts_of(layout), True)
    told = MapRow(1, 11, 4, mode, Content("map.osu", text), Content("a.wav", b""), stars=3.0, year=2015, **row)
    return Given(told, events)


def made(version: str, mode: int = 0, *, template: int = 0, compat: str = "corrected", **more: Any) -> MapWindows:
    """Windows of a map; ``more`` are fields of the layout, the options and the draws."""
    base = VERSIONS[version].layout
    fields = {key: value for key, value in more.items() if hasattr(base, key)}
    draws = {key: value for key, value in more.items() if key in ("offset", "drop_mapper", "drop_style")}
    if "lookback_frames" in more:
        draws["lookback"] = more["lookback_frames"]
    rest = {key: value for key, value in more.items() if key not in fields | draws.keys() and key != "lookback_frames"}
    layout = replace(base, **fields)
    recipe = Recipe(Tokenizer.build(layout), layout, DataOptions(**{**QUIET, **rest}), Compat(compat))
    guest = given_map(version, mode, 60) if "gd" in layout.templates[template].inputs else None
    chosen = MapDraws(layout.templates[template], guest=0 if guest else None, **draws)
    return MapWindows(recipe, given_map(version, mode), guest, SetDraws(), chosen, SAMPLES)


def all_windows(windows: MapWindows, dice: CounterDice | None = None) -> list[Window]:
    found = [windows.window(number, None, dice) for number in range(len(windows))]
    return [window for window in found if window is not None]


@pytest.mark.parametrize("lookback", [0, 205])
@pytest.mark.parametrize("tgt", [2560, 90])
@pytest.mark.parametrize(("version", "mode"), [("v29", 0), ("v29", 3), ("v30", 0), ("v32", 1), ("v32", 2)])
def test_labels_are_the_next_token(version: str, mode: int, tgt: int, lookback: int) -> None:
    for template in range(len(VERSIONS[version].layout.templates)):
        windows = made(version, mode, template=template, tgt_seq_len=tgt, lookback_frames=lookback, offset=17)
        for window in all_windows(windows):
            ids, labels = window.tokens.ids, window.tokens.labels
            assert len(ids) == len(labels) <= tgt
            sos = ids.tolist().index(SOS_ID)
            assert (labels[:sos] == IGNORED).all()
            following = np.append(ids[1:], EOS_ID)
            trained = labels != IGNORED
            assert np.array_equal(labels[trained], following[trained])
            assert trained.any() and (trained[-1] or window.tokens.truncated)


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 12), min_size=1, max_size=4),
    given_sizes=st.lists(st.integers(0, 9), max_size=2),
    pre=st.integers(0, 9),
    meta=st.integers(0, 4),
    length=st.integers(14, 60),
    skip=st.integers(0, 12),
    false_ends=st.booleans(),
    center=st.booleans(),
)
def test_any_blocks_fit_and_align(
    sizes: list[int],
    given_sizes: list[int],
    pre: int,
    meta: int,
    length: int,
    skip: int,
    false_ends: bool,
    center: bool,
) -> None:
    outs = [
        Block((50 + n,), np.arange(100 * n + 100, 100 * n + 100 + size), (60 + n,), (), skip)
        for n, size in enumerate(sizes)
    ]
    ins = [Block((70,), np.arange(900, 900 + size), (71,)) for size in given_sizes]
    fixed = 1 + meta + 2 * len(outs) + 2 * len(ins)
    if fixed > length or (center and max(1 + 2 * len(outs), fixed - 1 - 2 * len(outs)) > length // 2):
        with pytest.raises(BadTrack, match="the prompt alone has"):
            assemble(ins, [3] * meta, np.arange(0), outs, length, center_pad=center)
        return
    found = assemble(ins, [3] * meta, np.arange(800, 800 + pre), outs, length, false_ends=false_ends, center_pad=center)
    ids, labels = found.ids, found.labels
    assert len(ids) <= length and ids.tolist().count(SOS_ID) == 1
    trained = labels != IGNORED
    assert np.array_equal(labels[trained], np.append(ids[1:], EOS_ID)[trained])
    assert not trained[: ids.tolist().index(SOS_ID)].any()
    kept = int(((ids >= 100) & (ids < 800)).sum())
    assert found.truncated == (kept < sum(sizes))
    assert bool(trained[-1]) == (false_ends or not found.truncated)


def test_what_is_cut_first() -> None:
    out = Block((5,), np.arange(100, 106), (6,))
    ins = [Block((7,), np.arange(200, 206), (8,))]
    pre = np.arange(300, 306)
    whole = assemble(ins, [9], pre, [out], 30)
    assert whole.ids.tolist() == [7, *range(200, 206), 8, 9, *range(300, 306), 1, 5, *range(100, 106), 6]
    assert whole.labels.tolist() == [IGNORED] * 15 + [5, *range(100, 106), 6, EOS_ID]
    # 6 fixed, 6 targets, 6 of the previous window, 2 given
    assert assemble(ins, [9], pre, [out], 20).ids.tolist()[:4] == [7, 200, 201, 8]
    shorter = assemble(ins, [9], pre, [out], 14)
    assert shorter.ids.tolist() == [7, 8, 9, *range(302, 306), 1, 5, *range(100, 104), 6]
    assert shorter.labels.tolist()[7:] == [5, 100, 101, 102, 103, IGNORED, IGNORED]
    published = assemble(ins, [9], pre, [out], 14, false_ends=True)
    assert published.labels.tolist()[7:] == [5, 100, 101, 102, 103, 6, EOS_ID]
    with pytest.raises(BadTrack, match="the prompt alone has 6 tokens, tgt_seq_len is 5"):
        assemble(ins, [9], pre, [out], 5)


def test_cuts() -> None:
    assert frame_count(128 * 10 - 1, 128) == 10 and frame_count(128 * 10, 128) == 11
    assert cut_frames(10, 4, 0, 0, 0.0) == [Cut(0, 4, 4, 0), Cut(4, 8, 8, 4), Cut(8, 10, 10, 8)]
    assert cut_frames(10, 4, 3, 2, 0.25) == [Cut(3, 7, 6, 5), Cut(7, 10, 10, 9)]
    assert cut_frames(3, 4, 3, 0, 0.0) == []


def test_each_event_is_in_one_window() -> None:
    windows = made("v32", template=0)
    found = all_windows(windows)
    tokenizer = windows.recipe.tokenizer
    times = [
        window.cut.start * 8 + (token - tokenizer.event_start[EventType.TIME_SHIFT]) * 10
        for window in found
        for token in window.tokens.ids[window.tokens.ids.tolist().index(SOS_ID) :].tolist()
        if tokenizer.event_start[EventType.TIME_SHIFT] <= token < tokenizer.event_end[EventType.TIME_SHIFT]
    ]
    layout = windows.recipe.layout
    beatmap = parse_beatmap(map_text(count=90), "map")
    wanted = len([event for event in map_stream(beatmap, layout).events if event.type is EventType.TIME_SHIFT])
    in_map = [time for time in times if time > 0]
    assert len(in_map) >= wanted


def test_lookback_hides_the_first_part() -> None:
    plain, hidden = made("v32"), made("v32", lookback_frames=400)
    one, other = plain.window(0, None, None), hidden.window(0, None, None)
    assert one is not None and other is not None
    assert np.array_equal(one.tokens.ids, other.tokens.ids)
    assert other.tokens.targets < one.tokens.targets
    opening = hidden.recipe.tokenizer.context_sos[ContextType.TIMING]
    sos = other.tokens.ids.tolist().index(SOS_ID)
    assert other.tokens.labels[sos] == opening and other.tokens.labels[sos + 1] == IGNORED


@pytest.mark.parametrize("flip", MIRRORED)
@pytest.mark.parametrize("version", ["v29", "v30", "v32"])
def test_flipping_twice_is_nothing(version: str, flip: tuple[bool, bool]) -> None:
    events = given_map(version).events
    once = events.stream(ContextType.MAP, 1.0, flip)
    plain = events.stream(ContextType.MAP, 1.0, PLAIN)
    beatmap = parse_beatmap(map_text(count=90), "map")
    assert np.array_equal(once.values, from_stream(map_stream(beatmap, VERSIONS[version].layout, flip=flip)).values)
    changed = {int(kind) for kind in once.kinds[once.values != plain.values]}
    positions = {EventType.POS, EventType.POS_X, EventType.POS_Y, EventType.POS_REFINE}
    from osuT5.data.arrays import KINDS

    assert changed and {KINDS[kind] for kind in changed} <= positions


def test_speed_scales_what_was_parsed() -> None:
    stream = EventStream([Event(EventType.TIME_SHIFT, 1001), Event(EventType.CIRCLE, 0)], [1001, 1001])
    sped = from_stream(stream).sped(1.5)
    assert sped.values.tolist() == [667, 0] and sped.times.tolist() == [667, 667]
    beatmap, layout = parse_beatmap(map_text(count=60), "map"), VERSIONS["v29"].layout
    direct, scaled = from_stream(map_stream(beatmap, layout, 1.37)), from_stream(map_stream(beatmap, layout)).sped(1.37)
    assert np.array_equal(direct.values, scaled.values) and np.array_equal(direct.times, scaled.times)


def test_state_before_a_window() -> None:
    """Kiai is on from 5 to 9 s: windows of 8.2 s begin off, on, off."""
    windows = made("v28")
    tokenizer = windows.recipe.tokenizer
    on, off = (tokenizer.encode(Event(EventType.KIAI, value)) for value in (1, 0))
    found = [window.tokens.ids[: window.tokens.ids.tolist().index(SOS_ID)].tolist() for window in all_windows(windows)]
    assert [on in ids for ids in found[:3]] == [False, True, False] and off in found[0] and off in found[2]


@pytest.mark.parametrize(("compat", "state"), [("published", 0), ("corrected", 1)])
def test_state_counts_what_an_offset_skips(compat: str, state: int) -> None:
    windows = made("v28", compat=compat, offset=800)  # begins at 6.4 s, in the kiai
    window = windows.window(0, None, None)
    assert window is not None
    assert windows.recipe.tokenizer.encode(Event(EventType.KIAI, state)) in window.tokens.ids.tolist()


def test_last_scroll_speed_in_other_modes() -> None:
    legacy, new = made("v29"), made("v29", legacy_last_sv=False)
    tokenizer = legacy.recipe.tokenizer
    constant = tokenizer.encode(Event(EventType.SCROLL_SPEED, 100))
    double = tokenizer.encode(Event(EventType.SCROLL_SPEED, 200))
    prompts = [windows.window(1, None, None) for windows in (legacy, new)]
    ids = [w.tokens.ids[: w.tokens.ids.tolist().index(SOS_ID)].tolist() for w in prompts if w is not None]
    assert constant in ids[0] and double not in ids[0] and double in ids[1]


def test_guest_map_stands_before_with_its_own_metadata() -> None:
    windows = made("v29", template=2)
    window = windows.window(0, None, None)
    assert window is not None
    tokenizer, ids = windows.recipe.tokenizer, window.tokens.ids.tolist()
    end = tokenizer.context_eos[ContextType.GD]
    assert ids[0] == tokenizer.context_sos[ContextType.GD] and end in ids
    mode = tokenizer.encode(Event(EventType.GAMEMODE, 0))
    assert ids[1] == mode and ids[ids.index(end) + 1] == mode


def test_empty_windows_can_be_left_out() -> None:
    kept = made("v30", add_empty_sequences=True)
    dropped = made("v30", add_empty_sequences=False)
    late = made("v30", add_empty_sequences=False, add_empty_sequences_at_step=0)
    assert [len(all_windows(windows)) for windows in (kept, dropped, late)] == [2, 2, 2]
    layout = VERSIONS["v30"].layout
    for add, count in ((True, 4), (False, 2)):
        recipe = Recipe(Tokenizer.build(layout), layout, DataOptions(**{**QUIET, "add_empty_sequences": add}))
        long = MapWindows(recipe, given_map("v30"), None, SetDraws(), MapDraws(layout.templates[0]), 16000 * 120)
        assert len(all_windows(long)) == count


def test_noise_moves_the_input_only() -> None:
    quiet = made("v32")
    noisy = made(
        "v32",
        timing_random_offset=2,
        timing_random_offset_2=3,
        timing_random_offset_prob=1.0,
        snapping_random_prob=0.5,
    )
    one, other = quiet.window(0, None, None), noisy.window(0, None, CounterDice(1))
    assert one is not None and other is not None
    assert np.array_equal(one.tokens.labels, other.tokens.labels)
    codec = Codec(quiet.recipe.tokenizer)
    low, high = codec.span(EventType.TIME_SHIFT)
    first, last = codec.span(EventType.SNAPPING)
    before, after = one.tokens.ids, other.tokens.ids
    times = (before >= low) & (before < high)
    snaps = (before >= first) & (before < last)
    moved = before != after
    assert moved[times].mean() > 0.5 and np.abs(before[times] - after[times]).max() <= 5
    assert 0.2 < moved[snaps].mean() < 0.8 and ((after[snaps] >= first) & (after[snaps] < last)).all()
    assert not moved[~times & ~snaps].any()


def test_dropped_labels() -> None:
    layout = VERSIONS["v29"].layout
    tables = ClassTables(
        beatmap_mapper={11: 77}, mapper_idx={77: 0}, num_mapper_classes=1,
        beatmap_descriptors={11: [1, 0]}, descriptor_idx={"a": 0, "b": 1}, num_descriptor_classes=2,
    )  # fmt: skip
    tokenizer = Tokenizer.build(layout, tables)
    everything = {name: 1.0 for name in QUIET if name.endswith("dropout_prob")}
    recipe = Recipe(tokenizer, layout, DataOptions(**{**QUIET, **everything}))
    windows = MapWindows(
        recipe, given_map("v29", user_id=77), None, SetDraws(),
        MapDraws(layout.templates[0], drop_mapper=True, drop_style=True), SAMPLES,
    )  # fmt: skip
    kept, dropped = windows.window(0, None, None), windows.window(0, CounterDice(0), None)
    assert kept is not None and dropped is not None
    names = [tokenizer.decode(token) for token in kept.tokens.ids[2:15].tolist() if tokenizer.is_event(token)]
    assert [event.type.value for event in names[:5]] == ["gamemode", "difficulty", "mapper", "year", "hitsounded"]
    assert Event(EventType.MAPPER, 0) in names and Event(EventType.DESCRIPTOR, 1) in names
    lost = [tokenizer.decode(token) for token in dropped.tokens.ids[2:14].tolist() if tokenizer.is_event(token)]
    assert Event(EventType.MAPPER, 1) in lost and Event(EventType.DESCRIPTOR, 2) in lost
    assert Event(EventType.DIFFICULTY, 24) in lost and Event(EventType.YEAR, 2015) not in lost
    assert len(kept.tokens.ids) == len(dropped.tokens.ids) + 1
    assert (dropped.mapper_idx, dropped.beatmap_idx) == (1, 0)


def test_labels_of_maps_that_the_vocabulary_does_not_know() -> None:
    layout = VERSIONS["v29"].layout
    tables = ClassTables(mapper_idx={77: 3}, num_mapper_classes=5, descriptor_idx={"b": 1}, num_descriptor_classes=2)
    tokenizer = Tokenizer.build(layout, tables)
    given_one = given_map("v29", user_id=77, omdb_tags=("b", "unheard of"))
    for from_rows, mapper, descriptor in ((False, 5, 2), (True, 3, 1)):
        maker = LabelMaker(tokenizer, layout, DataOptions(labels_from_rows=from_rows))
        ids = [
            token for label in maker.labels(given_one.row, given_one.events.facts, 3.0, 40000.0) for token in label.ids
        ]
        found = [tokenizer.decode(token) for token in ids]
        assert Event(EventType.MAPPER, mapper) in found and Event(EventType.DESCRIPTOR, descriptor) in found


@pytest.mark.parametrize("year", [None, 1990, 2077])
def test_years_outside_the_range_are_unknown(year: int | None) -> None:
    layout = VERSIONS["v29"].layout
    tokenizer = Tokenizer.build(layout)
    given_one = given_map("v29")
    row = replace(given_one.row, year=year)
    found = LabelMaker(tokenizer, layout, DataOptions()).labels(row, given_one.events.facts, None, 1000.0)
    assert tokenizer.encode(Event(EventType.YEAR, 2077)) in [token for label in found for token in label.ids]


def test_stars_at_a_rate() -> None:
    row = replace(given_map("v29").row, star_ratings=(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0))
    assert stars_at(row, 1.0) == 3.0 and stars_at(row, 1.125) == pytest.approx(3.5)
    plain = given_map("v29").row
    assert stars_at(plain, 1.0) == 3.0
    computed = stars_at(plain, 1.5)
    assert computed is not None and computed == round(computed, 2) and computed != 3.0


def test_values_outside_the_vocabulary() -> None:
    layout = VERSIONS["v29"].layout
    codec = Codec(Tokenizer.build(layout))
    events = from_stream(EventStream([Event(EventType.TIME_SHIFT, 99000), Event(EventType.DISTANCE, 9000)], [1, 1]))
    top = codec.span(EventType.TIME_SHIFT)[1] - 1
    assert codec.encode(events, 0, 1, 0.0).tolist() == [top] and codec.clipped == 1
    with pytest.raises(BadTrack, match="event 'dist' with value 9000 has no token"):
        codec.encode(events, 0, 2, 0.0)


def test_previous_events_stand_before_sos() -> None:
    windows = made("v30", add_pre_tokens=True, max_pre_token_len=12, tgt_seq_len=5120)
    window = windows.window(1, None, None)
    assert window is not None
    ids = window.tokens.ids.tolist()
    assert ids.index(SOS_ID) - window.tokens.pre_start == 12
    before = windows.recipe.tokenizer.decode(
        next(
            t for t in ids[window.tokens.pre_start :] if windows.recipe.tokenizer.decode(t).type is EventType.TIME_SHIFT
        )
    )
    assert before.value <= 0


def test_batches_are_padded() -> None:
    windows = made("v32")
    samples = [window.sample(np.zeros(8, np.float32)) for window in all_windows(windows)]
    longest = max(len(sample["labels"]) for sample in samples)
    full, short = Collator(2560)(samples), Collator(2560, 64)(samples)
    assert full["labels"].shape == (len(samples), 2560)
    assert short["labels"].shape[1] == -(-longest // 64) * 64
    assert full["decoder_attention_mask"].sum(1).tolist() == [len(sample["labels"]) for sample in samples]
    assert (full["labels"][~full["decoder_attention_mask"]] == IGNORED).all()
    assert {key: str(value.dtype) for key, value in full.items()} == {
        "frames": "torch.float32",
        "song_position": "torch.float32",
        "beatmap_idx": "torch.int64",
        "mapper_idx": "torch.int64",
        "difficulty": "torch.float32",
        "decoder_input_ids": "torch.int64",
        "decoder_attention_mask": "torch.bool",
        "labels": "torch.int64",
    }


def test_template_without_a_guest() -> None:
    from osuT5.data.draws import without_guest

    assert without_guest(Template(("gd",), ("map",))) == Template(("none",), ("map",))
    assert without_guest(Template(("gd", "timing"), ("map",))).inputs == ("timing",)
    assert without_guest(Template((), ("map",))) == Template((), ("map",))


def test_map_events_refuse_a_flip_that_was_not_prepared() -> None:
    plain = given_map("v29").events
    bare = MapEvents(plain.facts, plain.streams, {})
    with pytest.raises(BadTrack, match="lack the mirrored positions"):
        bare.stream(ContextType.MAP, 1.0, (True, False))

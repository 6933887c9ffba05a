"""Layout of prompts: the samples of spec 03 section 7.3, state tokens, the length rule, legacy forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from osuT5.beatmap.timing_lines import TimingLine
from osuT5.capabilities import VERSIONS
from osuT5.config import Conditions, DataLayout, Template
from osuT5.events.event import ContextType, Event, EventStream, EventType
from osuT5.events.streams import timing_stream
from osuT5.generation.contexts import InContext, OutContext
from osuT5.generation.prompt import PromptBuilder, PromptError, events_between
from osuT5.tokenizer import ClassTables, Tokenizer, class_vector

TABLES = ClassTables(
    mapper_idx={7: 0}, num_mapper_classes=1, descriptor_idx={"clean": 0, "odd": 1}, num_descriptor_classes=2
)
WANTED = Conditions(
    difficulty=5.0,
    year=2020,
    circle_size=4.0,
    mapper_id=7,
    descriptors=["clean"],
    hitsounded=True,
    slider_multiplier=1.4,
)
TIMING, KIAI, MAP, SV, GD, NONE = (ContextType(name) for name in ("timing", "kiai", "map", "sv", "gd", "none"))
BEATS = [TimingLine(0, 2000.0)]


def builder(
    layout: DataLayout,
    song_length: float = 40000.0,
    template: int = 0,
    inputs: Sequence[InContext] = (),
    guidance: bool = False,
    conditions: Conditions = WANTED,
) -> PromptBuilder:
    tokenizer = Tokenizer.build(layout, TABLES)
    return PromptBuilder(
        tokenizer,
        layout,
        song_length,
        layout.window_ms,
        layout.templates[template],
        tuple(inputs),
        class_vector(tokenizer, layout, conditions, song_length),
        class_vector(tokenizer, layout, conditions, song_length, negative=True) if guidance else None,
    )


def words(tokenizer: Tokenizer, ids: Sequence[int]) -> str:
    """Prompt ids in the notation of the spec."""
    opening = {token: f"{kind.value}(" for kind, token in tokenizer.context_sos.items()}
    closing = {token: f"){kind.value}" for kind, token in tokenizer.context_eos.items()}
    special = {tokenizer.pad_id: "PAD", tokenizer.sos_id: "SOS", **opening, **closing}
    return " ".join(special.get(token) or word(tokenizer.decode(token)) for token in ids)


def word(event: Event) -> str:
    bare = ("beat", "measure", "timing_point", "circle")
    return event.type.value if event.type.value in bare else f"{event.type.value}{event.value}"


def stream(*pairs: tuple[EventType, int, int]) -> EventStream:
    """A stream of (type, value, time)."""
    return EventStream([Event(kind, value) for kind, value, _ in pairs], [time for _, _, time in pairs])


V29, V30, V31, V32 = (VERSIONS[version].layout for version in ("v29", "v30", "v31", "v32"))


def test_v29_kiai_of_the_first_window():
    made = builder(V29, inputs=[InContext(NONE, EventStream())])
    outs = [OutContext(TIMING, timing_stream(BEATS, V29, 40000.0)), OutContext(KIAI)]
    assert words(made.tokenizer, made.build(outs, 0).ids) == (
        "none( )none gamemode0 difficulty10 mapper0 year2020 hitsounded1 song_length4 global_sv140 cs8 descriptor0 "
        "kiai0 scroll_speed100 song_position-1 SOS timing( timing_point t0 beat t200 beat t400 beat t600 measure t800 )timing kiai("
    )


def test_v32_map_of_the_second_window():
    made = builder(V32)
    circle = stream((EventType.TIME_SHIFT, 9810, 9810), (EventType.CIRCLE, 0, 9810))
    outs = [OutContext(TIMING, timing_stream(BEATS, V32, 40000.0)), OutContext(MAP, circle)]
    beats = " ".join(f"t{step} {'measure' if step in (636, 1436) else 'beat'}" for step in range(36, 1637, 200))
    assert words(made.tokenizer, made.build(outs, 1637).ids) == (
        "gamemode0 difficulty10 mapper0 year2020 hitsounded1 song_length4 global_sv140 cs8 descriptor0 "
        f"scroll_speed100 song_position4 SOS timing( {beats} )timing map( t817 circle"
    )


def test_v30_is_sos_alone():
    assert builder(V30).build([OutContext(MAP)], 0).ids == [1]


def test_v31_has_no_words_for_what_it_embeds():
    made = builder(V31, inputs=[InContext(NONE, EventStream())])
    assert words(made.tokenizer, made.build([OutContext(TIMING)], 0).ids) == (
        "none( )none gamemode0 year2020 hitsounded1 global_sv140 cs8 descriptor0 kiai0 scroll_speed100 SOS timing("
    )


def test_states_are_those_before_the_window():
    made = builder(replace(V29, add_kiai_special_token=True))
    kiai = stream((EventType.KIAI, 1, 500), (EventType.KIAI, 0, 1000), (EventType.KIAI, 1, 900))
    speeds = stream((EventType.SCROLL_SPEED, 120, 900), (EventType.SCROLL_SPEED, 80, 1000))
    outs = [OutContext(TIMING), OutContext(KIAI, kiai), OutContext(MAP, speeds)]
    # Last in list order, strictly before.
    assert "kiai1 scroll_speed120 song_position2 SOS" in words(made.tokenizer, made.build(outs, 1000).ids)
    outs.append(OutContext(SV))
    assert "kiai1 scroll_speed100 song_position2 SOS" in words(made.tokenizer, made.build(outs, 1000).ids)
    assert "kiai0 scroll_speed100" in words(made.tokenizer, made.build(outs[:1], 1000).ids)


def test_guest_contexts_keep_their_own_block():
    guest = stream((EventType.CIRCLE, 0, 1000), (EventType.TIME_SHIFT, 1000, 1000), (EventType.SCROLL_SPEED, 150, 1000))
    made = builder(V29, template=2, inputs=[InContext(GD, guest, (3667,))])
    ids = made.build([OutContext(TIMING)], 0).ids
    expected = "gd( gamemode0 scroll_speed100 song_position-1 circle t100 scroll_speed150 )gd gamemode0 difficulty10"
    assert words(made.tokenizer, ids).startswith(expected)
    prefix = builder(V29, template=2, inputs=[InContext(GD, EventStream(), (3667,), typed=False)])
    assert words(prefix.tokenizer, prefix.build([OutContext(TIMING)], 0).ids).startswith(
        "gamemode0 scroll_speed100 song"
    )


def test_negative_prompts_say_what_to_avoid():
    made = builder(V32, guidance=True, conditions=replace(WANTED, negative_descriptors=["odd"]))
    prompt = made.build([OutContext(TIMING)], 0)
    assert prompt.negative is not None
    assert words(made.tokenizer, prompt.ids).replace("descriptor0", "descriptor1") == words(
        made.tokenizer, prompt.negative
    )


def test_times_before_and_beyond_the_range_are_clipped():
    made = builder(V29)
    shift = EventType.TIME_SHIFT
    odd = stream((shift, 990, 1000), (shift, 1019, 1000), (shift, 99999, 1000))
    assert words(made.tokenizer, made.build([OutContext(TIMING, odd)], 1000).ids).endswith("timing( t0 t1 t818")


def test_windows_of_unordered_lists():
    assert events_between(EventStream(), 0, 100) == []
    events = [Event(EventType.VOLUME, value) for value in range(6)]
    unordered = EventStream(events, [0, 50, 10, 200, 90, 300])
    assert [event.value for event in events_between(unordered, 5, 100)] == [1, 2, 3, 4]
    assert [event.value for event in events_between(unordered, 60, 100)] == [3, 4]
    assert [event.value for event in events_between(unordered, 0, 1000)] == [0, 1, 2, 3, 4, 5]
    assert events_between(unordered, 301, 100) == []


def test_long_prompts_keep_the_newest_ids():
    layout = replace(V32, tgt_seq_len=128)
    made = builder(layout, guidance=True)
    many = stream(*[(EventType.TIME_SHIFT, 10 * step, 10 * step) for step in range(200)])
    outs = [OutContext(TIMING, many), OutContext(MAP, many)]
    prompt = made.build(outs, 0)
    # 64 ids of each context are still too many with the 14 others; 32 of each fit.
    steps = " ".join(f"t{step}" for step in range(168, 200))
    assert words(made.tokenizer, prompt.ids).endswith(f"SOS timing( {steps} )timing map( {steps}")
    assert prompt.negative is not None
    assert prompt.negative[-32:] == prompt.ids[-32:]


def test_prompts_that_never_fit_are_an_error():
    with pytest.raises(PromptError, match="window at 0 ms: 13 ids"):
        builder(replace(V32, tgt_seq_len=12)).build([OutContext(TIMING)], 0)


def test_hidden_last_context():
    made = builder(V29)
    beats = OutContext(TIMING, timing_stream(BEATS, V29, 40000.0))
    assert words(made.tokenizer, made.build([beats], 0, show_last=False).ids).endswith("SOS timing(")


def test_legacy_pre_tokens_and_centre_padding():
    layout = replace(
        V29,
        templates=(Template((), ("map",)),),
        add_out_context_types=False,
        add_pre_tokens=True,
        max_pre_token_len=2,
        center_pad_decoder=True,
        tgt_seq_len=40,
    )
    made = builder(layout)
    shift, circle = EventType.TIME_SHIFT, EventType.CIRCLE
    notes = stream(
        *[(kind, value, time) for time in (8100, 8150, 8300) for kind, value in ((circle, 0), (shift, time))]
    )
    text = words(made.tokenizer, made.build([OutContext(MAP, notes)], 8184).ids)
    assert text.split("SOS")[0].split()[-3:] == ["song_position20", "circle", "t-3"]
    assert text.endswith("SOS circle t11")
    assert made.build([OutContext(MAP, notes)], 8184).ids.index(1) == 20
    assert text.startswith("PAD ")

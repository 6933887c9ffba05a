"""One difficulty made ready: any of its windows as tokens, labels and side inputs (spec 05 section 5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..compat import Compat
from ..config import DataLayout
from ..events.event import ContextType, Event, EventType
from ..tokenizer import Tokenizer
from ..tokenizer import metadata as tokens
from .arrays import Codec, EventArrays, Ints
from .cut import ContextTrack, Cut, cut_frames, tells_kiai, tells_speed
from .dice import Dice
from .draws import MapDraws, SetDraws
from .meta import Label, LabelMaker, drop_labels, stars_at
from .noise import jitter, snapping_noise
from .options import DataOptions
from .parse import MapEvents
from .rows import MapRow
from .sequence import Block, Tokens, assemble

_NO_IDS = np.empty(0, np.int64)


@dataclass(frozen=True)
class Recipe:
    """What all windows of a run share. ``step`` tells the current training step (for options that begin at one)."""

    tokenizer: Tokenizer
    layout: DataLayout
    options: DataOptions
    compat: Compat = field(default_factory=Compat)
    weights: dict[int, float] | None = None  # sample weight by beatmap id
    step: Callable[[], int] = lambda: 0
    codec: Codec = field(init=False)
    labels: LabelMaker = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "codec", Codec(self.tokenizer))
        object.__setattr__(self, "labels", LabelMaker(self.tokenizer, self.layout, self.options))

    @property
    def frame_ms(self) -> float:
        """Length of a frame in ms."""
        return self.layout.hop_length * 1000 / self.layout.sample_rate


@dataclass(frozen=True)
class Given:
    """A map that takes part in a window: its row and its events."""

    row: MapRow
    events: MapEvents


@dataclass(frozen=True)
class Window:
    """One training sample without its audio. ``cut`` says which frames it hears."""

    row: MapRow
    number: int
    count: int  # windows of the difficulty
    cut: Cut
    frames: int  # of the song
    tokens: Tokens
    beatmap_idx: int
    mapper_idx: int
    difficulty: float
    weight: float | None

    @property
    def song_position(self) -> tuple[float, float]:
        """Start and end as fractions of the song."""
        return self.cut.start / self.frames, self.cut.end / self.frames

    def sample(self, audio: np.ndarray) -> dict[str, Any]:
        """The keys of spec 05 section 5.5 (ids and labels unpadded); ``audio`` is what the window hears."""
        found: dict[str, Any] = {
            "frames": audio,
            "song_position": np.array(self.song_position, dtype=np.float32),
            "beatmap_idx": self.beatmap_idx,
            "mapper_idx": self.mapper_idx,
            "difficulty": np.float32(self.difficulty),
            "decoder_input_ids": self.tokens.ids,
            "labels": self.tokens.labels,
        }
        if self.weight is not None:
            found["sample_weights"] = np.float32(self.weight)
        return found


class MapWindows:
    """All windows of one difficulty under the draws that were made for it. Raises ``BadTrack``."""

    def __init__(
        self,
        recipe: Recipe,
        given: Given,
        guest: Given | None,
        of_set: SetDraws,
        of_map: MapDraws,
        samples: int,
    ) -> None:
        """``samples`` is the length of the sped song in audio samples."""
        layout = recipe.layout
        self.recipe, self.row, self.draws = recipe, given.row, of_map
        self.frames = samples // layout.hop_length + 1
        self._length_ms = samples * 1000 / layout.sample_rate
        window = layout.src_seq_len - 1
        self.cuts = cut_frames(self.frames, window, of_map.offset, of_map.lookback, layout.lookahead)
        self._stars = stars_at(given.row, of_set.speed)
        self._labels = recipe.labels.labels(given.row, given.events.facts, self._stars, self._length_ms)
        names = list(of_map.template.inputs)
        if recipe.options.add_gd_context and guest is not None:
            names.append("gd")
        self._extra_guest = recipe.options.add_gd_context and "gd" not in of_map.template.inputs
        self._guest_labels = self._labels_of(guest, of_set)
        self._ins = [self._track(name, given, guest, of_set) for name in names]
        self._outs = [self._track(name, given, guest, of_set) for name in of_map.template.outputs]

    def __len__(self) -> int:
        return len(self.cuts)

    def window(self, number: int, dice: Dice | None, noise: Dice | None) -> Window | None:
        """One window; ``dice`` drops labels, ``noise`` disturbs the input. None for an empty one that is not wanted."""
        cut, recipe = self.cuts[number], self.recipe
        result = self._tokens(number, dice)
        if not result.targets and not self._keeps_empty():
            return None
        if noise is not None:
            jitter(result.ids, result.pre_start, recipe.codec, recipe.options, noise)
            snapping_noise(result.ids, recipe.layout.tgt_seq_len, recipe.codec, recipe.options, noise)
        style = recipe.tokenizer.num_classes if self.draws.drop_style else self.row.number
        mappers = recipe.tokenizer.tables.num_mapper_classes
        return Window(
            row=self.row,
            number=number,
            count=len(self.cuts),
            cut=cut,
            frames=self.frames,
            tokens=result,
            beatmap_idx=style,
            mapper_idx=mappers if self.draws.drop_mapper else recipe.labels.mapper_index(self.row),
            difficulty=-1.0 if self._stars is None else self._stars,
            weight=None if recipe.weights is None else recipe.weights.get(self.row.beatmap_id, 1.0),
        )

    def _labels_of(self, guest: Given | None, of_set: SetDraws) -> list[Label]:
        if guest is None:
            return []
        stars = stars_at(guest.row, of_set.speed)
        return self.recipe.labels.labels(guest.row, guest.events.facts, stars, self._length_ms)

    def _track(self, name: str, given: Given, guest: Given | None, of_set: SetDraws) -> ContextTrack:
        kind = ContextType(name)
        source = guest if kind is ContextType.GD and guest is not None else given
        events: EventArrays = source.events.stream(kind, of_set.speed, of_set.flip)
        return ContextTrack(kind, events, self.frames, self.recipe.frame_ms)

    def _tokens(self, number: int, dice: Dice | None) -> Tokens:
        cut, layout = self.cuts[number], self.recipe.layout
        meta = [*drop_labels(self._labels, dice), *self._state_ids(self._outs, number, True), *self._place(cut)]
        return assemble(
            [self._in_block(track, number, dice) for track in self._ins],
            meta,
            self._previous(number),
            [self._out_block(track, cut) for track in self._outs],
            layout.tgt_seq_len,
            false_ends=self.recipe.compat.published("data_false_ends"),
            center_pad=layout.center_pad_decoder,
        )

    def _in_block(self, track: ContextTrack, number: int, dice: Dice | None) -> Block:
        cut, tokenizer = self.cuts[number], self.recipe.tokenizer
        typed = not (self._extra_guest and track.kind is ContextType.GD) and track.kind in tokenizer.context_sos
        meta: list[int] = []
        if track.kind is ContextType.GD:
            meta = drop_labels(self._guest_labels, dice)
        meta += self._state_ids([track], number, False)
        if track.kind is ContextType.GD:
            meta += self._place(cut)
        events = self._encoded(track, track.shown(cut), cut)
        return Block(*self._brackets(track.kind, typed, events), meta)

    def _out_block(self, track: ContextTrack, cut: Cut) -> Block:
        span = track.targets(cut)
        labelled_from = track.first(cut.label_start) - span[0]
        events = self._encoded(track, span, cut)
        brackets = self._brackets(track.kind, self.recipe.layout.add_out_context_types, events)
        return Block(*brackets, labelled_from=labelled_from)

    def _brackets(self, kind: ContextType, typed: bool, events: Ints) -> tuple[tuple[int, ...], Ints, tuple[int, ...]]:
        tokenizer = self.recipe.tokenizer
        if not typed:
            return (), events, ()
        return (tokenizer.context_sos[kind],), events, (tokenizer.context_eos[kind],)

    def _encoded(self, track: ContextTrack, span: tuple[int, int], cut: Cut) -> Ints:
        return self.recipe.codec.encode(track.events, *span, cut.start * self.recipe.frame_ms)

    def _previous(self, number: int) -> Ints:
        """Events of the first target context in the previous window, where the layout wants them."""
        layout = self.recipe.layout
        begun = 0 <= layout.add_pre_tokens_at_step <= self.recipe.step()
        if not (layout.add_pre_tokens or begun) or number == 0 or not self._outs:
            return _NO_IDS
        track = self._outs[0]
        ids = self._encoded(track, track.targets(self.cuts[number - 1]), self.cuts[number])
        limit = layout.max_pre_token_len
        return ids[max(len(ids) - limit, 0) :] if limit > 0 else ids

    def _state_ids(self, tracks: Sequence[ContextTrack], number: int, targets: bool) -> list[int]:
        """Last kiai and last scroll speed before a window, as the last track that tells them knows it."""
        layout, ids = self.recipe.layout, []
        if layout.add_kiai_special_token:
            ids += self._state(EventType.KIAI, [t for t in tracks if tells_kiai(t.kind, layout)], number, targets)
        if layout.add_sv_special_token:
            telling = [t for t in tracks if tells_speed(t.kind, layout)]
            if not self.recipe.options.legacy_last_sv:
                telling = [t for t in telling if len(t.events)] or telling
            ids += self._state(EventType.SCROLL_SPEED, telling, number, targets)
        return ids

    def _state(self, kind: EventType, telling: Sequence[ContextTrack], number: int, targets: bool) -> list[int]:
        if not telling:
            return []
        track = telling[-1]
        if self.recipe.compat.published("data_window_state"):
            spans = [track.targets(cut) if targets else track.shown(cut) for cut in self.cuts[:number]]
            value = track.state_of_windows(kind, spans)
        else:
            value = track.state_before(kind, self.cuts[number])
        return [self.recipe.tokenizer.encode(Event(kind, value))]

    def _place(self, cut: Cut) -> list[int]:
        if not self.recipe.layout.add_song_position_token:
            return []
        return [tokens.song_position_token(self.recipe.tokenizer, cut.start, self.frames)]

    def _keeps_empty(self) -> bool:
        options = self.recipe.options
        begun = 0 <= options.add_empty_sequences_at_step <= self.recipe.step()
        bracketed = self.recipe.layout.add_out_context_types and self.recipe.compat.published("data_empty_windows")
        return options.add_empty_sequences or begun or bracketed

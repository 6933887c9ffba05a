"""Teacher forcing: the model reads a finished map and says how likely each of its events was (spec 06 section 1.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..events.event import ContextType, Event, EventStream, EventType
from ..generation.decode import pad_left
from ..generation.encoded import EncodedWindows
from ..generation.walk import Walk
from ..model.cache import key_mask_of
from ..model.modeling import Mapperatorinator, positions_of
from ..tokenizer import Tokenizer
from ..windows import MS_PER_STEP, padded_song
from .surprisal import surprisals
from .windows import ScoringPrompt, ScoringPrompts, Span

HALF_STEP = MS_PER_STEP // 2  # decoded times lie in the middle of their step
ROWS_AT_ONCE = 512  # rows of logits that are held at once


@dataclass(frozen=True)
class Score:
    """What the model made of one event. ``expected`` has its time in ms; a CONTROL one carries an id."""

    surprisal: float
    entropy: float
    relative: float
    expected: Event


@dataclass(frozen=True)
class EndScore:
    """What the model made of a context's end, seen from the window that starts at ``window_time`` (ms)."""

    time: int  # ms, of the last event; of the window without one
    window_time: int
    score: Score


@dataclass
class ScoredContext:
    """A context of the map with a score for each event; None for events outside the scored windows."""

    kind: ContextType
    stream: EventStream
    scores: list[Score | None]
    end: EndScore | None = None


@dataclass
class Scored:
    """All contexts, and how many events were lost because their window holds too many tokens."""

    contexts: list[ScoredContext]
    lost: int = 0
    tokens: int = 0  # read by the decoder
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Target:
    """One id to score: row and column of its prediction in a batch, and where its score belongs."""

    row: int
    column: int
    token: int
    context: int
    event: int  # index of the event; -1 for the end of the context
    window_time: int


Report = Callable[[int, int], None]  # windows done, windows in all


def score_map(
    model: Mapperatorinator,
    walk: Walk,
    samples: NDArray[np.float32],
    *,
    batch_size: int = 16,
    start_time: float | None = None,
    end_time: float | None = None,
    report: Report = lambda done, total: None,
) -> Scored:
    """Score every event of ``walk.outs`` once; only windows that hold part of start..end (ms) are read.

    ``samples`` is the song (f32, mono). Raises ``PromptError`` where a prompt cannot be made to fit.
    """
    prompts = ScoringPrompts(walk.builder, walk.outs, walk.windows, walk.geometry)
    scored = Scored([ScoredContext(out.kind, out.stream, [None] * len(out.stream)) for out in walk.outs])
    wanted = [
        window
        for window in range(len(walk.windows))
        if (start_time is None or prompts.slice_end(window) > start_time)
        and (end_time is None or prompts.slice_start(window) <= end_time)
    ]
    scorer = _Scorer(model, walk, samples, scored, ends=end_time is None)
    for done in range(0, len(wanted), batch_size):
        batch = [prompts.prompt(window) for window in wanted[done : done + batch_size]]
        scorer.score(batch)
        report(min(done + batch_size, len(wanted)), len(wanted))
    if scored.lost:
        scored.warnings.append(
            f"{scored.lost} events were not scored: their windows hold more tokens than the model can read"
        )
    return scored


class _Scorer:
    """Runs batches of prompts and files the scores."""

    def __init__(
        self, model: Mapperatorinator, walk: Walk, samples: NDArray[np.float32], scored: Scored, ends: bool
    ) -> None:
        self.model, self.walk, self.scored, self.ends = model, walk, scored, ends
        size = walk.builder.layout.window_samples
        padded, starts = padded_song(samples, walk.windows.starts, size)
        self.windows = EncodedWindows(model, padded, starts, size, budget=0)  # each window is read once

    @torch.inference_mode()
    def score(self, batch: Sequence[ScoringPrompt]) -> None:
        ids = pad_left([prompt.ids for prompt in batch], max(len(prompt.ids) for prompt in batch), self.model.device)
        targets = list(self._targets(batch, ids.shape[1]))
        for prompt in batch:
            self.scored.lost += sum(span.lost for span in prompt.spans)
            self.scored.tokens += len(prompt.ids)
        if not targets:
            return
        hidden = self._hidden(batch, ids)
        for first in range(0, len(targets), ROWS_AT_ONCE):
            self._file(targets[first : first + ROWS_AT_ONCE], hidden)

    def _hidden(self, batch: Sequence[ScoringPrompt], ids: Tensor) -> Tensor:
        """Decoder states (B, T, d) of whole prompts, each position seeing only those before it."""
        model = self.model
        real = ids != self._tokenizer.pad_id
        positions = positions_of(real)
        rows = [self.walk.conditions_at(prompt.time) for prompt in batch]
        cross = self.windows.cross([prompt.window for prompt in batch], rows)
        with model.autocast():
            return model.decoder(model.embed(ids), positions, int(positions.max()) + 1, cross, key_mask_of(real))

    def _file(self, targets: Sequence[_Target], hidden: Tensor) -> None:
        rows = torch.tensor([target.row for target in targets], device=hidden.device)
        columns = torch.tensor([target.column for target in targets], device=hidden.device)
        tokens = torch.tensor([target.token for target in targets], device=hidden.device)
        with self.model.autocast():
            logits = self.model.transformer.proj_out(hidden[rows, columns])
        found = surprisals(logits, tokens)
        numbers = torch.stack((found.surprisal, found.entropy, found.relative), 1).tolist()
        for target, (bits, entropy, relative), token in zip(targets, numbers, found.likeliest.tolist(), strict=True):
            expected = expected_event(self._tokenizer, token, target.window_time)
            self._put(target, Score(bits, entropy, relative, expected))

    def _targets(self, batch: Sequence[ScoringPrompt], width: int) -> Iterator[_Target]:
        for row, prompt in enumerate(batch):
            shift = width - len(prompt.ids) - 1  # the prediction of an id stands one column before it
            for context, span in enumerate(prompt.spans):
                for event in range(max(span.scored_start, span.start), span.scored_stop):
                    place = span.position + event - span.start
                    yield _Target(row, place + shift, prompt.ids[place], context, event, prompt.time)
                if self.ends and self._may_end(context, span):
                    column = span.position + span.size + shift
                    yield _Target(row, column, self._end_id(context), context, -1, prompt.time)

    def _may_end(self, context: int, span: Span) -> bool:
        """From the window that scores the last event on, the context has nothing more to say."""
        return span.whole and span.scored_stop == len(self.scored.contexts[context].stream)

    def _end_id(self, context: int) -> int:
        kind = self.scored.contexts[context].kind
        return self._tokenizer.context_eos.get(kind, self._tokenizer.eos_id)

    def _put(self, target: _Target, score: Score) -> None:
        context = self.scored.contexts[target.context]
        if target.event >= 0:
            context.scores[target.event] = score
        elif context.end is None or score.relative > context.end.score.relative:
            time = context.stream.times[-1] if context.stream.times else target.window_time
            context.end = EndScore(time, target.window_time, score)

    @property
    def _tokenizer(self) -> Tokenizer:
        return self.walk.builder.tokenizer


def expected_event(tokenizer: Tokenizer, token: int, window_time: int) -> Event:
    """The event that an id stands for, times in ms; ids that are no event become CONTROL with the id."""
    if not tokenizer.is_event(token):
        return Event(EventType.CONTROL, token)
    event = tokenizer.decode(token)
    if event.type is EventType.TIME_SHIFT:
        return Event(event.type, window_time + event.value * MS_PER_STEP + HALF_STEP)
    return event

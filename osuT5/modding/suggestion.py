"""One suggestion, and how they are made of scores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..beatmap import Beatmap
from ..compat import Compat
from ..config import DataLayout
from ..events.event import ContextType, Event, EventType
from ..tokenizer import Tokenizer
from .categories import Surprise, advise
from .filters import MIN_RELATIVE, worth_telling
from .links import ObjectFinder, Target
from .names import OBJECT_GROUPS, NamedGroup, StreamGroups
from .scoring import Score, ScoredContext
from .words import END_OF_SEQUENCE, Words

BITS_A_POINT = 10  # relative surprisal that one point of importance stands for
END_GROUP = "End"


@dataclass(frozen=True)
class Suggestion:
    """Where the model would have gone on in another way. Times in ms; ``index`` is the event's place in its context,
    -1 for the context's end."""

    context: ContextType
    index: int
    time: int
    target: Target
    group: str
    category: str
    message: str
    actual: Event
    expected: Event
    actual_words: str
    expected_words: str
    score: Score

    @property
    def importance(self) -> float:
        """Relative surprisal in points, as reports show it (rounded)."""
        return self.score.relative / BITS_A_POINT


class Suggester:
    """Makes suggestions for one map."""

    def __init__(self, beatmap: Beatmap, layout: DataLayout, tokenizer: Tokenizer, compat: Compat) -> None:
        self.beatmap, self.layout = beatmap, layout
        self.finder = ObjectFinder(beatmap, columns=not compat.published("mania_combo_links"))
        self.words = Words(layout, frozenset({tokenizer.eos_id, *tokenizer.context_eos.values()}))

    def suggestions(self, context: ScoredContext, min_relative: float = MIN_RELATIVE) -> list[Suggestion]:
        """In order of the events; the end of the context comes last."""
        groups = StreamGroups(context.stream, self.layout.types_first)
        found = list(self._of_events(context, groups, min_relative))
        if context.end is not None and context.end.score.relative >= min_relative:
            found += self._of_end(context)
        return found

    def _of_events(self, context: ScoredContext, groups: StreamGroups, min_relative: float) -> Iterator[Suggestion]:
        for index, score in enumerate(context.scores):
            if score is None or score.relative < min_relative or not groups.has(index):
                continue
            group = groups.of(index)
            if worth_telling(context.stream.events[index], score.expected, group, groups.after(group)):
                yield self._suggestion(context, groups, group, index, score)

    def _suggestion(
        self, context: ScoredContext, groups: StreamGroups, group: NamedGroup, index: int, score: Score
    ) -> Suggestion:
        actual, time = context.stream.events[index], context.stream.times[index]
        previous, beat = groups.placed_before(group), groups.next_beat(group)
        surprise = Surprise(
            actual=actual,
            expected=score.expected,
            actual_words=self.words.of(actual),
            expected_words=self.words.of(score.expected),
            context=context.kind,
            group=group.type,
            group_value=group.group.value,
            previous=previous.name if previous else "None",
            mode=self.beatmap.mode,
            beats_inside=self.layout.add_timing,
            next_beat=beat.group.time if beat else None,
        )
        target = self._target(group, context, time) if group.type in OBJECT_GROUPS else Target(time)
        return _made(surprise, index, time, target, groups.name_at(index), score)

    def _target(self, group: NamedGroup, context: ScoredContext, time: int) -> Target:
        events = (context.stream.events[index] for index in group.group.indices)
        column = next((event.value for event in events if event.type is EventType.MANIA_COLUMN), None)
        return self.finder.at(time, column)

    def _of_end(self, context: ScoredContext) -> Iterator[Suggestion]:
        end = context.end
        if end is None or end.score.expected.type is EventType.CONTROL:
            return
        surprise = Surprise(
            actual=Event(EventType.CONTROL, -1),
            expected=end.score.expected,
            actual_words=END_OF_SEQUENCE,
            expected_words=self.words.of(end.score.expected),
            context=context.kind,
            group=EventType.CONTROL,
            mode=self.beatmap.mode,
            at_end=True,
        )
        target = self.finder.at(end.time) if context.kind is ContextType.MAP else Target(end.time)
        yield _made(surprise, -1, end.time, target, END_GROUP, end.score)


def _made(surprise: Surprise, index: int, time: int, target: Target, group: str, score: Score) -> Suggestion:
    category, message = advise(surprise)
    return Suggestion(
        context=surprise.context,
        index=index,
        time=time,
        target=target,
        group=group,
        category=category,
        message=message,
        actual=surprise.actual,
        expected=surprise.expected,
        actual_words=surprise.actual_words,
        expected_words=surprise.expected_words,
        score=score,
    )

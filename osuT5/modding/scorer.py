"""Scores maps with the model that the options name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

from ..capabilities import Capabilities
from ..compat import Compat
from ..config import Conditions, GenerationOptions
from ..events.errors import EventError
from ..generation.prompt import PromptError
from ..generation.templates import TemplateError
from ..options import InferenceOptions
from ..pipeline.names import check_names
from ..request import RequestError
from ..request.abilities import check_abilities, ignored
from ..request.checks import checked, compat_of
from ..request.fill import fill_from_reference
from ..request.reference import Reference
from ..request.request import conditions_of
from ..tokenizer import TokenizerError
from .models import Chosen, Loaded, Models, Notify
from .options import ModOptions
from .scoring import Report, Scored, score_map
from .source import Samples, Songs, Source
from .walk import scoring_walk

_UNREADABLE = (EventError, TokenizerError, TemplateError, PromptError)


@dataclass(frozen=True)
class ScoredMap:
    """Scores of one map, and what made them."""

    scored: Scored
    conditions: Conditions
    chosen: Chosen
    loaded: Loaded
    audio_ms: float
    compat: Compat


@dataclass(frozen=True)
class _Asked:
    """What :func:`check_names` looks at."""

    conditions: Conditions
    able: Capabilities
    compat: Compat


class Scorer:
    """Keeps model and song from map to map."""

    def __init__(self, options: ModOptions, notify: Notify) -> None:
        self.options, self.notify = options, notify
        self.given = checked(plain_options(options))
        self.compat = compat_of(self.given)
        self.models = Models(self.given, options.precision, notify)
        self.songs = Songs()

    def score(self, source: Source, report: Report) -> ScoredMap:
        """Raises ``ValueError`` with one line for a map, song, option or checkpoint that cannot be used."""
        self._check_early(source)
        chosen, loaded = self.models.choose(source.beatmap.mode)
        conditions = self._conditions(source, chosen, loaded)
        samples = self.songs.load(source, chosen.able.layout)
        try:
            scored = self._scored(source, chosen, loaded, conditions, samples, report)
        except _UNREADABLE as error:
            raise RequestError(f"beatmap_path: {source.path.name} cannot be read by {loaded.name}: {error}") from None
        audio_ms = len(samples) / chosen.able.layout.sample_rate * 1000
        return ScoredMap(scored, conditions, chosen, loaded, audio_ms, self.compat)

    def _check_early(self, source: Source) -> None:
        """What is wrong with song or options shows before a model is loaded."""
        first, mode = self.models.first, source.beatmap.mode
        samples = self.songs.load(source, first.able.layout)
        length, start = len(samples) / first.able.layout.sample_rate * 1000, self.options.start_time
        if start is not None and start >= length:
            raise RequestError(f"start_time: {start} ms is past the end of the song, {length:.0f} ms")
        if mode in first.able.gamemodes:
            check_abilities(replace(first.options, gamemode=mode, in_context=[]), first.able, mode)

    def _scored(
        self,
        source: Source,
        chosen: Chosen,
        loaded: Loaded,
        conditions: Conditions,
        samples: Samples,
        report: Report,
    ) -> Scored:
        options, layout = chosen.options, chosen.able.layout
        geometry = GenerationOptions(lookback=options.lookback, lookahead=options.lookahead)
        walk = scoring_walk(loaded.tokenizer, layout, source.beatmap, conditions, len(samples), geometry, self.compat)
        loaded.model.set_published_masks(self.compat.published("packed_masks"))
        return score_map(
            loaded.model,
            walk,
            samples,
            batch_size=options.max_batch_size,
            start_time=self.options.start_time,
            end_time=self.options.end_time,
            report=report,
        )

    def _conditions(self, source: Source, chosen: Chosen, loaded: Loaded) -> Conditions:
        """What the map is, and the style that the user wants it judged against."""
        mode = source.beatmap.mode
        reference = Reference(source.path, source.beatmap, source.conditions, source.song)
        given = replace(chosen.options, gamemode=mode, in_context=[])
        filled = fill_from_reference(given, chosen.preset, reference, self.compat).options
        check_abilities(filled, chosen.able, mode)
        conditions = conditions_of(filled)
        notices: Iterator[str] = check_names(_Asked(conditions, chosen.able, self.compat), loaded.tokenizer)
        for notice in (*ignored(chosen.options, chosen.able, mode), *notices):
            self.notify(notice)
        return conditions


def plain_options(options: ModOptions) -> InferenceOptions:
    """Options of the model with the style put in."""
    entries = fields(InferenceOptions)
    plain = InferenceOptions(**{entry.name: getattr(options.inference, entry.name) for entry in entries})
    style = {name: getattr(options, name) for name in ("year", "mapper_id", "descriptors")}
    if isinstance(style["descriptors"], str | int):
        style["descriptors"] = [style["descriptors"]]
    given = {name: value for name, value in style.items() if value is not None}
    return replace(plain, **given)

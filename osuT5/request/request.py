"""A complete request: options in, everything that a run needs to know out (spec 03 section 3)."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from osu_diffusion.settings import RefinerSettings

from ..audio import AudioError, AudioTags, audio_tags
from ..capabilities import STARTER, Capabilities
from ..compat import Compat
from ..config import Conditions, GenerationOptions, Sampling
from ..files import safe_name
from ..generation.plan import Plan, plan_run
from ..generation.templates import TemplateError
from ..options import InferenceOptions
from ..postprocess.settings import MapSettings
from .abilities import capabilities_of, check_abilities, ignored
from .by_level import told_stars
from .checks import HEARD, checked, compat_of
from .errors import OptionError, RequestError
from .fill import FROM_DEFAULT, FROM_SONG, GIVEN, Filled, derive_unicode, fill_from_defaults, fill_from_reference
from .paths import Paths, check_adapter, reference_path, resolve_paths
from .reference import Reference, read_reference
from .several import Naming, given_lists, naming_of, spread
from .tags import map_tags
from .timing import KnownTiming, given_timing, known_timing

SEED_LIMIT = 65536
REFINED_MODES = (0, 2)
_PICTURES = {"image/jpeg": "jpg", "image/png": "png"}  # what the game shows


@dataclass(frozen=True)
class Request:
    """What to make, from what, with which checkpoint. ``options`` are complete and checked."""

    options: InferenceOptions
    paths: Paths
    reference: Reference | None
    able: Capabilities
    compat: Compat
    plan: Plan
    conditions: Conditions
    reference_conditions: Conditions | None
    generation: GenerationOptions
    settings: MapSettings
    refiner: RefinerSettings | None  # None: positions come from the model itself
    seed: int
    known_timing: KnownTiming
    origins: dict[str, str]  # option to where its value comes from
    notices: tuple[str, ...]
    cover: bytes | None = None  # picture of the song's tags that the background is to be made of
    naming: Naming | None = None  # of a map in a spread: its version follows from its stars


def draw_seed() -> int:
    return random.SystemRandom().randint(0, SEED_LIMIT)


def complete_all(
    options: InferenceOptions,
    preset: InferenceOptions,
    base: InferenceOptions,
    *,
    named: Collection[str] = (),
    new_seed: Callable[[], int] = draw_seed,
) -> list[Request]:
    """One request for every map that ``options`` ask for: conditions may be lists, and there may be candidates.

    Arguments and exceptions as of :func:`complete`.
    """
    seed = new_seed() if options.seed is None else options.seed
    naming = naming_of(options, preset)
    made = [complete(single, preset, base, named=named) for single in spread(options, seed)]
    if naming is not None:
        made = [_with_shared_tags(each, made, list(given_lists(options)), base) for each in made]
    if options.seed is None:
        made = [replace(each, origins={**each.origins, "seed": FROM_DEFAULT}) for each in made]
    return [replace(each, naming=naming) for each in made]


def _with_shared_tags(request: Request, every: list[Request], listed: list[str], base: InferenceOptions) -> Request:
    """The maps of a set have the same tags: the lists that they come from, in place of one value each."""
    of_seed = [each for each in every if each.seed == request.seed]
    lists: dict[str, Any] = {name: [getattr(each.options, name) for each in of_seed] for name in listed}
    shown = replace(request.options, **lists)
    return replace(request, settings=replace(request.settings, tags=map_tags(shown, base, request.compat)))


def complete(
    options: InferenceOptions,
    preset: InferenceOptions,
    base: InferenceOptions,
    *,
    named: Collection[str] = (),
    new_seed: Callable[[], int] = draw_seed,
) -> Request:
    """Check, fill and derive. ``preset`` has the values of the version's configuration, ``base`` the schema defaults;
    ``named`` are options that the user has set, if only to the value of the preset.

    Raises :class:`OptionError` or :class:`RequestError` before anything is loaded or written.
    """
    given = checked(options)
    compat = compat_of(given)
    reference = _reference(given)
    if reference is None:
        paths = resolve_paths(given, None, "")
    else:
        paths = resolve_paths(given, reference.path, reference.song.audio_filename)
    check_adapter(given)
    song = _song_tags(paths.audio)
    seeded = replace(given, seed=new_seed() if given.seed is None else given.seed)
    filled = _filled(seeded, preset, reference, song, compat)
    pictured = _with_cover(filled, paths, song, compat)
    request = _request(given, pictured, preset, base, reference, paths, compat, named)
    cover = song.cover if pictured is not filled else None
    return replace(request, cover=cover)


def _reference(options: InferenceOptions) -> Reference | None:
    path = reference_path(options)
    return None if path is None else read_reference(path)


def _song_tags(path: Path) -> AudioTags:
    try:
        return audio_tags(path)
    except AudioError as error:
        raise RequestError(f"audio_path: {error}") from None


def _filled(
    options: InferenceOptions,
    preset: InferenceOptions,
    reference: Reference | None,
    song: AudioTags,
    compat: Compat,
) -> Filled:
    if reference is not None:
        filled = fill_from_reference(options, preset, reference, compat)
    else:
        tags = AudioTags() if compat.published("song_tags") else song
        filled = fill_from_defaults(options, tags, by_level=capabilities_of(options).settings_by_level)
    return Filled(derive_unicode(filled.options), filled.origins)


def _with_cover(filled: Filled, paths: Paths, song: AudioTags, compat: Compat) -> Filled:
    """The picture in the song's tags as background where there is no other."""
    kind = _PICTURES.get(song.cover_mime)
    if filled.options.background or not song.cover or kind is None or compat.published("song_tags"):
        return filled
    path = paths.output / f"{safe_name(paths.audio.stem)} cover.{kind}"
    return Filled(replace(filled.options, background=str(path)), {**filled.origins, "background": FROM_SONG})


def _request(
    given: InferenceOptions,
    filled: Filled,
    preset: InferenceOptions,
    base: InferenceOptions,
    reference: Reference | None,
    paths: Paths,
    compat: Compat,
    named: Collection[str],
) -> Request:
    options, able = filled.options, capabilities_of(given)
    mode = reference.conditions.gamemode if reference else None
    check_abilities(options, able, mode)
    generation = generation_options(options)
    known, plan = _timing_and_plan(given, preset, able, generation, options.gamemode, compat, named)
    return Request(
        options=options,
        paths=paths,
        reference=reference,
        able=able,
        compat=compat,
        plan=plan,
        conditions=_told(options),
        reference_conditions=reference.conditions if reference else None,
        generation=generation,
        settings=_settings(options, paths, map_tags(options, base, compat), compat),
        refiner=refiner_settings(options),
        seed=int(options.seed or 0),
        known_timing=known,
        origins={**_given_origins(given), **filled.origins},
        notices=(
            *ignored(given, able, options.gamemode),
            *_far_song(options, paths),
            *_keeps_tags(options, compat),
            *_no_grid(options),
            *_told_less(options),
        ),
    )


def _settings(options: InferenceOptions, paths: Paths, tags: str, compat: Compat) -> MapSettings:
    """Settings of the map; in an archive its files get names that are safe on every system."""
    settings = settings_of(options, paths.audio.name, tags)
    if not options.export_osz or compat.published("osz_stored"):
        return settings
    background = settings.background
    return replace(
        settings,
        audio_filename=_safe_file(settings.audio_filename),
        background=None if background is None else _safe_file(background),
    )


def _safe_file(name: str) -> str:
    path = Path(name)
    return safe_name(path.stem, path.suffix)


def _timing_and_plan(
    given: InferenceOptions,
    preset: InferenceOptions,
    able: Capabilities,
    generation: GenerationOptions,
    gamemode: int,
    compat: Compat,
    named: Collection[str],
) -> tuple[KnownTiming, Plan]:
    """What is known of the timing, and the passes; with ``auto`` those that follow where the analysis is not sure."""
    if given_timing(given, compat) is KnownTiming.GIVEN:
        return KnownTiming.GIVEN, _plan(able, generation, gamemode, compat, timing_given=True)
    plan = _plan(able, generation, gamemode, compat, timing_given=False)
    known = known_timing(given, preset, plan, compat, named)
    if known in (KnownTiming.TEMPO, KnownTiming.ANALYSIS):
        plan = _plan(able, generation, gamemode, compat, timing_given=True)
    elif known is KnownTiming.AUTO:
        _plan(able, generation, gamemode, compat, timing_given=True)  # must do as well
    return known, plan


def _plan(able: Capabilities, generation: GenerationOptions, gamemode: int, compat: Compat, timing_given: bool) -> Plan:
    try:
        return plan_run(able.layout, generation, gamemode, compat, timing_given=timing_given)
    except TemplateError as error:
        raise OptionError(f"{error} ({able.version})") from None


def _given_origins(given: InferenceOptions) -> dict[str, str]:
    return {entry.name: GIVEN for entry in fields(given) if getattr(given, entry.name) not in (None, "", [])}


def _far_song(options: InferenceOptions, paths: Paths) -> list[str]:
    """The game looks for the song beside the map."""
    if options.export_osz or paths.output.resolve() == paths.audio.parent.resolve():
        return []
    return [f"to play the map, put {paths.audio.name} beside it in {paths.output}"]


def _no_grid(options: InferenceOptions) -> list[str]:
    """A window that writes all contexts in one call has no timing to hold its times to."""
    return ["grid_divisors has no effect with parallel=true"] if options.parallel and options.grid_divisors else []


def _keeps_tags(options: InferenceOptions, compat: Compat) -> list[str]:
    """An edited map keeps its lines, tags included, so nothing in it discloses what was generated."""
    if not options.add_to_beatmap or compat.published("add_to_beatmap_rewrites"):
        return []
    return ["the map keeps its own tags: say yourself that a part of it is AI generated; it cannot be ranked"]


def conditions_of(options: InferenceOptions) -> Conditions:
    """The conditions among complete options."""
    return Conditions(**{entry.name: getattr(options, entry.name) for entry in fields(Conditions)})


def _told(options: InferenceOptions) -> Conditions:
    conditions = conditions_of(options)
    if options.model_path != STARTER or conditions.difficulty is None:
        return conditions
    return replace(conditions, difficulty=told_stars(conditions.gamemode, conditions.difficulty))


def _told_less(options: InferenceOptions) -> list[str]:
    told, asked = _told(options).difficulty, options.difficulty
    if told is None or asked is None or told >= asked:
        return []
    return [
        f"difficulty: {asked:g} stars are more than the embedded model has learnt in this mode; it is told {told:g}"
    ]


def generation_options(options: InferenceOptions) -> GenerationOptions:
    """What the generation loop needs of complete options."""
    sampling = Sampling(**{entry.name: getattr(options, entry.name) for entry in fields(Sampling)})
    names = [entry.name for entry in fields(GenerationOptions) if entry.name != "sampling"]
    values = {name: getattr(options, name) for name in names}
    values.update(in_context=tuple(options.in_context), output_type=tuple(options.output_type))
    values["grid_divisors"] = None if options.grid_divisors == HEARD else tuple(options.grid_divisors)
    return GenerationOptions(**values, sampling=sampling)


def refiner_settings(options: InferenceOptions) -> RefinerSettings | None:
    """Settings of the position refiner where it applies. Raises :class:`OptionError`."""
    if not options.generate_positions or options.gamemode not in REFINED_MODES or "map" not in options.output_type:
        return None
    if not options.diff_ckpt:
        raise OptionError("diff_ckpt: empty; give a folder or a hub id, or generate_positions=false")
    try:
        return RefinerSettings(
            cfg_scale=options.diff_cfg_scale,
            timesteps=options.timesteps,
            max_seq_len=options.max_seq_len,
            overlap_buffer=options.overlap_buffer,
            random_init=options.random_init,
            start_time=options.start_time,
            end_time=options.end_time,
            heads=options.refine_heads,
            pad_sequence=options.pad_sequence,
            refine_iters=options.refine_iters,
            compile=options.compile,
        )
    except ValueError as error:
        raise OptionError(str(error)) from None


def settings_of(options: InferenceOptions, audio_filename: str, tags: str) -> MapSettings:
    """Header, metadata and difficulty of the map. In mania the key count stands for the circle size."""
    same = (
        "title",
        "title_unicode",
        "artist",
        "artist_unicode",
        "creator",
        "version",
        "source",
        "preview_time",
        "hp_drain_rate",
        "circle_size",
        "overall_difficulty",
        "approach_rate",
        "slider_multiplier",
        "slider_tick_rate",
        "keycount",
        "bpm",
        "offset",
    )
    values = {name: getattr(options, name) for name in same if getattr(options, name) is not None}
    background = Path(options.background).name if options.background else None
    return MapSettings(audio_filename, mode=options.gamemode, tags=tags, background=background, **values)

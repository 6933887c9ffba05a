"""The refiner without a generator: a map in, the same map with other positions out (spec 04 section 10)."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from osuT5.beatmap import Beatmap, read_beatmap, write_beatmap
from osuT5.compat import Compat
from osuT5.config import Conditions
from osuT5.files import free_path, safe_name, write_bytes
from osuT5.stars import star_rating

from .checkpoint import Refiner, load_refiner
from .classes import class_vectors
from .coordinates import normalised
from .elements import Elements
from .export import moved_map
from .map_rows import MapRows, rows_of
from .model import DiTConfig
from .playfield import keep_inside
from .reverse import gaussian
from .sample_options import SampleOptionError, SampleOptions, check
from .sampler import Sampler, free_elements
from .schedule import make_schedule
from .settings import RefinerSettings

logger = logging.getLogger(__name__)

STEPS_FROM_NOISE = "250"


def sample_map(options: SampleOptions) -> list[Path]:
    """Write ``options.variants`` new difficulties; returns their paths. Raises ``ValueError`` and ``OSError``."""
    check(options)
    source = Path(options.beatmap_path)
    beatmap = read_beatmap(source)
    refiner = load_refiner(options.checkpoint, options.device)
    check_start(options, refiner.model.config)
    rows = rows_of(beatmap, old=refiner.model.config.family == "v1")
    if beatmap.mode not in (0, 2) or not len(rows.elements):
        raise SampleOptionError(f"beatmap_path: {source} is no standard or catch map with objects")
    conditions = _conditions(options, beatmap, source)
    paths = []
    for variant in range(options.variants):
        positions = _positions(options, refiner, rows, conditions, options.seed + variant)
        changed = moved_map(
            beatmap,
            rows,
            positions,
            name=f"{beatmap.metadata.version} {_label(options)} {options.seed + variant}".strip(),
            hitsounds=options.keep_hitsounds,
            green_lines=options.keep_green_lines,
        )
        path = free_path(_target(options, source, changed))
        write_bytes(path, write_beatmap(changed).encode("utf-8"))
        paths.append(path)
    return paths


def check_start(options: SampleOptions, config: DiTConfig) -> None:
    """Refuse starts that the model never learned: full noise, or the noise of a step above its own."""
    if options.start == "noise" and config.max_diffusion_step < config.diffusion_steps:
        raise SampleOptionError(
            f"start: noise needs a model trained on all {config.diffusion_steps} steps, "
            f"this one knows steps below {config.max_diffusion_step}; use start=map"
        )
    if options.noise_step is not None and not 0 <= options.noise_step < config.max_diffusion_step:
        raise SampleOptionError(f"noise_step: {options.noise_step} is not in 0..{config.max_diffusion_step - 1}")


def _settings(options: SampleOptions, config: DiTConfig) -> RefinerSettings:
    known = config.max_diffusion_step
    timesteps: str | list[int] = options.timesteps or ("" if options.noise_step is not None else config.timesteps)
    if not timesteps:
        whole = known == config.diffusion_steps
        sections, rest = (config.diffusion_steps // known, config.diffusion_steps % known)
        timesteps = STEPS_FROM_NOISE if whole or rest else [known] + [0] * (sections - 1)
    return RefinerSettings(
        cfg_scale=options.cfg_scale,
        timesteps=timesteps,
        max_seq_len=options.max_seq_len,
        overlap_buffer=options.overlap_buffer,
        start_time=options.start_time,
        end_time=options.end_time,
        heads=options.heads,
        precision=options.precision,
    )


def _positions(
    options: SampleOptions, refiner: Refiner, rows: MapRows, conditions: Conditions, seed: int
) -> np.ndarray:
    compat, config = Compat(), refiner.model.config
    settings = _settings(options, config)
    noise = gaussian(torch.Generator().manual_seed(seed))
    elements = rows.elements
    free = free_elements(elements, settings, compat)
    start, top = _start(options, elements, config, settings, noise((2, 2, len(elements)))[0])
    start = torch.where(torch.as_tensor(free), start, normalised(elements.positions, config.family))
    guides = rows.guides if options.slider_lengths else []
    sampler = Sampler(refiner, settings, compat, progress=_report)
    vectors = class_vectors(refiner.classes, conditions, compat)
    positions = sampler.sampled(start, _seen(elements, config), guides, vectors, noise, top, free=free)
    if not np.isfinite(positions).all():
        raise SampleOptionError(f"checkpoint: {options.checkpoint} gives positions that are not finite")
    return keep_inside(positions, elements, rows.guides, free, conditions.circle_size)


def _start(
    options: SampleOptions, elements: Elements, config: DiTConfig, settings: RefinerSettings, noise: Tensor
) -> tuple[Tensor, int | None]:
    """Start state (2, T) and the kept step that it stands for (None: the highest)."""
    if options.start == "noise":
        return noise, None
    own = normalised(elements.positions, config.family)
    if options.noise_step is None:
        return own, None
    schedule = make_schedule(config.noise_schedule, config.diffusion_steps, settings.timesteps)
    top = int(np.searchsorted(schedule.timestep_map, options.noise_step, side="right")) - 1
    level = float(schedule.alphas_cumprod[max(top, 0)])
    return level**0.5 * own + (1 - level) ** 0.5 * noise, max(top, 0)


def _seen(elements: Elements, config: DiTConfig) -> Elements:
    """Elements with the times that the model expects: the old family counts from the first one."""
    if config.family != "v1":
        return elements
    return Elements(elements.positions, elements.times - elements.times[0], elements.distances, elements.types)


def _conditions(options: SampleOptions, beatmap: Beatmap, source: Path) -> Conditions:
    size = beatmap.difficulty.circle_size if options.circle_size is None else options.circle_size
    stars = star_rating(source) if options.difficulty is None else options.difficulty
    return Conditions(
        gamemode=beatmap.mode,
        beatmap_id=options.style_id,
        difficulty=stars,
        mapper_id=options.mapper_id,
        circle_size=size,
        descriptors=list(options.descriptors) or None,
        negative_descriptors=list(options.negative_descriptors) or None,
    )


def _label(options: SampleOptions) -> str:
    return "diffusion" if options.start == "noise" else "refined"


def _target(options: SampleOptions, source: Path, changed: Beatmap) -> Path:
    given = Path(options.output_path) if options.output_path else source.parent
    if given.suffix == ".osu":
        return given
    meta = changed.metadata
    return given / (safe_name(f"{meta.artist} - {meta.title} ({meta.creator}) [{meta.version}]") + ".osu")


def _report(done: int, total: int) -> None:
    if done == total or done % 25 == 0:
        logger.info("step %d of %d", done, total)

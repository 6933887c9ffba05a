"""Options of the refiner used alone. Loads neither torch nor hydra."""

from __future__ import annotations

from dataclasses import dataclass, field

STARTS = ("map", "noise")


@dataclass
class SampleOptions:
    beatmap_path: str = ""  # .osu file, standard or catch
    checkpoint: str = "OliBomby/osu-diffusion-v2"  # folder, .pt file of the old tool, hub id, or starter
    output_path: str = ""  # .osu file or folder; empty: beside the map
    start: str = "map"  # map: refine its own positions; noise: new positions (needs a model trained on all steps)
    noise_step: int | None = None  # add the noise of this step to the map's positions first
    timesteps: str = ""  # respacing; empty: what suits the model, else all steps it knows, 250 of 1000 from noise
    difficulty: float | None = None  # stars; unset: those of the map
    mapper_id: int | None = None  # user id
    style_id: int | None = None  # map id (models with style classes)
    circle_size: float | None = None  # unset: that of the map
    descriptors: list[str] = field(default_factory=list)
    negative_descriptors: list[str] = field(default_factory=list)
    cfg_scale: float = 1.0
    start_time: float | None = None  # ms; only objects inside change
    end_time: float | None = None
    heads: bool = True  # move circles and slider heads as well; false: only the paths of sliders
    slider_lengths: bool = True  # hold slider ends where velocity and duration put them
    keep_hitsounds: bool = True
    keep_green_lines: bool = True
    variants: int = 1  # files written, each with its own seed
    seed: int = 0
    max_seq_len: int = 1024  # elements
    overlap_buffer: int = 128
    precision: str = "auto"
    device: str = "cpu"


class SampleOptionError(ValueError):
    """An option of the stand-alone sampler that cannot work."""


def check(options: SampleOptions) -> None:
    """Raise :class:`SampleOptionError` for the first option that cannot work."""
    if not options.beatmap_path:
        raise SampleOptionError("beatmap_path: name the .osu file")
    if options.start not in STARTS:
        raise SampleOptionError(f"start: {options.start!r} is not one of {', '.join(STARTS)}")
    if options.variants < 1:
        raise SampleOptionError(f"variants: {options.variants} is below 1")
    if options.start == "noise" and options.noise_step is not None:
        raise SampleOptionError("noise_step: only with start=map")

"""Options of training, the schema of ``configs/diffusion``. Loads neither torch nor hydra."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import find_spec

KINDS = ("auto", "mmrs", "ors", "folder")
TRACKERS = ("none", "tensorboard", "wandb")
PRECISIONS = ("bf16", "no")


@dataclass
class ModelOptions:
    name: str = "DiT-B"  # a size of the table in osu_diffusion/model.py
    band: int = 128  # half-width of the attention mask when sampling, elements
    noise_schedule: str = "squaredcos_cap_v2"  # or linear
    diffusion_steps: int = 1000
    max_diffusion_step: int = 100  # steps below this one are trained; 1000 for a model that starts from noise
    timesteps: str = ""  # respacing that suits the model, written beside it; empty: all steps it knows
    l1_loss: bool = False  # absolute instead of squared noise error


@dataclass
class DataOptions:
    path: str = ""  # folder of maps
    kind: str = "auto"  # mmrs, ors, folder (any .osu files), or auto by what is in the folder
    start: int = 0  # sets (mmrs), tracks (ors) or files (folder), in order
    end: int | None = None
    modes: list[int] = field(default_factory=lambda: [0])
    users: str = ""  # JSON list of {id, user_id}; empty: what the data set knows
    descriptors: str = ""  # CSV of map id, descriptor; empty: what the data set knows
    cache: str = ""  # folder that keeps parsed maps; empty: inside output
    jobs: int = 1  # processes that parse maps
    style_classes: bool = False
    mapper_classes: bool = True
    descriptor_classes: bool = True
    num_diff_classes: int = 26
    max_difficulty: int = 12
    num_cs_classes: int = 22
    dropout: float = 0.2  # of each class block
    seq_len: int = 128  # elements in a window
    stride: int = 16
    cycle_length: int = 64  # maps that windows are taken from in turn
    workers: int = 4
    distance_std: float = 0.1  # octaves
    flip: bool = True
    double_time: float = 0.5  # probability
    max_shift: float = 1e6  # ms
    anchor_times: str = "listed"  # or even, as sampling places them


@dataclass
class OptimOptions:
    lr: float = 2e-4
    final_lr: float = 1e-5
    warmup_steps: int = 10000
    warmup_start: float = 0.5  # fraction of lr
    total_steps: int = 400000
    batch_size: int = 256  # windows a step, over all parts and processes
    grad_acc: int = 2
    grad_clip: float = 1.0
    weight_decay: float = 0.0
    ema_decay: float = 0.9999
    ema_every: str = "micro_batch"  # as published; or step


@dataclass
class LoggingOptions:
    every: int = 10  # steps
    tracker: str = "none"
    project: str = "osu-diffusion"
    run_name: str = ""


@dataclass
class TrainOptions:
    model: ModelOptions = field(default_factory=ModelOptions)
    data: DataOptions = field(default_factory=DataOptions)
    optim: OptimOptions = field(default_factory=OptimOptions)
    logging: LoggingOptions = field(default_factory=LoggingOptions)
    output: str = "logs/osu_diffusion"
    resume: str = ""  # a checkpoint-N folder, or latest
    save_every: int = 50000  # steps
    save_half: bool = False  # store the averaged weights in half the space
    precision: str = "bf16"
    compile: bool = False
    seed: int = 0


class TrainOptionError(ValueError):
    """An option that training cannot follow."""


def check(options: TrainOptions) -> None:
    """Raise :class:`TrainOptionError` for the first option that cannot work."""
    choices = {
        "data.kind": (options.data.kind, KINDS),
        "data.anchor_times": (options.data.anchor_times, ("listed", "even")),
        "logging.tracker": (options.logging.tracker, TRACKERS),
        "precision": (options.precision, PRECISIONS),
        "optim.ema_every": (options.optim.ema_every, ("micro_batch", "step")),
    }
    for name, (value, accepted) in choices.items():
        if value not in accepted:
            raise TrainOptionError(f"{name}: {value!r} is not one of {', '.join(accepted)}")
    tracker = options.logging.tracker
    if tracker != "none" and find_spec(tracker) is None:
        raise TrainOptionError(f"logging.tracker: {tracker} is not installed; install it or say logging.tracker=none")
    if not options.data.path:
        raise TrainOptionError("data.path: name the folder of maps to train on")
    if not 0 < options.model.max_diffusion_step <= options.model.diffusion_steps:
        raise TrainOptionError(
            f"model.max_diffusion_step: {options.model.max_diffusion_step} is not in 1..{options.model.diffusion_steps}"
        )
    if options.optim.batch_size % options.optim.grad_acc:
        raise TrainOptionError(
            f"optim.batch_size: {options.optim.batch_size} is no multiple of grad_acc ({options.optim.grad_acc})"
        )

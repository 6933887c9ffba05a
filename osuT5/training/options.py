"""Every option of a training run, typed and checked (spec 05 sections 1, 6, 7 and 10). No torch, no hydra."""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from typing import Any, TypeVar

from .errors import TrainingError

OPTIMIZERS = ("adamw", "adamwscale", "muon", "adafactor")
SCHEDULES = ("linear", "cosine")
DEVICES = ("auto", "cpu", "cuda", "mps", "gpu")
MIXED = ("no", "fp16", "bf16")
PRECISIONS = ("fp32", "fp16", "bf16")
TRACKERS = ("wandb", "tensorboard", "none")
T = TypeVar("T")


@dataclass(frozen=True)
class SpectrogramOptions:
    """How the model hears (spec 02 section 4)."""

    implementation: str = "nnAudio"
    log_scale: bool = False
    sample_rate: int = 16000  # Hz
    n_fft: int = 1024
    n_mels: int = 388
    hop_length: int = 128  # samples
    f_min: int = 0  # Hz
    f_max: int = 8000  # Hz
    pad_mode: str = "constant"


@dataclass(frozen=True)
class ModelOptions:
    """Shape of a fresh model; a loaded checkpoint brings its own. Presets lie in ``configs/model``."""

    name: str = "openai/whisper-base"  # family and size
    overwrite: dict[str, Any] = field(default_factory=dict)  # of the backbone's fields
    rope: dict[str, Any] = field(default_factory=dict)  # positions and attention of the rotary families
    project_encoder_input: bool = True
    embed_decoder_input: bool = True
    cond_dim: int = 128  # width of each encoder condition
    init_std: float = 0.02
    rhythm_weight: float = 3.0  # class weight of time tokens in the loss
    label_smoothing: float = 0.0  # without effect, as in every published model; see optim.label_smoothing
    manual_norm_weights: bool = False
    spectrogram: SpectrogramOptions = field(default_factory=SpectrogramOptions)

    def __post_init__(self) -> None:
        if self.manual_norm_weights:
            raise TrainingError("model.manual_norm_weights: true needs the nwhisper family, which is not supported")


@dataclass(frozen=True)
class VocabularyOptions:
    """Tables of a fresh vocabulary, and what a fine-tune adds to a loaded one."""

    mappers_path: str = ""  # json {beatmap id: user id}; default: the rows of the training set
    descriptors_path: str = ""  # csv beatmap_id,descriptor
    tags_path: str = ""  # json list of user tags
    votes_path: str = ""  # csv of tag votes
    extend: bool = False  # take over a checkpoint's rows into the vocabulary of the configured layout and data
    bind_mapper: int | None = None  # user id that all training maps are learnt as
    bind_descriptors: tuple[str, ...] = ()  # names that all training maps are learnt with


@dataclass(frozen=True)
class LoaderOptions:
    """How batches are loaded, in each process."""

    num_workers: int = 8
    pin_memory: bool = True
    drop_last: bool = False

    def __post_init__(self) -> None:
        _at_least("dataloader.num_workers", self.num_workers, 0)


@dataclass(frozen=True)
class OptimOptions:
    """Optimiser and schedule; steps are optimiser steps, sizes are samples of one process."""

    name: str = "adamwscale"
    base_lr: float = 1e-2
    base_lr_2: float = 3e-4  # of Muon's Adam class
    muon_adam_lr: str = "separate"  # legacy: base_lr_2 scales only the weight decay, as published recipes were tuned
    batch_size: int = 128
    grad_acc: int = 8
    total_steps: int = 65536
    warmup_steps: int = 10000
    sustain_steps: int = 0
    lr_scheduler: str = "cosine"
    final_cosine: float = 1e-5
    weight_decay: float = 0.0
    grad_clip: float = 1.0  # global L2 norm; 0 or less: off
    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        _one_of("optim.name", self.name, OPTIMIZERS)
        _one_of("optim.lr_scheduler", self.lr_scheduler, SCHEDULES)
        _one_of("optim.muon_adam_lr", self.muon_adam_lr, ("legacy", "separate"))
        for name in ("batch_size", "grad_acc", "total_steps"):
            _at_least(f"optim.{name}", getattr(self, name), 1)
        if self.batch_size % self.grad_acc:
            raise TrainingError(
                f"optim.batch_size: {self.batch_size} is not a multiple of optim.grad_acc ({self.grad_acc})"
            )
        if not 0 <= self.label_smoothing < 1:
            raise TrainingError(f"optim.label_smoothing: {self.label_smoothing} is not from 0 up to 1")

    @property
    def micro_batch(self) -> int:
        """Samples of one forward pass."""
        return self.batch_size // self.grad_acc


@dataclass(frozen=True)
class EvalOptions:
    """Evaluation during a run."""

    every_steps: int = 1000
    steps: int = 500  # at most steps * grad_acc - 1 micro batches
    extended: bool = True  # metrics of every event type, context and mode as well


@dataclass(frozen=True)
class CheckpointOptions:
    """What is saved and kept."""

    every_steps: int = 5000
    local_total_limit: int = 2  # newest ones kept
    keep_best: int = 1  # best ones kept besides
    wandb_cache_cleanup: bool = True
    wandb_cache_cleanup_size: str = "1GB"

    def __post_init__(self) -> None:
        _at_least("checkpoint.every_steps", self.every_steps, 1)
        _at_least("checkpoint.local_total_limit", self.local_total_limit, 1)
        _at_least("checkpoint.keep_best", self.keep_best, 0)


@dataclass(frozen=True)
class LoggingOptions:
    """What is told, and where."""

    log_with: str = "none"
    mode: str = "online"  # of wandb: online, offline, disabled
    run_name: str | None = None
    every_steps: int = 10
    grad_l2: bool = True
    weights_l2: bool = True
    samples: int = 0  # maps generated and drawn at each evaluation

    def __post_init__(self) -> None:
        _one_of("logging.log_with", self.log_with, TRACKERS)
        _one_of("logging.mode", self.mode, ("online", "offline", "disabled"))
        _at_least("logging.every_steps", self.every_steps, 1)


@dataclass(frozen=True)
class ProfileOptions:
    """The torch profiler; lengths are micro steps."""

    do_profile: bool = False
    early_stop: bool = True
    wait: int = 80
    warmup: int = 8
    active: int = 8
    repeat: int = 1


@dataclass(frozen=True)
class LoraOptions:
    """Adapter of a fine-tune; empty target modules are those of the model's family."""

    r: int = 64
    lora_alpha: int = 128
    lora_dropout: float = 0.05
    bias: str = "none"
    init_lora_weights: str | bool = "pissa"
    target_modules: tuple[str, ...] = ()
    convert: bool = False  # save PiSSA as an ordinary adapter of the untouched base (twice the rank)


@dataclass(frozen=True)
class LoraMetadata:
    """Which parts of a checkpoint an adapter is for; None: all."""

    ckpt_subfolders: tuple[str, ...] | None = None


@dataclass(frozen=True)
class TrainOptions:
    """One run. ``data`` holds the keys of :func:`osuT5.data.options.data_options`."""

    version: str = "v29"  # layout that the data keys start from, see osuT5.capabilities
    compile: bool = False
    device: str = "auto"
    mixed_precision: str = "bf16"
    precision: str = "fp32"  # of the weights
    attn_implementation: str = "sdpa"
    gradient_checkpointing: bool = False
    seed: int = 42
    compat: str = "corrected"
    checkpoint_path: str = ""  # resume from this checkpoint
    resume: str = "auto"  # auto: from the newest checkpoint of the run directory, where there is one; never
    pretrained_path: str = ""
    pretrained_gamemode: int | None = None
    pretrained_t5_compat: bool = False
    freeze: tuple[str, ...] = ()  # parameters whose name starts with one of these, or matches it as a pattern
    enable_lora: bool = False
    run_dir: str = ""  # set by the entry
    model: ModelOptions = field(default_factory=ModelOptions)
    data: dict[str, Any] = field(default_factory=dict)
    vocabulary: VocabularyOptions = field(default_factory=VocabularyOptions)
    dataloader: LoaderOptions = field(default_factory=LoaderOptions)
    optim: OptimOptions = field(default_factory=OptimOptions)
    eval: EvalOptions = field(default_factory=EvalOptions)
    checkpoint: CheckpointOptions = field(default_factory=CheckpointOptions)
    logging: LoggingOptions = field(default_factory=LoggingOptions)
    profile: ProfileOptions = field(default_factory=ProfileOptions)
    lora: LoraOptions = field(default_factory=LoraOptions)
    lora_metadata: LoraMetadata = field(default_factory=LoraMetadata)

    def __post_init__(self) -> None:
        _one_of("device", self.device.split(":")[0], DEVICES)
        _one_of("mixed_precision", self.mixed_precision, MIXED)
        _one_of("precision", self.precision, PRECISIONS)
        _one_of("resume", self.resume, ("auto", "never"))
        _one_of("compat", self.compat, ("corrected", "published"))
        if self.pretrained_t5_compat:
            raise TrainingError("pretrained_t5_compat: true needs a T5 backbone, which is not supported")
        if self.enable_lora and not self.pretrained_path:
            raise TrainingError("enable_lora: a LoRA needs pretrained_path, the checkpoint that it adapts")
        if self.eval.every_steps % self.logging.every_steps:
            raise TrainingError(
                f"eval.every_steps: {self.eval.every_steps} is not a multiple of logging.every_steps "
                f"({self.logging.every_steps})"
            )


def train_options(values: Mapping[str, Any]) -> TrainOptions:
    """Options from the plain content of a composed configuration. Raises ``TrainingError``."""
    values = dict(values)
    if values.get("precision", "") is None:
        values["precision"] = "fp32"
    return build(TrainOptions, values)


def build(kind: type[T], values: Mapping[str, Any], where: str = "") -> T:
    """An instance of a dataclass from a mapping, with groups. Raises ``TrainingError`` for unknown keys and wrong types."""
    hints = typing.get_type_hints(kind)
    for key in values:
        if key not in hints:
            near = difflib.get_close_matches(str(key), list(hints), n=1)
            raise TrainingError(f"{where}{key}: no such option{f'; did you mean {near[0]}?' if near else ''}")
    return kind(**{key: _convert(hints[key], value, f"{where}{key}") for key, value in values.items()})


def _convert(hint: Any, value: Any, where: str) -> Any:
    if is_dataclass(hint):
        if not isinstance(value, Mapping):
            raise TrainingError(f"{where}: {value!r} is not a group of options")
        return build(typing.cast("type[Any]", hint), value, f"{where}.")
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        return _convert_union(typing.get_args(hint), value, where)
    if origin is tuple:
        if isinstance(value, str) or not hasattr(value, "__iter__"):
            raise TrainingError(f"{where}: {value!r} is not a list")
        return tuple(_convert(typing.get_args(hint)[0], item, where) for item in value)
    if origin is dict or hint is dict:
        if not isinstance(value, Mapping):
            raise TrainingError(f"{where}: {value!r} is not a group of options")
        return dict(value)
    return _scalar(hint, value, where)


def _convert_union(kinds: tuple[Any, ...], value: Any, where: str) -> Any:
    if value is None and type(None) in kinds:
        return None
    if bool in kinds and isinstance(value, bool):
        return value
    return _convert(next(kind for kind in kinds if kind is not type(None)), value, where)


def _scalar(hint: Any, value: Any, where: str) -> Any:
    if hint is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if hint is int and isinstance(value, float) and value == int(value):
        return int(value)
    if hint is str and value is None:
        return ""
    if hint is str and isinstance(value, bool):
        return "no" if value is False else "true"  # YAML reads the word no as false
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        names = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}
        raise TrainingError(f"{where}: {value!r} is not {names.get(hint, hint)}")
    return value


def groups() -> dict[str, list[str]]:
    """Keys of each group of :class:`TrainOptions`; the top level is the group ``""``."""
    result: dict[str, list[str]] = {"": [item.name for item in fields(TrainOptions)]}
    for item in fields(TrainOptions):
        if item.default_factory is not MISSING and is_dataclass(item.default_factory):
            result[item.name] = [inner.name for inner in fields(item.default_factory)]
    return result


def _one_of(name: str, value: str, accepted: tuple[str, ...]) -> None:
    if value not in accepted:
        raise TrainingError(f"{name}: {value!r} is not one of {', '.join(accepted)}")


def _at_least(name: str, value: int, least: int) -> None:
    if value < least:
        raise TrainingError(f"{name}: {value} is below {least}")

"""The model's configuration in the published ``config.json`` layout (spec 02 sections 1, 2 and 12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from transformers import PreTrainedConfig


class ConfigError(ValueError):
    """A configuration that this model can't be built from."""


class Family(str, Enum):
    """Which of the three published backbones a checkpoint uses."""

    WHISPER = "whisper"  # LayerNorm, sinusoid and learned positions, split projections
    ROPE = "ropewhisper"  # RMSNorm, rotary positions, split projections
    PACKED = "varwhisper"  # RMSNorm, rotary positions, fused projections


SIZES: dict[str, dict[str, int]] = {
    name: {
        "d_model": width,
        "encoder_layers": layers,
        "decoder_layers": layers,
        "encoder_attention_heads": width // 64,
        "decoder_attention_heads": width // 64,
        "encoder_ffn_dim": 4 * width,
        "decoder_ffn_dim": 4 * width,
    }
    for name, width, layers in (("tiny", 384, 4), ("base", 512, 6), ("small", 768, 12), ("medium", 1024, 24))
}
_HUB_NAMES = {
    Family.WHISPER: "openai/whisper",
    Family.ROPE: "Tiger14n/ropewhisper",
    Family.PACKED: "OliBomby/varwhisper",
}

# What a key means when a file leaves it out (spec 02 section 2, last table).
_BACKBONE_DEFAULTS: dict[str, Any] = {
    "d_model": 384,
    "encoder_layers": 4,
    "decoder_layers": 4,
    "encoder_attention_heads": 6,
    "decoder_attention_heads": 6,
    "encoder_ffn_dim": 1536,
    "decoder_ffn_dim": 1536,
    "vocab_size": 51865,
    "num_mel_bins": 80,
    "max_source_positions": 1500,
    "max_target_positions": 448,
    "activation_function": "gelu",
    "dropout": 0.0,
    "attention_dropout": 0.0,
    "activation_dropout": 0.0,
    "init_std": 0.02,
    "rope_type": "dynamic",
    "rope_encoder_scaling_factor": 1.0,
    "rope_decoder_scaling_factor": 1.0,
    "rope_scaling": None,
    "attention_bias": True,
    "global_attn_every_n_layers": 1,
    "local_attention": 128,
    "local_rope_theta": None,
    "global_rope_theta": 10000.0,
}

_DEFAULTS: dict[str, Any] = {
    "backbone_model_name": "openai/whisper-base",
    "vocab_size_in": 9920,
    "num_classes": 0,
    "num_mappers": 3731,
    "input_features": True,
    "input_raw_wave": False,
    "project_encoder_input": True,
    "embed_decoder_input": True,
    "do_style_embed": False,
    "do_difficulty_embed": False,
    "do_mapper_embed": False,
    "do_song_position_embed": False,
    "cond_dim": 128,
    "cond_size": 0,
    "spectrogram_implementation": "nnAudio",
    "spectrogram_log_scale": False,
    "sample_rate": 16000,
    "n_fft": 1024,
    "n_mels": 388,
    "hop_length": 128,
    "f_min": 0,
    "f_max": 8000,
    "pad_mode": "constant",
    "rhythm_weight": 3.0,
    "rhythm_token_start": 17,
    "rhythm_token_end": 836,
    "init_std": 0.02,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "decoder_start_token_id": 1,
    "is_encoder_decoder": True,
    "disable_compile": True,
}
# Kept by older files in the model config; they belong to generation_config.json.
_GENERATION_KEYS = ("do_sample", "top_k", "max_length", "top_p", "temperature", "num_beams")
_DERIVED = (
    "vocab_size",
    "hidden_size",
    "num_attention_heads",
    "num_hidden_layers",
    "max_source_positions",
    "max_target_positions",
)


@dataclass(frozen=True)
class BackboneConfig:
    """The fields of ``backbone_config`` that shape the encoder and the decoder."""

    family: Family
    d_model: int
    encoder_layers: int
    decoder_layers: int
    encoder_attention_heads: int
    decoder_attention_heads: int
    encoder_ffn_dim: int
    decoder_ffn_dim: int
    vocab_size: int
    num_mel_bins: int
    max_source_positions: int
    max_target_positions: int
    activation_function: str
    dropout: float
    attention_dropout: float
    activation_dropout: float
    init_std: float
    rope_type: str
    rope_encoder_scaling_factor: float
    rope_decoder_scaling_factor: float
    rope_scaling: Mapping[str, Any] | None
    attention_bias: bool
    global_attn_every_n_layers: int
    local_attention: int
    local_rope_theta: float | None
    global_rope_theta: float

    @property
    def rotary(self) -> bool:
        return self.family is not Family.WHISPER

    def is_local(self, layer: int) -> bool:
        """True where the layer attends to a window only (packed family, spec 02 section 5)."""
        return self.family is Family.PACKED and layer % self.global_attn_every_n_layers != 0


def family_of(backbone_model_name: str) -> Family:
    """The family that a backbone name stands for. Raises :class:`ConfigError` for any other name."""
    name = backbone_model_name.rsplit("/", 1)[-1]
    for family in Family:
        if name.startswith(family.value):
            return family
    accepted = ", ".join(f"{prefix}-*" for prefix in _HUB_NAMES.values())
    raise ConfigError(f"backbone_model_name: {backbone_model_name!r} is not supported; accepted: {accepted}")


class MapperatorinatorConfig(PreTrainedConfig):
    """Everything that a published ``config.json`` holds.

    ``backbone_config`` stays a plain dict, as written: its keys are those of the published backbones and the library's
    own Whisper configuration would rename some of them. Read it through :attr:`backbone`.
    """

    model_type = "mapperatorinator"

    def __init__(self, **kwargs: Any) -> None:
        for key in _GENERATION_KEYS:
            kwargs.pop(key, None)
        kwargs.pop("label_smoothing", None)  # always 0.0 in the published system (spec 02 section 8)
        own = {key: kwargs.pop(key, default) for key, default in _DEFAULTS.items()}
        vocab_size = kwargs.pop("vocab_size_out", kwargs.pop("vocab_size", 3988))
        backbone = dict(kwargs.pop("backbone_config", None) or {})
        derived = {key: kwargs.pop(key, None) for key in _DERIVED[1:]}
        kwargs.setdefault("tie_word_embeddings", False)
        super().__init__(**kwargs)
        for key, value in own.items():
            setattr(self, key, value)
        self.vocab_size = vocab_size
        self.label_smoothing = 0.0
        self.backbone_config = backbone
        self._derive(derived)

    def _derive(self, stored: Mapping[str, Any]) -> None:
        filled = {**_BACKBONE_DEFAULTS, **self.backbone_config}
        computed = {
            "hidden_size": filled["d_model"],
            "num_attention_heads": filled["decoder_attention_heads"],
            "num_hidden_layers": filled["encoder_layers"],
            "max_source_positions": filled["max_source_positions"],
            "max_target_positions": filled["max_target_positions"],
        }
        for key, value in computed.items():
            setattr(self, key, value if stored.get(key) is None else stored[key])

    @property
    def family(self) -> Family:
        return family_of(self.backbone_model_name)

    @property
    def backbone(self) -> BackboneConfig:
        """The backbone's fields with defaults filled in. Raises :class:`ConfigError` for an unsupported family."""
        if self.input_raw_wave or not self.input_features:
            raise ConfigError(
                f"{self.backbone_model_name}: only spectrogram input with a convolution stem is supported"
            )
        filled = {**_BACKBONE_DEFAULTS, **self.backbone_config}
        fields = {key: filled[key] for key in BackboneConfig.__dataclass_fields__ if key != "family"}
        return BackboneConfig(family=self.family, **fields)

    def to_dict(self) -> dict[str, Any]:
        result = super().to_dict()
        for key in (*_GENERATION_KEYS, "tie_word_embeddings"):
            result.pop(key, None)
        return result

    def to_diff_dict(self) -> dict[str, Any]:
        """All own fields, so that the file doesn't depend on the defaults of a library version."""
        keep = {*_DEFAULTS, *_DERIVED, "backbone_config", "label_smoothing"}
        keep |= {"architectures", "dtype", "model_type", "transformers_version"}
        result = {key: value for key, value in self.to_dict().items() if key in keep}
        result["architectures"] = ["Mapperatorinator"]
        return result


def new_config(
    backbone_model_name: str,
    *,
    vocab_size_in: int,
    vocab_size_out: int,
    src_seq_len: int,
    tgt_seq_len: int,
    overwrite: Mapping[str, Any] | None = None,
    add_config: Mapping[str, Any] | None = None,
    rope: Mapping[str, Any] | None = None,
    **fields: Any,
) -> MapperatorinatorConfig:
    """The configuration of a fresh model, derived without any look-up (spec 02 section 2.1).

    ``rope`` holds the rotary and attention arguments of the two rotary families; ``fields`` the other constructor
    arguments of the table in spec 02 section 2. Raises :class:`ConfigError` for an unknown family, size or key.
    """
    outer = {**_DEFAULTS, **fields}
    backbone = _sized_backbone(backbone_model_name)
    backbone |= _family_fields(family_of(backbone_model_name), rope or {})
    backbone |= {"vocab_size": vocab_size_out, "use_cache": False}
    for key, value in (overwrite or {}).items():
        if key not in backbone and key != "tie_word_embeddings":
            raise ConfigError(f"backbone overwrite: unknown key {key!r}")
        backbone[key] = value
    for key, value in (add_config or {}).items():
        if key in backbone:
            raise ConfigError(f"backbone addition: key {key!r} exists already")
        backbone[key] = value
    bins = backbone["d_model"] if outer["project_encoder_input"] else outer["n_mels"] + outer["cond_size"]
    backbone |= {
        "num_mel_bins": bins,
        "num_hidden_layers": backbone["encoder_layers"],
        "max_source_positions": src_seq_len // 2,
        "max_target_positions": tgt_seq_len,
        "pad_token_id": outer["pad_token_id"],
        "bos_token_id": outer["bos_token_id"],
        "eos_token_id": outer["eos_token_id"],
        "decoder_start_token_id": outer["bos_token_id"],
    }
    return MapperatorinatorConfig(
        backbone_model_name=backbone_model_name,
        backbone_config=backbone,
        vocab_size_in=vocab_size_in,
        vocab_size_out=vocab_size_out,
        **fields,
    )


def _sized_backbone(name: str) -> dict[str, Any]:
    family, size = family_of(name), name.rsplit("-", 1)[-1]
    if size not in SIZES:
        raise ConfigError(f"backbone_model_name: unknown size {size!r} in {name!r}; accepted: {', '.join(SIZES)}")
    return {
        "_name_or_path": name if family is Family.WHISPER else f"openai/whisper-{size}",
        "model_type": "whisper",
        "architectures": ["WhisperForConditionalGeneration"],
        "activation_function": "gelu",
        "dropout": 0.0,
        "attention_dropout": 0.0,
        "activation_dropout": 0.0,
        "encoder_layerdrop": 0.0,
        "decoder_layerdrop": 0.0,
        "init_std": 0.02,
        "scale_embedding": False,
        "apply_spec_augment": False,
        "suppress_tokens": None,
        "begin_suppress_tokens": None,
        "forced_decoder_ids": None,
        "tie_word_embeddings": False,
        "dtype": "float32",
        **SIZES[size],
    }


def _family_fields(family: Family, rope: Mapping[str, Any]) -> dict[str, Any]:
    defaults: dict[Family, dict[str, Any]] = {
        Family.WHISPER: {},
        Family.ROPE: {
            "rope_type": "dynamic",
            "rope_encoder_scaling_factor": 1.0,
            "rope_decoder_scaling_factor": 1.0,
        },
        Family.PACKED: {
            "rope_scaling": {"rope_type": "default", "factor": 1.0},
            "deterministic_flash_attn": False,
            "attention_bias": True,
            "global_attn_every_n_layers": 1,
            "local_attention": 128,
            "local_rope_theta": 10000,
            "global_rope_theta": 10000,
        },
    }
    known = defaults[family]
    for key in rope:
        if key not in known:
            raise ConfigError(f"{family.value}: unknown position or attention key {key!r}")
    return {**known, **rope}

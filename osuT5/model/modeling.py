"""The sequence model behind all published checkpoints: audio and tokens in, logits out (spec 02 section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers import initialization as init
from transformers.modeling_outputs import Seq2SeqLMOutput

from .attention import Attention
from .cache import DecoderCache, KeysValues, key_mask_of
from .config import BackboneConfig, Family, MapperatorinatorConfig
from .embedders import DifficultyEmbedder, MapperEmbedder, SongPositionEmbedder, StyleEmbedder
from .layers import Decoder, Encoder, RMSNorm, sinusoids
from .spectrogram import Spectrogram

IGNORED_LABEL = -100


class Seq2Seq(nn.Module):
    """Encoder and decoder under their published names."""

    def __init__(self, backbone: BackboneConfig) -> None:
        super().__init__()
        self.encoder = Encoder(backbone)
        self.decoder = Decoder(backbone)


class Transformer(nn.Module):
    """The backbone with its output projection."""

    def __init__(self, backbone: BackboneConfig) -> None:
        super().__init__()
        self.model = Seq2Seq(backbone)
        self.proj_out = nn.Linear(backbone.d_model, backbone.vocab_size, bias=False)


class Mapperatorinator(PreTrainedModel):
    """Encoder-decoder over mel frames and event tokens; the family comes from the config."""

    config_class = MapperatorinatorConfig
    base_model_prefix = "model"
    main_input_name = "frames"
    _supports_sdpa = True
    _keep_in_fp32_modules_strict = {"spectrogram", "loss_fn"}
    _no_split_modules = ["EncoderLayer", "DecoderLayer"]

    def __init__(self, config: MapperatorinatorConfig) -> None:
        super().__init__(config)
        backbone = config.backbone
        width = backbone.d_model
        self.amp = False
        self.spectrogram = Spectrogram(config)
        self.transformer = Transformer(backbone)
        if config.project_encoder_input:
            self.encoder_embedder = nn.Linear(config.n_mels + config.cond_size, width)
        if config.embed_decoder_input:
            self.decoder_embedder = nn.Embedding(config.vocab_size_in, width)
        if config.do_style_embed:
            self.style_embedder = StyleEmbedder(config.cond_dim, config.num_classes)
        if config.do_difficulty_embed:
            self.difficulty_embedder = DifficultyEmbedder(config.cond_dim)
        if config.do_mapper_embed:
            self.mapper_embedder = MapperEmbedder(config.cond_dim, config.num_mappers)
        if config.do_song_position_embed:
            self.song_pos_embedder = SongPositionEmbedder(config.cond_dim)
        self.loss_fn = nn.CrossEntropyLoss(self.class_weights(), reduction="none", ignore_index=IGNORED_LABEL)
        for module in self.modules():
            if isinstance(module, Attention):
                module.eager = config._attn_implementation == "eager"
        self.post_init()

    # ---- parts

    @property
    def encoder(self) -> Encoder:
        return self.transformer.model.encoder

    @property
    def decoder(self) -> Decoder:
        return self.transformer.model.decoder

    @property
    def conditioned(self) -> bool:
        """True where the encoder states depend on more than the audio."""
        config = self.config
        return bool(
            config.do_style_embed
            or config.do_difficulty_embed
            or config.do_mapper_embed
            or config.do_song_position_embed
        )

    def class_weights(self) -> Tensor:
        """Weights (V_out,) of the loss: ``rhythm_weight`` for times, 1 for the rest; on the CPU."""
        config = self.config
        weight = torch.ones(config.vocab_size, device="cpu")
        weight[config.rhythm_token_start : config.rhythm_token_end] = config.rhythm_weight
        return weight

    def set_published_masks(self, published: bool) -> None:
        """Follow two defects of the published packed family: its local layers see everything, and an uncached pass
        without padding is not causal (spec 02 sections 5 and 6.2). The other families are not affected."""
        if self.config.family is Family.PACKED:
            self.encoder.published_masks = self.decoder.published_masks = published

    def new_cache(self) -> DecoderCache:
        """An empty cache for :meth:`decode`."""
        if not self.decoder.published_masks:
            return DecoderCache()
        layers = [index for index, local in enumerate(self.decoder.local) if local]
        return DecoderCache(unmasked_layers=layers, unmasked_capacity=self.config.max_target_positions)

    def autocast(self) -> AbstractContextManager[Any]:
        """bf16 autocast when the model was loaded with precision ``amp``; otherwise nothing."""
        return torch.autocast(self.device.type, torch.bfloat16) if self.amp else nullcontext()

    # ---- steps of the forward pass

    def encode(
        self,
        frames: Tensor,
        *,
        difficulty: Tensor | None = None,
        mapper_idx: Tensor | None = None,
        song_position: Tensor | None = None,
        beatmap_idx: Tensor | None = None,
    ) -> Tensor:
        """Audio (B, S) float32 -> encoder states (B, L / 2, d)."""
        dtype = self.transformer.proj_out.weight.dtype
        x = self.spectrogram(frames).to(dtype)
        parts = [x]
        for name, value in (
            ("style_embedder", beatmap_idx),
            ("difficulty_embedder", difficulty),
            ("mapper_embedder", mapper_idx),
            ("song_pos_embedder", song_position),
        ):
            if not hasattr(self, name):
                continue
            if value is None:
                raise ValueError(f"this model needs the condition of its {name}")
            given = value.to(x.device, dtype) if value.is_floating_point() else value.to(x.device)
            parts.append(getattr(self, name)(given).unsqueeze(1).expand(-1, x.shape[1], -1).to(x.dtype))
        x = torch.cat(parts, -1) if len(parts) > 1 else x
        if self.config.project_encoder_input:
            x = self.encoder_embedder(x)
        return self.encoder(x.transpose(1, 2))

    def embed(self, ids: Tensor) -> Tensor:
        """Token ids (rows, T) -> (rows, T, d)."""
        return self.decoder_embedder(ids) if self.config.embed_decoder_input else self.decoder.embed_tokens(ids)

    def decode(self, ids: Tensor, positions: Tensor | None, length: int, cache: DecoderCache) -> Tensor:
        """One cached step over the new columns ``ids`` (rows, T): logits (rows, V_out) of the last column.

        ``positions`` (rows, T) count real tokens (None: 0..T-1); ``length`` is above every one of them.
        """
        hidden = self.decoder(self.embed(ids), positions, length, cache.cross, cache.key_mask, cache)
        return self.transformer.proj_out(hidden[:, -1])

    def forward(
        self,
        frames: Tensor | None = None,
        decoder_input_ids: Tensor | None = None,
        decoder_attention_mask: Tensor | None = None,
        labels: Tensor | None = None,
        sample_weights: Tensor | None = None,
        encoder_outputs: Any = None,
        difficulty: Tensor | None = None,
        mapper_idx: Tensor | None = None,
        song_position: Tensor | None = None,
        beatmap_idx: Tensor | None = None,
        decoder_position_ids: Tensor | None = None,
        **kwargs: Any,
    ) -> Seq2SeqLMOutput:
        """Dense pass over whole sequences.

        ``frames`` (B, S) raw audio, or ``encoder_outputs`` from an earlier call; ``decoder_input_ids`` (B, T) with an
        optional mask (1: real token). Positions count real tokens unless given. Returns logits (B, T, V_out) and, with
        ``labels`` (B, T, -100 ignored), the loss of spec 02 section 8.
        """
        if decoder_input_ids is None:
            raise ValueError("decoder_input_ids is required")
        if encoder_outputs is None:
            if frames is None:
                raise ValueError("either frames or encoder_outputs is required")
            encoded = self.encode(
                frames,
                difficulty=difficulty,
                mapper_idx=mapper_idx,
                song_position=song_position,
                beatmap_idx=beatmap_idx,
            )
        else:
            encoded = encoder_outputs[0]
        hidden = self._dense(encoded, decoder_input_ids, decoder_attention_mask, decoder_position_ids)
        logits = self.transformer.proj_out(hidden)
        loss = self.loss(logits, labels, sample_weights) if labels is not None else None
        return Seq2SeqLMOutput(loss=loss, logits=logits, encoder_last_hidden_state=encoded)

    def _dense(self, encoded: Tensor, ids: Tensor, mask: Tensor | None, positions: Tensor | None) -> Tensor:
        key_mask = key_mask_of(mask) if mask is not None else None
        if positions is None and key_mask is not None:
            positions = positions_of(key_mask)
        length = ids.shape[1] if positions is None else int(positions.max()) + 1
        cross: Sequence[KeysValues] = self.decoder.cross_keys_values(encoded)
        hidden = self.decoder(self.embed(ids), positions, length, cross, key_mask)
        if key_mask is not None and self.config.family is Family.PACKED:
            hidden = hidden * key_mask.unsqueeze(-1)  # packed training scatters zeros to padding (spec 02 section 6.1)
        return hidden

    def loss(self, logits: Tensor, labels: Tensor, sample_weights: Tensor | None = None) -> Tensor:
        """Class-weighted cross-entropy over the number of labelled tokens; rows scaled by ``sample_weights`` (B,)."""
        per_token = self.token_loss(logits, labels)
        if sample_weights is not None:
            per_token = per_token * sample_weights.to(per_token)[:, None]
        return per_token.sum() / (labels != IGNORED_LABEL).sum()

    def token_loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Class-weighted cross-entropy of each position (B, T); 0 where the label is ignored."""
        with torch.autocast(logits.device.type, enabled=False):
            return F.cross_entropy(
                logits.float().transpose(1, 2),
                labels.to(logits.device),
                weight=self.get_buffer("loss_fn.weight").float(),
                ignore_index=IGNORED_LABEL,
                reduction="none",
            )

    def get_encoder(self, modality: str | None = None) -> nn.Module:
        return self.encoder

    def get_input_embeddings(self) -> nn.Module:
        return self.decoder_embedder if self.config.embed_decoder_input else self.decoder.embed_tokens

    def get_output_embeddings(self) -> nn.Module:
        return self.transformer.proj_out

    # ---- initialisation (spec 02 section 13); ``init`` leaves alone what a file has filled

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        std = self.config.backbone.init_std
        if isinstance(module, Spectrogram):
            return
        if isinstance(module, (DifficultyEmbedder, SongPositionEmbedder)):
            _init_basis(module)
        elif module is getattr(self, "encoder_embedder", None):
            module.reset_parameters()
        elif isinstance(module, (nn.Linear, nn.Conv1d)):
            if module not in self._condition_layers():
                init.normal_(module.weight, 0.0, std)
                if module.bias is not None:
                    init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            self._init_embedding(module, std)
        elif isinstance(module, (nn.LayerNorm, RMSNorm)):
            init.ones_(module.weight)
            if isinstance(module, nn.LayerNorm):
                init.zeros_(module.bias)
        elif isinstance(module, nn.CrossEntropyLoss) and module.weight is not None:
            init.copy_(module.weight, self.class_weights())

    def _condition_layers(self) -> set[nn.Module]:
        present = (getattr(self, name, None) for name in ("difficulty_embedder", "song_pos_embedder"))
        return {inner for embedder in present if embedder is not None for inner in embedder.modules()}

    def _init_embedding(self, module: nn.Embedding, std: float) -> None:
        if module is getattr(self.encoder, "embed_positions", None):
            init.copy_(module.weight, sinusoids(*module.weight.shape))
            return
        style = getattr(self, "style_embedder", None)
        own = module is getattr(self, "decoder_embedder", None) or (style is not None and module is style.embedding)
        init.normal_(module.weight, 0.0, self.config.init_std if own else std)
        if module.padding_idx is not None:
            init.zeros_(module.weight[module.padding_idx])


def _init_basis(module: DifficultyEmbedder | SongPositionEmbedder) -> None:
    init.copy_(module.basis_centers, torch.linspace(0, 1, module.basis_centers.numel()))
    init.constant_(module.basis_widths, 0.1)
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            init.xavier_uniform_(layer.weight, gain=0.1)
            init.zeros_(layer.bias)


def positions_of(mask: Tensor) -> Tensor:
    """Position ids that count the real tokens of a mask (B, T): ``clamp(cumsum - 1, 0)``."""
    return (mask.long().cumsum(-1) - 1).clamp(min=0)

"""A tiny model that writes well-formed events without having learned anything: for tests and until a real one is there.

Its weights are random, except that the decoder follows a small grammar of event groups. A token's embedding says what
kind it is, one attention head looks one token back, a second one finds the game mode in the prompt, and the output
matrix holds the chances of what may follow. Rhythm and places are random.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from ..capabilities import VERSIONS
from ..config import DataLayout
from ..events.event import ContextType, EventType
from ..tokenizer import Tokenizer
from .attention import SplitAttention
from .checkpoint import save_model
from .config import new_config
from .layers import DecoderLayer
from .modeling import Mapperatorinator

WIDTH, HEADS = 48, 2
PERIODS = (7, 9, 11, 13)  # their pairs of waves tell any two of 9009 places apart
STEP_MS = 500.0  # mean time between two groups
FORBIDDEN, PREFERRED = -60.0, 20.0

# What follows a token of some kind, by chance. "open.x" and "close.x" are the ids around context x.
_AFTER: dict[str, dict[str, float]] = {
    "open.timing": {"timing_point": 1},
    "open.kiai": {"kiai": 1},
    "open.map": {"circle": 1},
    "open.sv": {"scroll_speed_change": 1},
    "type": {"t": 1},
    # which of these depends on the type before the time
    "t": {
        "snap": 1,
        "scroll_speed": 1,
        "beat": 0.7,
        "measure": 0.2,
        "close.timing": 0.1,
        "kiai": 0.5,
        "close.kiai": 0.5,
    },
    "snap": {"dist": 1, "column": 1, "hitsound": 1},  # which of these depends on the mode
    "dist": {"pos": 1},
    "pos": {"hitsound": 0.8, "new_combo": 0.2},
    "column": {"hitsound": 1},
    "new_combo": {"hitsound": 1},
    "hitsound": {"volume": 1},
    "volume": {"circle": 0.92, "close.map": 0.08},
    "scroll_speed": {"scroll_speed_change": 0.6, "close.sv": 0.4},
    "other": {"close.timing": 1, "close.kiai": 1, "close.map": 1, "close.sv": 1},
}
_BEFORE_TIME: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # types -> what is preferred after their time
    "object": (("circle",), ("snap",)),
    "beat": (("beat", "measure", "timing_point"), ("beat", "measure", "close.timing")),
    "kiai": (("kiai",), ("kiai", "close.kiai")),
    "speed": (("scroll_speed_change",), ("scroll_speed",)),
}
_BY_MODE = ("dist", "hitsound", "dist", "column")
_VALUES: dict[str, Iterable[int]] = {  # what is drawn of long ranges
    "hitsound": range(4),
    "volume": range(60, 81),
    "scroll_speed": range(80, 131),
    "column": range(4),
}

_STATE = {name: index for index, name in enumerate(_AFTER)}
_PREVIOUS = {name: len(_STATE) + index for index, name in enumerate(_BEFORE_TIME)}
_MODE = len(_STATE) + len(_PREVIOUS)
_MARK = {
    name: _MODE + 4 + index for index, name in enumerate((*_BEFORE_TIME, "mode0", "mode1", "mode2", "mode3", "none"))
}
_WAVES = _MODE + 4 + len(_MARK)
_ZERO = _WAVES + 2 * len(PERIODS)  # an axis that stays empty: differences to it undo the norm's mean
_SIZE = 3.0  # of everything that an embedding says


def build_debug_bundle(folder: str | Path, version: str = "v29", seed: int = 0) -> Path:
    """Write a complete bundle with the layout of ``version`` (types first, V29's contexts). Deterministic in ``seed``."""
    layout = VERSIONS[version].layout
    model, tokenizer = build_debug_model(layout, seed)
    target = save_model(model, folder)
    tokenizer.save(target)
    return target


def build_debug_model(layout: DataLayout, seed: int = 0) -> tuple[Mapperatorinator, Tokenizer]:
    """The model and its vocabulary. Raises ``ValueError`` for a layout that its grammar doesn't cover."""
    tokenizer = Tokenizer.build(replace(layout, num_classes=0))
    if not layout.types_first or layout.position_split_axes or ContextType.SV not in tokenizer.context_sos:
        raise ValueError("debug model: only layouts with types first, joint positions and V29's contexts")
    state = torch.random.get_rng_state()
    try:
        torch.manual_seed(seed)
        model = _random_model(layout, tokenizer)
    finally:
        torch.random.set_rng_state(state)
    with torch.no_grad():
        _write_grammar(model, tokenizer, _playfield(layout))
    return model.eval(), tokenizer


def _random_model(layout: DataLayout, tokenizer: Tokenizer) -> Mapperatorinator:
    config = new_config(
        "openai/whisper-tiny",
        vocab_size_in=tokenizer.vocab_size_in,
        vocab_size_out=tokenizer.vocab_size_out,
        src_seq_len=layout.src_seq_len,
        tgt_seq_len=layout.tgt_seq_len,
        overwrite={
            "d_model": WIDTH,
            "encoder_layers": 1,
            "decoder_layers": 2,
            "encoder_attention_heads": HEADS,
            "decoder_attention_heads": HEADS,
            "encoder_ffn_dim": 2 * WIDTH,
            "decoder_ffn_dim": 2 * WIDTH,
        },
        n_mels=40,
        hop_length=layout.hop_length,
        sample_rate=layout.sample_rate,
        spectrogram_log_scale=True,
    )
    return Mapperatorinator(config)


def _playfield(layout: DataLayout) -> list[int]:
    """Values of POS whose cell lies well inside the playfield (spec 01 section 6.3)."""
    size = layout.position_precision
    left, right, top, _ = layout.position_range
    across = (right - left) // size + 1
    return [
        x // size - left // size + (y // size - top // size) * across
        for y in range(32, 352, size)
        for x in range(32, 480, size)
    ]


def _write_grammar(model: Mapperatorinator, tokenizer: Tokenizer, places: Sequence[int]) -> None:
    decoder = model.decoder
    for layer in decoder.layers:
        assert isinstance(layer, DecoderLayer)
        _silence(layer)
    model.decoder_embedder.weight.copy_(_embedding(tokenizer))
    positions = _waves(decoder.embed_positions.num_embeddings)
    decoder.embed_positions.weight.zero_()
    decoder.embed_positions.weight[:, _WAVES:_ZERO] = positions
    first = decoder.layers[0]
    assert isinstance(first, DecoderLayer) and isinstance(first.self_attn, SplitAttention)
    _write_heads(first.self_attn)
    model.transformer.proj_out.weight.copy_(_output(tokenizer, places))


def _silence(layer: DecoderLayer) -> None:
    """Make a random layer pass its input on."""
    for name in ("self_attn.out_proj", "encoder_attn.out_proj", "fc2"):
        module = layer.get_submodule(name)
        assert isinstance(module, nn.Linear)
        module.weight.zero_()
        module.bias.zero_()


def _kind(tokenizer: Tokenizer, token: int) -> tuple[str, str]:
    """State and mark of a token."""
    for context, opening in tokenizer.context_sos.items():
        if token == opening:
            return (f"open.{context.value}" if f"open.{context.value}" in _STATE else "other"), "none"
    if not tokenizer.is_event(token):
        return "other", "none"
    event = tokenizer.decode(token)
    name = event.type.value
    if event.type is EventType.GAMEMODE:
        return "other", f"mode{event.value}"
    marks = [mark for mark, (types, _) in _BEFORE_TIME.items() if name in types]
    if marks:
        return "type", marks[0]
    return (name if name in _STATE else "other"), "none"


def _embedding(tokenizer: Tokenizer) -> Tensor:
    table = torch.zeros(tokenizer.vocab_size_in, WIDTH)
    for token in range(tokenizer.vocab_size_in):
        state, mark = _kind(tokenizer, token)
        table[token, _STATE[state]] = _SIZE
        table[token, _MARK[mark]] = _SIZE
    return table


def _waves(count: int) -> Tensor:
    places = torch.arange(count)[:, None]
    angles = 2 * math.pi * places / torch.tensor(PERIODS)
    return _SIZE * torch.stack((angles.cos(), angles.sin()), -1).flatten(1)


def _deviation(hot: int) -> float:
    """Standard deviation of a state with ``hot`` full axes and the waves; its mean is nearly zero."""
    return _SIZE * math.sqrt((hot + len(PERIODS)) / WIDTH)


def _write_heads(attention: SplitAttention) -> None:
    """Head 0 copies the mark of the token before; head 1 the mark of the game mode."""
    for module in (attention.q_proj, attention.k_proj, attention.v_proj):
        module.weight.zero_()
    attention.q_proj.bias.zero_()
    attention.v_proj.bias.zero_()
    second = WIDTH // HEADS
    for index, period in enumerate(PERIODS):
        turn = 2 * math.pi / period
        cosine, sine = _WAVES + 2 * index, _WAVES + 2 * index + 1
        _read(attention.q_proj.weight[2 * index], {cosine: math.cos(turn), sine: math.sin(turn)}, 20.0)
        _read(attention.q_proj.weight[2 * index + 1], {sine: math.cos(turn), cosine: -math.sin(turn)}, 20.0)
        _read(attention.k_proj.weight[2 * index], {cosine: 1}, 1.0)
        _read(attention.k_proj.weight[2 * index + 1], {sine: 1}, 1.0)
    attention.q_proj.bias[second] = 50.0
    _read(attention.k_proj.weight[second], {_MARK[f"mode{mode}"]: 1 for mode in range(4)}, 1.0)
    copied = [*_BEFORE_TIME, *(f"mode{mode}" for mode in range(4))]
    for place, mark in enumerate(copied):
        head = 0 if mark in _BEFORE_TIME else second
        target = _PREVIOUS[mark] if mark in _BEFORE_TIME else _MODE + int(mark[-1])
        _read(attention.v_proj.weight[head + place % second], {_MARK[mark]: 1}, _deviation(2))
        attention.out_proj.weight[target, head + place % second] = 1.0


def _read(row: Tensor, axes: Mapping[int, float], gain: float) -> None:
    for axis, weight in axes.items():
        row[axis] += gain * weight
        row[_ZERO] -= gain * weight


def _output(tokenizer: Tokenizer, places: Sequence[int]) -> Tensor:
    """Rows whose product with a normed state are log chances."""
    table = torch.zeros(tokenizer.vocab_size_out, WIDTH)
    gain = _deviation(4) / _SIZE
    for state, following in _AFTER.items():
        scores = torch.full((tokenizer.vocab_size_out,), FORBIDDEN)
        for name, chance in following.items():
            ids = _ids(tokenizer, name)
            ids = [ids[place] for place in places] if name == "pos" else ids
            scores[ids] = math.log(chance) - math.log(len(ids))
            if name == "t":
                scores[ids] = -torch.arange(len(ids)) * (10 / STEP_MS)
        table[:, _STATE[state]] = gain * scores
    for mark, (_, preferred) in _BEFORE_TIME.items():
        for name in preferred:
            table[_ids(tokenizer, name), _PREVIOUS[mark]] = gain * PREFERRED
    for mode, name in enumerate(_BY_MODE):
        table[_ids(tokenizer, name), _MODE + mode] = gain * PREFERRED
    table[:, _ZERO] = -table.sum(1)
    return table


def _ids(tokenizer: Tokenizer, name: str) -> list[int]:
    if name.startswith("close."):
        return [tokenizer.context_eos[ContextType(name.removeprefix("close."))]]
    kind = EventType(name)
    first, end = tokenizer.event_start[kind], tokenizer.event_end[kind]
    if name not in _VALUES:
        return list(range(first, end))
    least = tokenizer.event_range[kind].minimum
    return [first + value - least for value in _VALUES[name]]

"""Tokens per second of the decode loop beside a yardstick with equal weights.

    python benchmarks/decode.py [--family whisper|ropewhisper|varwhisper] [--prompt 100] [--new 100] [--threads 1]

For whisper the yardstick is transformers' own ``WhisperForConditionalGeneration.generate`` with its static cache at the
shape of V29; for the rotary families it is a plain cached loop that grows its cache by concatenation. Both sides get
the same random weights, audio and prompt, decode greedily without logit rules, and must give the same tokens.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
import transformers
from torch import Tensor
from transformers import (
    GenerationConfig,
    MaxLengthCriteria,
    StoppingCriteriaList,
    WhisperConfig,
    WhisperForConditionalGeneration,
)
from transformers.modeling_outputs import BaseModelOutput

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from osuT5.config import Sampling  # noqa: E402
from osuT5.generation.decode import Guidance, Stepper, decode_rows  # noqa: E402
from osuT5.model.cache import DecoderCache  # noqa: E402
from osuT5.model.config import new_config  # noqa: E402
from osuT5.model.decoding_layout import lay_out_for_decoding  # noqa: E402
from osuT5.model.modeling import Mapperatorinator  # noqa: E402

SHAPES = {
    "whisper": ("openai/whisper-small", 1024, 2048, 388, "nnAudio", True),
    "ropewhisper": ("Tiger14n/ropewhisper-small", 4096, 5120, 80, "torchaudio", False),
    "varwhisper": ("OliBomby/varwhisper-small", 2048, 2560, 128, "torchaudio", False),
}
VOCABULARY_OUT, VOCABULARY_IN = 3667, 4397


def build(family: str) -> Mapperatorinator:
    """A full-size model with random weights that are large enough for its greedy choice to be clear."""
    name, frames, tokens, mels, kind, project = SHAPES[family]
    torch.manual_seed(0)
    config = new_config(
        name,
        vocab_size_in=VOCABULARY_IN,
        vocab_size_out=VOCABULARY_OUT,
        src_seq_len=frames,
        tgt_seq_len=tokens,
        n_mels=mels,
        spectrogram_implementation=kind,
        project_encoder_input=project,
    )
    return Mapperatorinator(config).eval()


def ours(model: Mapperatorinator, encoded: Tensor, prompt: Tensor, new: int) -> Callable[[], list[int]]:
    cache = DecoderCache()
    stop = torch.zeros(VOCABULARY_IN, dtype=torch.bool)

    def run() -> list[int]:
        cross = model.decoder.cross_keys_values(encoded)
        stepper = Stepper(model, cache, Guidance())
        greedy = Sampling(do_sample=False)
        return decode_rows(stepper, cross, prompt, None, [], greedy, stop, torch.tensor([new]))[0]

    return run


def library(
    model: Mapperatorinator, encoded: Tensor, prompt: Tensor, new: int, cache_length: int
) -> Callable[[], list[int]]:
    """``generate`` of transformers on the same backbone weights."""
    fields = {
        key: value
        for key, value in model.config.backbone_config.items()
        if key not in ("num_hidden_layers", "dtype", "use_cache")
    }
    whisper = WhisperForConditionalGeneration(WhisperConfig(**fields)).eval()
    whisper.model.decoder.embed_tokens = torch.nn.Embedding(VOCABULARY_IN, model.config.hidden_size)
    weights = {key: value for key, value in model.transformer.state_dict().items() if "embed_tokens" not in key}
    weights["model.decoder.embed_tokens.weight"] = model.decoder_embedder.weight
    whisper.load_state_dict(weights, strict=True)  # copies, in the library's own layout
    generate = super(WhisperForConditionalGeneration, whisper).generate  # without Whisper's own speech loop
    settings = GenerationConfig(
        max_length=cache_length,
        do_sample=False,
        pad_token_id=0,
        decoder_start_token_id=1,
        use_cache=True,
        cache_implementation="static",
        disable_compile=True,
    )
    enough = StoppingCriteriaList([MaxLengthCriteria(prompt.shape[1] + new)])

    def run() -> list[int]:
        found = generate(
            encoder_outputs=BaseModelOutput(last_hidden_state=encoded),
            decoder_input_ids=prompt,
            decoder_attention_mask=torch.ones_like(prompt),
            generation_config=settings,
            stopping_criteria=enough,
        )
        return found[0, -new:].tolist()

    return run


def naive(model: Mapperatorinator, encoded: Tensor, prompt: Tensor, new: int) -> Callable[[], list[int]]:
    """The plain cached loop: concatenate keys and values, rotate by freshly built tables, one mask a step."""

    class Concatenated(DecoderCache):
        def append(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
            if self.length:
                key = torch.cat((self._layers[layer][0], key), 2)
                value = torch.cat((self._layers[layer][1], value), 2)
            self._layers[layer : layer + 1] = [(key, value)]
            return key, value

    def run() -> list[int]:
        cache = Concatenated()
        cache.begin(model.decoder.cross_keys_values(encoded), torch.ones_like(prompt, dtype=torch.bool))
        ids, found = prompt, []
        for _ in range(new):
            for rotary in model.decoder.rotaries or ():
                rotary._cache = None
            positions = torch.arange(cache.length, cache.length + ids.shape[1])[None]
            logits = model.decode(ids, positions, int(positions.max()) + 1, cache)
            ids = logits.argmax(-1, keepdim=True)
            found.append(int(ids))
        return found

    return run


def measure(runs: dict[str, Callable[[], list[int]]], repeats: int) -> dict[str, tuple[float, float, list[int]]]:
    """Best wall-clock and processor seconds of each side, prefill included, and its tokens. Sides take turns."""
    best = {name: (float("inf"), float("inf"), run()) for name, run in runs.items()}
    for _ in range(repeats):
        for name, run in runs.items():
            wall, processor = time.perf_counter(), time.process_time()
            tokens = run()
            spent = time.perf_counter() - wall, time.process_time() - processor
            best[name] = (min(best[name][0], spent[0]), min(best[name][1], spent[1]), tokens)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", choices=SHAPES, default="whisper")
    parser.add_argument("--prompt", type=int, default=100)
    parser.add_argument("--new", type=int, default=100)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=2)
    options = parser.parse_args()
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(options.threads)
    model = build(options.family)
    lay_out_for_decoding(model)
    with torch.inference_mode():
        frames = torch.randn(1, (model.config.max_source_positions * 2 - 1) * model.config.hop_length)
        encoded = model.encode(frames)
        prompt = torch.randint(3, VOCABULARY_IN, (1, options.prompt))
        sides = {"this project": ours(model, encoded, prompt, options.new)}
        if options.family == "whisper":
            full = model.config.max_target_positions
            tight = options.prompt + options.new
            sides[f"transformers, static cache of {full}"] = library(model, encoded, prompt, options.new, full)
            sides[f"transformers, static cache of {tight}"] = library(model, encoded, prompt, options.new, tight)
        else:
            plain = build(options.family)  # the same weights, laid out as torch makes them
            sides["naive cached loop"] = naive(plain, encoded, prompt, options.new)
        print(
            f"{SHAPES[options.family][0]}, prompt {options.prompt}, new {options.new}, fp32, {options.threads} thread(s)"
        )
        print(f"{'':40} tokens/s (ratio) by the clock, by processor time")
        results = measure(sides, options.repeats)
        own = results["this project"]
        for name, (wall, processor, tokens) in results.items():
            equal = "equal tokens" if tokens == own[2] else "DIFFERENT TOKENS"
            clock = f"{options.new / wall:6.1f} ({wall / own[0]:4.2f})"
            print(f"{name:40} {clock}  {options.new / processor:6.1f} ({processor / own[1]:4.2f})  {equal}")


if __name__ == "__main__":
    main()

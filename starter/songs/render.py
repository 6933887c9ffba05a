"""A score as sound: every note drawn from a random kit and instruments, mixed and damaged the way recordings are."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from osuT5.files import atomic_write

from . import effects
from .drum_sounds import draw_kit, drum_sounds
from .score import DRUM_LAYERS, TONAL_LAYERS, Note, Score
from .timbres import draw_timbre, tone

RATE = 44100
CODECS = {  # suffix: codec, container, sample rate in Hz
    "mp3": ("libmp3lame", "mp3", 44100),
    "ogg": ("libopus", "ogg", 48000),
    "m4a": ("aac", "mp4", 44100),
    "flac": ("flac", "flac", 44100),
}


def render(score: Score, seed: int) -> np.ndarray:
    """Mono float32 at 44.1 kHz, peak below 1. ``seed`` draws timbres and mix, apart from the score's own."""
    rng = np.random.RandomState(seed)
    length = int(score.length_ms * RATE / 1000) + RATE // 2
    drums = _drum_bus(rng, score, length)
    tonal = _tonal_bus(rng, score, length)
    if rng.rand() < 0.3:
        kicks = np.array([note.time_ms for note in score.notes if note.layer == "kick"])
        tonal = effects.duck(tonal, RATE, kicks, float(rng.uniform(0.3, 0.9)))
    return _master(rng, drums * float(rng.uniform(0.5, 1.3)) + tonal)


def write_audio(path: Path, audio: np.ndarray, kbps: int = 128) -> None:
    """Encode mono float32 audio at 44.1 kHz; the suffix picks the codec (mp3, ogg, m4a, flac).

    Raises ``OSError``.
    """
    import av

    codec, container, rate = CODECS[path.suffix[1:]]
    with atomic_write(path) as handle, av.open(handle, "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate)
        assert isinstance(stream, av.AudioStream)
        stream.layout = "mono"
        if codec != "flac":
            stream.bit_rate = kbps * 1000
        planar = stream.format.name if stream.format else "fltp"
        resampler = av.AudioResampler(format=planar, layout="mono", rate=rate)
        for start in range(0, len(audio), RATE):
            frame = av.AudioFrame.from_ndarray(audio[None, start : start + RATE], format="flt", layout="mono")
            frame.sample_rate = RATE
            frame.pts = start
            for part in resampler.resample(frame):
                output.mux(stream.encode(part))
        for part in resampler.resample(None):
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))


def _drum_bus(rng: np.random.RandomState, score: Score, length: int) -> np.ndarray:
    sounds = drum_sounds(rng, draw_kit(rng), RATE)
    levels = {layer: float(rng.uniform(0.6, 1.2)) for layer in DRUM_LAYERS}
    bus = np.zeros(length, dtype=np.float32)
    for note in score.notes:
        if note.layer in sounds:
            _add(bus, note, sounds[note.layer], levels[note.layer] * float(rng.uniform(0.9, 1.1)))
    return effects.reverberate(bus, effects.room(rng, RATE), float(rng.uniform(0, 0.25)))


def _tonal_bus(rng: np.random.RandomState, score: Score, length: int) -> np.ndarray:
    total = np.zeros(length, dtype=np.float32)
    for layer in TONAL_LAYERS:
        timbre = draw_timbre(rng, layer)
        level = float(rng.uniform(0.25, 0.6)) * (0.5 if layer == "chord" else 1.0)
        draw = lru_cache(maxsize=512)(lambda pitch, ms, timbre=timbre: tone(timbre, pitch, ms / 1000, RATE))
        bus = np.zeros(length, dtype=np.float32)
        for note in score.notes:
            if note.layer == layer:
                _add(bus, note, draw(note.pitch, round(note.duration_ms, 1)), level)
        total += effects.reverberate(bus, effects.room(rng, RATE), float(rng.uniform(0, 0.5)))
    return total


def _add(bus: np.ndarray, note: Note, sound: np.ndarray, level: float) -> None:
    start = round(note.time_ms * RATE / 1000)
    end = min(len(bus), start + len(sound))
    if end > start:
        bus[start:end] += note.strength * level * sound[: end - start]


def _master(rng: np.random.RandomState, mix: np.ndarray) -> np.ndarray:
    if rng.rand() < 0.7:
        mix = effects.equalise(rng, mix, RATE)
    mix = mix / (np.abs(mix).max() + 1e-9)
    if rng.rand() < 0.5:
        mix = effects.compress(mix, RATE, float(rng.uniform(0.2, 0.7)))
        mix = mix / (np.abs(mix).max() + 1e-9)
    if rng.rand() < 0.5:
        mix = effects.clip(mix, float(rng.uniform(1, 5)))
    if rng.rand() < 0.4:
        mix = mix + effects.noise(rng, len(mix), 10 ** float(rng.uniform(-4, -1.6)))
    return (mix / (np.abs(mix).max() + 1e-9) * float(rng.uniform(0.3, 0.98))).astype(np.float32)

"""Synthesised drum hits: mono float32 at the renderer's rate, peak about 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import butter, sosfilt

Sound = np.ndarray


@dataclass(frozen=True)
class Kit:
    """Numbers that make one drum kit differ from another."""

    kick_pitch: float  # Hz, where the sweep ends
    kick_sweep: float  # Hz above it at the start
    kick_decay: float  # s
    snare_pitch: float  # Hz
    snare_noise: float  # 0..1
    snare_decay: float  # s
    hat_low: float  # Hz, lower edge of the hats' band
    hat_decay: float  # s
    click: float  # 0..1 beater click


def draw_kit(rng: np.random.RandomState) -> Kit:
    """A random kit, from soft acoustic to hard electronic."""
    return Kit(
        kick_pitch=rng.uniform(40, 65),
        kick_sweep=rng.uniform(60, 320),
        kick_decay=rng.uniform(0.08, 0.35),
        snare_pitch=rng.uniform(150, 260),
        snare_noise=rng.uniform(0.4, 0.95),
        snare_decay=rng.uniform(0.06, 0.25),
        hat_low=rng.uniform(4500, 9000),
        hat_decay=rng.uniform(0.02, 0.08),
        click=rng.uniform(0.0, 0.6),
    )


def drum_sounds(rng: np.random.RandomState, kit: Kit, rate: int) -> dict[str, Sound]:
    """One sound for each drum layer."""
    return {
        "kick": _kick(kit, rate, rng),
        "snare": _snare(kit, rate, rng),
        "clap": _clap(kit, rate, rng),
        "hat": _noise_hit(rng, rate, kit.hat_decay, (kit.hat_low, 0.47 * rate)),
        "open_hat": _noise_hit(rng, rate, kit.hat_decay * 5, (kit.hat_low * 0.9, 0.47 * rate)),
        "crash": _noise_hit(rng, rate, rng.uniform(0.5, 1.1), (2500, 0.45 * rate)),
        "tom": _tom(kit, rate),
    }


def _axis(seconds: float, rate: int) -> np.ndarray:
    return np.arange(int(seconds * rate), dtype=np.float32) / rate


def _kick(kit: Kit, rate: int, rng: np.random.RandomState) -> Sound:
    t = _axis(kit.kick_decay * 4, rate)
    phase = 2 * np.pi * (kit.kick_pitch * t + kit.kick_sweep * 0.03 * (1 - np.exp(-t / 0.03)))
    body = np.sin(phase) * np.exp(-t / kit.kick_decay)
    click = rng.standard_normal(len(t)).astype(np.float32) * np.exp(-t / 0.003) * kit.click
    return _normal(body + click)


def _snare(kit: Kit, rate: int, rng: np.random.RandomState) -> Sound:
    t = _axis(kit.snare_decay * 4, rate)
    tone = np.sin(2 * np.pi * kit.snare_pitch * t) * np.exp(-t / (kit.snare_decay * 0.6))
    noise = _band(rng.standard_normal(len(t)), (1200, 0.45 * rate), rate) * np.exp(-t / kit.snare_decay)
    return _normal((1 - kit.snare_noise) * tone + kit.snare_noise * noise)


def _clap(kit: Kit, rate: int, rng: np.random.RandomState) -> Sound:
    t = _axis(kit.snare_decay * 4, rate)
    noise = _band(rng.standard_normal(len(t)), (900, 5000), rate)
    envelope = np.exp(-t / kit.snare_decay)
    for delay in (0.009, 0.018):
        envelope += np.where(t >= delay, np.exp(-(t - delay) / 0.006), 0)
    return _normal(noise * envelope)


def _tom(kit: Kit, rate: int) -> Sound:
    t = _axis(0.5, rate)
    pitch = kit.snare_pitch * 0.55
    phase = 2 * np.pi * (pitch * t + 40 * 0.05 * (1 - np.exp(-t / 0.05)))
    return _normal(np.sin(phase) * np.exp(-t / 0.14))


def _noise_hit(rng: np.random.RandomState, rate: int, decay: float, band: tuple[float, float]) -> Sound:
    t = _axis(decay * 5, rate)
    return _normal(_band(rng.standard_normal(len(t)), band, rate) * np.exp(-t / decay))


def _band(noise: np.ndarray, band: tuple[float, float], rate: int) -> np.ndarray:
    low, high = band
    return sosfilt(butter(2, (low, min(high, 0.49 * rate)), "bandpass", fs=rate, output="sos"), noise)


def _normal(sound: np.ndarray) -> Sound:
    return (sound / (np.abs(sound).max() + 1e-9)).astype(np.float32)

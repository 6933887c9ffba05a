"""Makes the demo song: "First Light" by Beatwright, 40 s, 128 BPM, first beat at 500 ms, B minor.

    python examples/make_song.py [examples/demo.mp3]

Everything is computed with numpy from the tables below, with a fixed seed. The result is dedicated to the public
domain (CC0 1.0).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import numpy as np

RATE = 44100  # Hz
BPM = 128
OFFSET_MS = 500  # of the first beat
BEAT = 60 / BPM  # s
STEP = BEAT / 4  # s, a sixteenth
BAR = BEAT * 4  # s
LENGTH = 40.0  # s
TITLE, ARTIST = "First Light", "Beatwright"

# Twenty bars: what plays where.
INTRO, VERSE, BUILD, CHORUS, OUTRO = range(0, 4), range(4, 8), range(8, 10), range(10, 18), range(18, 20)
CHORDS = [(47, 62, 66, 69), (43, 62, 67, 71), (50, 62, 66, 69), (45, 61, 64, 69)]  # bass note and voices, one a bar

# Melodies: (MIDI note or 0 for a rest, sixteenths) for each bar.
VERSE_TUNE = [
    [(71, 6), (74, 6), (78, 4)],
    [(74, 8), (71, 4), (74, 4)],
    [(69, 6), (74, 6), (78, 4)],
    [(76, 12), (0, 4)],
]
CHORUS_TUNE = [
    [(78, 3), (78, 3), (74, 2), (78, 4), (81, 4)],
    [(79, 3), (78, 3), (76, 2), (74, 4), (71, 4)],
    [(78, 3), (76, 3), (74, 2), (69, 4), (74, 4)],
    [(76, 3), (78, 3), (76, 2), (73, 6), (0, 2)],
    [(78, 3), (78, 3), (74, 2), (78, 4), (83, 4)],
    [(83, 3), (81, 3), (78, 2), (79, 4), (78, 4)],
    [(81, 3), (78, 3), (76, 2), (74, 4), (76, 2), (78, 2)],
    [(76, 6), (73, 2), (76, 2), (78, 2), (76, 4)],
]

Stem = np.ndarray  # (2, samples) float64


def silence() -> Stem:
    return np.zeros((2, int(LENGTH * RATE)))


def start_of(bar: float, step: float = 0) -> float:
    """Seconds at which a sixteenth of a bar begins."""
    return OFFSET_MS / 1000 + bar * BAR + step * STEP


def put(stem: Stem, at: float, sound: np.ndarray, gain: float = 1.0, pan: float = 0.0) -> None:
    """Add a mono sound at ``at`` seconds; ``pan`` from -1 (left) to 1 (right)."""
    first = round(at * RATE)
    sound = sound[: stem.shape[1] - first]
    for side, level in enumerate((np.sqrt((1 - pan) / 2), np.sqrt((1 + pan) / 2))):
        stem[side, first : first + len(sound)] += gain * level * sound


def seconds(duration: float) -> np.ndarray:
    return np.arange(int(duration * RATE)) / RATE


def fade(time: np.ndarray, attack: float, release: float) -> np.ndarray:
    """1 in the middle, ramps at both ends, so that no note clicks."""
    return np.clip(np.minimum(time / attack, (time[-1] - time) / release), 0, 1)


def tone(midi: float, time: np.ndarray, harmonics: Callable[[int], float], vibrato: float = 0.0) -> np.ndarray:
    """Sum of harmonics below 9 kHz, each at the given strength."""
    hz = 440 * 2 ** ((midi - 69) / 12)
    phase = 2 * np.pi * hz * time + vibrato * np.sin(2 * np.pi * 5.5 * time) * np.clip(time * 4 - 0.6, 0, 1)
    return sum((harmonics(k) * np.sin(k * phase) for k in range(1, min(16, int(9000 / hz)) + 1)), np.zeros_like(time))


def band(sound: np.ndarray, low: float, high: float) -> np.ndarray:
    """Keep what lies between two frequencies, with soft edges."""
    spectrum = np.fft.rfft(sound)
    hz = np.fft.rfftfreq(sound.shape[-1], 1 / RATE) + 1e-9
    return np.fft.irfft(spectrum / (1 + (low / hz) ** 4) / (1 + (hz / high) ** 4), sound.shape[-1])


def kick() -> np.ndarray:
    time = seconds(0.32)
    return np.sin(2 * np.pi * (48 * time - 4.2 * np.exp(-time * 38))) * np.exp(-time * 9) * fade(time, 0.001, 0.05)


def clap(noise: np.random.RandomState) -> np.ndarray:
    time = seconds(0.25)
    body = band(noise.randn(len(time)), 900, 6500) * np.exp(-time * 22)
    return body * 0.9 + np.sin(2 * np.pi * 190 * time) * np.exp(-time * 30) * 0.5


def hat(noise: np.random.RandomState, decay: float) -> np.ndarray:
    time = seconds(0.2)
    return band(noise.randn(len(time)), 7000, 14000) * np.exp(-time * decay)


def crash(noise: np.random.RandomState) -> np.ndarray:
    time = seconds(2.4)
    return band(noise.randn(len(time)), 3000, 13000) * np.exp(-time * 2.2) * fade(time, 0.002, 0.3)


def kick_steps(bar: int) -> Sequence[int]:
    if bar in CHORUS or bar in VERSE:
        return (0, 4, 8, 12)
    if bar in BUILD:
        return range(0, 16, 4 if bar == BUILD[0] else 2)
    return (0, 8) if bar in INTRO[2:] else (0,) if bar == OUTRO[0] else ()


def drums(noise: np.random.RandomState) -> Stem:
    stem, snare = silence(), clap(noise)
    for bar in range(20):
        for step in kick_steps(bar):
            put(stem, start_of(bar, step), kick(), 0.95)
        if bar in VERSE or bar in CHORUS:
            for step in (4, 12):
                put(stem, start_of(bar, step), snare, 0.5)
            for step in range(2, 16, 4):
                put(stem, start_of(bar, step), hat(noise, 26), 0.4, 0.15)
        if bar in CHORUS:
            for step in range(16):
                put(stem, start_of(bar, step), hat(noise, 70), 0.13 if step % 2 else 0.2, -0.25)
        if bar == BUILD[1]:
            for step in range(16):
                put(stem, start_of(bar, step), snare, 0.1 + 0.025 * step)
    for bar in (VERSE[0], CHORUS[0], CHORUS[4], OUTRO[0]):
        put(stem, start_of(bar), crash(noise), 0.24)
    return stem


def riser(noise: np.random.RandomState) -> Stem:
    """Noise that opens through the build."""
    stem, time = silence(), seconds(2 * BAR)
    grain = noise.randn(len(time))
    opened = band(grain, 300, 1500) * (1 - time / time[-1]) + band(grain, 2000, 9000) * (time / time[-1])
    put(stem, start_of(BUILD[0]), opened * (time / time[-1]) ** 2 * fade(time, 0.1, 0.02), 0.22)
    return stem


def bass() -> Stem:
    stem = silence()
    for bar in (*VERSE, *CHORUS):
        root = CHORDS[bar % 4][0] - 12
        steps = (2, 6, 10, 14) if bar in VERSE else (2, 3, 6, 7, 10, 11, 14, 15)
        for step in (0, *steps):
            time = seconds(STEP * (1.9 if bar in VERSE else 0.95))
            sound = tone(root + 12 * (step % 4 == 3), time, lambda k: np.exp(-0.45 * k)) * fade(time, 0.004, 0.03)
            put(stem, start_of(bar, step), sound, 0.62)
    return stem


def muffled(dullness: float) -> Callable[[int], float]:
    return lambda k: np.exp(-dullness * (k - 1)) / k


def pads(noise: np.random.RandomState) -> Stem:
    stem = silence()
    for bar in range(20):
        time = seconds(BAR + 0.35 if bar < OUTRO[1] else BAR)
        dullness = 0.5 if bar in CHORUS else 0.85
        for voice in CHORDS[bar % 4 if bar != OUTRO[1] else 0][1:]:
            for detune, pan in ((-0.09, -0.8), (0.0, 0.0), (0.08, 0.8)):
                moved = time + noise.rand()
                sound = tone(voice + detune, moved, muffled(dullness))
                put(stem, start_of(bar), sound * fade(time, 0.12, 0.4), 0.095, pan)
    return stem


def arpeggio() -> Stem:
    stem = silence()
    for bar in (*INTRO, *VERSE, *BUILD, *CHORUS, OUTRO[0]):
        voices = [voice + 12 for voice in CHORDS[bar % 4][1:]]
        order = [0, 1, 2, 1, 2, 0, 1, 2]
        for index, step in enumerate(range(0, 16, 2)):
            time = seconds(0.5)
            sound = tone(voices[order[index]], time, lambda k: 0.55 ** (k - 1)) * np.exp(-time * 9)
            put(stem, start_of(bar, step), sound * fade(time, 0.002, 0.1), 0.2, 0.5 if index % 2 else -0.5)
    return stem


def lead() -> Stem:
    stem = silence()
    tunes = [(VERSE[0], VERSE_TUNE, 0.19), (CHORUS[0], CHORUS_TUNE, 0.36)]
    for first, tune, gain in tunes:
        for bar, notes in enumerate(tune, first):
            step = 0
            for note, length in notes:
                if note:
                    time = seconds(length * STEP + 0.08)
                    sound = tone(note, time, lambda k: (1 if k % 2 else 0.35) / k**1.25, 0.12)
                    envelope = fade(time, 0.008, 0.1) * (0.7 + 0.3 * np.exp(-time * 6))
                    put(stem, start_of(bar, step), sound * envelope, gain, 0.05)
                step += length
    return stem


def echo(stem: Stem) -> Stem:
    """Three repeats a dotted eighth apart, from side to side."""
    wet = stem.copy()
    for repeat, gain in ((1, 0.34), (2, 0.16), (3, 0.08)):
        shift = round(repeat * 3 * STEP * RATE)
        source = stem[::-1] if repeat % 2 else stem
        wet[:, shift:] += gain * source[:, :-shift] * np.array([[1.0], [0.6 if repeat % 2 else 1.0]])
    return wet


def reverb(stem: Stem, noise: np.random.RandomState) -> Stem:
    """The sound of a hall alone: convolution with decaying noise."""
    time = seconds(1.8)
    tail = band(noise.randn(2, len(time)), 200, 6000) * np.exp(-time * 3.6) * fade(time, 0.012, 0.3)
    size = 1 << (stem.shape[1] + len(time)).bit_length()
    wet = np.fft.irfft(np.fft.rfft(stem, size) * np.fft.rfft(tail, size), size)[:, : stem.shape[1]]
    return wet / np.sqrt((tail**2).sum(axis=1, keepdims=True))


def ducking() -> np.ndarray:
    """(samples,) gain that makes room for every kick."""
    gain, time = np.ones(int(LENGTH * RATE)), seconds(BEAT)
    for bar in (*VERSE, *CHORUS):
        for step in kick_steps(bar):
            first = round(start_of(bar, step) * RATE)
            gain[first : first + len(time)] = 1 - 0.65 * np.exp(-time * 9)
    return gain


def synthesize() -> Stem:
    """The whole song (2, samples), peak 0.89."""
    noise = np.random.RandomState(128)
    beat = drums(noise)
    tuned = pads(noise) + echo(arpeggio()) + bass()
    melody = echo(lead())
    mix = beat + tuned * ducking() + melody + riser(noise)
    mix += 0.2 * reverb(tuned * ducking() + melody, noise) + 0.06 * reverb(beat, noise)
    mix = np.tanh(band(mix, 28, 16500) * 1.1)
    time = np.arange(mix.shape[1]) / RATE
    mix *= np.clip((LENGTH - 0.05 - time) / 1.2, 0, 1)  # the hall dies away
    return mix * (0.89 / np.abs(mix).max())


def write_song(path: Path) -> None:
    """Encode the song as an mp3 with its tags."""
    samples = np.ascontiguousarray(np.rint(synthesize() * 32767).astype(np.int16))
    with av.open(str(path), "w", format="mp3") as out:
        out.metadata.update({"title": TITLE, "artist": ARTIST, "comment": "CC0 1.0"})
        stream = out.add_stream("libmp3lame", rate=RATE, layout="stereo")
        stream.bit_rate = 160000
        frame = av.AudioFrame.from_ndarray(samples, "s16p", "stereo")
        frame.sample_rate, frame.pts = RATE, 0
        resampler = av.AudioResampler("s16p", "stereo", RATE, 1152)
        for part in (*resampler.resample(frame), *resampler.resample(None), None):
            out.mux(stream.encode(part))


if __name__ == "__main__":
    write_song(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("demo.mp3"))

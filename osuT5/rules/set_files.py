"""The files of a set's folder, as far as the checks of named sounds need them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PEAK_PART = 0.9  # of the greatest level; where a sound is first this loud is its peak


@dataclass(frozen=True, slots=True)
class Sound:
    """Length of a sound file and the moment of its peak, in ms."""

    length_ms: float
    peak_ms: float


class SetFiles:
    """Names in a set's folder, compared without case. With a folder, sound files can also be measured."""

    def __init__(self, source: Path | str | Iterable[str]) -> None:
        if isinstance(source, (Path, str)):
            self.folder: Path | None = Path(source)
            names: Iterable[str] = (path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*"))
        else:
            self.folder, names = None, source
        self._names = {name.replace("\\", "/").lower(): name for name in sorted(names)}
        self._sounds: dict[str, Sound | None] = {}

    def __contains__(self, name: str) -> bool:
        return name.replace("\\", "/").lower() in self._names

    def sound_of_stem(self, stem: str) -> str | None:
        """The file that plays for ``stem``, e.g. ``soft-hitclap2``; None when the set has none."""
        return next((f"{stem}.{kind}" for kind in ("wav", "ogg", "mp3") if f"{stem}.{kind}" in self), None)

    def measure(self, name: str) -> Sound | None:
        """Length and peak of a sound file; None without a folder or for a file that cannot be decoded."""
        if name not in self._sounds:
            self._sounds[name] = self._measured(name)
        return self._sounds[name]

    def _measured(self, name: str) -> Sound | None:
        if self.folder is None or name not in self:
            return None
        import numpy as np

        from osuT5.audio import AudioError, load_audio

        rate = 44100
        try:
            samples = np.abs(
                load_audio(self.folder / self._names[name.replace("\\", "/").lower()], rate, normalize=False)
            )
        except AudioError:
            return None
        if not samples.size or not samples.max():
            return None  # a silent file is how sounds are muted
        peak = int(np.argmax(samples >= PEAK_PART * samples.max()))
        return Sound(samples.size / rate * 1000, peak / rate * 1000)

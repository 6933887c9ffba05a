"""Audio files to samples and to log-mel frames.

Importing this package does not load torch; the spectrogram is in :mod:`osuT5.audio.mel`.
"""

from .errors import AudioError
from .load import load_audio
from .tags import AudioTags, audio_tags

__all__ = ["AudioError", "AudioTags", "audio_tags", "load_audio"]

"""The one exception of this room."""

from __future__ import annotations


class AudioError(ValueError):
    """A file that cannot be used as a song; the message is one line that names the file and the reason."""

"""Title, artist and cover picture out of an audio file, for filling in what the user left open."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

import av
from av.container import InputContainer
from av.stream import Disposition

from .container import open_media

_MIME = {"mjpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif", "bmp": "image/bmp"}


@dataclass(frozen=True)
class AudioTags:
    """What the file says about itself; empty where it says nothing."""

    title: str = ""
    artist: str = ""
    cover: bytes | None = None
    cover_mime: str = ""


def audio_tags(path: str | os.PathLike[str]) -> AudioTags:
    """The tags of ``path``. Raises ``AudioError`` when the file cannot be opened."""
    with open_media(path) as container:
        texts = _texts(container)
        cover, mime = _cover(container)
        return AudioTags(texts.get("title", ""), texts.get("artist", ""), cover, mime)


def _texts(container: InputContainer) -> dict[str, str]:
    """Tags by lower-case name; those of the file win over those of its sound stream (Ogg has only the latter)."""
    sources: list[Mapping[str, str]] = [stream.metadata for stream in container.streams.audio]
    sources.append(container.metadata)
    return {key.lower(): value.strip() for source in sources for key, value in source.items() if value.strip()}


def _cover(container: InputContainer) -> tuple[bytes | None, str]:
    for stream in container.streams.video:
        mime = _MIME.get(stream.codec_context.name, "")
        if not mime or not stream.disposition & Disposition.attached_pic:
            continue
        try:
            packet = next(container.demux(stream))
        except (av.FFmpegError, StopIteration):
            continue
        if packet.size:
            return bytes(packet), mime
    return None, ""

"""Beatwright: songs to osu! beatmaps."""

__version__ = "0.1.0"

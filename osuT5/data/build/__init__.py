"""Builds MMRS data sets from beatmap archives and song folders (spec 05 section 13)."""

from .run import BuildOptions, build

__all__ = ["BuildOptions", "build"]

"""Published quirks by name: what the published system does, what this project does instead, and where it is specified.

Code asks a :class:`Compat` object, never a version string::

    if compat.published("reversed_guidance"): ...
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PUBLISHED, CORRECTED = "published", "corrected"


@dataclass(frozen=True)
class Quirk:
    """One point where the published system and this project differ."""

    spec: str
    published: str
    corrected: str


QUIRKS: dict[str, Quirk] = {
    "reversed_guidance": Quirk(
        "03 9.1", "guidance pushes towards the negative prompt", "guidance pushes away from the negative prompt"
    ),
    "row0_temperature": Quirk(
        "03 9.4", "row 0 of a batch picks the temperature of all rows", "every row picks its own temperature"
    ),
    "beam_state": Quirk(
        "03 9.8, W6",
        "guidance rows and remembered scores are not re-indexed with the beams",
        "cache and remembered scores follow the beams",
    ),
    "single_pending_hold": Quirk(
        "03 14, W2", "one hold note can be open at a time", "one hold note a column can be open; objects sorted by time"
    ),
    "parallel_given_contexts": Quirk(
        "03 10, W20",
        "parallel decoding shows only the first context and appends what it generates to given ones",
        "given contexts are shown and kept as they are",
    ),
    "add_to_beatmap_rewrites": Quirk(
        "03 15.2, W13",
        "the combined map is written anew and loses breaks, storyboard and colours",
        "only the lines in the range change; the rest of the file survives byte for byte",
    ),
    "output_names": Quirk("03 15.3", "beatmap<uuid>.osu", "Artist - Title (Creator) [Version].osu, never overwriting"),
    "disclosure_tag": Quirk("03 3.5", "tags list the options only", "tags also disclose that the map was generated"),
    "inherit_creator_version": Quirk(
        "03 3.3", "creator and version never come from the reference map", "they do, unless given"
    ),
    "osu_template": Quirk(
        "03 15.1, W25",
        "byte order mark, combining character in [Colours], objects in order of completion",
        "plain UTF-8, clean colours, objects sorted by time",
    ),
}


class Compat:
    """Answers whether a quirk follows the published system.

    ``choice`` is ``"corrected"``, ``"published"``, or a mapping from quirk name to one of the two
    (quirks that it leaves out are corrected). Unknown names or choices raise ``ValueError``.
    """

    def __init__(self, choice: str | Mapping[str, str] = CORRECTED) -> None:
        if isinstance(choice, str):
            self._published = set(QUIRKS) if _checked("compat", choice) == PUBLISHED else set()
            return
        unknown = sorted(set(choice) - set(QUIRKS))
        if unknown:
            raise ValueError(f"compat: unknown quirk {unknown[0]!r}; known: {', '.join(QUIRKS)}")
        self._published = {name for name, value in choice.items() if _checked(f"compat.{name}", value) == PUBLISHED}

    def published(self, quirk: str) -> bool:
        """True where the published behaviour of ``quirk`` is wanted. Raises ``KeyError`` for a name not in QUIRKS."""
        if quirk not in QUIRKS:
            raise KeyError(quirk)
        return quirk in self._published


def _checked(where: str, value: str) -> str:
    if value not in (PUBLISHED, CORRECTED):
        raise ValueError(f"{where}: {value!r} is not one of {CORRECTED}, {PUBLISHED}")
    return value

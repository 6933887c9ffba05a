"""Who may import whom (see the README of the house: data flows one way).

A room imports only rooms of an earlier rank; within a rank only along the drawn edges. Rooms that do not exist yet stand
here all the same, so that they find their place.
"""

from __future__ import annotations

RANKS: tuple[tuple[str, ...], ...] = (
    ("config", "compat", "capabilities", "files", "options"),
    ("beatmap", "audio"),
    ("stars", "picture", "rules"),
    ("events",),
    ("tokenizer",),
    ("windows",),
    ("timing",),
    ("model",),
    ("postprocess",),
    ("generation",),
    ("osu_diffusion",),
    ("request",),
    ("pipeline",),
    ("modding",),
    ("data",),
    ("training", "osu_diffusion_training"),
    ("evaluation",),
    ("starter", "classifier", "rcomplexion"),
    ("web",),
    ("entries",),
)

# Drawn edges inside a rank: (importer, imported).
DRAWN: frozenset[tuple[str, str]] = frozenset(
    {
        ("capabilities", "config"),
        ("options", "config"),
        ("picture", "stars"),
        ("rules", "stars"),
    }
)

# Rooms that load neither torch nor hydra when they are imported.
LIGHT = (
    "config",
    "compat",
    "capabilities",
    "files",
    "options",
    "beatmap",
    "audio",
    "stars",
    "picture",
    "rules",
    "events",
    "tokenizer",
    "windows",
    "timing",
    "postprocess",
    "request",
)

# Folders of the tree that are not packages of osuT5, with the room they are.
OTHER_TREES = {
    "osu_diffusion": "osu_diffusion",
    "starter": "starter",
    "classifier": "classifier",
    "rcomplexion": "rcomplexion",
    "web": "web",
}


def rank_of(room: str) -> int:
    """Position of ``room`` in the order. Raises ``KeyError`` with advice for a room that is not in it."""
    for rank, rooms in enumerate(RANKS):
        if room in rooms:
            return rank
    raise KeyError(f"{room}: give this room a place in tests/import_order.py")


def allowed(importer: str, imported: str) -> bool:
    """True where ``importer`` may import ``imported``."""
    if importer == imported:
        return True
    return rank_of(imported) < rank_of(importer) or (importer, imported) in DRAWN

"""Options of MaiMod with their defaults and help (spec 06 section 1.1). No torch, no hydra."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from ..options import InferenceOptions

FORMATS = ("text", "json", "markdown", "html")
SORTS = ("time", "importance")
PRECISIONS = ("auto", "fp32", "bf16", "fp16", "amp")
GROUPS = {"source": "Map and model", "report": "Report", "style": "Style that the map is judged against", "do": "More"}


@dataclass
class ScoringOptions(InferenceOptions):
    """Options of the model that scores the map; every generation key exists, few matter here."""

    hydra: Any = None  # the preset files also tell Hydra where to write; that part is of no use below another key


def _option(group: str, default: Any, help: str) -> Any:
    return field(default=default, metadata={"group": group, "help": help})


@dataclass
class ModOptions:
    """Options as the user gives them."""

    # source
    beatmap_path: str = _option("source", "", ".osu file, or a folder or .osz for a report on every difficulty")
    audio_path: str = _option("source", "", "song; default: the one that the map names, in its folder")
    inference: ScoringOptions = field(
        default_factory=ScoringOptions,
        metadata={
            "group": "source",
            "help": "model: starter, v28, v29, v30, v31, v32, v32-mini; inference.<key> changes an option of it",
        },
    )
    precision: str = _option("source", "auto", "auto (amp on a GPU, else fp32), fp32, bf16, fp16, amp")

    # report
    format: str = _option("report", "text", "text, json, markdown, html")
    raw_output: bool = _option("report", False, "print the markup of the text report as it is")
    limit: int | None = _option("report", None, "show so many suggestions a map, the most surprising ones")
    min_importance: float = _option("report", 2.0, "leave out suggestions of less importance")
    sort: str = _option("report", "time", "order inside a category: time, importance")
    category: Any = _option("report", None, "one or several, such as [Rhythm,Timing]; default: all")
    start_time: int | None = _option("report", None, "ms; look at a part of the map")
    end_time: int | None = _option("report", None, "ms")

    # style
    year: int | None = _option("style", None, "year of the style")
    mapper_id: int | None = _option("style", None, "osu! user id of the mapper")
    descriptors: Any = _option("style", None, "style names that the model knows")

    # do
    fix: bool = _option("do", False, "write a copy with the safe repairs of the rules beside the map")
    explain: str = _option("do", "", "print what a rule is about, such as explain=T01, and stop")


def option_rows() -> Iterator[tuple[str, str, Any, str]]:
    """Group, name, default and help of every option, in order."""
    defaults = ModOptions()
    for entry in fields(ModOptions):
        default = "starter" if entry.name == "inference" else getattr(defaults, entry.name)
        yield entry.metadata["group"], entry.name, default, entry.metadata["help"]

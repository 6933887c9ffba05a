"""What each checkpoint version can do: modes, contexts, outputs, years, and its data layout (spec 01 section 13, spec 03 section 1)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .config import DataLayout, Template

_OUTPUTS = ("timing", "kiai", "map", "sv")
_FULL_TEMPLATES = (
    Template(("none",), _OUTPUTS),
    Template(("no_hs",), _OUTPUTS),
    Template(("gd",), _OUTPUTS),
)


@dataclass(frozen=True)
class Capabilities:
    """One checkpoint version."""

    version: str
    layout: DataLayout
    years: tuple[int, int]
    descriptor_kind: str | None  # "omdb", "user_tags" or None where the model has no descriptors
    settings_by_level: bool = False  # whether settings left open follow the difficulty; published ones are fixed

    @property
    def gamemodes(self) -> tuple[int, ...]:
        return self.layout.gamemodes


_V29 = DataLayout(templates=_FULL_TEMPLATES)
_V28 = replace(_V29, add_kiai_special_token=True)
_V30 = DataLayout(
    src_seq_len=4096,
    tgt_seq_len=5120,
    gamemodes=(0,),
    types_first=False,
    add_timing=True,
    add_timing_points=False,
    position_precision=4,
    position_split_axes=True,
    add_sv=False,
    templates=(Template((), ("map",)),),
    add_out_context_types=False,
    add_gamemode_token=False,
    add_difficulty_token=False,
    add_mapper_token=False,
    add_year_token=False,
    add_hitsounded_token=False,
    add_song_length_token=False,
    add_global_sv_token=False,
    add_cs_token=False,
    add_descriptors=False,
    add_song_position_token=False,
    do_difficulty_embed=True,
    do_mapper_embed=True,
    do_song_position_embed=True,
)
_V31 = DataLayout(
    src_seq_len=4096,
    tgt_seq_len=8192,
    position_precision=4,
    position_split_axes=True,
    templates=_FULL_TEMPLATES,
    add_difficulty_token=False,
    add_mapper_token=False,
    add_song_length_token=False,
    add_song_position_token=False,
    add_kiai_special_token=True,
    do_difficulty_embed=True,
    do_mapper_embed=True,
    do_song_position_embed=True,
)
_V32 = DataLayout(
    src_seq_len=2048,
    tgt_seq_len=2560,
    types_first=False,
    add_distances=False,
    position_refinement=2,
    slider_version=2,
    sustain_interval=8000,
    templates=(Template((), ("timing", "map", "sv")),),
    descriptor_source="user_tags",
)

# The embedded model: short windows, few tokens an object, the beat grid in the prompt of every later context.
_STARTER = DataLayout(
    src_seq_len=512,
    tgt_seq_len=1024,
    num_diff_classes=48,  # a quarter of a star each
    hop_length=256,
    types_first=False,
    add_distances=False,
    position_refinement=4,
    slider_version=2,
    templates=(Template((), ("timing", "kiai", "map")),),
    add_song_length_token=False,
    add_scroll_speed_ratio_token=False,
    add_kiai_special_token=True,
)

STARTER = "starter"  # model_path and diff_ckpt of the checkpoints that come with the project
VERSIONS: dict[str, Capabilities] = {
    "starter": Capabilities("starter", _STARTER, (2007, 2024), "user_tags", settings_by_level=True),
    "v28": Capabilities("v28", _V28, (2007, 2023), "omdb"),
    "v29": Capabilities("v29", _V29, (2007, 2023), "omdb"),
    "v30": Capabilities("v30", _V30, (2007, 2023), None),
    "v31": Capabilities("v31", _V31, (2007, 2023), "omdb"),
    "v32": Capabilities("v32", _V32, (2007, 2024), "user_tags"),
    "v32-mini": Capabilities("v32-mini", _V32, (2007, 2024), "user_tags"),
}

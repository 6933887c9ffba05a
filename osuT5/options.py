"""Every option of an inference run, with its schema default, unit and help (spec 03 section 2). No torch, no hydra.

The values of ``configs/inference/base.yaml`` equal these defaults; version files override some. Conditions that may be
lists are typed ``Any`` here and checked by :mod:`osuT5.request`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

GROUPS = {
    "source": "Files and checkpoint",
    "conditions": "What the map should be like (unset: unknown to the model); a list makes one map for each value",
    "run": "Run",
    "parts": "What is generated",
    "sampling": "Sampling",
    "timing": "Timing",
    "after": "After generation",
    "metadata": "Metadata of the map",
    "positions": "Position refinement",
}


def _option(group: str, default: Any, help: str) -> Any:
    """A dataclass field with help; list defaults are copied for every instance."""
    metadata = {"group": group, "help": help}
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass
class InferenceOptions:
    """Options as the user gives them, before :func:`osuT5.request.complete`."""

    # source
    audio_path: str = _option(
        "source", "", "song, folder or pattern; needed unless beatmap_path names a map whose song lies beside it"
    )
    beatmap_path: str = _option(
        "source", "", "reference .osu: its values fill what is unset, and its contexts can be given"
    )
    output_path: str = _option("source", "", "folder for the result; default: that of the reference map or of the song")
    model_path: str = _option("source", "", "checkpoint: a folder, a hub id, or 'starter'")
    model_version: str = _option(
        "source", "v32", "how the checkpoint reads and writes: starter, v28, v29, v30, v31, v32, v32-mini"
    )
    layout: Any = _option("source", None, "single data layout fields that differ from the version's")
    auto_select_gamemode_model: bool = _option(
        "source", True, "use the checkpoint's sub-folder gamemode=<n> if it has one"
    )
    lora_path: str | None = _option("source", None, "adapter merged into the weights: a folder or a hub id")

    # conditions
    gamemode: Any = _option("conditions", None, "0 osu!, 1 taiko, 2 catch, 3 mania")
    beatmap_id: Any = _option("conditions", None, "style of this beatmap (legacy checkpoints)")
    difficulty: Any = _option("conditions", None, "stars")
    mapper_id: Any = _option("conditions", None, "osu! user id whose style is wanted")
    year: Any = _option("conditions", None, "year of the style, from 2007; 2077: unknown")
    hitsounded: Any = _option("conditions", None, "true or false")
    keycount: Any = _option("conditions", None, "1 to 18, mania")
    hold_note_ratio: Any = _option("conditions", None, "0 to 1, mania")
    scroll_speed_ratio: Any = _option("conditions", None, "0 to 1, taiko and mania")
    descriptors: list[Any] | None = _option("conditions", None, "style names that the checkpoint knows")
    negative_descriptors: list[Any] | None = _option(
        "conditions", None, "style names to avoid (with cfg_scale above 1)"
    )
    hp_drain_rate: Any = _option("conditions", None, "0 to 10")
    circle_size: Any = _option("conditions", None, "0 to 10")
    overall_difficulty: Any = _option("conditions", None, "0 to 10")
    approach_rate: Any = _option("conditions", None, "0 to 10")
    slider_multiplier: Any = _option("conditions", None, "base slider velocity, 0.4 to 3.6")
    slider_tick_rate: Any = _option("conditions", None, "0.5 to 8")

    # run
    seed: int | None = _option("run", None, "unset: drawn from 0 to 65536")
    device: str = _option("run", "auto", "auto, cpu, cuda, cuda:<n>, mps")
    precision: str = _option("run", "fp32", "fp32, fp16, bf16, or amp (fp32 weights under bf16 autocast)")
    attn_implementation: str = _option("run", "auto", "auto, eager, sdpa, flash_attention_2")
    spectrogram_backend: str = _option("run", "torch", "torch, or the torchaudio package where it is installed")
    compat: Any = _option("run", "corrected", "corrected, published, or {quirk: published, ...}")
    use_server: bool = _option(
        "run", False, "share one loaded model with other runs: a background process holds it, and ends when idle"
    )
    max_batch_size: int = _option("run", 16, "decoder rows in one batch")
    candidates: int = _option("run", 1, "maps of each kind, with seed, seed + 1, ...")
    star_tries: int = _option(
        "run", 1, "a map whose stars are not those asked for is written again, up to so many times in all"
    )
    resume: bool = _option("run", False, "skip songs that the same options have finished before")
    checkpoint_every: int = _option("run", 0, "windows between saved states; a killed run then goes on; 0: off")

    # parts
    in_context: list[str] = _option("parts", ["NONE"], "what is given: NONE, TIMING, KIAI, MAP, GD, NO_HS")
    output_type: list[str] = _option("parts", ["MAP"], "what is wanted: TIMING, KIAI, MAP, SV")
    start_time: int | None = _option("parts", None, "ms; part of the song to generate")
    end_time: int | None = _option("parts", None, "ms")
    lookback: float = _option("parts", 0.5, "fraction of a window that earlier windows have written")
    lookahead: float = _option("parts", 0.4, "fraction of a window left to later ones")
    parallel: bool = _option("parts", False, "windows side by side: faster, with seams")
    add_to_beatmap: bool = _option("parts", False, "put the result into a copy of the reference map")
    overwrite_reference_beatmap: bool = _option(
        "parts", False, "write over the reference map; a backup stays beside it"
    )
    export_osz: bool = _option(
        "parts", False, "write an .osz with song, background and all maps of the run instead of .osu files"
    )

    # sampling
    cfg_scale: float = _option("sampling", 1.0, "guidance; active above 1")
    temperature: float = _option("sampling", 1.0, "of all tokens without one of their own")
    timing_temperature: float = _option("sampling", 0.1, "of timing tokens (types-first checkpoints)")
    mania_column_temperature: float = _option("sampling", 0.8, "of mania columns")
    taiko_hit_temperature: float = _option("sampling", 0.8, "of taiko hits")
    position_temperature: float | None = _option(
        "sampling", None, "of positions (types-last checkpoints); unset: temperature"
    )
    quick_reach: float | None = _option(
        "sampling", None, "px that an object within 0.3 beats of another may be away; with grid_divisors"
    )
    timeshift_bias: float = _option("sampling", 0.0, "added to the scores of time tokens")
    top_p: float = _option("sampling", 0.95, "nucleus, 0 to 1")
    top_k: int = _option("sampling", 0, "0: off")
    do_sample: bool = _option("sampling", True, "false: the likeliest token")
    num_beams: int = _option("sampling", 1, "beams")

    # timing
    timing_source: str = _option("timing", "model", "model, analysis of the audio, or auto: analysis where it is sure")
    timing_leniency: int = _option("timing", 20, "ms that a beat may be off a red line")
    grid_divisors: Any = _option(
        "timing",
        [],
        "parts of a beat that times of the map may lie on, such as [4,6]; auto: [4] or [3] as the song is heard; []: any",
    )
    super_timing: bool = _option("timing", False, "many timing passes over shifted audio")
    timer_num_beams: int = _option("timing", 1, "beams of super timing")
    timer_bpm_threshold: float = _option("timing", 0.1, "BPM change that super timing takes for real")
    timer_cfg_scale: float = _option("timing", 1.0, "guidance of super timing")
    timer_iterations: int = _option("timing", 20, "passes of super timing")

    # after
    resnap_events: bool = _option("after", True, "move objects onto the nearest beat fraction")
    snap_near_perfect_overlaps: bool = _option("after", True, "put near overlaps exactly onto each other")
    stretch_sliders: bool = _option("after", False, "stretch paths too short for their velocity, else slow them down")

    check_rules: bool = _option(
        "after", True, "check the map against the ranking criteria, and repair it as map_repairs says"
    )
    map_repairs: str = _option(
        "after", "safe", "none, safe, or gameplay: also what changes how the map plays, where it breaks a rule"
    )
    report: bool = _option("after", False, "write a JSON report beside the result")

    # metadata
    bpm: float | None = _option("metadata", None, "known tempo; without offset, that is fitted to the song")
    offset: int | None = _option("metadata", None, "ms of a downbeat, with bpm: the timing of the map")
    title: str | None = _option("metadata", None, "default: from the reference map or the song's tags")
    artist: str | None = _option("metadata", None, "default: from the reference map or the song's tags")
    title_unicode: str | None = _option("metadata", None, "default: title")
    artist_unicode: str | None = _option("metadata", None, "default: artist")
    creator: str = _option("metadata", "Mapperatorinator", "mapper name in the file")
    version: str = _option("metadata", "Mapperatorinator", "name of the difficulty")
    source: str | None = _option("metadata", None, "where the song is from")
    tags: str | None = _option("metadata", None, "default: the options that differ from base.yaml")
    background: str | None = _option("metadata", None, "picture")
    preview_time: int | None = _option("metadata", None, "ms")

    # positions
    generate_positions: bool = _option("positions", True, "let osu-diffusion place the objects (modes 0 and 2)")
    refine_heads: bool = _option("positions", True, "it moves circles and slider heads too; false: only slider paths")
    diff_ckpt: str = _option("positions", "", "its checkpoint: a folder, a hub id, or 'starter'")
    diff_refine_ckpt: str = _option("positions", "", "a second checkpoint that refines")
    diff_cfg_scale: float = _option("positions", 1.0, "its guidance")
    compile: bool = _option("positions", False, "torch.compile it; pays on a GPU, with pad_sequence for many maps")
    pad_sequence: bool = _option("positions", False, "pad to max_seq_len")
    beatmap_idx: str = _option("positions", "", "index file of beatmap ids")
    refine_iters: int = _option("positions", 10, "steps of the second checkpoint")
    random_init: bool = _option("positions", False, "start from noise instead of the model's positions")
    timesteps: list[int] = _option("positions", [100, 0, 0, 0, 0, 0, 0, 0, 0, 0], "steps in each part of the schedule")
    max_seq_len: int = _option("positions", 1024, "objects in one window")
    overlap_buffer: int = _option("positions", 128, "objects that windows share")


def option_rows() -> Iterator[tuple[str, str, Any, str]]:
    """Group, name, default and help of every option, in order."""
    defaults = InferenceOptions()
    for entry in fields(InferenceOptions):
        yield entry.metadata["group"], entry.name, getattr(defaults, entry.name), entry.metadata["help"]

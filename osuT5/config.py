"""Typed option groups shared by all rooms. No torch, no hydra."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Template:
    """One context template: the contexts a model is given and those it writes, by wire name, in order."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class DataLayout:
    """How a beatmap is written as events and tokens, and how audio becomes frames (spec 01 section 1.3, spec 03 section 1).

    The weights of a checkpoint do not carry this; it belongs to the checkpoint's version.
    """

    # window
    src_seq_len: int = 1024  # mel frames
    tgt_seq_len: int = 2048  # tokens
    sample_rate: int = 16000  # Hz
    hop_length: int = 128  # samples

    # events
    gamemodes: tuple[int, ...] = (0, 1, 2, 3)
    types_first: bool = True
    add_timing: bool = False
    add_timing_points: bool = True
    add_snapping: bool = True
    add_hitsounds: bool = True
    add_distances: bool = True
    add_positions: bool = True
    position_precision: int = 32  # osu! pixels
    position_split_axes: bool = False
    position_range: tuple[int, int, int, int] = (-256, 768, -256, 640)  # x min, x max, y min, y max
    position_refinement: int | None = None  # osu! pixels
    add_sv: bool = True
    add_mania_sv: bool = False
    mania_bpm_normalized_scroll_speed: bool = True
    add_kiai: bool = False
    slider_version: int = 1
    sustain_interval: int | None = None  # ms

    # contexts
    templates: tuple[Template, ...] = ()
    add_out_context_types: bool = True
    add_gd_prefix: bool = False
    add_pre_tokens: bool = False
    add_pre_tokens_at_step: int = -1
    max_pre_token_len: int = -1
    center_pad_decoder: bool = False
    lookahead: float = 0.0  # of training

    # prompt tokens
    add_gamemode_token: bool = True
    add_style_token: bool = False
    add_difficulty_token: bool = True
    add_mapper_token: bool = True
    add_year_token: bool = True
    add_hitsounded_token: bool = True
    add_song_length_token: bool = True
    add_global_sv_token: bool = True
    add_cs_token: bool = True
    add_keycount_token: bool = True
    add_hold_note_ratio_token: bool = True
    add_scroll_speed_ratio_token: bool = True
    add_descriptors: bool = True
    add_kiai_special_token: bool = False
    add_sv_special_token: bool = True
    add_song_position_token: bool = True

    # classes
    num_classes: int = 0
    num_diff_classes: int = 24
    max_diff: int = 12
    num_cs_classes: int = 21
    descriptor_source: str = "omdb"
    min_top_tag_count: int = 2

    # encoder conditions
    do_style_embed: bool = False
    do_difficulty_embed: bool = False
    do_mapper_embed: bool = False
    do_song_position_embed: bool = False

    normalize_audio: bool = True

    @property
    def window_samples(self) -> int:
        """Audio samples in one window."""
        return (self.src_seq_len - 1) * self.hop_length

    @property
    def window_ms(self) -> float:
        """Length of one window in ms."""
        return self.window_samples * 1000 / self.sample_rate

    @property
    def position_ms(self) -> float:
        """Time from one encoder position to the next, two mel frames, in ms."""
        return 2 * self.hop_length * 1000 / self.sample_rate

    @property
    def max_time_shift(self) -> int:
        """Largest TIME_SHIFT value in 10 ms steps."""
        return int(self.window_ms / 10)


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen (spec 03 section 9)."""

    cfg_scale: float = 1.0
    temperature: float = 1.0
    timing_temperature: float = 0.1
    mania_column_temperature: float = 0.8
    taiko_hit_temperature: float = 0.8
    position_temperature: float | None = None  # None: the main one
    timeshift_bias: float = 0.0
    top_p: float = 0.95
    top_k: int = 0
    do_sample: bool = True
    num_beams: int = 1

    @property
    def temperature_of_positions(self) -> float:
        return self.temperature if self.position_temperature is None else self.position_temperature


@dataclass(frozen=True)
class Conditions:
    """What a map should be like; unset values are unknown to the model (spec 03 section 2.2)."""

    gamemode: int = 0
    beatmap_id: int | None = None
    difficulty: float | None = None  # stars
    mapper_id: int | None = None
    year: int | None = None
    hitsounded: bool | None = None
    hp_drain_rate: float | None = None
    circle_size: float | None = None
    overall_difficulty: float | None = None
    approach_rate: float | None = None
    slider_multiplier: float | None = None
    slider_tick_rate: float | None = None
    keycount: int | None = None
    hold_note_ratio: float | None = None
    scroll_speed_ratio: float | None = None
    descriptors: list[str | int] | None = field(default=None)
    negative_descriptors: list[str | int] | None = field(default=None)


@dataclass(frozen=True)
class GenerationOptions:
    """What is generated and how the windows are walked (spec 03 section 2.3). Contexts by wire name."""

    in_context: tuple[str, ...] = ("none",)
    output_type: tuple[str, ...] = ("map",)
    lookback: float = 0.5  # fraction of a window that earlier windows have written
    lookahead: float = 0.4  # fraction of a window left to later ones
    start_time: float | None = None  # ms; part of the song to generate
    end_time: float | None = None  # ms
    add_to_beatmap: bool = False
    timing_leniency: int = 20  # ms
    grid_divisors: tuple[int, ...] | None = ()  # parts of a beat that a map's times may lie on; empty: any time;
    # None: as the song is heard
    quick_reach: float | None = None  # px from an object to another within a stream; None: any
    parallel: bool = False
    max_batch_size: int = 16  # decoder rows, beams and guidance included
    super_timing: bool = False
    timer_num_beams: int = 1
    timer_bpm_threshold: float = 0.1
    timer_cfg_scale: float = 1.0
    timer_iterations: int = 20
    sampling: Sampling = field(default_factory=Sampling)

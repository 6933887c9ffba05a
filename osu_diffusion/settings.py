"""Options of the refiner (spec 04 section 1). No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

DEFAULT_TIMESTEPS = (100, 0, 0, 0, 0, 0, 0, 0, 0, 0)
PRECISIONS = ("auto", "fp32", "bf16")


@dataclass(frozen=True)
class RefinerSettings:
    """How positions are sampled.

    ``timesteps`` are the respacing sections (section 6); ``max_seq_len`` and ``overlap_buffer`` are in elements;
    ``start_time`` and ``end_time`` are in ms and inclusive; without ``heads`` only the paths of sliders change. Raises ``ValueError`` for values that cannot work.
    """

    cfg_scale: float = 1.0
    timesteps: Sequence[int] | str = DEFAULT_TIMESTEPS
    max_seq_len: int = 1024
    overlap_buffer: int = 128
    random_init: bool = False
    start_time: float | None = None
    end_time: float | None = None
    heads: bool = True  # move circles and slider heads as well
    pad_sequence: bool = False
    refine_iters: int = 10
    precision: str = "auto"  # auto: bf16 where the CPU multiplies it faster, unless compat says published
    compile: bool = False  # torch.compile the forward pass

    def __post_init__(self) -> None:
        if self.overlap_buffer < 0 or self.max_seq_len <= 2 * self.overlap_buffer:
            raise ValueError(
                f"overlap_buffer: {self.overlap_buffer} must be at least 0 and less than half of "
                f"max_seq_len ({self.max_seq_len})"
            )
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision: {self.precision!r} is not one of {', '.join(PRECISIONS)}")
        if self.refine_iters < 0:
            raise ValueError(f"refine_iters: {self.refine_iters} is below 0")

"""The share of one process where several run the same command, e.g. one a GPU, under ``accelerate launch``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from ..options import InferenceOptions

if TYPE_CHECKING:
    from accelerate import PartialState

Item = TypeVar("Item")


def process_count() -> int:
    return int(os.environ.get("WORLD_SIZE", "1") or 1)


def share_of(items: Sequence[Item]) -> list[Item]:
    """The items that this process works on; all of them where it is alone."""
    if process_count() == 1:
        return list(items)
    with _state().split_between_processes(list(items)) as mine:
        return list(mine)


def with_own_device(options: InferenceOptions) -> InferenceOptions:
    """``options`` on the GPU of this process, where the device is open."""
    if process_count() == 1 or options.device not in ("auto", "cuda"):
        return options
    return replace(options, device=str(_state().device))


def _state() -> PartialState:
    import torch
    from accelerate import PartialState

    return PartialState(cpu=not torch.cuda.is_available())

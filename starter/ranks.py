"""Processes that train one model together (torchrun): each has its own windows, all take the mean of the gradients.

On a CPU two processes of one thread do about half as much again as one process of two threads.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

import torch
import torch.distributed as dist
from torch import Tensor


class Ranks:
    """This process among its peers; alone without torchrun."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.size = int(os.environ.get("WORLD_SIZE", "1"))
        self.rank = int(os.environ.get("RANK", "0"))
        if self.size > 1:
            if device == "cuda":
                torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))  # "cuda" is now this process's own
            dist.init_process_group("nccl" if device == "cuda" else "gloo")

    @property
    def first(self) -> bool:
        """Whether this process saves and logs."""
        return self.rank == 0

    def average(self, gradients: Iterable[Tensor]) -> None:
        """Replace gradients by their means over all processes, in one message."""
        if self.size == 1:
            return
        parts = list(gradients)
        flat = torch.cat([part.flatten() for part in parts])
        dist.all_reduce(flat)
        flat /= self.size
        for part, mean in zip(parts, flat.split([part.numel() for part in parts]), strict=True):
            part.copy_(mean.view_as(part))

    def any(self, flag: bool) -> bool:
        """Whether the flag is up in some process."""
        if self.size == 1:
            return flag
        votes = torch.tensor(float(flag), device=self.device)
        dist.all_reduce(votes)
        return bool(votes > 0)

    def close(self) -> None:
        if self.size > 1:
            dist.destroy_process_group()

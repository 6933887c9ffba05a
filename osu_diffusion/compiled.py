"""torch.compile for the refiner's forward pass, and what happens where that cannot work."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable

import torch
from torch import Tensor

logger = logging.getLogger(__name__)

Forward = Callable[..., Tensor]
LONGEST = 160  # characters of a compiler's complaint


def compile_problem(device: torch.device | str) -> str | None:
    """Why torch.compile cannot work on ``device``, in one line; None where it does. Tried on a sum: takes seconds."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.compile(_sum)(torch.ones(64, device=device))
    except Exception as error:  # every backend has its own: no C++ compiler, no Triton, too old a GPU, ...
        return _line(error)
    return None


def compiled(plain: Forward) -> Forward:
    """``plain`` compiled at its first call; where that fails, a warning, and ``plain`` itself from then on."""
    fast: Forward | None = None
    failed = False

    def run(*arguments: object) -> Tensor:
        nonlocal fast, failed
        if not failed:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    fast = fast or torch.compile(plain)
                    return fast(*arguments)
            except Exception as error:  # an error of the forward pass itself comes again below
                logger.warning("compile: the refiner runs as it is: %s", _line(error))
                failed = True
        return plain(*arguments)

    return run


def _sum(x: Tensor) -> Tensor:
    return x.sin() + 1


def _line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."

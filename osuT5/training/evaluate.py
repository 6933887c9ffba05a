"""Evaluation."""

from __future__ import annotations


def evaluation_limit(steps: int, grad_acc: int) -> int:
    """Micro batches that an evaluation takes at most (spec 05 section 9.1)."""
    return steps * grad_acc - 1

"""Blocks of tokens to one sequence with its labels (spec 05 section 5.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..tokenizer import EOS_ID, PAD_ID, SOS_ID
from .errors import BadTrack

Ints = NDArray[np.int64]
IGNORED = -100
_MIN_PRE = 4  # tokens of the previous window that targets leave room for


@dataclass(frozen=True)
class Block:
    """One context: brackets (empty for none), its own metadata, its events; ``labelled_from`` counts events."""

    opening: tuple[int, ...]
    events: Ints
    closing: tuple[int, ...]
    meta: Sequence[int] = ()
    labelled_from: int = 0

    @property
    def frame_size(self) -> int:
        """Tokens beside the events."""
        return len(self.opening) + len(self.meta) + len(self.closing)


@dataclass(frozen=True)
class Tokens:
    """``ids`` and ``labels`` (n,) without padding; ``pre_start`` is the first token that jitter may move."""

    ids: Ints
    labels: Ints
    pre_start: int
    targets: int  # trained events
    truncated: bool = False
    left_pad: int = field(default=0)


def assemble(
    ins: Sequence[Block],
    meta: Sequence[int],
    pre: Ints,
    outs: Sequence[Block],
    length: int,
    *,
    false_ends: bool = False,
    center_pad: bool = False,
) -> Tokens:
    """A sequence of at most ``length`` tokens.

    Events that do not fit are cut: first those given, then those of the previous window, then targets. Where a target
    is cut, its end and all that follows has no label, or with ``false_ends`` the published false one. Raises
    ``BadTrack`` where not even the frame fits.
    """
    framed_out = sum(block.frame_size for block in outs)
    fixed = 1 + len(meta) + framed_out + sum(block.frame_size for block in ins)
    if fixed > length or (center_pad and max(fixed - 1 - framed_out, framed_out + 1) > length // 2):
        raise BadTrack("prompt_too_long", f"the prompt alone has {fixed} tokens, tgt_seq_len is {length}")
    wanted_out, wanted_in = (sum(len(block.events) for block in blocks) for blocks in (outs, ins))
    if center_pad:
        half = length // 2
        kept_out, kept_pre, kept_in = _halves(half, length - half, fixed, framed_out, (wanted_out, len(pre), wanted_in))
    else:
        kept_out, kept_pre, kept_in = _budget(length, fixed, (wanted_out, len(pre), wanted_in))
    before = [*_flat(_limited(ins, kept_in)), *meta]
    pre = pre[len(pre) - kept_pre :]
    left = max(length // 2 - len(before) - kept_pre, 0) if center_pad else 0
    tail, trained, targets = _targets(outs, kept_out, false_ends)
    ids = np.concatenate([np.full(left, PAD_ID), np.array(before, dtype=np.int64), pre, [SOS_ID], tail]).astype(
        np.int64
    )
    labels = np.full(len(ids), IGNORED, dtype=np.int64)
    start = len(ids) - len(tail) - 1
    following = np.append(tail, EOS_ID)
    labels[start:] = np.where(trained, following, IGNORED)
    return Tokens(ids, labels, start - kept_pre, targets, kept_out < wanted_out, left)


def _budget(length: int, fixed: int, wanted: tuple[int, int, int]) -> tuple[int, int, int]:
    """Event tokens that are kept of the targets, the previous window and the given contexts."""
    out, pre, given = wanted
    kept_out = max(min(length - fixed - min(_MIN_PRE, pre), out), 0)
    kept_pre = max(min(length - fixed - kept_out, pre), 0)
    return kept_out, kept_pre, max(min(length - fixed - kept_out - kept_pre, given), 0)


def _halves(
    before: int, behind: int, fixed: int, framed_out: int, wanted: tuple[int, int, int]
) -> tuple[int, int, int]:
    """The same where SOS stands in the middle: targets have the half behind it, the rest the half before."""
    out, pre, given = wanted
    room = before - (fixed - 1 - framed_out)
    kept_pre = min(room, pre)
    return min(behind - 1 - framed_out, out), kept_pre, min(room - kept_pre, given)


def _limited(blocks: Sequence[Block], limit: int) -> list[Block]:
    """The first ``limit`` events of all blocks together."""
    kept = []
    for block in blocks:
        events = block.events[:limit]
        limit -= len(events)
        kept.append(Block(block.opening, events, block.closing, block.meta, block.labelled_from))
    return kept


def _flat(blocks: Sequence[Block]) -> list[int]:
    ids: list[int] = []
    for block in blocks:
        ids += [*block.opening, *block.meta, *block.events.tolist(), *block.closing]
    return ids


def _targets(outs: Sequence[Block], limit: int, false_ends: bool) -> tuple[Ints, NDArray[np.bool_], int]:
    """Tokens after SOS; for each of them and for EOS whether it is a target; the number of trained events."""
    parts: list[Ints] = []
    flags: list[NDArray[np.bool_]] = []
    targets, alive = 0, True
    for block, kept in zip(outs, _limited(outs, limit), strict=True):
        size = len(kept.events)
        trained = (np.arange(size) >= block.labelled_from) & alive
        whole = alive and (false_ends or size == len(block.events))
        targets += int(trained.sum())
        parts += [np.array(block.opening, dtype=np.int64), kept.events, np.array(block.closing, dtype=np.int64)]
        flags += [np.full(len(block.opening), alive), trained, np.full(len(block.closing), whole)]
        alive = whole
    flags.append(np.array([alive]))
    tail: Ints = np.concatenate(parts) if parts else np.empty(0, np.int64)
    return tail, np.concatenate(flags), targets

"""Windows as pictures: the spectrogram, and a line at each time that the tokens name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from ..audio.mel import LogMel
from ..config import DataLayout
from ..events.event import EventType
from ..tokenizer import SOS_ID, Tokenizer
from ..windows import MS_PER_STEP
from .sequence import IGNORED

GREEN, BLUE, RED = (0, 200, 0), (60, 110, 255), (230, 40, 40)  # given, trained, shown but not trained
_HEIGHT = 384  # px, at least
Row = Mapping[str, Tensor]


def draw_windows(
    batches: Iterable[Row], tokenizer: Tokenizer, layout: DataLayout, hearing: LogMel, folder: Path, count: int
) -> Iterator[Path]:
    """Draw the first ``count`` windows as ``folder/window<n>.png``; frames run to the right, pitch upwards."""
    rows = (
        {key: value[row] for key, value in batch.items()} for batch in batches for row in range(len(batch["labels"]))
    )
    folder.mkdir(parents=True, exist_ok=True)
    for number, row in enumerate(islice(rows, count)):
        path = folder / f"window{number}.png"
        picture(row, tokenizer, layout, hearing).save(path)
        yield path


def picture(row: Row, tokenizer: Tokenizer, layout: DataLayout, hearing: LogMel) -> Image.Image:
    """One window (no batch axis) with its times: green given contexts, blue targets, red targets without a label."""
    with torch.no_grad():
        mel = hearing(row["frames"][None])[0]
    loud = (mel if hearing.log_scale else torch.log1p(mel)).numpy().T[::-1]
    grey = (255 * loud / max(float(loud.max()), 1e-9)).astype(np.uint8)
    image = Image.fromarray(grey).convert("RGB")
    if image.height < _HEIGHT:
        image = image.resize((image.width, _HEIGHT))
    pen = ImageDraw.Draw(image)
    for time, colour in times_of(row, tokenizer):
        x = round(time / layout.window_ms * image.width)
        pen.line([(x, 0), (x, image.height)], fill=colour)
    return image


def times_of(row: Row, tokenizer: Tokenizer) -> list[tuple[float, tuple[int, int, int]]]:
    """Time in ms and colour of every TIME token of a window."""
    ids, labels = row["decoder_input_ids"].tolist(), row["labels"].tolist()
    first, end = tokenizer.event_start[EventType.TIME_SHIFT], tokenizer.event_end[EventType.TIME_SHIFT]
    least = tokenizer.event_range[EventType.TIME_SHIFT].minimum
    begin = ids.index(SOS_ID)
    found = []
    for place, token in enumerate(ids):
        if first <= token < end:
            trained = place > begin and labels[place - 1] != IGNORED
            colour = GREEN if place < begin else BLUE if trained else RED
            found.append(((token - first + least) * float(MS_PER_STEP), colour))
    return found

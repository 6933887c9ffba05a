"""Evaluation of a finished checkpoint: twice, with and without jitter, with curves (spec 05 section 9.4)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from torch import nn

from ..compat import Compat
from ..data.loader import build_loader
from ..files import write_bytes
from ..model.checkpoint import PRECISIONS, read_model, resolve_attention
from ..model.locate import locate_checkpoint
from ..model.lora import merge_lora
from ..model.modeling import Mapperatorinator
from ..tokenizer import Tokenizer
from .checkpoints import LORA
from .errors import TrainingError
from .evaluate import Evaluation, Evaluator, evaluation_limit
from .launch import new_accelerator
from .loop import data_of
from .options import TrainOptions
from .pretrained import check_ranges

RESULTS = "test_results.json"
Notify = Callable[[str], None]


def evaluate_checkpoint(options: TrainOptions, notify: Notify = print) -> dict[str, Evaluation]:
    """Results by prefix: ``test_noise`` with the configured jitter, ``test`` without. Writes ``test_results.json``.

    ``checkpoint_path`` is a bundle or a training checkpoint; one with an adapter needs ``pretrained_path``. Sample weights
    are taken for rhythm complexity and don't weigh losses. Raises ``ValueError`` with one line.
    """
    if not options.checkpoint_path:
        raise TrainingError("checkpoint_path: not set; it is the checkpoint to evaluate")
    layout, data = data_of(options)
    data.path("test")
    accelerator = new_accelerator(options)
    model, tokenizer = _model(options, notify)
    check_ranges(tokenizer, layout, notify)
    nn.Module.to(model, device=accelerator.device, dtype=PRECISIONS[options.precision])
    limit = evaluation_limit(options.eval.steps, options.optim.grad_acc)
    found = {}
    for prefix, jitter in (("test_noise", True), ("test", False)):
        chosen = data if jitter else replace(data, timing_random_offset=0, timing_random_offset_2=0)
        loader = build_loader(
            chosen,
            layout,
            tokenizer,
            "test",
            batch_size=options.optim.micro_batch,
            num_workers=options.dataloader.num_workers,
            compat=Compat(options.compat),
        )
        evaluator = Evaluator(tokenizer, layout, options.eval.extended, curves=True)
        result = evaluator.run(model, loader, accelerator.device, limit, accelerator.autocast, weighted=False)
        if result.loss is None:
            raise TrainingError(f"the test split gives no batch: {loader.report.summary()}")
        found[prefix] = result
    _write(Path(options.run_dir or "."), found)
    return found


def _model(options: TrainOptions, notify: Notify) -> tuple[Mapperatorinator, Tokenizer]:
    attention, folder = resolve_attention(options.attn_implementation), Path(options.checkpoint_path)
    adapter = folder / LORA if (folder / LORA).is_dir() else None
    if adapter is not None and not options.pretrained_path:
        raise TrainingError(f"pretrained_path: not set; {adapter} adapts another checkpoint")
    source = options.pretrained_path if adapter else options.checkpoint_path
    location = locate_checkpoint(source, options.pretrained_gamemode)
    model = read_model(location.folder, attention)
    if adapter is not None:
        notify(merge_lora(model, adapter, location.effective_subfolder))
    return model.eval(), Tokenizer.load(location.folder)


def _write(folder: Path, found: dict[str, Evaluation]) -> None:
    content = {
        prefix: {"means": result.means, "loss": result.loss, "intervals": result.intervals, "curves": result.curves}
        for prefix, result in found.items()
    }
    folder.mkdir(parents=True, exist_ok=True)
    write_bytes(folder / RESULTS, (json.dumps(content, indent=1) + "\n").encode())


def table(found: dict[str, Evaluation]) -> str:
    """One line a metric, one column a pass."""
    keys = dict.fromkeys(key for result in found.values() for key in result.means)
    width = max((len(key) for key in keys), default=0)
    lines = [" " * width + "".join(f"{prefix:>14}" for prefix in found)]
    for key in keys:
        cells = [result.means.get(key) for result in found.values()]
        lines.append(f"{key:<{width}}" + "".join(f"{'':>14}" if cell is None else f"{cell:>14.4f}" for cell in cells))
    return "\n".join(lines)

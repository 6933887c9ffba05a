"""The JSON report of a run: what was asked, what was done, what came out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .. import __version__
from ..files import write_bytes
from ..generation.generate import GenerationResult
from ..model.locate import Location
from ..options import option_rows
from ..request import Request, RequestError
from ..rules import Finding, summary_line
from .gate import Gated
from .run import RunResult

DISCLOSURE = "AI generated; not accepted for ranking, say so where you share it"


def weights_hash(location: Location) -> str:
    """SHA-256 of the checkpoint's weights."""
    digest = hashlib.sha256()
    with (location.folder / "model.safetensors").open("rb") as content:
        while part := content.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def map_record(
    request: Request,
    result: RunResult,
    made: Gated,
    generated: GenerationResult,
    location: Location,
    weights: str,
    timing_note: str,
) -> dict[str, Any]:
    """What there is to say about one map."""
    return {
        "version": result.version,
        "seed": request.seed,
        "options": {name: getattr(request.options, name) for _, name, _, _ in option_rows()},
        "origins": dict(request.origins),
        "checkpoint": {
            "source": location.source,
            "subfolder": location.subfolder,
            "version": request.able.version,
            "sha256": weights,
            "lora": request.options.lora_path,
        },
        "stars": {
            "asked": request.options.difficulty,
            "told": request.conditions.difficulty,
            "got": made.stars,
        },
        "objects": made.objects,
        "timing": {
            "source": generated.plan.timing.value,
            "known": request.known_timing.value,
            "note": timing_note,
            "red_lines": _red_lines(generated),
        },
        "seconds": {"total": result.seconds, "passes": {name: each.seconds for name, each in generated.stats.items()}},
        "tokens": {name: each.tokens for name, each in generated.stats.items()},
        "rules": None if made.findings is None else _findings(made.findings),
        "repairs": list(made.repairs),
        "warnings": list(result.warnings),
        "notices": list(request.notices),
    }


def write_record(path: Path, request: Request, maps: Sequence[dict[str, Any]]) -> Path:
    """Write the report beside ``path``, as ``<name>.json``. Raises :class:`RequestError`."""
    content = {
        "program": f"Beatwright {__version__}",
        "disclosure": DISCLOSURE,
        "file": path.name,
        "song": request.paths.audio.name,
        "maps": list(maps),
    }
    target = path.with_name(f"{path.name}.json")
    try:
        write_bytes(target, (json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n").encode())
    except OSError as error:
        raise RequestError(f"cannot write {target}: {error.strerror or error}") from None
    return target


def _red_lines(generated: GenerationResult) -> list[dict[str, Any]]:
    lines = generated.timing or []
    return [
        {"time_ms": line.offset_ms, "bpm": 60000 / line.beat_length, "meter": line.meter}
        for line in lines
        if line.parent is None and line.beat_length
    ]


def _findings(findings: Sequence[Finding]) -> dict[str, Any]:
    listed = [{**asdict(item), "severity": item.severity.value} for item in findings]
    return {"summary": summary_line(findings), "findings": listed}

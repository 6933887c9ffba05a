"""Where and how the model runs (spec 03 section 3.1)."""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Hardware:
    """Device, attention implementation, and what to tell the user about them."""

    device: str
    attention: str
    notices: tuple[str, ...]


def choose_hardware(device: str, attention: str, precision: str) -> Hardware:
    """Resolve ``auto``; what is not available falls back, with a notice."""
    chosen, device_notices = _device(device)
    implementation, attention_notices = _attention(attention, precision, chosen)
    return Hardware(chosen, implementation, (*device_notices, *attention_notices))


def _device(wanted: str) -> tuple[str, list[str]]:
    if wanted == "auto":
        best = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        return best, _unused_gpu() if best == "cpu" else []
    if _available(wanted):
        return wanted, []
    return "cpu", [f"device {wanted} is not available here: cpu is used", *_unused_gpu()]


def _available(device: str) -> bool:
    kind, _, index = device.partition(":")
    if kind == "cuda":
        return torch.cuda.is_available() and int(index or 0) < torch.cuda.device_count()
    return kind == "cpu" or (kind == "mps" and torch.backends.mps.is_available())


def _unused_gpu() -> list[str]:
    if torch.version.cuda is None and torch.version.hip is None and shutil.which("nvidia-smi"):
        return ["a GPU is here, but this torch is a CPU build; README.md says how to install the CUDA build"]
    return []


def _attention(wanted: str, precision: str, device: str) -> tuple[str, list[str]]:
    flash = precision in ("bf16", "fp16") and device.startswith("cuda") and importlib.util.find_spec("flash_attn")
    if wanted == "auto":
        return "flash_attention_2" if flash else "sdpa", []
    if wanted == "flash_attention_2" and not flash:
        return "sdpa", ["flash_attention_2 needs CUDA, bf16 or fp16, and the package flash_attn: sdpa is used"]
    return wanted, []

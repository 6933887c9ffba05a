"""LoRA fine-tunes: adding the adapter, and saving it where inference finds it (spec 02 section 11, spec 05 section 8)."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from ..files import write_bytes
from ..model.config import Family
from ..model.lora import METADATA, normalised
from ..model.modeling import Mapperatorinator
from .errors import TrainingError
from .options import LoraMetadata, LoraOptions

WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"
_TARGETS = {
    Family.WHISPER: ("q_proj", "k_proj", "v_proj", "out_proj"),
    Family.ROPE: ("q_proj", "k_proj", "v_proj", "out_proj"),
    Family.PACKED: ("Wq", "Wkv", "Wqkv", "Wo"),
}


class LoraRun:
    """A model with an adapter that trains; ``model`` is what a training step takes."""

    def __init__(self, base: Mapperatorinator, options: LoraOptions, metadata: LoraMetadata, source: str = "") -> None:
        from peft import LoraConfig, get_peft_model

        self.options, self.metadata = options, metadata
        config = LoraConfig(
            r=options.r,
            lora_alpha=options.lora_alpha,
            lora_dropout=options.lora_dropout,
            bias=options.bias,  # type: ignore[arg-type]
            init_lora_weights=options.init_lora_weights,  # type: ignore[arg-type]
            target_modules=list(options.target_modules or _TARGETS[base.config.family]),
            base_model_name_or_path=source,
        )
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # peft warns about model classes that it doesn't know
                self.model: Any = get_peft_model(base, config)  # type: ignore[arg-type]
        except ValueError as error:
            raise TrainingError(f"lora: {str(error).splitlines()[0]}") from error
        self.initial = self.state()

    @property
    def relative_to_base(self) -> bool:
        """False where the initialisation has changed the base weights."""
        return isinstance(self.options.init_lora_weights, bool) or self.options.init_lora_weights == "gaussian"

    def state(self) -> dict[str, Tensor]:
        """Copies of the adapter's weights under the names of its file."""
        from peft import get_peft_model_state_dict

        found = get_peft_model_state_dict(self.model)
        return {name: tensor.detach().float().cpu().clone().contiguous() for name, tensor in found.items()}

    def load(self, folder: Path) -> None:
        """Take over the weights of a saved adapter of the same shape. Raises ``TrainingError``."""
        from peft import set_peft_model_state_dict

        try:
            set_peft_model_state_dict(self.model, load_file(folder / WEIGHTS))
        except (OSError, RuntimeError, ValueError) as error:
            raise TrainingError(f"{folder}: not an adapter of this run ({str(error).splitlines()[0]})") from error

    def save(self, folder: Path) -> None:
        """Write ``folder`` as inference reads it. Raises ``OSError``."""
        folder.mkdir(parents=True, exist_ok=True)
        weights, config = self.state(), self._config()
        if self.options.convert and not self.relative_to_base:
            self._save_plain(folder / "converted", weights, config)
        _write(folder, weights, config, self.metadata)

    def _config(self) -> dict[str, Any]:
        config: dict[str, Any] = dict(self.model.peft_config["default"].to_dict())
        config["inference_mode"], config["auto_mapping"] = True, None
        for key, value in config.items():
            if isinstance(value, set):
                config[key] = sorted(value)
        return config

    def _save_plain(self, folder: Path, weights: dict[str, Tensor], config: dict[str, Any]) -> None:
        """The same change as an ordinary adapter of the untouched base: what was learnt minus the start, twice the rank."""
        joined = {}
        for name, tensor in weights.items():
            start = self.initial[name]
            joined[name] = (
                torch.cat((tensor, start), 0) if "lora_A" in name else torch.cat((tensor, -start), 1)
            ).contiguous()
        config = {
            **config,
            "r": 2 * self.options.r,
            "lora_alpha": 2 * self.options.lora_alpha,
            "init_lora_weights": True,
        }
        _write(folder, joined, config, self.metadata)


def _write(folder: Path, weights: dict[str, Tensor], config: dict[str, Any], metadata: LoraMetadata) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})
    names = metadata.ckpt_subfolders
    content = {"format_version": 1, "ckpt_subfolders": None if names is None else normalised(names)}
    write_bytes(folder / CONFIG, (json.dumps(config, indent=2, sort_keys=True, default=str) + "\n").encode())
    write_bytes(folder / METADATA, (json.dumps(content, indent=2) + "\n").encode())

"""A training process that the tests of many processes launch: its configuration is a JSON file."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[2])

from osuT5.train import run  # noqa: E402
from osuT5.training import loop  # noqa: E402
from osuT5.training.options import train_options  # noqa: E402


def die_at(step: int) -> None:
    """Let the second process end without a word when it comes to a step."""
    original = loop.Run._step

    def replaced(self: loop.Run, *arguments: Any) -> Any:
        if self.state.step == step and self.session.accelerator.process_index == 1:
            os._exit(9)
        return original(self, *arguments)

    loop.Run._step = replaced  # type: ignore[method-assign]


if __name__ == "__main__":
    content = json.loads(Path(sys.argv[1]).read_text())
    if "die_at" in content:
        die_at(content.pop("die_at"))
    run(train_options(content))

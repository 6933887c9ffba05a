"""compile: the refiner's forward pass goes through torch.compile, or runs as it is and says so."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from osu_diffusion import compiled as compiled_module
from osu_diffusion.compiled import compile_problem, compiled
from osuT5.pipeline import positions
from osuT5.request import Request

from ..request.conftest import request_for, song
from .test_refine import FEW, circles, refiner, run

__all__ = ["request_for", "song"]

PLACES = [(100, 100), (200, 150), (300, 300), (50, 350)]


def fake_compiler(monkeypatch: pytest.MonkeyPatch, error: Exception | None = None) -> list[str]:
    """torch.compile that notes what is called, or fails at the first call."""
    called: list[str] = []

    def compile_(plain: Callable[..., Any]) -> Callable[..., Any]:
        def fast(*arguments: Any) -> Any:
            called.append(plain.__name__)
            if error is not None:
                raise error
            return plain(*arguments)

        return fast

    monkeypatch.setattr(torch, "compile", compile_)
    return called


@pytest.mark.parametrize("scale, name", [(1.0, "denoise"), (2.0, "guided")])
def test_every_step_goes_through_the_compiled_pass(scale: float, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    called = fake_compiler(monkeypatch)
    settings = replace(FEW, cfg_scale=scale)
    plain = run(circles(PLACES), settings)
    assert not called
    fast = run(circles(PLACES), replace(settings, compile=True))
    assert called == [name] * 4
    assert fast == plain


def test_a_failing_compiler_costs_nothing_but_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    called = fake_compiler(monkeypatch, RuntimeError("Compiler: cl\n is not found."))
    plain = run(circles(PLACES), FEW)
    with caplog.at_level(logging.WARNING):
        assert run(circles(PLACES), replace(FEW, compile=True)) == plain
    assert len(called) == 1 and "as it is: Compiler: cl is not found." in caplog.text


def test_an_error_of_the_pass_itself_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_compiler(monkeypatch)

    def broken() -> torch.Tensor:
        raise ValueError("too long")

    with pytest.raises(ValueError, match="too long"):
        compiled(broken)()


def test_the_pipeline_says_where_it_cannot_compile(
    request_for: Callable[..., Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_compiler(monkeypatch, RuntimeError("no compiler " + "x" * 500))
    monkeypatch.setattr(positions, "load_refiner", lambda source, device: refiner())
    said: list[str] = []
    made = request_for(compile=True, diff_ckpt="x/y")
    assert made.refiner is not None and made.refiner.compile
    placement = positions.load_placement(made, "cpu", said.append)
    assert placement is not None and not placement.compiles
    assert len(said) == 1 and said[0].startswith("compile: no effect") and len(said[0]) < 260
    placement = positions.load_placement(request_for(diff_ckpt="x/y"), "cpu", said.append)
    assert placement is not None and placement.compiles and len(said) == 1


def test_a_missing_compiler_is_a_problem_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_compiler(monkeypatch, RuntimeError("No working\nC++ compiler"))
    assert compile_problem("cpu") == "No working C++ compiler"
    fake_compiler(monkeypatch)
    assert compile_problem("cpu") is None


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("g++"), reason="needs a C++ compiler")
def test_the_real_compiler_gives_the_same_positions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(compiled_module.logger, "warning", lambda *arguments: pytest.fail(str(arguments)))
    model = refiner().model
    x, t = torch.randn(1, 2, 40), torch.tensor([5])
    context = model.context(torch.rand(1, 272, 40))
    y = torch.zeros(1, model.config.class_size)
    from osu_diffusion.attention import Band

    with torch.inference_mode():
        fast = compiled(model.denoise)(x, t, context, y, Band(128))
        assert np.allclose(fast, model.denoise(x, t, context, y, Band(128)), atol=1e-4)

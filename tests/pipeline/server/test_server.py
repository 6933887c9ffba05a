"""The server as a process of its own: runs side by side and one after another, failures, Ctrl-C, idleness."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from osuT5.capabilities import VERSIONS
from osuT5.compat import Compat
from osuT5.config import Sampling
from osuT5.model.locate import locate_checkpoint
from osuT5.pipeline.run import RunResult
from osuT5.pipeline.server.client import ModelServer, ServerEngine, reached, stop
from osuT5.pipeline.server.messages import Open, ServerError
from osuT5.pipeline.server.place import Place, server_folder
from osuT5.pipeline.server.spec import ServerSpec
from tests.generation.test_model_engine import request

from ..making import options_for, outcomes, results, write_song

TEMPO = {"bpm": 120, "offset": 0}  # spares the runs a pass


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Servers of these tests are found by these tests alone, and end with them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_RUNTIME_DIR", "LOCALAPPDATA"):
            patch.setenv(name, str(tmp_path_factory.mktemp("servers")))
        yield
        for place in Place.all():
            stop(place)


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return write_song(tmp_path / "song.wav", 5)


def spec_of(model: Path) -> ServerSpec:
    return ServerSpec.of(locate_checkpoint(model), None, "fp32", "sdpa", "cpu", "torch")


def pid_of(model: Path) -> int:
    address = Place(server_folder(), spec_of(model).key()).address()
    assert address is not None
    return address.pid


def made(model: Path, song: Path, name: str, **changes: Any) -> RunResult:
    common = {**TEMPO, "audio_path": str(song), "output_path": str(song.parent / name), **changes}
    return results(model, **common)[0]


WAYS = [
    {},
    pytest.param({"do_sample": False, "cfg_scale": 1.5}, marks=pytest.mark.slow),
    pytest.param({"parallel": True}, marks=pytest.mark.slow),
    pytest.param({"difficulty": [2, 5], "output_type": ["MAP"], "top_p": 1.0}, marks=pytest.mark.slow),
]


@pytest.mark.parametrize("changes", WAYS, ids=str)
def test_maps_are_those_of_the_run_alone(debug_model: Path, song: Path, changes: dict[str, Any]) -> None:
    alone = made(debug_model, song, "alone", **changes)
    served = made(debug_model, song, "served", use_server=True, **changes)
    assert served.path.read_bytes() == alone.path.read_bytes()


@pytest.mark.slow
def test_the_second_run_finds_the_first_ones_server(debug_model: Path, song: Path) -> None:
    made(debug_model, song, "first", use_server=True)
    before = pid_of(debug_model)
    _, said = outcomes(options_for(debug_model, **TEMPO, audio_path=str(song), use_server=True))
    assert f"running already (process {before})" in said and pid_of(debug_model) == before


@pytest.mark.slow
@pytest.mark.parametrize("sampling", [{"do_sample": False}, {"top_p": 1.0}], ids=str)
def test_runs_side_by_side(debug_model: Path, song: Path, sampling: dict[str, Any]) -> None:
    """Without a nucleus: where ids are equally likely at its edge, the last bit of a score decides which are in."""
    alone = [made(debug_model, song, f"alone {seed}", seed=seed, **sampling).path.read_bytes() for seed in range(3)]
    found: dict[int, bytes] = {}

    def run(seed: int) -> None:
        found[seed] = made(
            debug_model, song, f"served {seed}", seed=seed, use_server=True, **sampling
        ).path.read_bytes()

    threads = [threading.Thread(target=run, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[seed] for seed in range(3)] == alone


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="sessions of POSIX")
def test_ctrl_c_is_not_for_the_server(debug_model: Path, song: Path) -> None:
    made(debug_model, song, "first", use_server=True)
    server = pid_of(debug_model)
    assert os.getsid(server) != os.getsid(0)
    os.kill(server, signal.SIGINT)
    made(debug_model, song, "second", use_server=True)
    assert pid_of(debug_model) == server


@pytest.mark.slow
def test_a_killed_server_is_replaced(debug_model: Path, song: Path) -> None:
    made(debug_model, song, "first", use_server=True)
    server, place = pid_of(debug_model), Place(server_folder(), spec_of(debug_model).key())
    os.kill(server, signal.SIGTERM)
    while place.alive():
        time.sleep(0.02)
    assert (server_folder() / f"{spec_of(debug_model).key()}.address").exists()  # stale
    made(debug_model, song, "second", use_server=True)
    assert pid_of(debug_model) != server


@pytest.mark.slow
def test_a_run_goes_on_with_a_new_server(debug_model: Path) -> None:
    """Killed between two calls: the song is opened again, and the streams stand where they stood."""
    layout = VERSIONS["v29"].layout
    samples = np.random.RandomState(0).randn(layout.window_samples).astype(np.float32)
    song, found = Open(samples, (0,), layout, Compat(), 8), []
    for killed in (False, True):
        server, generator = ModelServer(spec_of(debug_model), lambda line: None), torch.Generator().manual_seed(1)
        engine = ServerEngine(server, song, [generator])
        calls = [engine.decode(request(1, sampling=Sampling()))]
        if killed:
            os.kill(pid_of(debug_model), signal.SIGTERM)
        found.append([*calls, engine.decode(request(1, sampling=Sampling()))])
    assert found[0] == found[1] and found[0][0] != found[0][1]


def test_a_server_that_cannot_start_is_one_line(debug_model: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(debug_model, tmp_path / "broken"))
    weights = broken / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ServerError, match="did not start: .*damaged or cut off.*use_server=false") as caught:
        ModelServer(spec_of(broken), lambda line: None).ready()
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_an_idle_server_ends(debug_model: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(debug_model, tmp_path / "copy"))
    (copy / "generation_config.json").unlink(missing_ok=True)
    with open(copy / "config.json", "a") as config:
        config.write("\n")
    said: list[str] = []
    server = ModelServer(spec_of(copy), said.append, idle_s=0.3)
    server.ready()
    place = Place(server_folder(), spec_of(copy).key())
    assert place.alive() and "was started" in said[0]
    del server  # its connection with it
    end = time.monotonic() + 30
    while place.alive() and time.monotonic() < end:
        time.sleep(0.05)
    assert not place.alive() and reached(place) is None

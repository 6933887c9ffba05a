"""Progress of a run on standard error: pass, windows, tokens/s, time left."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from ..generation.progress import ProgressStep

SMOOTHING = 0.1  # weight of the newest decode call in the shown speed


class RunProgress:
    """One bar a context. On a terminal bars move; elsewhere each finished context is one line."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            TextColumn("Generating {task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[speed]}"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._speeds: dict[str, float] = {}

    def __enter__(self) -> RunProgress:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def __call__(self, step: ProgressStep) -> None:
        """Take a report of the generation loop."""
        if step.seconds > 0:
            speed = step.tokens / step.seconds
            self._speeds[step.context] = smoothed(self._speeds.get(step.context), speed)
        shown = f"{self._speeds[step.context]:.1f} tok/s" if step.context in self._speeds else ""
        if step.context not in self._tasks:
            self._tasks[step.context] = self._bars.add_task(step.context.upper(), total=step.total, speed=shown)
        self._bars.update(self._tasks[step.context], completed=step.done, total=step.total, speed=shown)
        if step.done == step.total and not self._console.is_terminal:
            self._console.print(f"Generated {step.context.upper()}: {step.total} windows, {shown}", highlight=False)


def smoothed(mean: float | None, value: float) -> float:
    """Exponential mean; the first value counts whole."""
    return value if mean is None else mean + SMOOTHING * (value - mean)

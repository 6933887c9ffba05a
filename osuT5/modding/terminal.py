"""Progress and result in the terminal. Standard output carries the report alone."""

from __future__ import annotations

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from .options import ModOptions
from .render_html import report_html
from .render_json import report_json
from .render_markdown import report_markdown
from .render_text import WIDTH, report_lines
from .report import Report


class ScoringProgress:
    """One bar a map; nothing where standard error is no terminal."""

    def __init__(self, console: Console) -> None:
        self._bars = Progress(
            TextColumn("Reading {task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> ScoringProgress:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def __call__(self, name: str, done: int, total: int) -> None:
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=total)
        self._bars.update(self._tasks[name], completed=done, total=total)


def print_report(report: Report, options: ModOptions, *, published: bool) -> None:
    """Print the report in the wanted format."""
    if options.format == "json":
        _write(report_json(report) + "\n")
    elif options.format == "markdown":
        _write(report_markdown(report))
    elif options.format == "html":
        _write(report_html(report))
    elif options.raw_output:
        _write("\n".join(report_lines(report, published=published)) + "\n")
    else:
        console = Console(width=WIDTH, highlight=False, soft_wrap=True)
        for line in report_lines(report, published=published):
            console.print(line)


def _write(text: str) -> None:
    """UTF-8, whatever the terminal's encoding: others read this."""
    sys.stdout.flush()
    if hasattr(sys.stdout, "buffer"):
        sys.stdout.buffer.write(text.encode("utf-8"))
        sys.stdout.buffer.flush()
    else:
        sys.stdout.write(text)

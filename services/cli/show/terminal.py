"""Terminal output: colour and a spinner for people, plain text for pipes.

Text from a bundle, a tool or a model goes through ``clean`` before it is shown: it must not move
the cursor, change the title or hide a line.
"""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Protocol, Self, TextIO

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.status import Status
from rich.table import Table
from rich.text import Text

from services.cli.show.outside_text import clean, one_line

PIPE_WIDTH = 160
MAX_KEPT = 1_000_000


def shortened(text: str, limit: int) -> str:
    """Return ``text`` on one line of at most ``limit`` characters."""
    line = " ".join(clean(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def make_console(stream: TextIO, width: int | None = None) -> Console:
    """Return a console on ``stream``; without a terminal, it writes wide, plain lines."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
    if width is None and not stream.isatty():
        width = PIPE_WIDTH
    return Console(file=stream, width=width, highlight=False, emoji=False, soft_wrap=True)


class Screen(Protocol):
    """What a view of a run writes to; ``Terminal`` says what each method does."""

    def wait(self, what: str) -> None:
        """Show what is waited for."""
        ...

    def line(self, text: str, style: str = "") -> None:
        """Write lines of text."""
        ...

    def parts(self, *parts: tuple[str, str]) -> None:
        """Write one line of parts."""
        ...

    def piece(self, text: str, style: str = "") -> None:
        """Write a piece of a streamed text."""
        ...

    def end_line(self) -> None:
        """Finish the streamed text."""
        ...


class Indented:
    """A part of a screen, further to the right.

    A streamed text is written once it is whole: several nested runs may write at the same time.
    """

    def __init__(self, screen: Screen, columns: int = 2) -> None:
        self._screen = screen
        self._before = " " * columns
        self._text = ""
        self._style = ""

    def __repr__(self) -> str:
        """Show how far to the right."""
        return f"Indented({self._screen!r}, {len(self._before)})"

    def wait(self, what: str) -> None:
        """Show what is waited for."""
        self._screen.wait(what)

    def line(self, text: str, style: str = "") -> None:
        """Write lines of text."""
        self.end_line()
        for line in clean(text).split("\n"):
            self._screen.line(self._before + line, style)

    def parts(self, *parts: tuple[str, str]) -> None:
        """Write one line of parts."""
        self.end_line()
        self._screen.parts((self._before, ""), *parts)

    def piece(self, text: str, style: str = "") -> None:
        """Keep a piece of a streamed text, at most a million characters of it."""
        self._text, self._style = (self._text + text)[:MAX_KEPT], style

    def end_line(self) -> None:
        """Write the text that was kept."""
        if self._text:
            text, self._text = self._text, ""
            self.line(text.rstrip("\n"), self._style)


class Terminal:
    """Where a command writes: answers to ``out``, remarks to ``err``, a spinner while it waits.

    Args:
        out: where answers go, standard output by default.
        err: where remarks go, standard error by default.
        width: columns of ``out``; by default those of the terminal, or 160 for a pipe.
    """

    def __init__(
        self, out: TextIO | None = None, err: TextIO | None = None, width: int | None = None
    ) -> None:
        self.out = make_console(out or sys.stdout, width)
        self.err = make_console(err or sys.stderr)
        self._status: Status | None = None
        self._open_line = False

    def __repr__(self) -> str:
        """Show whether a spinner is active and whether a line is unfinished."""
        return f"Terminal(waiting={self._status is not None}, open_line={self._open_line})"

    def __enter__(self) -> Self:
        """Return the terminal itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the spinner and finish the line, so that the prompt starts on a new one."""
        self.end_line()
        self._stop()

    def wait(self, what: str) -> None:
        """Show a spinner with the text ``what``, on a terminal only."""
        if not self.out.is_terminal or self._open_line:
            return
        if self._status is None:
            self._status = self.out.status("", spinner="dots")
            self._status.start()
        self._status.update(f"[dim]{escape(one_line(what))}[/dim]")

    def line(self, text: str, style: str = "") -> None:
        """Write lines of untrusted text, in one style."""
        self.end_line()
        self._stop()
        self.out.print(Text(clean(text), style=style), soft_wrap=True)

    def parts(self, *parts: tuple[str, str]) -> None:
        """Write one line of (text, style) parts."""
        self.end_line()
        self._stop()
        joined = Text.assemble(*((clean(text), style) for text, style in parts))
        self.out.print(joined, soft_wrap=True)

    def remark(self, text: str) -> None:
        """Write a line beside the answers, to ``err``."""
        self.end_line()
        self._stop()
        self.err.print(Text(one_line(text), style="dim"), soft_wrap=True)

    @property
    def width(self) -> int:
        """The number of columns for answers."""
        return self.out.width

    def block(self, block: Table | Text, indent: int = 0) -> None:
        """Write a table or text that is already clean, wrapped to the width."""
        self.end_line()
        self._stop()
        padded = Padding(block, (0, 0, 0, indent), expand=False)
        if self.out.is_terminal:
            self.out.print(padded, soft_wrap=False)
            return
        with self.out.capture() as captured:
            self.out.print(padded, soft_wrap=False)
        for line in captured.get().splitlines():
            self.out.print(Text(line.rstrip()), soft_wrap=True)

    def piece(self, text: str, style: str = "") -> None:
        """Write a piece of a streamed text at once, without a newline."""
        if not text:
            return
        self._stop()
        self.out.print(Text(clean(text), style=style), end="", soft_wrap=True)
        self.out.file.flush()
        self._open_line = not text.endswith("\n")

    def end_line(self) -> None:
        """Finish the streamed line, if one is open."""
        if self._open_line:
            self._open_line = False
            self.out.print()

    def _stop(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None

"""Answers what a run waits for: by the command's options, or by asking the person at a terminal."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from services.cli.client.input_wire import Reply, answer_input
from services.cli.client.wire import Event, wanted_of
from services.cli.domain import InputWanted
from services.cli.errors import CliError
from services.cli.show.terminal import Terminal

NOT_APPROVED: Final = "It was not approved."
EVERY_TOOL: Final = "*"
QUESTION: Final = "    Make this call? [y]es, [n]o, [e]dit its input: "
RESULT: Final = "    Its result, as JSON, or nothing to deny it: "


@dataclass(frozen=True)
class Answering:
    """What the command's options say of approvals.

    Attributes:
        approved: keys of the tools whose calls are approved; "*" for all.
        denies: whether all other calls that need an approval are denied.
        asks: whether the person at the terminal is asked for the rest.
    """

    approved: tuple[str, ...] = ()
    denies: bool = False
    asks: bool = False

    def reply(self, wanted: InputWanted) -> Reply | None:
        """Return the answer that needs nobody, None if there is none."""
        if not wanted.is_approval:
            return None
        if {EVERY_TOOL, wanted.tool} & set(self.approved):
            return Reply(input="")
        return Reply(denied=NOT_APPROVED) if self.denies else None


def answering_of(approved: tuple[str, ...], *, denies: bool, may_ask: bool) -> Answering:
    """Return what a command says; nobody is asked where there is no terminal."""
    return Answering(approved, denies, may_ask and sys.stdin.isatty() and sys.stderr.isatty())


class Answerer:
    """Answers what one run waits for.

    Args:
        address: the executor's.
        answering: what the command says.
        terminal: where the person is asked.
        read_line: reads a line that the person writes.
    """

    def __init__(
        self,
        address: str,
        answering: Answering,
        terminal: Terminal,
        read_line: Callable[[], Awaitable[str]] | None = None,
    ) -> None:
        self._address = address
        self._answering = answering
        self._terminal = terminal
        self._read_line = read_line or line_of_stdin

    def __repr__(self) -> str:
        return f"Answerer({self._address}, {self._answering})"

    async def take(self, event: Event) -> None:
        """Answer what an event asks for; leave what somebody else is to answer."""
        if not event.HasField("input_required"):
            return
        wanted = wanted_of(event.input_required)
        reply = self._answering.reply(wanted)
        if reply is None and self._answering.asks:
            reply = await self._asked(wanted)
        if reply is None:
            return
        try:
            await answer_input(self._address, event.run_id, wanted.input_id, reply)
        except CliError as error:
            # Somebody else was faster, or the edited input does not fit: the run waits on, or not.
            self._terminal.line(str(error), "yellow")

    async def _asked(self, wanted: InputWanted) -> Reply | None:
        if not wanted.is_approval:
            text = await self._line(RESULT)
            return Reply(denied=NOT_APPROVED) if not text else Reply(result=_json(text))
        while True:
            said = (await self._line(QUESTION)).lower()
            if said in {"y", "yes"}:
                return Reply(input="")
            if said in {"n", "no"}:
                return Reply(denied=await self._line("    Why, for the model: ") or NOT_APPROVED)
            if said in {"e", "edit"}:
                return Reply(input=_json(await self._line("    The input, as JSON: ")))
            if not said:
                return None

    async def _line(self, question: str) -> str:
        self._terminal.end_line()
        sys.stderr.write(question)
        sys.stderr.flush()
        return (await self._read_line()).strip()


def _json(text: str) -> str:
    """Return JSON text as it is, and any other text as a JSON string."""
    try:
        json.loads(text)
    except ValueError:
        return json.dumps(text)
    return text


async def line_of_stdin() -> str:
    """Return a line that a person writes; empty at the end of it. Cancelling stops the reading."""
    loop, line = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), line.set)
    try:
        await line.wait()
    finally:
        loop.remove_reader(sys.stdin.fileno())
    return sys.stdin.readline()

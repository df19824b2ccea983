"""The phases in which a run can be stopped: what the model says, and how one sees each begin."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.gen.caisson.executor.v1 import executor_service_pb2 as pb
from tests.e2e.pair import asks
from tests.executor.fake_provider import SILENT, STALL, Refusal, answer, call, text

BUNDLE = pb.BundleSource(inline=Path(__file__).with_name("stoppable.js").read_bytes())
MODEL = "openai/gpt-x"

Seen = Callable[[pb.ExecuteAgentResponse], bool]


@dataclass(frozen=True)
class Phase:
    """One phase.

    ``scripts`` are the model's answers, ``requests`` how many of them are asked for until then. The
    phase has begun once ``begun`` holds of an event and, when it ``stalls``, the model is silent.
    ``outcomes`` are those of the tool calls of a run that is stopped there.
    """

    name: str
    scripts: Sequence[Any]
    begun: Seen
    requests: int = 1
    stalls: bool = False
    outcomes: Sequence[str] = ()


def console(words: str) -> Seen:
    return lambda event: event.tool_console.text == words


def phases(url: str) -> list[Phase]:
    """Return all phases; ``url`` is a server that never answers, for the tool that fetches."""
    started: Seen = lambda event: event.HasField("start_step")  # noqa: E731 - a table reads better
    return [
        Phase("connecting", [[SILENT]], started, stalls=True),
        Phase("before the first token", [[STALL]], started, stalls=True),
        Phase(
            "in the middle of text",
            [[text("Hel"), STALL]],
            lambda event: event.text_delta.delta == "Hel",
            stalls=True,
        ),
        Phase(
            "in the middle of a tool's input",
            [[call(0, "c0", "quick", '{"a'), STALL]],
            lambda event: event.HasField("tool_input_delta"),
            stalls=True,
        ),
        Phase(
            "while a tool computes",
            [asks(("quick", "{}"), ("spin", "{}"))],
            console("spinning"),
            outcomes=("RETURNED", "UNFINISHED"),
        ),
        Phase(
            "while a tool waits",
            [asks(("wait", "{}"))],
            console("waiting"),
            outcomes=("UNFINISHED",),
        ),
        Phase(
            "while two tools wait",
            [asks(("wait", "{}"), ("wait", "{}"))],
            console("waiting"),
            outcomes=("UNFINISHED", "UNFINISHED"),
        ),
        Phase(
            "while a tool fetches",
            [asks(("get", f'{{"url": "{url}"}}'))],
            console("fetching"),
            outcomes=("UNFINISHED",),
        ),
        Phase(
            "between two steps",
            [asks(("quick", "{}")), [STALL]],
            lambda event: event.start_step.step == 2,
            requests=2,
            stalls=True,
            outcomes=("RETURNED",),
        ),
        Phase(
            "before a retry",
            [Refusal(429, {"error": {"message": "later"}}, {"retry-after": "8"}), answer("never")],
            lambda event: event.HasField("model_retry"),
        ),
    ]


@dataclass(eq=False)
class SilentServer:
    """An HTTP server that never answers; ``reached`` and ``left`` tell of its one client."""

    url: str = ""
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            self.reached.set()
            await reader.read(1)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.left.set()
            writer.close()


@asynccontextmanager
async def silent_server() -> AsyncIterator[SilentServer]:
    made = SilentServer()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    try:
        yield made
    finally:
        server.close()

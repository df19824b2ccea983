"""Tenants of the soak: each calls a tool of its own bundle and checks the results."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.programs import program_of
from bench.tool_stream import ToolStream, tool_stream
from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.toolrunner.domain import Limits, ToolCall

SOURCE = Path(__file__).with_name("canaries.js").read_text()
MARK = "canary-"
MOST_KEPT = 100_000


class Tenant:
    """One tenant's stream; ``crossed`` lists what its calls found of other calls.

    ``given`` is what its own image was given, None if it shares one.
    """

    def __init__(self, name: str, stream: ToolStream, given: str | None) -> None:
        self._name = name
        self._stream = stream
        self._given = given
        self._chances: set[float] = set()
        self.crossed: list[str] = []

    def __repr__(self) -> str:
        return f"<Tenant {self._name} crossed={len(self.crossed)}>"

    async def probe(self) -> None:
        """Make one call with its own canary, and check everything that comes back."""
        canary = f"{MARK}{self._name}-{secrets.token_hex(8)}"
        call = ToolCall("main", "probe", json.dumps({"canary": canary}), "{}", canary, (), Limits())
        lines: list[str] = []
        result = await (await self._stream.begin(call, lines))
        if result.HasField("failure"):
            raise SystemExit(f"a call of {self._name} failed: {result.failure}")
        self._check(result, canary, lines)

    def _check(self, result: pb.Result, canary: str, lines: list[str]) -> None:
        answer = json.loads(result.output_json)
        self.crossed += answer["found"]
        if answer["tenant"] != self._name or answer["canary"] != canary:
            self.crossed.append(f"the answer of another call: {answer}")
        if answer["given"] != self._given:
            self.crossed.append(f"the image of another run: {answer['given']}")
        if lines != [canary]:
            self.crossed.append(f"console lines of another call: {lines}")
        if answer["chance"] in self._chances:
            self.crossed.append("the same random number twice")
        if len(self._chances) < MOST_KEPT:
            self._chances.add(answer["chance"])


@asynccontextmanager
async def tenant(address: str, name: str, given: str | None = None) -> AsyncIterator[Tenant]:
    """Yield a tenant with its bundle loaded, into an image of its own if it is given a value."""
    program = program_of(SOURCE.replace("TENANT", name).encode())
    env = {} if given is None else {"CANARY": given}
    async with tool_stream(address, program, env) as (stream, _):
        yield Tenant(name, stream, given)

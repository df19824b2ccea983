"""Asks a toolrunner about a bundle, over one short stream without any capability."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

import grpc

from services.executor.adapters.toolrunner.channels import RunnerTls
from services.executor.adapters.toolrunner.client import ToolRunnerClient
from services.executor.adapters.toolrunner.link import RunnerLink
from services.executor.adapters.toolrunner.places import Runners
from services.executor.adapters.toolrunner.session import ATTEMPTS, PASSING
from services.executor.adapters.toolrunner.wire import (
    QUESTION_LIMITS,
    CallResult,
    LoadFailed,
    Opening,
)
from services.executor.bundle.ports import SandboxAnswer, SandboxQuestion, Slicer
from services.executor.clients import Client
from services.executor.domain import FailureKind, Program, ToolFailure
from services.executor.errors import RunnerUnavailableError
from services.executor.incomplete_load import lines_of
from services.executor.limits import FRESH_LOAD_S, TOOLRUNNER_CONNECT_S

logger = logging.getLogger(__name__)

AT_ONCE = 8
AWAY = "the sandbox could not be asked, since the toolrunner is away"


class ToolRunnerAsker:
    """Asks the toolrunners at ``address``; asks again elsewhere if one is lost meanwhile.

    Args:
        address: ``host:port`` or ``unix:/path``.
        connect_s: seconds to wait for a connection.
        slicer: makes parts of programs that cannot be loaded whole; not closed with this.
        timeout_s: seconds for all questions about one bundle, loading included.
        tls: how it is reached over TLS; None for without.
        runners: the toolrunners to ask instead of those at the address.
    """

    def __init__(
        self,
        address: str,
        connect_s: float = TOOLRUNNER_CONNECT_S,
        slicer: Slicer | None = None,
        timeout_s: float = 60.0,
        tls: RunnerTls | None = None,
        runners: Runners | None = None,
    ) -> None:
        self._timeout_s = timeout_s
        self._runner = ToolRunnerClient(address, connect_s, slicer, tls=tls, runners=runners)

    def __repr__(self) -> str:
        """Show the address."""
        return f"ToolRunnerAsker({self._runner!r})"

    async def close(self) -> None:
        """Close the connection."""
        await self._runner.close()

    async def ask(
        self,
        program: Program,
        questions: Sequence[SandboxQuestion],
        client: Client,
        *,
        fresh: bool = False,
        env: Mapping[str, str] | None = None,
    ) -> tuple[SandboxAnswer, ...]:
        """Return an answer to each question; see ``SandboxAsker.ask``."""
        age = FRESH_LOAD_S if fresh else None
        opening = replace(_opening("questions", program, client, env), max_load_age_s=age)
        try:
            async with asyncio.timeout(self._timeout_s):
                for _ in range(ATTEMPTS):
                    answers, lost = await self._asked(opening, questions)
                    if not lost:
                        break
                return answers
        except (TimeoutError, RunnerUnavailableError):
            away = SandboxAnswer(failure=AWAY, is_final=False)
        except grpc.aio.AioRpcError as error:
            logger.info("questions about %s: %s %s", program.digest, error.code(), error.details())
            away = _not_asked(error)
        return (away,) * len(questions)

    async def _asked(
        self, opening: Opening, questions: Sequence[SandboxQuestion]
    ) -> tuple[tuple[SandboxAnswer, ...], bool]:
        """Ask on one stream; return the answers, and whether some were lost with the stream."""
        async with self._runner.loaded(opening) as found:
            if isinstance(found.opened, LoadFailed):
                failed = _failed("load the bundle", found.opened.failure)
                return (SandboxAnswer(failure=failed, not_loaded=True),) * len(questions), False
            answers = await _answers(found.link, questions)
            is_whole = all(each.is_final for each in answers)
            return answers, not is_whole and not found.link.usable

    async def faults_at_load(
        self, program: Program, client: Client, *, env: Mapping[str, str] | None = None
    ) -> tuple[str, ...]:
        """Return what fails while a program loads; see ``SandboxAsker.faults_at_load``."""
        opening = _opening("load", program, client, env)
        try:
            async with asyncio.timeout(self._timeout_s), self._runner.loaded(opening) as found:
                if isinstance(found.opened, LoadFailed):
                    failure = found.opened.failure
                    return (f"The bundle cannot be loaded: {failure.text[:600]}",)
                return tuple(line.text for line in lines_of(found.opened.incomplete))
        except (TimeoutError, RunnerUnavailableError, grpc.aio.AioRpcError):
            return ()


def _opening(name: str, program: Program, client: Client, env: Mapping[str, str] | None) -> Opening:
    return Opening(name, program, QUESTION_LIMITS, client.tenant, env=dict(env or {}))


async def _answers(
    link: RunnerLink, questions: Sequence[SandboxQuestion]
) -> tuple[SandboxAnswer, ...]:
    room = asyncio.Semaphore(AT_ONCE)

    async def answer(question: SandboxQuestion) -> SandboxAnswer:
        async with room:
            try:
                return _answer(await link.evaluate(question))
            except RunnerUnavailableError:
                return SandboxAnswer(failure=AWAY, is_final=False)
            except grpc.aio.AioRpcError as error:
                return _not_asked(error)

    return tuple(await asyncio.gather(*map(answer, questions)))


def _answer(result: CallResult) -> SandboxAnswer:
    failure = result.failure
    if failure is None:
        return SandboxAnswer(text=result.output_json)
    is_final = failure.kind not in (*PASSING, FailureKind.DEADLINE_EXCEEDED)
    not_loaded = failure.kind is FailureKind.LOAD_FAILED
    return SandboxAnswer("", _failed("tell it", failure), is_final, not_loaded)


def _not_asked(error: grpc.aio.AioRpcError) -> SandboxAnswer:
    reason = f"the sandbox could not be asked ({error.code().name})"
    return SandboxAnswer(failure=reason, is_final=False)


def _failed(what: str, failure: ToolFailure) -> str:
    reason = f"{failure.kind.value}: {failure.message[:300]}"
    return f"the sandbox was asked and could not {what} ({reason})"

"""The broker: makes the host calls of a run's tools, by the capabilities that it was granted.

The sandbox has no network access of its own. A tool's ``fetch`` arrives here as a host call, and so
does its query to a model.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final, TypeAlias

from services.executor.domain import FailureKind, Json, JsonObject
from services.executor.egress.call_fetches import CallFetches, Record
from services.executor.egress.host_calls import (
    HostCall,
    HostResult,
    asked_object,
    failed_result,
    number_of,
)
from services.executor.egress.host_models import MODEL, NO_MODELS, RunModels
from services.executor.egress.ports import HttpExchange
from services.executor.egress.response_body import FetchBounds
from services.executor.egress.rules import Allowances
from services.executor.egress.run_requests import RunRequests, Slot
from services.executor.egress.secrets import RunSecrets
from services.executor.errors import ExecutorError, FetchDeniedError, FetchFailedError, LimitError
from services.telemetry.current import current_span

logger = logging.getLogger(__name__)

FETCH: Final = "fetch"
Reply: TypeAlias = Callable[[HostResult], Awaitable[None]]


class RunBroker:
    """The broker of one run.

    Args:
        exchange: makes single requests.
        allowed: the rules.
        secrets: those of this run.
        bounds: the limits of the run's requests.
        record: is called with every request.
        slot: waits for one of the slots that all runs of the client share.
        requests: how many requests the run made before it was resumed.
        values: the plain values of the run's environment.
        within: the broker of the run's own agent; this one is another agent's in the same run.
        others_fetch: whether another agent of the run may fetch, so that its sandbox can.
        models: asks models for the run's tools; None where they may not.
    """

    def __init__(
        self,
        exchange: HttpExchange,
        allowed: Allowances,
        secrets: RunSecrets,
        bounds: FetchBounds,
        record: Record,
        slot: Slot,
        requests: int = 0,
        values: Mapping[str, str] | None = None,
        within: RunBroker | None = None,
        others_fetch: bool = False,
        models: RunModels | None = None,
    ) -> None:
        self._others_fetch = others_fetch
        self.models: Final = models
        made = RunRequests(bounds, slot, requests) if within is None else within.made
        self.made: Final[RunRequests] = made
        self.exchange: Final = exchange
        self.allowed: Final = allowed
        self.secrets: Final = secrets
        self.bounds: Final = bounds
        self.record: Final = record
        # The run's environment: plain values, and placeholders of secrets.
        self.env: Final[Mapping[str, str]] = {**(values or {}), **secrets.env}
        # That of the run's last call, usually the same for all of them.
        self._own_context: JsonObject | None = None
        self._context = ""

    def __repr__(self) -> str:
        return f"RunBroker(requests={self.requests}, {self.secrets!r})"

    @property
    def requests(self) -> int:
        """How many requests the run has made, those of its other agents included."""
        return self.made.count

    @property
    def capabilities(self) -> tuple[str, ...]:
        """The capabilities to grant to the sandbox."""
        models = () if self.models is None else (MODEL,)
        fetches = self.allowed.any or self._others_fetch
        return ((FETCH,) if fetches else ()) + models

    def call(self, tool_call_id: str, idempotency_key: str) -> CallBroker:
        """Return the broker of one tool call."""
        return CallBroker(self, tool_call_id, idempotency_key)

    def context_json(self, own: JsonObject, idempotency_key: str) -> str:
        """Return a call's context as a JSON object, with the run's ``env`` and the call's key.

        Names in the context's own ``env`` that collide with those of the run are dropped.
        """
        if own is not self._own_context:
            given = own.get("env")
            env = {**(given if isinstance(given, dict) else {}), **self.env}
            rest = {name: value for name, value in own.items() if name != "idempotencyKey"}
            self._own_context, self._context = own, json.dumps({**rest, "env": env})
        return f'{self._context[:-1]}, "idempotencyKey": {json.dumps(idempotency_key)}}}'

    async def close(self) -> None:
        """Close every connection; idempotent."""
        await self.exchange.close()


@dataclass(eq=False)
class _Asked:
    """A pending host call; ``answered`` once its result is known."""

    task: asyncio.Task[None]
    answered: bool = False
    aborted: bool = False


class CallBroker:
    """Makes the host calls of one tool call; ``close`` aborts pending ones."""

    def __init__(self, run: RunBroker, tool_call_id: str, idempotency_key: str) -> None:
        self._run = run
        self._tool_call_id = tool_call_id
        self._asked: dict[int, _Asked] = {}
        self._fetches = CallFetches(run, tool_call_id, idempotency_key)
        self._models = None if run.models is None else run.models.call(tool_call_id)
        self._closed = False
        self._around = current_span()

    def __repr__(self) -> str:
        return f"CallBroker({self._tool_call_id}, {self._fetches!r})"

    def ask(self, host_call: HostCall, reply: Reply) -> None:
        """Start a host call; ``reply`` takes its result. Failures are results.

        A piece of a body in the result counts against the run's buffered pieces until ``reply``
        returns. A call with the id of a pending one is ignored.
        """
        number = host_call.host_call_id
        if number not in self._asked and not self._closed:
            task = asyncio.create_task(self._answer(host_call, reply))
            self._asked[number] = _Asked(task)
            task.add_done_callback(lambda _: self._asked.pop(number))

    async def close(self) -> None:
        """Abort pending calls and release every connection; idempotent."""
        self._closed = True
        tasks = [asked.task for asked in self._asked.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        try:
            if self._models is not None:
                await self._models.close()
        finally:
            await self._fetches.close()

    async def _answer(self, host_call: HostCall, reply: Reply) -> None:
        with self._around.elsewhere(host_call.span_id):
            async with AsyncExitStack() as held:
                await reply(await self._result(host_call, held))

    async def _result(self, host_call: HostCall, held: AsyncExitStack) -> HostResult:
        asked = self._asked[host_call.host_call_id]
        try:
            return HostResult(json.dumps(await self._made(host_call, held)))
        except asyncio.CancelledError:
            if self._closed or not asked.aborted:
                raise
            asked.task.uncancel()
            return failed_result(FailureKind.CANCELLED, "The request was aborted.")
        except FetchDeniedError as error:
            return failed_result(FailureKind.CAPABILITY_DENIED, error.message)
        except LimitError as error:
            return failed_result(FailureKind.LIMIT_EXCEEDED, error.message)
        except ExecutorError as error:
            code = error.code if isinstance(error, FetchFailedError) else ""
            return failed_result(FailureKind.THROWN, error.message, code)
        except Exception:
            logger.exception("internal error in a brokered request")
            return failed_result(FailureKind.THROWN, "the executor failed to make the request")
        finally:
            asked.answered = True

    def _abort(self, number: int) -> None:
        """Answer a host call with CANCELLED, unless it already has a result."""
        asked = self._asked.get(number)
        if asked is not None and not asked.answered and asked.task is not asyncio.current_task():
            asked.aborted = True
            asked.task.cancel()

    async def _made(self, host_call: HostCall, held: AsyncExitStack) -> Json:
        number, capability = host_call.host_call_id, host_call.capability
        asked = await asked_object(host_call.input_json)
        if capability == MODEL and self._models is None:
            raise FetchDeniedError(NO_MODELS)
        if capability != MODEL and (capability != FETCH or not self._run.allowed.any):
            raise FetchDeniedError(f"This run was not granted the capability {capability[:60]!r}.")
        if asked.get("op") == "abort":
            self._abort(number_of(asked, "request"))
            return {}
        if capability == MODEL and self._models is not None:
            return await self._models.made(number, asked)
        return await self._fetches.made(number, asked, held)

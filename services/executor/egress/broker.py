"""The broker: makes the requests of a run's tools, within its rules, limits and secrets.

The sandbox has no network access of its own. A tool's ``fetch`` arrives here as a host call; it is
checked, secrets are inserted, and the response is returned without them.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, TypeAlias

from services.executor.domain import FailureKind, Json, JsonObject
from services.executor.egress.answers import OpenAnswer, head_and_coding
from services.executor.egress.content_coding import ACCEPTED
from services.executor.egress.fetch_request import FetchRequest, read_request
from services.executor.egress.host_calls import (
    HostCall,
    HostResult,
    asked_object,
    failed_result,
    number_of,
)
from services.executor.egress.ports import HttpExchange, OutgoingRequest
from services.executor.egress.response_body import FetchBounds, ResponseBody
from services.executor.egress.rules import Allowances
from services.executor.egress.secrets import RunSecrets
from services.executor.egress.signatures import check_signature
from services.executor.egress.web_url import parse_url, utf8_location
from services.executor.errors import ExecutorError, FetchDeniedError, FetchFailedError
from services.executor.events import ToolRequest
from services.executor.long_json import SHORT
from services.executor.side_thread import SIDE

logger = logging.getLogger(__name__)

FETCH: Final = "fetch"
REDIRECT_STATUSES: Final = frozenset({301, 302, 303, 307, 308})
USER_AGENT: Final = "caisson"


Record: TypeAlias = Callable[[ToolRequest], Awaitable[None]]
Slot: TypeAlias = Callable[[], AbstractAsyncContextManager[None]]
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
    ) -> None:
        self._slot = slot
        self.exchange: Final = exchange
        self.allowed: Final = allowed
        self.secrets: Final = secrets
        self.bounds: Final = bounds
        self.record: Final = record
        self._room = asyncio.Semaphore(bounds.at_once)
        self._pieces = asyncio.Semaphore(bounds.at_once)
        self.requests = requests
        # The run's environment: plain values, and placeholders of secrets.
        self.env: Final[Mapping[str, str]] = {**(values or {}), **secrets.env}
        # That of the run's last call, usually the same for all of them.
        self._own_context: JsonObject | None = None
        self._context = ""

    def __repr__(self) -> str:
        return f"RunBroker(requests={self.requests}, {self.secrets!r})"

    @property
    def capabilities(self) -> tuple[str, ...]:
        """The capabilities to grant to the sandbox."""
        return (FETCH,) if self.allowed.any else ()

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

    async def enter(self, opened: AsyncExitStack) -> None:
        """Count one request of the run, and hold a slot for it until ``opened`` closes.

        Raises:
            FetchFailedError: the run has used up its requests.
        """
        self.requests += 1
        if self.requests > self.bounds.requests:
            raise FetchFailedError(
                f"the run made {self.bounds.requests} requests, the limit "
                "(CAISSON_EXECUTOR_TOOL_FETCH_REQUESTS)"
            )
        await self._room.acquire()
        opened.callback(self._room.release)
        await opened.enter_async_context(self._slot())

    async def hold_piece(self, held: AsyncExitStack) -> None:
        """Wait for a slot to buffer a piece of a body, held until ``held`` closes."""
        await self._pieces.acquire()
        held.callback(self._pieces.release)


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
        self._key = idempotency_key
        self._asked: dict[int, _Asked] = {}
        self._bodies: dict[int, OpenAnswer] = {}
        self._closed = False

    def __repr__(self) -> str:
        return f"CallBroker({self._tool_call_id}, open={len(self._bodies)})"

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
        while self._bodies:
            _, body = self._bodies.popitem()
            await body.close("closed with the call")

    async def _answer(self, host_call: HostCall, reply: Reply) -> None:
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
        host_call_id, capability = host_call.host_call_id, host_call.capability
        asked = await asked_object(host_call.input_json)
        if capability != FETCH or not self._run.allowed.any:
            raise FetchDeniedError(f"This run was not granted the capability {capability[:60]!r}.")
        operation = asked.get("op", "request")
        if operation == "request":
            return await self._request(host_call_id, asked, held)
        if operation == "read":
            return await self._read(number_of(asked, "body"), held)
        if operation == "check":
            self._check(asked.get("url"))
            return {}
        if operation == "close":
            body = self._bodies.pop(number_of(asked, "body"), None)
            if body is not None:
                await body.close("")
            return {}
        if operation == "abort":
            self._abort(number_of(asked, "request"))
            return {}
        raise FetchDeniedError("fetch does not support this operation.")

    def _check(self, url: Json) -> None:
        """Refuse a connection to a host for which no request is allowed."""
        self._run.allowed.check_host(parse_url(str(url)))

    async def _request(
        self, host_call_id: int, asked: Mapping[str, Json], held: AsyncExitStack
    ) -> Json:
        bounds = self._run.bounds
        deadline = asyncio.get_running_loop().time() + bounds.timeout_s
        reading = partial(read_request, asked, bounds.request_bytes)
        long = isinstance(body := asked.get("body"), str) and len(body) > SHORT
        request = await SIDE.run(SHORT, reading) if long else reading()
        request = request.with_idempotency_key(self._key)
        answer: OpenAnswer | None = None
        try:
            async with asyncio.timeout_at(deadline):
                answer = await self.followed(request, deadline)
                await self._run.hold_piece(held)
                data = await answer.body.beginning()
        except BaseException as error:
            if answer is not None:
                await answer.close(str(error) or "aborted")
            if isinstance(error, TimeoutError):
                where, limit = request.url.authority, bounds.timeout_s
                raise FetchFailedError(
                    f"{where} did not answer within {limit:g} s "
                    "(CAISSON_EXECUTOR_TOOL_FETCH_TIMEOUT_S)",
                    code="UND_ERR_HEADERS_TIMEOUT",
                ) from None
            raise
        shown = answer.shown()
        text = base64.b64encode(data).decode()
        if answer.body.done:
            await answer.close("")
            return {**shown, "body": {"data": text, "done": True} if data else None}
        self._bodies[host_call_id] = answer
        return {**shown, "body": {"id": host_call_id, "data": text, "done": False}}

    async def _read(self, number: int, held: AsyncExitStack) -> Json:
        body = self._bodies.get(number)
        if body is None:
            raise FetchDeniedError("fetch cannot read a body that is not open.")
        await self._run.hold_piece(held)
        try:
            data = await body.body.read()
        except BaseException as error:
            self._bodies.pop(number, None)
            await body.close(str(error) or "aborted")
            raise
        if body.body.done:
            self._bodies.pop(number, None)
            await body.close("")
        return {"data": base64.b64encode(data).decode(), "done": body.body.done}

    async def followed(self, request: FetchRequest, deadline: float) -> OpenAnswer:
        """Return the response at the end of the redirects, to be closed; raises EgressError."""
        redirects = 0
        while True:
            answer = await self._sent(request, deadline, redirected=redirects > 0)
            try:
                following = self._next(request, answer)
                if following is None:
                    return answer
                redirects += 1
                if redirects > self._run.bounds.redirects:
                    raise FetchFailedError(
                        f"{request.url.authority} redirects more than "
                        f"{self._run.bounds.redirects} times"
                    )
            except BaseException as error:
                await answer.close(str(error))
                raise
            await answer.close("")
            request = following

    def _next(self, request: FetchRequest, answer: OpenAnswer) -> FetchRequest | None:
        """Return the request that a response redirects to, None if it is final."""
        location = answer.head.header("location")
        if (
            answer.head.status not in REDIRECT_STATUSES
            or not location
            or request.redirect == "manual"
        ):
            return None
        if request.redirect == "error":
            raise FetchFailedError(f"{request.url} redirects, which the tool does not allow")
        target = parse_url(utf8_location(location), base=request.url)
        # Parsing drops characters, which may join text that was separate.
        href = self._run.secrets.redactor(request.url).redacted_text(target.href)
        if href != target.href:
            target = parse_url(href)
        secret = frozenset(
            name.lower() for name, value in request.headers if self._run.secrets.named_in(value)
        )
        return request.redirected(answer.head.status, target, secret)

    async def _sent(
        self, request: FetchRequest, deadline: float, *, redirected: bool
    ) -> OpenAnswer:
        """Send one request and return its response, which must be closed."""
        run, loop = self._run, asyncio.get_running_loop()
        redactor = run.secrets.redactor(request.url)
        began, opened = loop.time(), AsyncExitStack()

        async def record(status: int, received: int, error: str) -> None:
            await run.record(
                ToolRequest(
                    self._tool_call_id,
                    request.method,
                    request.url.authority,
                    request.url.path,
                    status,
                    len(request.body),
                    received,
                    loop.time() - began,
                    redactor.redacted_text(error),
                )
            )

        try:
            run.allowed.check(request.url, request.method)
            outgoing = self._outgoing(request)
            await run.enter(opened)
            sending = run.exchange.send(outgoing)
            response = await opened.enter_async_context(sending)
            head, coding = head_and_coding(request, response, redactor)
            kind = head.header("content-type")
            body = ResponseBody(response, coding, kind, redactor, run.bounds, opened, deadline)
        except BaseException as error:
            await opened.aclose()
            await record(0, 0, str(error) or "aborted")
            raise
        return OpenAnswer(request, head, body, record, redirected)

    def _outgoing(self, request: FetchRequest) -> OutgoingRequest:
        """Return the request with its secrets filled in."""
        secrets, url = self._run.secrets, request.url
        secrets.check_elsewhere("the host of a URL", url.host)
        secrets.check_elsewhere("the path of a URL", url.path)
        for name, _ in request.headers:
            secrets.check_elsewhere("the name of a header", name)
        check_signature(secrets, url, request.headers)
        filling = secrets.for_request(request.method, url)
        headers = [(name, filling.header(name, value)) for name, value in request.headers]
        kind, most = request.header("content-type"), self._run.bounds.request_bytes
        body = filling.body(request.body, kind, most)
        if not request.raw and not request.header("user-agent"):
            headers.append(("User-Agent", USER_AGENT))
        if not request.raw and not request.header("accept"):
            headers.append(("Accept", "*/*"))
        accepted = request.accepted if request.raw else ACCEPTED
        # The size of compressed text reveals repetition: of a guess and a secret.
        accepted = "identity" if secrets.redactor(url) else accepted
        if accepted:
            headers.append(("Accept-Encoding", accepted))
        filled = replace(url, query=filling.query(url.query))
        return OutgoingRequest(request.method, filled, tuple(headers), body)

"""The requests of one tool call: checked, secrets inserted, and responses without them."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import Final, Protocol, TypeAlias

from services.executor.domain import Json
from services.executor.egress.answers import OpenAnswer, head_and_coding
from services.executor.egress.content_coding import ACCEPTED
from services.executor.egress.fetch_request import FetchRequest, read_request
from services.executor.egress.host_calls import number_of
from services.executor.egress.ports import HttpExchange, OutgoingRequest
from services.executor.egress.response_body import FetchBounds, ResponseBody
from services.executor.egress.rules import Allowances
from services.executor.egress.run_requests import RunRequests
from services.executor.egress.secrets import RunSecrets
from services.executor.egress.signatures import check_signature
from services.executor.egress.web_url import parse_url, utf8_location
from services.executor.errors import FetchDeniedError, FetchFailedError
from services.executor.events import ToolRequest
from services.executor.long_json import SHORT
from services.executor.side_thread import SIDE

REDIRECT_STATUSES: Final = frozenset({301, 302, 303, 307, 308})
USER_AGENT: Final = "caisson"

Record: TypeAlias = Callable[[ToolRequest], Awaitable[None]]


class FetchingRun(Protocol):
    """What the requests of a run share."""

    @property
    def exchange(self) -> HttpExchange:
        """Makes single requests."""
        ...

    @property
    def allowed(self) -> Allowances:
        """The rules."""
        ...

    @property
    def secrets(self) -> RunSecrets:
        """The secrets."""
        ...

    @property
    def bounds(self) -> FetchBounds:
        """The limits."""
        ...

    @property
    def record(self) -> Record:
        """Is called with every request."""
        ...

    @property
    def made(self) -> RunRequests:
        """The run's requests, which are counted, and the places for them."""
        ...


class CallFetches:
    """Makes the requests of one tool call; ``close`` releases every connection."""

    def __init__(self, run: FetchingRun, tool_call_id: str, idempotency_key: str) -> None:
        self._run = run
        self._tool_call_id = tool_call_id
        self._key = idempotency_key
        self._bodies: dict[int, OpenAnswer] = {}

    def __repr__(self) -> str:
        return f"CallFetches(open={len(self._bodies)})"

    async def close(self) -> None:
        """Release every connection; idempotent."""
        while self._bodies:
            _, body = self._bodies.popitem()
            await body.close("closed with the call")

    async def made(
        self, host_call_id: int, asked: Mapping[str, Json], held: AsyncExitStack
    ) -> Json:
        """Return the answer to a host call.

        A piece of a body in it counts against the run's buffered pieces until ``held`` closes.

        Raises:
            ExecutorError: the request may not be made, or failed.
        """
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
                await self._run.made.hold_piece(held)
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
        await self._run.made.hold_piece(held)
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

        async def record(status: int, received: int, error: str, *, denied: bool = False) -> None:
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
                    denied,
                )
            )

        try:
            run.allowed.check(request.url, request.method)
            outgoing = self._outgoing(request)
            await run.made.enter(opened)
            sending = run.exchange.send(outgoing)
            response = await opened.enter_async_context(sending)
            head, coding = head_and_coding(request, response, redactor)
            kind = head.header("content-type")
            body = ResponseBody(response, coding, kind, redactor, run.bounds, opened, deadline)
        except BaseException as error:
            await opened.aclose()
            denied = isinstance(error, FetchDeniedError)
            await record(0, 0, str(error) or "aborted", denied=denied)
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

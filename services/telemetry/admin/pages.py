"""The pages of the admin port: health, metrics, and what the process does."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from services.telemetry.admin.readiness import Readiness
from services.telemetry.admin.shown import as_text

JSON: Final = "application/json"
OK, FORBIDDEN, UNAVAILABLE = 200, 403, 503


@dataclass(frozen=True)
class Refusal:
    """Why a page is not shown."""

    status: int
    message: str


@dataclass(frozen=True)
class Asked:
    """What a request for a debug page says of its sender.

    Attributes:
        host: the header ``host``.
        authorization: each header of that name.
    """

    host: str
    authorization: tuple[str, ...] = field(default=(), repr=False)


Guard = Callable[[Asked], Awaitable[Refusal | None]]
Page = Callable[[], Mapping[str, Any]]


@dataclass(frozen=True)
class Site:
    """What the admin port of one service shows.

    Attributes:
        readiness: its health, for everyone.
        guard: returns why somebody may not see ``pages``; None if they may.
        pages: the debug pages by their names, each a function that returns its JSON object.
        mounts: ASGI applications by their paths, such as ``/metrics``, for everyone.
    """

    readiness: Readiness
    guard: Guard
    pages: Mapping[str, Page] = field(default_factory=dict)
    mounts: Mapping[str, ASGIApp] = field(default_factory=dict)


class _Mounted:
    """An ASGI application at one path; a plain function would be taken for an endpoint."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def application(site: Site) -> Starlette:
    """Return the application of a site."""
    routes = [
        Route("/", _index(site)),
        Route("/livez", _livez),
        Route("/readyz", _readyz(site.readiness)),
        Route("/startupz", _startupz(site.readiness)),
        *(Route(f"/debug/{name}", _page(site, page)) for name, page in site.pages.items()),
        *(Route(path, _Mounted(app), methods=["GET"]) for path, app in site.mounts.items()),
    ]
    return Starlette(routes=routes)


def _index(site: Site) -> Callable[[Request], Awaitable[Response]]:
    paths = ["/livez", "/readyz", "/startupz", *site.mounts]
    paths += [f"/debug/{name}" for name in site.pages]

    async def index(_: Request) -> Response:
        return PlainTextResponse("".join(f"{path}\n" for path in paths))

    return index


async def _livez(_: Request) -> Response:
    """Answer: the event loop turns."""
    return PlainTextResponse("ok\n")


def _readyz(readiness: Readiness) -> Callable[[Request], Awaitable[Response]]:
    async def readyz(request: Request) -> Response:
        ready = readiness.ready
        status = OK if ready else UNAVAILABLE
        return shown(request, {"ready": ready, "checks": readiness.checks}, status)

    return readyz


def _startupz(readiness: Readiness) -> Callable[[Request], Awaitable[Response]]:
    async def startupz(request: Request) -> Response:
        started = readiness.started
        status = OK if started else UNAVAILABLE
        return shown(request, {"started": started, "waits_for": readiness.waits_for}, status)

    return startupz


def _page(site: Site, page: Page) -> Callable[[Request], Awaitable[Response]]:
    async def show(request: Request) -> Response:
        given = tuple(request.headers.getlist("authorization"))
        refusal = await site.guard(Asked(request.headers.get("host", ""), given))
        if refusal is not None:
            return PlainTextResponse(f"{refusal.message}\n", refusal.status)
        return shown(request, page())

    return show


def shown(request: Request, content: Mapping[str, Any], status: int = OK) -> Response:
    """Return an object as JSON where that is asked for, else as text."""
    wants_json = request.query_params.get("format") == "json"
    if wants_json or JSON in request.headers.get("accept", ""):
        text = json.dumps(content, ensure_ascii=True)
        return Response(text + "\n", status, media_type=JSON)
    return PlainTextResponse(as_text(content), status)

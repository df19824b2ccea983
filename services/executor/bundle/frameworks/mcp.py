"""What the definitions of MCP servers have in common in all frameworks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.executor.bundle.evaluate.env_text import read_env_text
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.literals import NotLiteralError, json_of
from services.executor.bundle.evaluate.values import (
    CallValue,
    ClassValue,
    ImportRef,
    MemberValue,
    ObjectValue,
    Thunk,
    Unsupported,
    Value,
    is_nullish,
)
from services.executor.bundle.frameworks.setting_table import (
    Handling,
    Setting,
    each,
    honoured,
    noted,
    refusing,
    sounds_restricting,
)
from services.executor.bundle.syntax.diagnostics import Diagnostics
from services.executor.bundle.syntax.syntax import Node, span
from services.executor.mcp_servers import EnvText, McpForm, McpServer, McpTransport

MAX_SERVERS: Final = 32
MAX_HEADERS: Final = 50
MAX_NAMES: Final = 1000
NOT_KNOWN: Final = "its tools come from MCP servers that are not known from source"
STDIO: Final = (
    "this MCP server is a program that the agent would start and speak to over stdio, which "
    "Caisson does not do: run it behind streamable HTTP and give its `url`"
)
OFFERED: Final = (
    "runs offer the tools of this MCP server; its address must be granted, with --allow-fetch, and "
    "secrets that it is sent with --secret"
)
OWN_CODE: Final = "it is the bundle's own code around requests to the MCP server, which is not run"
OAUTH: Final = "it signs in by OAuth, which needs a person: send a token in the headers"
LOST: Final = "Caisson does not know this setting of an MCP server: what it says is lost"
OF_REQUESTS: dict[str, Setting] = {
    "headers": honoured("they are sent with each request"),
    **each(noted("Caisson sends no cookies and keeps nothing"), "cache", "credentials", "mode"),
    **each(noted("it changes no request of Caisson's"), "keepalive", "priority", "signal"),
}


@dataclass(frozen=True, eq=False)
class McpReader:
    """Reads one server's definition; what restricts and is not understood disables the agent."""

    evaluator: Evaluator
    path: str
    diagnostics: Diagnostics

    def at(self, name: str) -> McpReader:
        """Return a reader of a part."""
        return McpReader(self.evaluator, f"{self.path}{name}", self.diagnostics)

    def refuse(self, reason: str, node: Node) -> None:
        """Disable the agent."""
        self.diagnostics.refuse(self.path, reason, node)

    def object_in(self, value: Value | None) -> ObjectValue | None:
        """Return an object, None for another value."""
        whole = None if value is None else self.evaluator.forced(value)
        return whole if isinstance(whole, ObjectValue) else None

    def check(self, whole: ObjectValue, settings: Mapping[str, Setting]) -> None:
        """Say what becomes of each setting of an object."""
        for rest in whole.opaque():
            inner = rest.value
            why = inner.reason if isinstance(inner, Unsupported) else "it cannot be followed"
            self.refuse(f"more settings of the MCP server are spread in, but {why}", inner.node)
        for name, node in whole.uncertain.items():
            self.at(f".{name}").refuse("it is set at an unknown time", node)
        for name, thunk in whole.entries().items():
            value = self.evaluator.value_of(thunk)
            setting, here = settings.get(name), self.at(f".{name}")
            if is_nullish(value):
                continue
            if setting is None and sounds_restricting(name):
                reason = "Caisson does not know this setting, which may restrict the MCP server"
                here.refuse(reason, thunk.node)
            elif setting is None:
                self.diagnostics.warning(here.path, LOST, thunk.node)
            elif setting.handling is Handling.REFUSING:
                here.refuse(setting.meaning, thunk.node)
            elif setting.handling is Handling.TOLD and setting.severity is not None:
                self.diagnostics.add(setting.severity, here.path, setting.meaning, thunk.node)

    def text(self, whole: ObjectValue, name: str) -> EnvText | None:
        """Return a text of an object; None, with a refusal, if it is not known."""
        thunk = whole.entries().get(name)
        found = (
            Unsupported("it is missing") if thunk is None else read_env_text(self.evaluator, thunk)
        )
        if isinstance(found, Unsupported):
            node = whole.node if thunk is None else thunk.node
            reason = f"the MCP server's `{name}` is not known: {found.reason}"
            self.at(f".{name}").refuse(reason, node)
            return None
        return found

    def headers(self, whole: ObjectValue, name: str = "headers") -> tuple[tuple[str, EnvText], ...]:
        """Return the headers that an object holds; refuses those that are not known."""
        thunk = whole.entries().get(name)
        if thunk is None or is_nullish(self.evaluator.value_of(thunk)):
            return ()
        here, value = self.at(f".{name}"), self.object_in(self.evaluator.value_of(thunk))
        if value is None:
            here.refuse("the headers are no object that is known from source", thunk.node)
            return ()
        if value.opaque() or value.uncertain or len(value.entries()) > MAX_HEADERS:
            here.refuse("not all headers are known from source", value.node)
            return ()
        found: list[tuple[str, EnvText]] = []
        for header in value.entries():
            text = here.text(value, header)
            if text is not None:
                found.append((header, text))
        return tuple(found)

    def requests(self, whole: ObjectValue) -> tuple[tuple[str, EnvText], ...]:
        """Return the headers of ``requestInit``."""
        thunk = whole.entries().get("requestInit")
        value = None if thunk is None else self.evaluator.value_of(thunk)
        if thunk is None or value is None or is_nullish(value):
            return ()
        here, options = self.at(".requestInit"), self.object_in(value)
        if options is None:
            here.refuse("it is no object that is known from source", thunk.node)
            return ()
        here.check(options, OF_REQUESTS)
        return here.headers(options)

    def names(self, thunk: Thunk | None) -> tuple[str, ...] | None:
        """Return a list of names, None where there is none; refuses what is not known."""
        value = None if thunk is None else self.evaluator.value_of(thunk)
        if thunk is None or value is None or is_nullish(value):
            return None
        try:
            found = json_of(self.evaluator, value)
        except NotLiteralError as error:
            self.refuse(f"which tools it names is not known: {error.reason}", error.node)
            return ()
        if not isinstance(found, list) or len(found) > MAX_NAMES:
            self.refuse("it is no list of names of tools", thunk.node)
            return ()
        if not all(isinstance(name, str) for name in found):
            self.refuse("it is no list of names of tools", thunk.node)
        return tuple(name for name in found if isinstance(name, str))

    def server(
        self,
        key: str,
        whole: ObjectValue,
        transport: McpTransport,
        form: McpForm,
        headers: tuple[tuple[str, EnvText], ...],
        url: str = "url",
    ) -> McpServer | None:
        """Return the server at the ``url`` of an object; None, with a refusal, without a URL."""
        address = self.text(whole, url)
        if address is None:
            return None
        where = span(whole.node)
        self.diagnostics.info(self.path, OFFERED, whole.node)
        return McpServer(
            key, address, transport, form, headers, path=self.path, line=where.line,
            column=where.column,
        )  # fmt: skip


def class_name(callee: Value) -> str:
    """Return the name of what is called, as its package or the bundle says it; empty if unknown."""
    if isinstance(callee, MemberValue):
        return callee.key
    if isinstance(callee, ImportRef):
        return callee.path[-1] if callee.path else ""
    if isinstance(callee, ClassValue) and callee.node.id is not None:
        return str(callee.node.id.name)
    return ""


def first_object(evaluator: Evaluator, call: CallValue) -> ObjectValue | None:
    """Return the first argument of a call if it is an object."""
    if not call.arguments:
        return None
    value = evaluator.forced(evaluator.value_of(call.arguments[0]))
    return value if isinstance(value, ObjectValue) else None


def transport_named(name: str) -> McpTransport:
    """Return how a class or type of that name reaches its server."""
    lower = name.lower()
    if "sse" in lower:
        return McpTransport.SSE
    return McpTransport.HTTP if "http" in lower else McpTransport.AUTO


def options_setting(*names: str) -> dict[str, Setting]:
    """Return settings of a connection that change nothing of what is allowed."""
    return each(noted("Caisson has its own limits and its own log"), *names)


REFUSED_CODE = refusing(OWN_CODE)
REFUSED_OAUTH = refusing(OAUTH)

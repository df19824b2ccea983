"""The MCP servers that agents name, as far as source says it: where, with which headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


class McpTransport(Enum):
    """How a server is reached. ``AUTO``: over streamable HTTP, or over SSE if it refuses that."""

    AUTO = "auto"
    HTTP = "http"
    SSE = "sse"


class McpForm(Enum):
    """How a framework names a server's tools for the model, and what of results it shows.

    ``FUNCTIONS``: the tool's name, of letters, digits and underscores only; one part of a result is
    shown as it is. ``STRUCTURED``: the same, but structured content is shown instead where there is
    some. ``PREFIXED``: ``server_tool``, and the whole result. ``PARTS``: the tool's name, and the
    parts of the result.
    """

    FUNCTIONS = "functions"
    STRUCTURED = "structured"
    PREFIXED = "prefixed"
    PARTS = "parts"


@dataclass(frozen=True)
class Variable:
    """A variable of the environment in a text, and what holds without it; None for nothing."""

    name: str
    otherwise: str | None = None


EnvText: TypeAlias = "tuple[str | Variable, ...]"
"""A text of which variables of the run's environment are parts."""


@dataclass(frozen=True)
class McpServer:
    """A server whose tools an agent offers.

    ``key`` is its name in the bundle. ``headers`` are sent with each request.
    Of its tools ``allowed`` are offered, None for all, and ``blocked`` are not; with
    ``needs_approval`` a person must approve each call. ``path``, ``line`` and ``column`` are as in
    ``Diagnostic``.
    """

    key: str
    url: EnvText
    transport: McpTransport
    form: McpForm
    headers: tuple[tuple[str, EnvText], ...] = ()
    allowed: tuple[str, ...] | None = None
    blocked: tuple[str, ...] = ()
    needs_approval: bool = False
    path: str = ""
    line: int = 0
    column: int = 0


class MissingVariableError(Exception):
    """A run's environment lacks a variable; ``name`` is its name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def shown_text(text: EnvText) -> str:
    """Return a text with ``${NAME}`` where a variable stands, or ``${NAME:-otherwise}``."""
    return "".join(each if isinstance(each, str) else _placeholder(each) for each in text)


def filled_text(text: EnvText, env: Mapping[str, str]) -> str:
    """Return a text with the values of its variables; raises MissingVariableError."""
    return "".join(each if isinstance(each, str) else _value(each, env) for each in text)


def variables_of(server: McpServer) -> tuple[str, ...]:
    """Return the names of the variables that a server is reached with, in order."""
    texts = (server.url, *(text for _, text in server.headers))
    found = (each.name for text in texts for each in text if isinstance(each, Variable))
    return tuple(dict.fromkeys(found))


def _placeholder(variable: Variable) -> str:
    otherwise = "" if variable.otherwise is None else f":-{variable.otherwise}"
    return f"${{{variable.name}{otherwise}}}"


def _value(variable: Variable, env: Mapping[str, str]) -> str:
    found = env.get(variable.name, variable.otherwise)
    if found is None:
        raise MissingVariableError(variable.name)
    return found

"""What a request or the deployment says of calls: who must approve them, and who runs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ApprovalRule:
    """Calls that a person must approve: of this tool, or of all for "*".

    ``input_schema`` leaves out calls whose input does not fit, ``timeout_s`` bounds how long they
    wait, ``agent`` is the one whose calls are meant, empty for all, and ``source`` says who asks.
    """

    tool: str
    input_schema: dict[str, Any] | None = None
    timeout_s: float | None = None
    agent: str = ""
    source: str = "request"


@dataclass(frozen=True)
class ClientTool:
    """A tool that the client runs; the schema is that of its input."""

    name: str
    description: str
    input_schema: dict[str, Any]

"""What the local server answers to the projects, by the first part of a path."""

from __future__ import annotations

import json
from collections import defaultdict

from tests.sdks.services import Answer, Heard, echo

MESSAGE = {"sid": "SM00000000000000000000000000000001", "status": "queued", "body": "x"}
INFO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {"tools": {}},
    "serverInfo": {"name": "elsewhere", "version": "2.0.0"},
}
TOOL = {"name": "look", "inputSchema": {"type": "object"}}


def slack(path: str, heard: Heard) -> tuple[int, object]:
    """A message, or an error."""
    if path.endswith("users.info"):
        return 200, {"ok": False, "error": "user_not_found"}
    return 200, {"ok": True, "ts": "1.2"}


def mcp(path: str, heard: Heard) -> tuple[int, object]:
    """A server of the Model Context Protocol with one tool, without streams."""
    if heard.method != "POST":
        return 405, {}
    asked = json.loads(heard.body)
    if "id" not in asked:
        return 202, b""
    result = INFO if asked["method"] == "initialize" else {"tools": [TOOL]}
    return 200, {"jsonrpc": "2.0", "id": asked["id"], "result": result}


ANSWERS: dict[str, Answer] = defaultdict(
    lambda: echo,
    channel=slack,
    messages=lambda path, heard: (201, MESSAGE),
    protocol=mcp,
)

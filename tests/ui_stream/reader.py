"""The AI SDK's readers, in one Node process for all tests."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from caisson.executor.v1.executor_service_pb2 import ExecuteAgentResponse
from caisson.executor.v1.run_event_pb2 import RunEvent
from services.executor.domain import JsonObject
from services.ui_stream.message_stream import DONE, UiMessageStream, sse_line
from tests.npm import installed, node

FOLDER = Path(__file__).resolve().parent
VERSIONS = (5, 6, 7)
END_TIMEOUT_S = 60


@dataclass(frozen=True)
class Read:
    """What a chat of the AI SDK made of a response.

    ``chunks`` are the parts that its check let through, ``data`` those that ``onData`` got,
    ``finished`` how ``onFinish`` was called for each answer; ``assembled`` is the message that
    ``readUIMessageStream`` builds, None when it builds none.
    """

    chunks: list[JsonObject]
    data: list[JsonObject]
    finished: list[JsonObject]
    status: str
    error: str | None
    messages: list[dict[str, Any]]
    assembled: dict[str, Any] | None = None

    @property
    def message(self) -> dict[str, Any]:
        """The answer."""
        assert self.messages[-1]["role"] == "assistant", "there is no answer"
        return self.messages[-1]

    @property
    def metadata(self) -> dict[str, Any]:
        """The answer's metadata."""
        metadata: dict[str, Any] = self.message["metadata"]
        return metadata

    @property
    def text(self) -> str:
        """All text of the answer."""
        return "".join(part["text"] for part in self.parts("text"))

    def parts(self, kind: str) -> list[dict[str, Any]]:
        """The parts of one type that the answer has."""
        return [part for part in self.message["parts"] if part["type"] == kind]


class Reader:
    """Asks the Node process; one question at a time."""

    def __init__(self, asks: IO[str], answers: IO[str], packages: Path) -> None:
        self._asks = asks
        self._answers = answers
        self._packages = packages

    def read(self, version: int, body: bytes) -> Read:
        """Give the body of a response to a chat of that version of the AI SDK."""
        return Read(**self._ask(version=version, body=body.decode()))

    def converse(self, version: int, api: str, *say: str, stop_at: str = "") -> Read:
        """Send a message to an address, and stop once the answer contains ``stop_at``."""
        return Read(**self._ask(version=version, api=api, say=say, stopAt=stop_at))

    def headers(self, version: int) -> dict[str, str]:
        """Return the headers with which the AI SDK's own server sends such a stream."""
        headers: dict[str, str] = self._ask(version=version, headers=True)
        return headers

    def fields(self, version: int) -> dict[str, set[str]]:
        """Return the fields of each type of part, as the package's types declare them."""
        declared = (self._packages / f"node_modules/ai-{version}/dist/index.d.ts").read_text()
        union = re.search(r"^type UIMessageChunk<.*?^\};", declared, re.DOTALL | re.MULTILINE)
        assert union, "the package declares no UIMessageChunk"
        found = {}
        for member in re.split(r"^\}", union.group(), flags=re.MULTILINE):
            kind = re.search(r"\btype: '([\w-]+)'", member)
            if kind:
                found[kind.group(1)] = set(re.findall(r"^\s+(\w+)\??:", member, re.MULTILINE))
        return found

    def _ask(self, **question: Any) -> dict[str, Any]:
        self._asks.write(json.dumps(question) + "\n")
        self._asks.flush()
        line = self._answers.readline()
        assert line, "the reader has died; it says why on stderr"
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def running_reader() -> Iterator[Reader]:
    """Run the readers."""
    packages = installed(FOLDER, "ui_stream")
    # Given as text, it finds its imports from the folder in which it runs.
    command = [node(), "--input-type=module", "--eval", (FOLDER / "reader.mjs").read_text()]
    with subprocess.Popen(
        command, cwd=packages, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Reader(process.stdin, process.stdout, packages)
        finally:
            process.stdin.close()
            try:
                process.wait(END_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()


def happened(run_id: str = "", **event: Any) -> ExecuteAgentResponse:
    """An event as a client receives it."""
    return ExecuteAgentResponse(event=RunEvent(run_id=run_id, **event))


def parts_of(events: Sequence[ExecuteAgentResponse]) -> list[JsonObject]:
    """Return the parts of a run."""
    stream = UiMessageStream()
    return [part for event in events for part in stream.feed(event)]


def body_of(parts: Sequence[JsonObject]) -> bytes:
    """Return the body of the response that holds these parts."""
    return b"".join(sse_line(part) for part in parts) + DONE

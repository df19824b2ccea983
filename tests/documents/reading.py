"""Finds what a document tells its reader to type: commands, servers, files and snippets.

A fenced block is commands when it is tagged ``sh``, ``bash`` or ``console``, or when it has no tag
and begins as a command does. A block whose introduction names a file, as in "in `src/agent.ts`:",
is that file. Other ``python`` and ``js`` blocks are programs.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

FENCE = re.compile(r"^\s*```\s*(\w*)")
SHELLS = frozenset({"sh", "bash", "shell", "console"})
# The tags of programs, with how the names of their files end.
PROGRAMS = {
    "python": ("py",),
    "py": ("py",),
    "js": ("js", "mjs"),
    "javascript": ("js", "mjs"),
    "mjs": ("mjs",),
    "ts": ("ts",),
    "typescript": ("ts",),
}
# How a command begins: a prompt, or variables, then a program.
COMMAND = re.compile(
    r"^(?:\$ |export \w+=|(?:\w+=\S+ +)*(?:\S*/)?(?:caisson|cd|curl|docker|git|grpcurl|llmock|make"
    r"|node|npm|npx|pip|python3?|uv)(?: |$)|[A-Z_]+=\S+$)"
)
# What stands for a value of the reader's own, which the environment of the test has.
ELLIPSIS = re.compile(r"(?:export )?\w+=\.\.\.(?=\s|$)\s*|\s+\.\.\.$")
NAMED_FILE = re.compile(r"`([\w./-]+\.(\w+))`")


class Kind(Enum):
    """What is done with a part of a document."""

    COMMAND = "a command"
    FILE = "a file to write"
    PROGRAM = "a snippet to run"


@dataclass(frozen=True)
class Block:
    """A fenced block: its tag, its text, its first line's number, the paragraph before it."""

    language: str
    lines: tuple[str, ...]
    number: int
    before: str

    @property
    def text(self) -> str:
        """The lines as they stand."""
        return "\n".join(self.lines) + "\n"

    @property
    def is_commands(self) -> bool:
        """Whether it is for a shell."""
        if self.language:
            return self.language in SHELLS
        lines = (line for line in self.lines if line.strip() and not line.startswith("#"))
        return bool(COMMAND.match(next(lines, "")))

    @property
    def file(self) -> str:
        """The file that the introduction names and that this is, or nothing."""
        if not self.before.rstrip().endswith(":"):
            return ""
        ends = PROGRAMS.get(self.language, (self.language,))
        named = [name for name, end in NAMED_FILE.findall(self.before) if end in ends]
        return named[-1] if named else ""


@dataclass(frozen=True)
class Step:
    """One thing to do, in the order of the document: ``name`` is a file's, or a snippet's tag."""

    kind: Kind
    text: str
    line: int
    name: str = ""


def blocks(text: str) -> Iterator[Block]:
    """Yield the fenced blocks of a document."""
    language: str | None = None
    inside: list[str] = []
    paragraph: list[str] = []
    begun = 0
    for number, line in enumerate(text.splitlines(), start=1):
        fence = FENCE.match(line)
        if language is None and fence:
            language, inside, begun = fence[1], [], number + 1
        elif language is not None and fence:
            yield Block(language, tuple(inside), begun, " ".join(paragraph))
            language, paragraph = None, []
        elif language is not None:
            inside.append(line)
        elif line.strip():
            paragraph.append(line.strip())
        elif paragraph and not paragraph[-1].endswith(":"):
            paragraph = []
    assert language is None, f"the block of line {begun} has no end"


def steps(document: Path) -> Iterator[Step]:
    """Yield what a document asks its reader to do."""
    for block in blocks(document.read_text(encoding="utf-8")):
        if block.is_commands:
            yield from commands(block)
        elif block.file:
            yield Step(Kind.FILE, block.text, block.number, block.file)
        elif block.language in PROGRAMS:
            yield Step(Kind.PROGRAM, block.text, block.number, block.language)


def commands(block: Block) -> Iterator[Step]:
    """Yield the commands of a block, each with all of its lines; a prompt marks them off output."""
    prompted = any(line.startswith("$ ") for line in block.lines)
    begun, gathered = 0, ""
    for number, line in enumerate(block.lines, start=block.number):
        if not gathered:
            begun = number
            if prompted and not line.startswith("$ "):
                continue
            line = line.removeprefix("$ ")
            if not line.strip() or line.lstrip().startswith("#"):
                continue
        gathered += line.removeprefix("> ") + "\n" if prompted else line + "\n"
        if is_whole(gathered):
            text = ELLIPSIS.sub("", gathered.strip())
            gathered = ""
            if text and not text.startswith("#"):
                yield Step(Kind.COMMAND, text, begun)
    assert not gathered, f"the command of line {begun} has no end"


def is_whole(text: str) -> bool:
    """Tell whether a shell would run this now, and not ask for more."""
    if text.endswith("\\\n"):
        return False
    done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
    return done.returncode == 0 and not done.stderr  # it warns of a here-document without an end

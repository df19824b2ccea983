"""Text that makes values of a program reachable which it does not export.

It is put after the last line, before the comment that names a source map, or before the end of the
function that a bundler wrapped everything in: no line or column of the program changes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from services.executor.agent_parts import Insertion
from services.executor.bundle.index.indexed import concrete_root
from services.executor.bundle.manifest.local_agents import LocalAgent
from services.executor.bundle.syntax.parse import ParsedProgram
from services.executor.bundle.syntax.syntax import Node

_MAP = re.compile(r"//[#@][ \t]*\Z")
_MAP_HEAD = "sourceMappingURL="
_LINE_END = re.compile("[\n\r\u2028\u2029]")


@dataclass(frozen=True)
class Reached:
    """A name to export under a key, or an agent of a function, in a bundler's function or None."""

    key: str
    made: str | LocalAgent
    wrapper: Node | None


def insertions_for(parsed: ParsedProgram, reached: Iterable[Reached]) -> tuple[Insertion, ...]:
    """Return what to insert into a program, in the order of the places."""
    text, is_module, listed = parsed.text, parsed.is_module, tuple(reached)
    if not listed:
        return ()
    found: dict[int, list[str]] = {}
    end = _end_of(parsed)
    for number, each in enumerate(listed):
        at = end if each.wrapper is None else _end_of_wrapper(each.wrapper)
        written = _exported(each, number) if is_module else _defined(each)
        found.setdefault(at, []).append(written)
    return tuple(
        Insertion(len(text[:at].encode()), _framed(text, at, "".join(found[at]), at == end))
        for at in sorted(found)
    )


def _framed(text: str, at: int, written: str, is_end: bool) -> str:
    if not is_end:
        return f";{written}"
    before = "" if text[:at].endswith("\n") or not at else "\n"
    return f"{before}{written}\n"


def _end_of(parsed: ParsedProgram) -> int:
    """Return where the program ends: a source map's comment has to stay the last line.

    What looks like one may be a part of a string or of another comment.
    """
    text = parsed.text
    place = text.rfind(_MAP_HEAD)
    line = text.rfind("\n", 0, place) + 1
    found = _MAP.search(text, line, place) if place >= 0 else None
    if found is None or not _ends_with_comments(text, place):
        return len(text)
    start = found.start()
    node = concrete_root(parsed).descendant_for_byte_range(start, start + 1)
    is_comment = node is not None and node.type == "comment" and node.start_byte == start
    if not is_comment:
        return len(text)
    return start if text[line:start].strip() else line


def _ends_with_comments(text: str, place: int) -> bool:
    """Tell whether only comments of one line each follow the line of ``place``."""
    _, *following = _LINE_END.split(text[place:])
    return all(line.lstrip().startswith("//") or not line.strip() for line in following)


def _end_of_wrapper(function: Node) -> int:
    body = function.body.body
    if body and body[-1].type == "ReturnStatement":
        return int(body[-1]._start)
    return int(function.body._end) - 1


def _exported(reached: Reached, number: int) -> str:
    """Return an ES module's export; the name of a function that makes an agent ends with ``()``."""
    if isinstance(reached.made, str):
        return f"export {{ {reached.made} as {json.dumps(reached.key)} }};"
    name = f"caisson_made_{number}"
    made = _function(reached.made, name)
    return f"{made}export {{ {name} as {json.dumps(f'{reached.key}()')} }};"


def _defined(reached: Reached) -> str:
    """Return how a script sets a member of ``exports``, which stays when the module's are set."""
    key, what = reached.key, f"get: () => {reached.made}"
    if isinstance(reached.made, LocalAgent):
        key, what = f"{reached.key}()", f"value: {_function(reached.made, '')}"
    return (
        f"Object.defineProperty(exports, {json.dumps(key)}, "
        f"{{ enumerable: true, configurable: true, {what} }});"
    )


def _function(agent: LocalAgent, name: str) -> str:
    word = "async function" if agent.is_async else "function"
    return f"{word} {name}() {{\n{agent.statements}return {agent.result};\n}}\n"

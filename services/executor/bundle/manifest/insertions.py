"""Text that makes values of a program reachable which it does not export.

It is put after the last line, before the comment that names a source map, or before the end of a
function that a bundler wrapped something in: no line or column of the program changes. What a
module inside of the bundle holds, a variable beside the module remembers; whoever asks for it loads
the module as the bundle does, if nothing has yet.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from services.executor.agent_parts import Insertion
from services.executor.bundle.index.indexed import concrete_root
from services.executor.bundle.manifest.constructions import Construction
from services.executor.bundle.manifest.local_agents import LocalAgent
from services.executor.bundle.syntax.parse import ParsedProgram
from services.executor.bundle.syntax.syntax import Node

_MAP = re.compile(r"//[#@][ \t]*\Z")
_MAP_HEAD = "sourceMappingURL="
_LINE_END = re.compile("[\n\r\u2028\u2029]")


@dataclass(frozen=True)
class Home:
    """Where something is held: a bundler's function or None, and the module inside, if any.

    Attributes:
        wrapper: the innermost function of a bundler around it; None for the program.
        is_inner: whether a CommonJS module inside of the bundle is around it.
        outer: the function around that module; None for the program.
        loads: the expression that loads that module, seen from ``outer``; empty for none.
    """

    wrapper: Node | None = None
    is_inner: bool = False
    outer: Node | None = None
    loads: str = ""

    @staticmethod
    def of(found: Construction) -> Home:
        """Return where a construction is."""
        wrapper = found.wrappers[-1] if found.wrappers else None
        if not found.modules:
            return Home(wrapper)
        at = found.wrappers.index(found.modules[0].function)
        outer = found.wrappers[at - 1] if at else None
        loads = found.modules[0].loads if len(found.modules) == 1 else ""
        return Home(wrapper, True, outer, loads)


@dataclass(frozen=True)
class Reached:
    """A name or member to export under a key, or an agent of a function."""

    key: str
    made: str | LocalAgent
    home: Home


def insertions_for(parsed: ParsedProgram, reached: Iterable[Reached]) -> tuple[Insertion, ...]:
    """Return what to insert into a program, in the order of the places."""
    text, is_module, listed = parsed.text, parsed.is_module, tuple(reached)
    if not listed:
        return ()
    found: dict[int, list[str]] = {}
    end = _end_of(parsed)

    def put(wrapper: Node | None, written: str) -> None:
        at = end if wrapper is None else _end_of_wrapper(wrapper)
        found.setdefault(at, []).append(written)

    for number, each in enumerate(listed):
        if each.home.is_inner:
            put(each.home.wrapper, _remembered(each, number, is_module=is_module))
            put(each.home.outer, _asked(each, number, is_module=is_module))
        else:
            put(each.home.wrapper, _exported(each, number) if is_module else _defined(each))
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


def _remembered(reached: Reached, number: int, *, is_module: bool) -> str:
    """Return what a module inside sets a variable to: a function, or what an ES module exports."""
    made = reached.made
    if isinstance(made, LocalAgent):
        return f"caisson_inner_{number} = {_function(made, '')};"
    return f"caisson_inner_{number} = {made if is_module else f'() => {made}'};"


def _asked(reached: Reached, number: int, *, is_module: bool) -> str:
    """Return the variable of a value in a module inside, and its export."""
    name, key, loads = f"caisson_inner_{number}", reached.key, reached.home.loads
    is_made = isinstance(reached.made, LocalAgent)
    loaded = f"({loads}, {name}?.())" if loads else f"{name}?.()"
    if is_module and not is_made:
        return f"var {name};export {{ {name} as {json.dumps(key)} }};"
    if is_module:
        made = f"caisson_made_{number}"
        exported = f"export {{ {made} as {json.dumps(f'{key}()')} }};"
        return f"var {name};function {made}() {{ return {loaded}; }}{exported}"
    what = f"value: () => {loaded}" if is_made else f"get: () => {loaded}"
    return f"var {name};{_member(f'{key}()' if is_made else key, what)}"


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
    return _member(key, what)


def _member(key: str, what: str) -> str:
    return (
        f"Object.defineProperty(exports, {json.dumps(key)}, "
        f"{{ enumerable: true, configurable: true, {what} }});"
    )


def _function(agent: LocalAgent, name: str) -> str:
    word = "async function" if agent.is_async else "function"
    return f"{word} {name}() {{\n{agent.statements}return {agent.result};\n}}\n"

"""Which environment variables a bundle reads by name while it loads, outside of any function."""

from __future__ import annotations

import re
from typing import Final

from services.executor.bundle.index.concrete_node import ConcreteNode
from services.executor.bundle.reach import grammar
from services.executor.bundle.reach.regions import Node

MAX_MENTIONS: Final = 2_000
MAX_NAMES: Final = 12
MAX_DEPTH: Final = 200
# Read by many programs and packages, and rarely given by anybody.
_USUAL: Final = frozenset(
    {
        "CI", "COLORTERM", "DEBUG", "DEBUG_COLORS", "FORCE_COLOR", "HOME", "LANG", "LOG_LEVEL",
        "NODE_DEBUG", "NODE_ENV", "NO_COLOR", "PATH", "PWD", "SHELL", "TERM", "TERM_PROGRAM", "TZ",
        "USER",
    }
)  # fmt: skip
_TEXTS: Final = frozenset({"comment", "string", "string_fragment", "template_string", "regex"})
_MEMBER: Final = r"(?:(?:\?\.|\.)([A-Za-z_]\w*)|(?:\?\.)?\[\s*[\"']([A-Za-z_]\w*)[\"']\s*\])"
_OF_MODULES: Final = r"(?:\?\.|\.)env"
_READ: Final = re.compile(f"process{_OF_MODULES}{_MEMBER}")
# `import own from "node:process"`, `import * as own ...`, `import { env as own } ...`.
_FROM: Final = re.compile(r"\bfrom\s*[\"'](?:node:)?process[\"']")
_IMPORTED: Final = re.compile(
    r"import\s*(?:(?:\*\s*as\s+)?(?P<whole>[\w$]+)"
    r"|\{[^{}]*?\benv\b(?:\s+as\s+(?P<env>[\w$]+))?[^{}]*\})\s*"
)
_IMPORT_CHARS: Final = 300
_TAKEN: Final = re.compile(r"\{([\w\s,:=\"'/.-]{1,2000})\}\s*=\s*(?:globalThis\.)?process\.env\b")
_TAKEN_NAME: Final = re.compile(r"(?:^|,)\s*([A-Za-z_]\w*)")


def names_read_at_load(root: ConcreteNode, text: str) -> list[tuple[str, int]]:
    """Return the names, each with the place of its first read; at most 12."""
    found: dict[str, int] = {}
    for pattern in _reads(text):
        for at, read in enumerate(pattern.finditer(text)):
            if at >= MAX_MENTIONS or len(found) >= MAX_NAMES:
                break
            name = read[1] or read[2]
            if name not in found and name not in _USUAL and _runs_at_load(root, read.start()):
                found[name] = read.start()
    for at, taken in enumerate(_TAKEN.finditer(text)):
        if at >= MAX_MENTIONS or len(found) >= MAX_NAMES:
            break
        if _runs_at_load(root, taken.start()):
            for each in _TAKEN_NAME.finditer(taken[1]):
                if each[1] not in _USUAL:
                    found.setdefault(each[1], taken.start())
    return list(found.items())[:MAX_NAMES]


def _reads(text: str) -> list[re.Pattern[str]]:
    """Return what reads the environment: of the global process, and of the imported one."""
    found = [_READ]
    source = _FROM.search(text)
    before = "" if source is None else text[: source.start()][-_IMPORT_CHARS:]
    imported = _IMPORTED.fullmatch(before[before.rfind("import") :])
    if imported is not None:
        whole, env = imported["whole"], imported["env"] or "env"
        name = f"{re.escape(whole)}{_OF_MODULES}" if whole else re.escape(env)
        if whole != "process":
            found.append(re.compile(rf"(?<![\w$.]){name}{_MEMBER}"))
    return found


def _runs_at_load(root: ConcreteNode, place: int) -> bool:
    node: Node | None = root.named_descendant_for_byte_range(place, place + 1)
    if node is None or node.type in _TEXTS:
        return False
    for _ in range(MAX_DEPTH):
        if node is None or node.kind_id == grammar.PROGRAM:
            return node is not None
        if node.kind_id in grammar.FUNCTIONS and not _is_called_at_once(node):
            return False
        node = node.parent
    return False


def _is_called_at_once(function: Node) -> bool:
    """Tell whether a function is that of an immediate call, ``(() => {...})()``."""
    node, parent = function, function.parent
    while parent is not None and parent.kind_id == grammar.PARENTHESES:
        node, parent = parent, parent.parent
    return (
        parent is not None
        and parent.kind_id == grammar.CALL
        and parent.named_children[0].id == node.id
    )

"""The ways in which a bundle's text names the environment: the process, modules of it, aliases.

All are found from the word `process`, which is searched fast in megabytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

MAX_ALIASES: Final = 20
MAX_MENTIONS: Final = 2_000
MAX_PATTERN_CHARS: Final = 2_000
# What stands before a mention.
BEFORE_CHARS: Final = 300
_NAME: Final = r"[A-Za-z_$][\w$]*"
_ENV: Final = r"(?:\?\.|\.)env(?![\w$])"
# The global, or the end of `require("node:process")`, `__toESM(require("process"), 1)`.
_PROCESS: Final = (
    r"process(?<![\w$]process)(?![\w$])(?:[\"']\s*\)(?:\s*,\s*1\s*)?\)?(?:\.default)?(?![\w$]))?"
)
_MENTION: Final = re.compile(rf"{_PROCESS}(?P<env>\)?{_ENV})?(?P<whole>(?!\s*(?:[.\[(]|\?\.)))?")
_IMPORTED: Final = re.compile(
    rf"import\s*(?:(?:\*\s*as\s+)?(?P<whole>{_NAME}))?\s*,?\s*"
    rf"(?:\{{[^{{}}]*?\benv\b(?P<named>)(?:\s+as\s+(?P<env>{_NAME}))?[^{{}}]*\}})?\s*"
    r"from\s*[\"'](?:node:)?"
)
# What may stand between `=` and the word: `__toESM(require("node:`, `(await import("`.
_MADE: Final = (
    r"\(?(?:await\s+)?(?:(?:globalThis|process)\s*(?:\?\.|\.)\s*)?(?:[\w$]{1,20}\()?"
    r"(?:(?:\w{0,20}[rR]equire\w{0,20}|createRequire\([\w.]{1,40}\)|getBuiltinModule|import)"
    r"\(\s*[\"'](?:node:)?)?$"
)
_SET: Final = re.compile(rf"(?<![\w$.])({_NAME})\s*=\s*{_MADE}")
_TAKEN: Final = re.compile(rf"\}}\s*=\s*{_MADE}")
_TAKEN_ENV: Final = re.compile(rf"(?:^|[\s,{{])env(?:\s*:\s*({_NAME}))?\s*(?:,|$)")


@dataclass(frozen=True)
class Alias:
    """A name that stands for the environment, and the place that declares it."""

    name: str
    place: int


@dataclass(frozen=True)
class EnvNames:
    """Names of the environment: patterns of expressions that are it, and aliases."""

    own: list[re.Pattern[str]]
    aliases: list[Alias]


def env_names(text: str) -> EnvNames:
    """Return the ways in which a bundle's text names the environment."""
    processes: dict[str, int] = {}
    envs: dict[str, int] = {}
    for mention in islice(_MENTION.finditer(text), MAX_MENTIONS):
        at = mention.start()
        before = text[max(0, at - BEFORE_CHARS) : at]
        if mention["whole"] is None and not before.endswith(("'", '"', ":")):
            continue
        imported = _IMPORTED.fullmatch(before[max(0, before.rfind("import")) :])
        if imported is not None:
            if imported["whole"]:
                processes.setdefault(imported["whole"], at)
            if imported["named"] is not None:
                envs.setdefault(imported["env"] or "env", at)
            continue
        made = _SET.search(before)
        if made is not None and mention["whole"] is not None:
            (processes if mention["env"] is None else envs).setdefault(made[1], at)
        elif mention["env"] is None and _TAKEN.search(before) is not None:
            taken = _TAKEN_ENV.search(pattern_before(text, at) or "")
            if taken is not None:
                envs.setdefault(taken[1] or "env", at)
    of_process = [name for name in processes if name != "process"][:MAX_ALIASES]
    return EnvNames(
        [
            re.compile(rf"{_PROCESS}\)?{_ENV}"),
            *(re.compile(rf"{own_name(name)}(?:\.default)?{_ENV}") for name in of_process),
        ],
        [Alias(name, place) for name, place in envs.items()][:MAX_ALIASES],
    )


def own_name(name: str) -> str:
    """Return a pattern of a name that is no member and no part of another.

    It begins with the name itself, for which ``re`` searches megabytes fast.
    """
    text = re.escape(name)
    return rf"{text}(?<![\w$.]{text})(?![\w$])"


def pattern_before(text: str, end: int) -> str | None:
    """Return what is between the braces of the last pattern before a place, ``{...} =``."""
    found = begin = text.rfind("}", 0, end)
    depth = 1
    while depth > 0 and begin > max(0, found - MAX_PATTERN_CHARS):
        begin -= 1
        depth += {"}": 1, "{": -1}.get(text[begin], 0)
    return text[begin + 1 : found] if depth == 0 else None


def is_taken_apart(before: str) -> bool:
    """Tell whether a pattern takes what stands after a text: ``{...} = ``."""
    return _TAKEN.search(before) is not None


def mentions(
    names: EnvNames, spans: dict[Alias, tuple[int, int]], text: str
) -> Iterator[tuple[re.Match[str], bool]]:
    """Yield the places that mention the environment, and whether by an alias.

    ``spans`` tells where an alias counts.
    """
    for pattern in names.own:
        for found in islice(pattern.finditer(text), MAX_MENTIONS):
            yield found, False
    for alias, span in spans.items():
        used = re.compile(rf"{own_name(alias.name)}(?=\s*(?:[.\[,)}};]|\?\.|$))", re.MULTILINE)
        for found in islice(used.finditer(text, *span), MAX_MENTIONS):
            yield found, True

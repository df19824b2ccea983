"""Says why a bundle has no agent: what it exports, constructs, and calls instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.other_files import ONE_FILE, from_other_file
from services.executor.bundle.evaluate.values import ImportRef, Unsupported, Value
from services.executor.bundle.frameworks.framework import FoundAgents
from services.executor.bundle.frameworks.registry import FRAMEWORKS
from services.executor.bundle.manifest.exports import Exports
from services.executor.bundle.syntax.parse import ParsedProgram
from services.executor.bundle.syntax.scope import BindingKind
from services.executor.bundle.syntax.source import position
from services.executor.bundle.syntax.syntax import Node, describe, span

MAX_SHOWN = 8
# A module of webpack's development mode: a text that is evaluated with webpack's parameters.
_EVAL_MODULES = re.compile(
    r"""\beval\((?:__webpack_require__\.ts\()?["'`]\{?\s*(?:\\n|/\*.{0,200}?\*/|\s)*[^"'`]{0,400}?__webpack_"""
)
_EVALED = (
    'The bundle keeps its modules as texts for `eval`, webpack\'s `devtool: "eval"`, which is the '
    'default of its development mode: they cannot be read. Set `mode: "production"`, or another '
    '`devtool` such as "inline-source-map".'
)
# Formats of browsers, whose loaders no bundle for Node brings along.
_OF_LOADERS = re.compile(r"(?:^|[;\n])\s*(?P<call>System\.register|define)\((?=[\s\"'\[])")
_LOADERS = {"System.register": "SystemJS", "define": "AMD"}
_OWN_LOADER = re.compile(r"\bSystem\s*=[^=]|\bfunction\s+define\b|\bdefine\s*=[^=]")


def no_agents(
    evaluator: Evaluator,
    parsed: ParsedProgram,
    exports: Exports,
    found: FoundAgents,
    others: Sequence[str],
    refused: Iterable[tuple[Node, str]],
) -> str:
    """Return what was expected and what was found instead.

    Args:
        evaluator: evaluates the program.
        parsed: the program.
        exports: what it exports.
        found: what is under agents' keys without being an agent.
        others: the files that it imports.
        refused: the constructions of agents that cannot be used, and why.
    """
    if others:
        named = ", ".join(f"`{each}`" for each in others[:MAX_SHOWN])
        return f"The bundle has no agent itself and imports {named}, but {ONE_FILE}."
    if _EVAL_MODULES.search(parsed.text):
        return _EVALED
    loader = _OF_LOADERS.search(parsed.text)
    if loader is not None and _OWN_LOADER.search(parsed.text) is None:
        return (
            f"The bundle is in the format of {_LOADERS[loader['call']]} (`{loader['call']}`), "
            'which Node does not load: set the bundler\'s format to "esm" or "cjs".'
        )
    seen = [*_constructed(refused), *_instead(evaluator, parsed)]
    there = _what_is_there(evaluator, exports, found)
    if seen:
        more = f"; and {len(seen) - MAX_SHOWN} more" if len(seen) > MAX_SHOWN else ""
        listed = "; ".join(seen[:MAX_SHOWN])
        return f"The bundle declares no agent that can be read. {listed}{more}. {there}"
    known = sorted(FRAMEWORKS, key=lambda each: each.label)
    forms = "; ".join(f"`{each.example}` of {each.label}" for each in known)
    return (
        "The bundle declares no agent that can be read. Export one, by name or as default, such as "
        f"{forms}. {there}"
    )


def _constructed(refused: Iterable[tuple[Node, str]]) -> Iterator[str]:
    for node, reason in refused:
        where = span(node)
        name = describe(node).removeprefix("a call of ").strip("`")
        what = f"`new {name}(...)`" if node.type == "NewExpression" else f"`{name}(...)`"
        yield f"{what} (line {where.line}, column {where.column}) cannot be used: {reason}"


def _instead(evaluator: Evaluator, parsed: ParsedProgram) -> list[str]:
    """Return what the program makes of a framework instead of agents, by the framework's names."""
    found: list[str] = []
    for framework in FRAMEWORKS:
        for name, reason in framework.agents.others.items():
            at = _called(evaluator, parsed, name, framework.packages)
            if at is not None:
                line, column = position(parsed.text, at)
                found.append(f"`{name}` (line {line}, column {column}) makes no agent: {reason}")
    return found


def _called(
    evaluator: Evaluator, parsed: ParsedProgram, name: str, packages: frozenset[str]
) -> int | None:
    """Return where the program calls what a package exports under a name, None if nowhere."""
    if not any(package in parsed.text for package in packages):
        return None
    local = {name}
    for binding in evaluator.root.scope.bindings.values():
        imported = binding.value.imported if binding.kind is BindingKind.IMPORT else None
        if imported is not None and imported.name == name:
            local.add(binding.name)
    names = "|".join(re.escape(each) for each in sorted(local))
    call = re.search(rf"(?<![\w$])(?:{names})\)?\s*\(", parsed.text)
    return None if call is None else call.start()


def _what_is_there(evaluator: Evaluator, exports: Exports, found: FoundAgents) -> str:
    if found.unknown:
        key, value = found.unknown[0]
        reason = value.reason if isinstance(value, Unsupported) else None
        reason = reason or from_other_file(value) or "it is no agent"
        where = span(value.node)
        return f"agents.{key} (line {where.line}, column {where.column}): {reason}."
    if not exports.names:
        return "This bundle exports nothing."
    shown = list(exports.names.items())[:MAX_SHOWN]
    parts = [f"`{name}` is {_what(evaluator.value_of(thunk))}" for name, thunk in shown]
    more = len(exports.names) - len(shown)
    return "Of its exports, " + ", ".join(parts) + (f", and {more} more." if more else ".")


def _what(value: Value) -> str:
    if isinstance(value, Unsupported):
        where = span(value.node)
        return f"not known (line {where.line}, column {where.column}: {value.reason})"
    if isinstance(value, ImportRef):
        return from_other_file(value) or f"of the module `{value.specifier}`"
    return _KINDS.get(type(value).__name__, "something else")


_KINDS = {
    "ArrayValue": "an array",
    "CallValue": "the result of a call that is not an agent",
    "ClassValue": "a class",
    "Constant": "a constant",
    "FunctionValue": "a function",
    "ObjectValue": "an object without agents",
    "Undefined": "undefined",
}

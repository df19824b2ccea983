"""From the text of a bundle to a syntax tree, as a module or as a script."""

from __future__ import annotations

import re
from dataclasses import dataclass

import esprima
from esprima.error_handler import Error as EsprimaError

from services.executor.bundle.syntax.not_javascript import guess
from services.executor.bundle.syntax.scope import ScopeTree
from services.executor.bundle.syntax.scope_walk import build_scopes
from services.executor.bundle.syntax.source import excerpt, nul_error
from services.executor.bundle.syntax.syntax import Node
from services.executor.errors import BundleError, BundleSyntaxError

_MODULE_WORDS = re.compile(
    r"""(?:^|[;}\n\s])(?:import\s*[\w$*{"']|export\s*(?:[*{]|(?:default|const|let|var|class"""
    r"""|function|async)\b)|import\.meta\b)"""
)
_MODULE_NODES = frozenset(
    {
        "ExportAllDeclaration",
        "ExportDefaultDeclaration",
        "ExportNamedDeclaration",
        "ImportDeclaration",
    }
)
_TOO_DEEP = "resource limit"
# Valid syntax that the parser does not support.
_DECORATOR = re.compile(r"@[A-Za-z_$]")
_NEWER_SYNTAX = re.compile(
    r"(?:^|[;{}\s])(?:await\s+)?using\s+[\w$]+\s*=|\bimport\s+(?:defer|source)\b"
)


@dataclass(frozen=True)
class ParsedProgram:
    """A syntax tree, whether it is an ES module's, its scopes, and its source text."""

    program: Node
    is_module: bool
    tree: ScopeTree
    text: str


def parse_program(text: str) -> ParsedProgram:
    """Return the syntax tree of ``text``.

    Text with an import or export is a module, anything else a script.

    Raises:
        BundleSyntaxError: it is neither; line and column say where.
        BundleError: it is nested too deeply to be read.
    """
    if _MODULE_WORDS.search(text):
        module, failure = _attempt(text, is_module=True)
        if module is not None and _has_module_syntax(module):
            return _parsed(text, module, is_module=True)
        script, _ = _attempt(text, is_module=False)
        if script is not None:
            return _parsed(text, script, is_module=False)
        if module is not None:
            return _parsed(text, module, is_module=True)
    else:
        script, failure = _attempt(text, is_module=False)
        if script is not None:
            return _parsed(text, script, is_module=False)
        module, _ = _attempt(text, is_module=True)
        if module is not None:
            return _parsed(text, module, is_module=True)
    assert failure is not None
    raise nul_error(text) or _translated(failure, text)


def _parsed(text: str, program: Node, *, is_module: bool) -> ParsedProgram:
    return ParsedProgram(program, is_module, build_scopes(program), text)


def _attempt(text: str, *, is_module: bool) -> tuple[Node, EsprimaError | None]:
    parse = esprima.parseModule if is_module else esprima.parseScript
    try:
        return parse(text), None
    except EsprimaError as error:
        if _TOO_DEEP in str(error):
            raise _translated(error, text) from None
        return None, error


def _has_module_syntax(module: Node) -> bool:
    return any(statement.type in _MODULE_NODES for statement in module.body)


def _translated(error: EsprimaError, text: str) -> BundleError:
    line, column = int(error.lineNumber or 0), int(error.column or 0)
    message = re.sub(r"^Line \d+: ", "", str(error.message))
    if _TOO_DEEP in message:
        return BundleError(
            f"The bundle nests expressions too deeply to be read, near line {line}, "
            f"column {column}. Data that is nested this deeply belongs in a JSON string."
        )
    lines = text.split("\n")
    here = lines[line - 1] if 1 <= line <= len(lines) else ""
    is_decorator = _DECORATOR.match(here, column - 1) is not None
    hint = guess(text, "" if is_decorator else here)
    if _NEWER_SYNTAX.search(here) or (is_decorator and not hint):
        hint = (
            "This may be valid JavaScript that is too new for Caisson's parser: "
            "let the bundler compile to ES2024 (esbuild: --target=es2024)."
        )
    return BundleSyntaxError(
        f"The bundle has a syntax error in line {line}, column {column}: {message}.\n"
        f"{excerpt(text, line, column)}" + (f"\n{hint}" if hint else ""),
        line=line,
        column=column,
    )

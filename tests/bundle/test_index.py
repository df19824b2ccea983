"""A bundle read piece by piece is what it is when it is parsed as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.executor.bundle.index.errors import NotIndexedError
from services.executor.bundle.index.indexed import index_program
from tests.bundle.comparing import differences

PIECES = Path(__file__).parent / "pieces"
# Names of files whose content, and how it is laid out, is the test's own business.
PROGRAMS = {file.stem: file.read_text(encoding="utf-8") for file in sorted(PIECES.glob("*.js"))}
NUL = "var a = 'x\0y'; a = `\0`"
REFUSED = {
    "an HTML comment": "var a /* = 1 */ = /* b */ 2 // c\n, b = 3; a /* . */ . x = 1; <!-- no\n",
    "an escaped name": "var \\u0061b = 1; ab = 2",
    "a declaration below its word": "var x; let\ny = 1; y = 2",
    "a block like an object": "{a: 1}",
    "nothing": "// a",
    "a return": "return 1",
    "a script with import.meta": "var a = import.meta",
    "a script that awaits": "var a = 1; a = await f()",
    "JSX": "var a = <b/>",
}


@pytest.mark.parametrize("min_deferred", [1, 40, 600])
@pytest.mark.parametrize("name", PROGRAMS)
def test_pieces_match_the_whole(name: str, min_deferred: int) -> None:
    assert differences(PROGRAMS[name], min_deferred) == []


@pytest.mark.parametrize("min_body", [1, 100])
@pytest.mark.parametrize("name", PROGRAMS)
def test_tree_in_pieces_matches_the_whole(name: str, min_body: int) -> None:
    assert differences(PROGRAMS[name], min_body=min_body) == []


def test_nul_in_string_is_kept() -> None:
    assert differences(NUL) == []


@pytest.mark.parametrize("what", REFUSED)
def test_unindexable_bundle_is_parsed_whole(what: str) -> None:
    with pytest.raises(NotIndexedError):
        index_program(REFUSED[what]).tree.root.lookup("a")


def test_only_needed_parts_are_parsed() -> None:
    program = index_program("'use strict'; var a = 1, b = 08; function f() { return 08 }").program
    assert [statement.type for statement in program.body] == [
        "ExpressionStatement",
        "VariableDeclaration",
        "FunctionDeclaration",
    ]
    assert program.body[1].declarations[0].init.value == 1
    with pytest.raises(NotIndexedError):
        _ = program.body[1].declarations[1].init

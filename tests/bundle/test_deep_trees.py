"""Queries of deep trees find the same as in any tree, in linear time."""

from __future__ import annotations

from random import Random
from time import process_time

import pytest
from tree_sitter import Node, QueryCursor

from services.executor.bundle.index.concrete import tolerant_tree
from services.executor.bundle.index.indexed import index_program
from services.executor.bundle.index.language import query
from services.executor.bundle.index.matches import LEVELS, Match, matches
from services.executor.bundle.index.written_names import WRITES
from services.executor.bundle.needed.tokens import read_tokens
from tests.bundle.shapes import shape

AROUND = [
    "f({})", "f(a,{})", "({}).push(1)", "f(a.b,{{c:{}}})", "[{}].fill(x)", "(x[{}]+=1)",
    "(a=>{{if(b)c={};else d++}})", "Object.assign(o,{})", "(delete a[{}])", "({}?y--:z)", "(a+{})",
    "({}||b)", "({}+b)", "(function(){{for(p of {})q=1}})",
]  # fmt: skip
PATTERNS = f"{WRITES} (binary_expression right: (identifier) @read) @_ (identifier) @name"


def nested(levels: int, seed: int) -> str:
    random = Random(seed)
    before, behind = [], []
    for _ in range(levels):
        opening, _, closing = random.choice(AROUND).format("\0").partition("\0")
        before.append(opening)
        behind.append(closing)
    return "v=" + "".join(before) + "e" + "".join(reversed(behind))


def places(found: list[Match]) -> list[tuple[str, int, int]]:
    return sorted(
        (name, node.start_byte, node.end_byte)
        for match in found
        for name, nodes in match.items()
        for node in nodes
    )


def at_once(root: Node) -> list[Match]:
    return [match for _, match in QueryCursor(query(PATTERNS)).matches(root)]


@pytest.mark.parametrize("levels", [10, 60, 400, 2_000])
@pytest.mark.parametrize("seed", range(3))
def test_deep_tree_has_the_matches_of_the_whole(levels: int, seed: int) -> None:
    root = tolerant_tree(nested(levels, seed))
    assert not root.has_error
    assert places(list(matches(PATTERNS, root))) == places(at_once(root))


@pytest.mark.parametrize("number", [1, LEVELS // 2, LEVELS, 70_000])
def test_write_in_the_deepest_part_of_a_tree_is_found(number: int) -> None:
    root = tolerant_tree("x" + ".m()" * number + ".set(y=1)")
    written = [match["write"] for match in matches(WRITES, root) if "write" in match]
    assert [node.text for nodes in written for node in nodes] == [b"y"]
    root = tolerant_tree("(y=1)" + ".m()" * number)
    written = [match["write"] for match in matches(WRITES, root) if "write" in match]
    assert [node.text for nodes in written for node in nodes] == [b"y"]


@pytest.mark.parametrize("name", ["chain of calls", "else if"])
def test_deep_code_is_indexed_in_linear_time(name: str) -> None:
    costs = []
    for size in (40_000, 320_000):
        text = shape(name, size)
        begin = process_time()
        index_program(text)
        costs.append(process_time() - begin)
    assert costs[1] < 30 * costs[0]


def test_tokens_of_a_deep_sum_are_read_in_linear_time() -> None:
    costs = []
    for size in (4_000, 32_000):
        text = "v=" + "a+" * (size // 2) + "b"
        begin = process_time()
        read_tokens(text, 8_192)
        costs.append(process_time() - begin)
    assert costs[1] < 30 * costs[0]

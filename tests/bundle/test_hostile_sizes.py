"""Bundles of megabytes that are made to hurt end with a manifest or a clear error, in bounds.

They are read as the service reads them: in a process with limits of memory and time.
"""

from __future__ import annotations

import pytest

from services.executor.adapters.bundle_pool import ParserPool
from services.executor.bundle.process.read_source import WHOLE_AT_MOST, read_source
from services.executor.domain import Manifest
from services.executor.errors import BundleError, BundleSyntaxError
from tests.bundle.reading import DIGEST
from tests.repeats import some

MB = 1_000_000
MIB = 1024 * 1024
AGENT = 'export const a = { model: "m", tools: {}, system: %s };\n'
TIMEOUT_S = 4.0
NESTED = {
    "arrays": ("[", "]"),
    "arrows": ("() => ", ""),
    "blocks": ("{", "}"),
    "calls": ("f(", ")"),
    "classes": ("class{m(){", "}}"),
    "conditions": ("a ? ", " : 1"),
    "functions": ("function f(){", "}"),
    "negations": ("!", ""),
    "objects": ("{a:", "}"),
    "parentheses": ("(", ")"),
    "templates": ("`${", "}`"),
}


async def outcome(source: bytes, *, memory: int = 1024 * MIB) -> Manifest | BundleError:
    """Return the manifest of a bundle or the error, and show that the pool serves on."""
    pool = ParserPool(1, timeout_s=TIMEOUT_S, memory_bytes=memory)
    try:
        await pool.parse(DIGEST, (AGENT % "'s'").encode())
        try:
            found: Manifest | BundleError = await pool.parse(DIGEST, source)
        except BundleError as error:
            found = error
        for _ in range(10):  # a busy machine may need longer than the limit to start a process
            try:
                assert list((await pool.parse(DIGEST, (AGENT % "'s'").encode())).agents) == ["a"]
                break
            except BundleError:
                continue
        return found
    finally:
        await pool.close()


@pytest.mark.parametrize(
    ("name", "closed"),
    some(
        [
            *((name, True) for name in NESTED),
            ("arrays", False),
            ("blocks", False),
            ("templates", False),
        ],
        every=3,
    ),
)
async def test_ten_megabytes_of_nesting_are_refused(name: str, closed: bool) -> None:
    opening, closing = NESTED[name]
    count = 10 * MB // (len(opening) + (len(closing) if closed else 0))
    nested = opening * count + ("1" + closing * count if closed else "")
    found = await outcome(f"var deep = {nested};\n{AGENT % 's'}".encode())
    assert isinstance(found, BundleError)
    assert found.message


async def test_million_properties_are_refused_or_left_to_the_sandbox() -> None:
    properties = ",".join(f"k{number}:{number}" for number in range(MB))
    source = f"const big = {{{properties}}};\n{AGENT % 'big.k999999 + 1'}"
    found = await outcome(source.encode())
    if isinstance(found, Manifest):  # read in time, but not followed
        assert "the object has too many members" in found.agents["a"].asked[0].reason
    else:
        assert isinstance(found, BundleError)


async def test_million_unread_properties_cost_little() -> None:
    properties = ",".join(f"k{number}:{number}" for number in range(MB // 10))
    source = f"const big = {{{properties}}};\n{AGENT % quoted('s')}"
    found = await outcome(source.encode())
    assert isinstance(found, Manifest)
    assert found.agents["a"].system == "s"


def quoted(text: str) -> str:
    return f"'{text}'"


@pytest.mark.parametrize("filler", some(["x", "\u202e", "\U0001f600"], every=2))
async def test_line_of_twenty_megabytes_is_read(filler: str) -> None:
    text = filler * (20 * MB // len(filler.encode()))
    source = f"const unused = '{text}'; {AGENT % quoted('s')}"
    found = await outcome(source.encode())
    assert isinstance(found, BundleError) or found.agents["a"].system == "s"


async def test_memory_is_limited() -> None:
    source = f"var big = [{'[1,{a:2}],' * 600_000}];\n{AGENT % 'big[9][1].a'}"
    found = await outcome(source.encode(), memory=256 * MIB)
    assert isinstance(found, BundleError)
    assert "memory" in found.message or "more than" in found.message


@pytest.mark.parametrize(
    "separator",
    some(["var a{n} = 1;", "function f{n}(){{}}", "f({n});", "a.b{n} = 1;"], every=2),
)
async def test_hundred_thousand_statements_are_read(separator: str) -> None:
    before = "\n".join(separator.format(n=number) for number in range(100_000))
    found = await outcome(f"var a = {{}};{before}\n{AGENT % quoted('s')}".encode())
    assert isinstance(found, BundleError) or found.agents["a"].system == "s"


FUNCTION = "function f%d(a, b) { return a ? g(b, a) : a + b * %d; }\n"
# What the parser does not take at the end of a bundle that is too large to be parsed as a whole.
FOREIGN = {
    "a syntax error": "let = = 3;",
    "an unfinished string": 'let a = "b;',
    "a bracket too many": "const a = [1)];",
    "JSX": "const a = <b/>;",
    "a decorator": "@made class A {}",
}


@pytest.mark.parametrize("what", some([*FOREIGN], every=2))
def test_large_bundle_with_what_the_parser_does_not_take_is_refused_with_its_place(
    what: str,
) -> None:
    lines = WHOLE_AT_MOST // len(FUNCTION)
    before = "".join(FUNCTION % (number, number) for number in range(lines))
    with pytest.raises(BundleSyntaxError) as refused:
        read_source(DIGEST, f"{before}{FOREIGN[what]}\n{AGENT % quoted('s')}".encode())
    assert refused.value.line == lines + 1
    assert f"cannot be read at line {lines + 1}, " in refused.value.message
    assert FOREIGN[what][:8] in refused.value.message

"""What the reader must know of a large text is found in its pieces as in one tree."""

from __future__ import annotations

import pytest

from services.executor.bundle.index.concrete import Concrete
from services.executor.bundle.index.errors import NotIndexedError
from services.executor.bundle.index.indexed import index_program
from services.executor.bundle.index.told_names import MOST_SEARCHES

FILLER = "\n".join(f"function f{n}(a){{return a.b{n}(a,{n})}}" for n in range(300))
LINE = FILLER.partition("\n")[0]
# Each writes to a name, or gives it on, in its own way.
USES = [
    "{0} = 1;", "{0}.a.b = 1;", "({0})[1]++;", "delete {0}.a;", "[{0}.a, ...{0}.b] = x;",
    "x = {0};",
    "for ({0}.a of x) f0();", "Object.assign({0}, x);", "({{ a: {0}.b }} = x);", "var q1 = {0};",
    "f(...{0});", "{0}.push(1);", "f({0}.b);", "x={0}.a;", "(e => e)({0});", "g(1).{0} = 2;",
    "x?.{0}.push(1);", "x.a.{0} = 1;", "{0} ??= 1;", "/* a */{0}/* b */.c = 1;", "{0}\n.c = 1;",
]  # fmt: skip
NAMES = ["e", "$", "_a", "$$a", "named", "a$1", "nämé", "変数", "f0"]


def in_pieces(text: str) -> Concrete:
    return Concrete(text, pieces_from=0, min_body=20)


def whole(text: str) -> Concrete:
    return Concrete(text, pieces_from=len(text) + 1)


def text_with(name: str) -> str:
    parts = [use.format(name) for use in USES] + [use.format(f"{name}x") for use in USES]
    inside = "\n".join(f"function h{n}(x){{{part}{LINE}}}" for n, part in enumerate(parts))
    return f"var x, {name};\n{FILLER}\n{inside}\n" + "\n".join(parts)


def within(places: list[int], start: int, end: int) -> list[int]:
    return sorted(at for at in places if start <= at < end)


@pytest.mark.parametrize("name", NAMES)
def test_places_of_a_name_are_those_of_the_whole(name: str) -> None:
    text = text_with(name)
    pieces, tree = in_pieces(text).names, whole(text).names
    for asked in (name, f"{name}x", "x", "a", "absent"):
        for start, end in ((0, len(text)), (len(text) // 3, len(text) // 2)):
            for found, expected in (
                (pieces.writes_to(asked, start, end), tree.writes_to(asked, start, end)),
                (pieces.gives(asked, start, end), tree.gives(asked, start, end)),
            ):
                assert within(found, start, end) == within(expected, start, end)


def test_many_names_are_found_however_often_is_asked() -> None:
    count = 3 * MOST_SEARCHES
    text = "\n".join(f"var v{n};function s{n}(a){{return v{n}=a,v{n}.a=x}}" for n in range(count))
    pieces, tree = in_pieces(text).names, whole(text).names
    for number in range(count):
        found = pieces.writes_to(f"v{number}", 0, len(text))
        assert sorted(found) == sorted(tree.writes_to(f"v{number}", 0, len(text)))
        assert len(found) == 2


FOREIGN = ["x = <a/>;", "x = <a>b</a>;", "x = <></>;", "@d class A {}", "using a = b;", "<!-- a\n"]


@pytest.mark.parametrize("part", FOREIGN)
@pytest.mark.parametrize("around", ["{}", "function g(){{{}\n}}", "o = {{a: () => {{{}\n}}}}"])
def test_foreign_syntax_is_refused_wherever_it_is(part: str, around: str) -> None:
    text = f"{FILLER}\n{around.format(part)}\n{FILLER}"
    for read in (in_pieces, whole):
        with pytest.raises(NotIndexedError):
            read(text)


@pytest.mark.parametrize("part", FOREIGN)
def test_what_looks_foreign_in_a_text_is_taken(part: str) -> None:
    text = f"{FILLER}\nfunction g(){{return [{part!r}, `{part}`, /[<]a[/]>/, '\\u0041']}}"
    assert in_pieces(text).names.writes_to("absent", 0, len(text)) == []


ESCAPED = ["\\u0061bc = 1;", "x = '\\u0041', \\u{61}b.c = 1;", "f(`${\\u0061b = 1}\\u0041`);"]


@pytest.mark.parametrize("part", ESCAPED)
@pytest.mark.parametrize("around", ["{}", "function g(){{{}{}}}"])
def test_written_names_with_escapes_are_refused(part: str, around: str) -> None:
    text = f"{FILLER}\n{around.format(part, FILLER)}\n{FILLER}"
    for read in (in_pieces, whole):
        with pytest.raises(NotIndexedError, match="escape"):
            read(text)


@pytest.mark.parametrize(
    ("code", "is_refused"),
    [
        ("await x;", True), ("x = {a: await y};", True), ("async function g(){await x}", False),
        ("x = {a: async () => {await y}};", False), ("x = async () => await y;", False),
        ("x = 'await';", False), ("async function g(){for await (const a of x) f0()}", False),
    ],
)  # fmt: skip
def test_await_outside_of_functions_makes_no_script(code: str, is_refused: bool) -> None:
    text = f"{FILLER}\n{code}\n{FILLER}"
    for pieces_from in (0, len(text) + 1):
        if is_refused:
            with pytest.raises(NotIndexedError, match="await"):
                index_program(text, pieces_from=pieces_from, min_body=20)
        else:
            assert not index_program(text, pieces_from=pieces_from, min_body=20).is_module

"""Texts made to be slow to split by their brackets: each ends soon, as a result or an error."""

from __future__ import annotations

from contextlib import suppress
from random import Random

import pytest

from services.executor.bundle.index.bodies import MIN_BODY, BracketsError, large_bodies
from services.executor.bundle.index.piece import PieceError
from services.executor.bundle.index.sound import sound_pieces
from tests.repeats import some

CHARACTERS = 400_000
PARTS = [
    "(", "{", "`${", "/ ", "}   ", "\n", "; ", "//)\n{''}\n", "//}\n/''/;\n", "/*" * 50 + "*/{''}",
    "f()" + "\n" * 4000 + "''", "=/[aaaa", "'\\'", "`a${`b`}`;", "a" * 190 + "/b/",
    "(()=>{" + "x;" * 4096 + "''})();",
]  # fmt: skip


@pytest.mark.parametrize("part", PARTS, ids=range(len(PARTS)))
def test_text_of_one_part_repeated_ends(part: str) -> None:
    """A scan whose time grows with the square of the length would take hours."""
    with suppress(BracketsError):
        assert large_bodies(part * (CHARACTERS // len(part)))


def test_object_of_small_functions_is_not_one_piece() -> None:
    """A bundler's modules may all be members of one object, each smaller than other pieces."""
    body = "{ var o = n(%d); t.f = (a) => { return [o.f(a), " + "a, " * 80 + "]; }; }"
    members = ", ".join(f"{number}: (e, t, n) => {body % number}" for number in range(4_000))
    text = f"var all = {{{members}}};"
    found = sound_pieces(text, text.encode(), MIN_BODY, lambda root: root.descendant_count)
    assert len(found.told) > 20  # parts of the object
    assert max(found.told) < sum(found.told) / 4


def test_what_is_no_function_is_put_back_into_the_text_around_it() -> None:
    heads = ["class A extends made.by(call) ", "class A extends (call) ", "class A extends f()(b) "]
    body = "{" + "field = 1; run() { return this.#own; } #own = [];" * 20 + "}"
    text = "\n".join(f"var a{number} = {head}{body};" for number, head in enumerate(heads))
    found = sound_pieces(text, text.encode(), 100, lambda root: root.type)
    assert set(found.told) == {"program"}
    statements = found.pieces.root.named_children
    assert [each.type for each in statements] == ["variable_declaration"] * len(heads)


@pytest.mark.parametrize("cut", ["var a = ;", "function f() { let = = 3; }", "class A { a b }"])
def test_place_of_a_syntax_error_is_told(cut: str) -> None:
    before = "function g(a) { return a; }\n" * 16_000
    text = f"{before}{cut}\n{before}"
    with pytest.raises(PieceError) as told:
        sound_pieces(text, text.encode(), MIN_BODY, lambda root: None)
    assert told.value.at is not None
    assert len(before) <= told.value.at <= len(before) + len(cut)


CODE = [
    "if(a({0})){{b('x',[c(d)])}}", "x=a(b(c))/d/e;", "y=(a=>{{return{{b:{{c:{0}}}}}}})/2;",
    "f((a,b)=>{{if(a)(b())/2/g(')')}});", "while(f(g(1)))/[)/]/.test(h('}}'));",
    "if(f(g()))\n//)\n{{h('a','b',`)${{i(j({{}}))}}`)}}", "z={{a:{{b:1}}}}\n/1;",
    "k(l('\\'',{{m(n){{o(p=>{{q({0})}})}}}}));",
]  # fmt: skip


@pytest.mark.parametrize("seed", some(range(12), every=4))
def test_brackets_that_are_passed_over_hide_no_function(seed: int) -> None:
    random = Random(seed)
    text = ""
    for number in range(30):
        lines = (random.choice(CODE).format(at) for at in range(random.randrange(10, 500)))
        inside = "".join(random.choice(["", "\n", " "]) + line for line in lines)
        head = random.choice(["function f{0}(a,b=c(d(1)))", "g{0}=(a,b=c(d()))=>", "h({0},a=>"])
        text += f"{head.format(number)}{{{inside}}}{');' if 'h(' in head else ';'}\n"
    small = [(each.start, each.end) for each in large_bodies(text, 200)]
    large = [(each.start, each.end) for each in large_bodies(text, MIN_BODY)]
    assert large == [at for at in small if at[0] == 0 or at[1] - at[0] + 2 >= MIN_BODY]
    assert len(large) > 5

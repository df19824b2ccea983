"""Texts of one shape each, of any size: what a bundle may be made of in the worst case.

Each is valid JavaScript that repeats one construct, and ends with an agent whose instructions are
in the last of what was repeated where that is data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import TypeAlias

# Makes the part with a number, of a shape.
Part: TypeAlias = Callable[[int, Random], str]
AGENT = '\nexport const a = { model: "m", tools: {}, system: %s };\n'
SYSTEM = "the instructions"
PLAIN = f"'{SYSTEM}'"


def shape(name: str, size: int) -> str:
    """Return a shape of about ``size`` bytes, the same each time."""
    opening, part, separator, closing, system = SHAPES[name]
    ending = closing + AGENT % system
    return opening + separator.join(_parts(part, name, size - len(ending), separator)) + ending


def _parts(part: Part, name: str, size: int, separator: str) -> Iterator[str]:
    random = Random(name)
    number = length = 0
    while length < size:
        text = part(number, random)
        length += len((text + separator).encode())
        number += 1
        yield text


def _record(n: int, random: Random) -> str:
    tags = ",".join(f'"{random.choice(WORDS)}"' for _ in range(3))
    return (
        f'{{id:{n},name:"{random.choice(WORDS)} {n}",tags:[{tags}],at:{{x:{random.random():.4f},'
        f"y:-{random.randint(1, 999)}}},on:!0,none:null,more:void 0}}"
    )


def _text(_n: int, random: Random) -> str:
    return '"' + " ".join(random.choices(WORDS, k=8)) + '"'


def _function(n: int, random: Random) -> str:
    a, b = random.choice(LETTERS), random.choice(LETTERS)
    return f"function f{n}({a},{b}_){{return {a}?f{n // 2}({b}_,{a}):{a}+{b}_*{n}}}"


def _module(n: int, random: Random) -> str:
    return (
        f"{n}:(e,t,r)=>{{r.d(t,{{f:()=>o}});var n=r({random.randint(0, n + 1)});"
        f"function o(e){{return n.f(e)+{n}}}}}"
    )


def _lazy_module(n: int, random: Random) -> str:
    return (
        f"var m{n}=w((e,t)=>{{var r=m{random.randint(0, n)};t.exports=function(e){{"
        f"return r().f(e,{n})}}}})"
    )


def _nested(n: int, _random: Random) -> str:
    return f"var o{n}=" + "{a:[" * 250 + "1" + "]}" * 250


def _nested_functions(n: int, _random: Random) -> str:
    return f"function n{n}(){{" + "return function(){" * 500 + "}" * 500 + "}"


def _nested_calls(n: int, _random: Random) -> str:
    return f"f{n}(" + "f(" * 1000 + ")" * 1000 + ")"


def _chinese(n: int, random: Random) -> str:
    return f'var t{n}="' + "".join(chr(random.randint(0x4E00, 0x9FA5)) for _ in range(80)) + '"'


def _emoji(n: int, random: Random) -> str:
    return f'{{n:{n},t:"' + "".join(chr(random.randint(0x1F300, 0x1F6FF)) for _ in range(20)) + '"}'


def _regex(n: int, random: Random) -> str:
    return f"var r{n}=/^(?:{random.choice(WORDS)}|[/a-z]{{{n % 9}}}\\/\\d+)$/gi"


def _class(n: int, random: Random) -> str:
    name = random.choice(WORDS)
    members = f"#p={n};static s=1;{name}(a){{return this.#p+a}}get g(){{return 1}}"
    return f"class C{n} extends B{{{members}}}"


def _statement(n: int, random: Random) -> str:
    return random.choice(
        [
            f"if(a{n}>1){{f({n})}}else g();",
            f"for(let i=0;i<{n};i++)f(i);",
            f"try{{f({n})}}catch(e){{g(e)}}",
            f"while(f({n}))break;",
            f"switch(f({n})){{case 1:g();default:h()}}",
            f"x.y{n}=z[{n}]+f();",
        ]
    )


def _many_in_one(n: int, random: Random) -> str:
    return f"k{n}:{random.choice(['f(1)', 'g', '()=>1', 'new Map', '`a${b}`', '1'])}"


LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"]
# Of each shape: what comes first, the parts, what is between them, what comes last, and where the
# agent's instructions are.
SHAPES: dict[str, tuple[str, Part, str, str, str]] = {
    "object of numbers": (
        "const d={n:{", lambda n, _r: f"k{n}:{n}", ",", f"}},last:{PLAIN}}};", "d.last"
    ),
    "object of records": (
        "const d={n:{", lambda n, r: f"k{n}:{_record(n, r)}", ",", f"}},last:{PLAIN}}};", "d.last"
    ),
    "readable records": (
        "const d = [\n  [\n", lambda n, r: "  " + _record(n, r).replace(",", ",\n    "), ",\n",
        f"\n  ],\n  {PLAIN}\n];", "d[d.length - 1]",
    ),
    "array of numbers": ("const d=[", lambda n, _r: f"{n}", ",", f"],e=[{PLAIN}];", "e[0]"),
    "array of fractions": (
        "const d=[", lambda _n, r: f"{r.random() - 0.5:.6f}", ",", f"],e=[{PLAIN}];", "e[0]"
    ),
    "array of texts": ("const d=[[", _text, ",", f"],{PLAIN}];", "d[d.length-1]"),
    "array of arrays": (
        "const d=[[", lambda n, r: f"[{n},[{r.randint(0, 9)},{r.randint(0, 9)}],[]]", ",",
        f"],{PLAIN}];", "d[d.length-1]",
    ),
    "texts of emoji": ("const d=[[", _emoji, ",", f"],{PLAIN}];", "d[d.length-1]"),
    "object of calls": ("const d={", _many_in_one, ",", f",last:{PLAIN}}};", "d.last"),
    "sum": ("const d=", lambda n, _r: f"{n}", "+", ";", PLAIN),
    "joined texts": ("const d=", _text, "+\n", ";", PLAIN),
    "choices": ("const d=", lambda n, _r: f"a{n}", "||", ";", PLAIN),
    "conditions": ("const d=", lambda n, _r: f"a{n}?{n}:", "", "0;", PLAIN),
    "chain of calls": ("const d=a", lambda n, _r: f".m{n}({n})", "", ";", PLAIN),
    "chain of members": ("const d=a", lambda n, _r: f".m{n}", "", ";", PLAIN),
    "sequence": ("", lambda n, _r: f"f({n})", ",", ";", PLAIN),
    "sequence of writes": ("var x={};", lambda n, _r: f"x.m{n}={n}", ",", ";", PLAIN),
    "assignments in a row": ("var x={};", lambda n, _r: f"x.m{n}=", "", "0;", PLAIN),
    "declarations": (
        "", lambda n, r: f"const v{n}=f({r.randint(0, 9)},v{n // 2});", "\n", "", PLAIN
    ),
    "declarations of texts": ("", lambda n, r: f"var v{n}={_text(n, r)}", ";", ";", PLAIN),
    "one declaration": ("var ", lambda n, r: f"v{n}={r.randint(0, 9)}", ",", ";", PLAIN),
    "functions": ("", _function, "\n", "", PLAIN),
    "functions on one line": ("", _function, "", "", PLAIN),
    "arrows on one line": (
        "const ", lambda n, _r: f"g{n}=(a,b)=>a+b*{n}", ",", ";", PLAIN
    ),
    "nested functions": ("", _nested_functions, "\n", "", PLAIN),
    "nested calls": ("", _nested_calls, ";\n", ";", PLAIN),
    "nested data": ("", _nested, ";\n", ";", PLAIN),
    "classes": ("class B{}", _class, "", "", PLAIN),
    "methods of one class": (
        "class B{", lambda n, _r: f"m{n}(a){{return this.m{n // 2}(a,{n})}}", "", "}", PLAIN
    ),
    "regular expressions": ("", _regex, ";", ";", PLAIN),
    "array of regular expressions": (
        "const d=[", lambda n, r: _regex(n, r).partition("=")[2], ",", "];", PLAIN
    ),
    "text in Chinese": ("", _chinese, ";", ";", PLAIN),
    "names in Greek": ("", lambda n, _r: f"var αβγ{n}=δ({n})", ";\n", ";", PLAIN),
    "templates": (
        "", lambda n, r: f"var t{n}=`{r.choice(WORDS)} ${{f({n})+`b${{a}}`}} $c \\``", ";\n", ";",
        PLAIN,
    ),
    "one template": ("const d=`", lambda n, r: f"{r.choice(WORDS)} ${{a{n}}}\n", "", "`;", PLAIN),
    "one text": ("const d='", lambda _n, r: r.choice(WORDS), " ", f"',e={PLAIN};", "e"),
    "modules of webpack": ("var m={", _module, ",", "};", PLAIN),
    "modules of esbuild": ("", _lazy_module, ";\n", ";", PLAIN),
    "statements": ("", _statement, "", "", PLAIN),
    "statements of one function": (
        "function f(){", _statement, "", "}", PLAIN
    ),
    "calls": ("", lambda n, _r: f"f({n});", "", "", PLAIN),
    "members set": ("var x={};", lambda n, _r: f"x.m{n}={n};", "\n", "", PLAIN),
    "cases": ("switch(x){", lambda n, _r: f"case {n}:f({n});break;", "", "}", PLAIN),
    "else if": ("", lambda n, _r: f"if(a{n})f({n});else ", "", ";", PLAIN),
    "imports": ("", lambda n, _r: f'import{{x as i{n}}}from"p{n}";', "\n", "", PLAIN),
    "exports": ("", lambda n, _r: f"export const e{n}={n};", "\n", "", PLAIN),
    "comments": ("", lambda n, r: f"// {r.choice(WORDS)} '{n}\n/* ` {n} */", "\n", "", PLAIN),
    "blank lines": ("", lambda _n, _r: "\n", "  ", "", PLAIN),
    "blocks": ("", lambda n, _r: f"{{let b=f({n})}}", "", "", PLAIN),
    "immediate functions": ("", lambda n, _r: f"(()=>{{var q=f({n});g(q)}})();", "", "", PLAIN),
    "line separators": (
        "", lambda n, _r: f"var l{n}='a\u2028b\u2029c'", ";\n", ";", PLAIN
    ),
    "carriage returns": ("", lambda n, _r: f"var c{n}=f({n})", ";\r", ";", PLAIN),
    "CRLF": ("", lambda n, _r: f"var c{n}=f({n})", ";\r\n", ";", PLAIN),
}  # fmt: skip

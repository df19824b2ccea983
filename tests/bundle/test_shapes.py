"""Bundles of one shape each are read within bounds, or refused with a sentence.

In ``make soak`` they have 16 MB, as large as bundles may be; otherwise what is counted is how many
syntax nodes are made, and the trees are in pieces although the texts are small.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from random import Random
from time import process_time

import pytest
from esprima.nodes import Node as EsprimaNode

from bench.shapes import cost_of
from services.executor.bundle.index.bodies import large_bodies
from services.executor.bundle.index.concrete import Concrete
from services.executor.bundle.index.concrete_node import ConcreteNode, child_at
from services.executor.bundle.index.data import DataLiterals
from services.executor.bundle.index.indexed import index_program
from services.executor.bundle.manifest.extract import extract_manifest
from services.executor.bundle.manifest.manifest_json import to_json
from services.executor.bundle.process.read_source import read_whole_source
from services.executor.domain import Manifest
from services.executor.errors import BundleError
from tests.bundle.reading import DIGEST
from tests.bundle.shapes import AGENT, PLAIN, SHAPES, SYSTEM, shape
from tests.repeats import soaking, some

SMALL = 40_000
LARGE = 130_000
MOST_NODES = 2_000
# Code that is in pieces although none of its functions is large.
OBJECTS = ["modules of webpack", "object of calls"]
MOST_S = 10.0
MOST_MIB = 1024
# What is dense code in all of its 16 MB takes longer, is refused for lack of memory, or ends the
# process, which the pool reports.
DENSE = frozenset(
    {
        "arrows on one line", "assignments in a row", "blocks", "calls", "cases", "chain of calls",
        "chain of members", "choices", "classes", "conditions", "declarations",
        "declarations of texts", "else if",
        "exports", "functions", "functions on one line", "immediate functions", "imports",
        "members set", "methods of one class", "modules of esbuild", "modules of webpack",
        "names in Greek", "nested calls", "nested data", "nested functions", "object of calls",
        "one declaration", "one template", "regular expressions", "sequence", "sequence of writes",
        "statements", "statements of one function", "sum", "templates", "carriage returns", "CRLF",
        "joined texts", "array of regular expressions", "line separators",
    }
)  # fmt: skip
# Of these, what is read within the memory and the time all the same.
READ = frozenset(
    {
        "classes", "declarations of texts", "functions", "functions on one line",
        "modules of esbuild", "modules of webpack", "nested functions",
    }
)  # fmt: skip
_ONE_TREE = "one expression, or one class or `switch`, is not cut apart: its tree is too large"
_MANY_STATEMENTS = "statements take up to a kilobyte each: more than 400,000 in a row are refused"
_MANY_MEMBERS = "an object of code is parsed as a whole: more than 200,000 members are refused"
# And what cannot be read, with the cause.
REFUSED = {
    **dict.fromkeys(
        ["sum", "chain of calls", "chain of members", "sequence", "sequence of writes", "cases",
         "methods of one class", "arrows on one line"], _ONE_TREE
    ),
    **dict.fromkeys(
        ["declarations", "imports", "names in Greek", "calls", "statements",
         "immediate functions"], _MANY_STATEMENTS
    ),
    "object of calls": _MANY_MEMBERS,
}  # fmt: skip
DATA = [name for name in SHAPES if name.startswith(("object of n", "object of r", "array", "read"))]


def in_pieces(text: str) -> Manifest:
    return extract_manifest(DIGEST, index_program(text, pieces_from=0, min_body=200))


@pytest.mark.skipif(not soaking(), reason="reads 16 MB each: make soak")
@pytest.mark.parametrize("name", SHAPES)
def test_shape_of_sixteen_megabytes_is_read_in_bounds(
    name: str, request: pytest.FixtureRequest
) -> None:
    if name in REFUSED:
        request.applymarker(pytest.mark.xfail(reason=REFUSED[name], strict=True))
    found = cost_of(shape(name, 16_000_000).encode())
    if name in DENSE and name not in READ and name not in REFUSED:
        assert found.outcome in ("read", "DIED") or "Error: " in found.outcome
        assert found.peak_mib <= MOST_MIB
        return
    assert found.outcome == "read"
    assert found.peak_mib <= MOST_MIB
    assert found.cpu_s <= MOST_S


@pytest.mark.parametrize("name", some([*SHAPES], every=3))
def test_shape_in_pieces_is_read_as_the_whole(name: str) -> None:
    text = shape(name, SMALL // 4 if name in DENSE else SMALL)
    found = in_pieces(text)
    assert found.agents["a"].system == SYSTEM
    with suppress(BundleError):  # the whole may be nested too deeply
        assert to_json(found) == to_json(read_whole_source(DIGEST, text.encode()))


@pytest.mark.parametrize("name", DATA)
def test_only_what_is_asked_of_data_makes_syntax_nodes(name: str) -> None:
    program = index_program(shape(name, LARGE), pieces_from=0)
    assert extract_manifest(DIGEST, program).agents["a"].system == SYSTEM
    gc.collect()
    assert sum(isinstance(each, EsprimaNode) for each in gc.get_objects()) < MOST_NODES


def walked(node: ConcreteNode) -> Iterator[tuple[str, int, int, bool, int]]:
    stack = [node]
    while stack:
        node = stack.pop()
        yield node.type, node.start_byte, node.end_byte, node.is_named, node.child_count
        stack += node.children


@pytest.mark.parametrize("name", some([*DATA, *OBJECTS], every=2))
def test_tree_of_data_in_pieces_is_that_of_the_whole(name: str) -> None:
    text = shape(name, LARGE)
    whole, pieces = (Concrete(text, pieces_from=at).root for at in (2 * LARGE, 0))
    assert not isinstance(pieces, type(whole))
    assert list(walked(pieces)) == list(walked(whole))
    for at in Random(name).sample(range(len(text)), 300):
        nodes = [root.named_descendant_for_byte_range(at, at + 1) for root in (pieces, whole)]
        while nodes[0] is not None and nodes[1] is not None:
            assert place(nodes[0]) == place(nodes[1])
            below = [child_at(node, node.start_byte) for node in nodes if node]
            assert len({None if each is None else place(each) for each in below}) == 1
            nodes = [node.parent for node in nodes if node]
        assert nodes == [None, None]


def place(node: ConcreteNode) -> tuple[str, int, int]:
    return node.type, node.start_byte, node.end_byte


FILLER = ",".join(f"[{number},{{a:'{number}'}}]" for number in range(2_000))
A = 'export const a = {{model: "m", tools: {{}}, '
WITH_SETTINGS = {
    "the agent itself": A + "{0}, more: [{1}]}};",
    "its settings": "const d = {{{0}, more: [{1}]}};" + A + "...d}};",
    "a member": "const d = {{more: [{1}], s: {{{0}}}}};"
    + A + "system: d.s.system, temperature: d.s.temperature}};",
    "an element": "const d = [[{1}], {{{0}}}];" + A + "...d[1]}};",
    "in a function": "function made() {{ const d = {{{0}, more: [{1}]}}; return d; }}"
    + A + "...made()}};",
    "changed": 'const d = {{{0}, more: [{1}]}}; d.system = "changed";' + A + "...d}};",
}  # fmt: skip


@pytest.mark.parametrize("name", WITH_SETTINGS)
@pytest.mark.parametrize("pieces_from", [0, 10**9])
def test_settings_in_large_data_are_read(name: str, pieces_from: int) -> None:
    settings = "system: 'the system', temperature: 0.25"
    text = WITH_SETTINGS[name].format(settings, FILLER)
    whole = read_whole_source(DIGEST, text.encode())
    found = extract_manifest(DIGEST, index_program(text, pieces_from=pieces_from))
    assert whole.agents["a"].system == ("" if name == "changed" else "the system")
    assert to_json(found) == to_json(whole)


MEMBERS = [
    "a{0}(e,t){{return e+{0}}}", "a{0}:(e,t)=>{{t.x={0}}}", '"./a{0}.js":function(e){{e.y={0}}}',
    "a{0}:x?[y,z]:w", "a{0}:`${{x}},b:`", "\n/***/ {0}:\n/***/ ((e) => {{ e.b = [c,d(1)] }})",
    "...a{0}", "a{0}:/,b:{{/", "get a{0}(){{return 1}}", "[x]:1", "a{0}:class{{a=1;b(){{}}}}",
    "a{0}:b", "a{0}",
]  # fmt: skip


@pytest.mark.parametrize(
    "held", ["const o={{{}}}", "f(0,{{{}}})", "const o=[{{{}}},1]", "q=b?{{{}}}:0"]
)
@pytest.mark.parametrize("seed", some(range(3), every=3))
def test_object_of_code_in_pieces_is_read_as_the_whole(held: str, seed: int) -> None:
    random = Random(f"{held} {seed}")
    members = [random.choice(MEMBERS).format(number) for number in range(6_000)]
    members[4_000] = f"s:{{t:{SYSTEM!r}}}"
    system = "o.s.t" if held.startswith("const o={") else PLAIN
    text = held.format(",".join(members)) + AGENT % system
    found, whole = in_pieces(text), read_whole_source(DIGEST, text.encode())
    assert to_json(found) == to_json(whole)
    trees = [Concrete(text, pieces_from=at).root for at in (len(text) + 1, 0)]
    assert list(walked(trees[0])) == list(walked(trees[1]))
    assert sum(not each.is_data for each in large_bodies(text) if each.literal) == 1


# A bracket of each of these may begin data, and be read to the end of the text.
HOSTILE = ["[1,1,1,1,1,1,1,1,1,1,1,1/*", "[1,1//", "[/[", "[1,/["]


@pytest.mark.parametrize("part", HOSTILE)
def test_what_never_ends_is_read_in_linear_time(part: str) -> None:
    costs = []
    for size in (20_000, 160_000):
        text = part * (size // len(part))
        begin = process_time()
        assert DataLiterals(text).all() == []
        costs.append(process_time() - begin)
    assert costs[1] < 30 * costs[0]


# What looks like data but holds more, in a literal that is otherwise large data.
NO_DATA = [
    "a", "...a", "f()", "[a]", "{a}", "{[a]: 1}", "{f() {}}", "{get a() { return 1 }}", "`${a}`",
    "a.b", "() => 1", "class {}", "function () {}", "-a", "x = 1", "new A", "/a/.test(b)",
]  # fmt: skip


@pytest.mark.parametrize("part", NO_DATA)
def test_literal_with_a_part_that_is_no_constant_is_no_data(part: str) -> None:
    text = f"[{FILLER},{part},{FILLER}]"
    assert DataLiterals(text).end(0, 100) is None
    assert DataLiterals(f"[{FILLER},{FILLER}]").end(0, 100) == 2 * len(FILLER) + 3


@pytest.mark.parametrize(
    "code",
    [
        "const t = '[{0}';", "const t = `[{0}]`;", "// [{0}]", "/* [{0}] */", "const t = /[{0}]/;",
        "const t = ['[', {0}, ']'];", "const t = \"[\" + [{0}] + \"]\";", "f({{a:[{0}]}});",
        "label: {{ a: [{0}] }}", "const t = () => {{ a: [{0}] }};", "const t = () => ([{0}]);",
        "var [b = [{0}]] = [1];", "for (const c of [{0}]) f(c);", "[{0}].map(f);", "k?[{0}]:[{0}]",
    ],
)  # fmt: skip
def test_what_looks_like_data_elsewhere_changes_nothing(code: str) -> None:
    numbers = ",".join(map(str, range(4_000)))
    text = f"var k=0,f=g;{code.format(numbers)}\n{AGENT % repr(SYSTEM)}"
    assert to_json(in_pieces(text)) == to_json(read_whole_source(DIGEST, text.encode()))


ENDS = ["\n", "\r\n", "\r", "\u2028", "\u2029"]
LINES = [
    "var t='a\u2028b';{0}b=1{0}c//x'{0}f('e'){0}", "// it's{0}f('x'){0}var t=1", "/*{0}'*/f(){0}",
    "var q=1{0}++t{0}var t=`a{0}b`{0}", "var t='a\\{0}b'{0}", "var t=`${{a}}\u2028`{0}",
    "var t='a\\{0}b\u2028c'{0}",
]  # fmt: skip


@pytest.mark.parametrize(("end", "line"), some([*product(ENDS, LINES)], every=2))
@pytest.mark.parametrize("pieces_from", [0, 10**9])
def test_lines_end_as_in_javascript(end: str, line: str, pieces_from: int) -> None:
    text = f"{line.format(end)}{end}export const a = {{model:'m',tools:{{}},system:f(t)}};{end}"
    whole = read_whole_source(DIGEST, text.encode())
    found = extract_manifest(DIGEST, index_program(text, pieces_from=pieces_from, min_body=20))
    assert to_json(found) == to_json(whole)


def test_part_that_takes_too_much_memory_is_refused_with_its_place() -> None:
    found = cost_of(shape("sum", 12_000_000).encode(), memory=512 * 1024 * 1024)
    assert "takes too much memory" in found.outcome

"""Agents that a program constructs and runs itself, without exporting them, are found."""

from __future__ import annotations

import pytest

from services.executor.bundle.process.read_source import read_source, read_whole_source
from services.executor.bundle.syntax.unwrap import runnable
from services.executor.errors import NoAgentsError
from tests.bundle.reading import DIGEST
from tests.finding.programs import OPENAI, loaded, read, told
from tests.guest.sandboxed import Sandbox
from tests.repeats import sampled

AGENT = 'new Agent({{ name: "{0}", instructions: "I am {0}.", model: "m", tools: [own({1})] }})'


def agent(name: str, value: int | str) -> str:
    return AGENT.format(name, value)


# What a program says after the imports: by key, the agent's instructions and its tool's result.
PROGRAMS = {
    "at the top": (
        f'const helper = {agent("A", 1)};\nconsole.log(await run(helper, "hi"));\n',
        {"helper": ("I am A.", 1)},
    ),
    "a variable set later": (
        f"let helper;\nhelper = {agent('A', 1)};\n",
        {"helper": ("I am A.", 1)},
    ),
    "without a variable": (
        f'await run({agent("A", 1)}, "hi");\n',
        {"A": ("I am A.", 1)},
    ),
    "in a map and a list": (
        f"const team = {{ lead: {agent('A', 1)}, all: [{agent('B', 2)}] }};\n",
        {"team.lead": ("I am A.", 1), "team.all[0]": ("I am B.", 2)},
    ),
    "in fields of a class": (
        (
            f"class Team {{ static lead = {agent('A', 1)}; helper = {agent('B', 2)}; }}\n"
            "const team = new Team();\n"
        ),
        {"Team.lead": ("I am A.", 1), "team.helper": ("I am B.", 2)},
    ),
    "in fields of a class that a bundler named": (
        f"var Team = class {{ helper = {agent('B', 2)}; }};\nvar team = new Team;\n",
        {"team.helper": ("I am B.", 2)},
    ),
    "in a field of a class that only its methods use": (
        f"class Team {{ #lead = {agent('A', 1)}; go() {{ run(this.#lead, 'x'); }} }}\n",
        {"A": ("I am A.", 1)},
    ),
    "set by a class": (
        f"class All {{ static by = {{}}; static {{ All.by.a = {agent('A', 1)}; }} }}\n",
        {"A": ("I am A.", 1)},
    ),
    "made by a constructor with arguments": (
        (
            'class Team { constructor(n) { this.lead = new Agent({ name: n, model: "m", '
            'instructions: "I am " + n + ".", tools: [own(n.length)] }); } }\n'
            'const team = new Team("one");\n'
        ),
        {"team.lead": ("I am one.", 3)},
    ),
    "one of two": (
        (
            f"let helper;\nif (process.env.PRO) helper = {agent('A', 1)};\n"
            f"else helper = {agent('B', 2)};\n"
        ),
        {"A": ("I am A.", 1), "B": ("I am B.", 2)},
    ),
    "made by a function, without a variable": (
        (
            'const make = (n) => new Agent({ name: n, model: "m", instructions: "I am " + n + ".", '
            'tools: [own(n.length)] });\nrun(make("one"), "x");\n'
        ),
        {"one": ("I am one.", 3)},
    ),
    "made by a function with arguments": (
        (
            'function make(n) { return new Agent({ name: n, instructions: "I am " + n + ".", '
            'model: "m", tools: [own(n.length)] }); }\nconst one = make("one");\n'
        ),
        {"one": ("I am one.", 3)},
    ),
    "in a block at the top": (
        (
            f"const n = 2;\ntry {{\n  const helper = {agent('A', 'n')};\n  run(helper, 'hi');\n}}"
            " catch (e) { helper.instructions = e; }\n"
        ),
        {"helper": ("I am A.", 2)},
    ),
    "changed when its run fails": (
        (
            f"async function main() {{\n  const helper = {agent('A', 1)};\n"
            "  try { await run(helper, 'x'); } catch (e) { helper.tools = []; }\n}\n"
        ),
        {"helper": ("I am A.", 1)},
    ),
    "in a function": (
        (
            "async function main() {\n"
            f"  const n = 3;\n  const helper = {agent('A', 'n')};\n  await run(helper, 'hi');\n"
            "}\nmain();\n"
        ),
        {"helper": ("I am A.", 3)},
    ),
    "in an arrow function that is called at once": (
        f"(async () => {{ const helper = {agent('A', 1)}; await run(helper, 'hi'); }})();\n",
        {"helper": ("I am A.", 1)},
    ),
    "in a function that is never called": (
        f"const main = async () => {{ const helper = {agent('A', 1)}; }};\n",
        {"helper": ("I am A.", 1)},
    ),
    "in a try of a function": (
        (
            "async function main() {\n  const server = {};\n  try {\n"
            f"    const helper = {agent('A', 1)};\n    await run(helper, 'hi');\n"
            "  } finally { await server.close(); }\n}\nmain();\n"
        ),
        {"helper": ("I am A.", 1)},
    ),
    "beside functions of the same function": (
        (
            "async function main() {\n  function twice(n) { return 2 * n; }\n"
            f"  const helper = {agent('A', 'twice(4)')};\n}}\n"
        ),
        {"helper": ("I am A.", 8)},
    ),
    "changed after it is made": (
        (
            f"async function main() {{\n  const helper = {agent('A', 1)};\n"
            '  helper.instructions = "Changed.";\n  await run(helper, "x");\n}\n'
        ),
        {"helper": ("Changed.", 1)},
    ),
    "with state that its tool changes": (
        (
            "async function main() {\n  let n = 4;\n"
            '  const t = tool({ name: "own", description: "d", parameters, execute: () => ++n });\n'
            '  const helper = new Agent({ name: "A", instructions: "I am A.", tools: [t] });\n}\n'
        ),
        {"helper": ("I am A.", 5)},
    ),
    "of the same name in two functions": (
        (
            f"async function one() {{ const helper = {agent('A', 1)}; }}\n"
            f"async function two() {{ const helper = {agent('B', 2)}; }}\n"
        ),
        {"helper": ("I am A.", 1), "helper_2": ("I am B.", 2)},
    ),
}


def cjs(body: str) -> str:
    return (
        'const { Agent, run, tool } = require("@openai/agents");\n'
        + OPENAI.split("\n", 1)[1]
        + body.replace('console.log(await run(helper, "hi"));', "run(helper);").replace(
            "await run(new", "run(new"
        )
    )


@sampled(3, "form")
@pytest.mark.parametrize("form", ["module", "script", "iife"])
@pytest.mark.parametrize(("body", "agents"), PROGRAMS.values(), ids=PROGRAMS.keys())
def test_unexported_agents_are_read_and_run(
    sandbox: Sandbox, form: str, body: str, agents: dict[str, tuple[str, int]]
) -> None:
    source = OPENAI + body if form == "module" else cjs(body)
    if form == "iife":
        source = f'"use strict";\n(() => {{\n{source}}})();\n'
    manifest = read(source)
    assert {key: each.system for key, each in manifest.agents.items()} == {
        key: system for key, (system, _) in agents.items()
    }
    program = loaded(sandbox, source, manifest)
    for key, (_, value) in agents.items():
        assert program.call("own", {}, agent=key).value == value


@pytest.mark.parametrize(("body", "agents"), PROGRAMS.values(), ids=PROGRAMS.keys())
def test_no_line_changes_and_no_column_before_the_insertion(
    body: str, agents: dict[str, tuple[str, int]]
) -> None:
    assert agents
    mapped = OPENAI + body + "//# sourceMappingURL=data:application/json;base64,e30=\n"
    for source in (OPENAI + body, mapped, f"(() => {{\n{cjs(body)}}})();\n"):
        manifest = read(source)
        made = runnable(source.encode(), None, manifest.insertions).decode()
        before = source.encode()[: manifest.insertions[0].at].decode()
        assert made.startswith(before)
        after = source[len(before) :].strip()
        assert made.rstrip().endswith(after)
        assert after in ("", "})();", mapped.split("\n")[-2])


MAP = "//# sourceMappingURL=data:application/json;base64,e30="
# How a program may end, and whether that is a source map, which has to stay its last line.
ENDINGS = {
    "a map": (f"{MAP}\n", True),
    "a map and comments": (f"{MAP}\n// made today\n\n  // by hand", True),
    "an indented map": (f"  {MAP}", True),
    "an older map": (MAP.replace("#", "@"), True),
    "a map behind code": (f"let x = 1; {MAP}\n", True),
    "in a template": (f"const mapped = `\n{MAP}`;\n", False),
    "in a template, and a comment of its own line": (f"const mapped = `\n{MAP}\n// `;\n", False),
    "in a comment": (f"/*\n{MAP}\n// */\n", False),
    "in a comment of its own": (f"/*\n{MAP}\n*/", False),
    "in a string": (f"const mapped = '{MAP}'", False),
    "behind another comment": (f"// see {MAP}\n", False),
    "before code": (f"{MAP}\nlet x = 1;\n", False),
    "before code that a separator begins": (f"{MAP}\u2028let x = 1;\n", False),
}


@pytest.mark.parametrize(("ending", "is_map"), ENDINGS.values(), ids=ENDINGS.keys())
@pytest.mark.parametrize("size", ["small", "large"])
def test_a_source_map_stays_the_last_line_and_nothing_else_is_one(
    ending: str, is_map: bool, size: str, sandbox: Sandbox
) -> None:
    padding = "".join(f"function pad{i}(a) {{ return a + {i} * 2; }}\n" for i in range(1000))
    body = f"const helper = {agent('A', 1)};\n" + (padding if size == "large" else "")
    source = OPENAI + body + ending
    manifest = read(source)
    made = runnable(source.encode(), None, manifest.insertions).decode()
    assert made.rstrip().endswith(ending[ending.index("//") :].rstrip()) == is_map
    assert loaded(sandbox, source, manifest).call("own", {}, agent="helper").value == 1


def test_many_comments_after_a_map_are_read_at_once() -> None:
    source = OPENAI + f"const helper = {agent('A', 1)};\n{MAP}\n" + f"//{' ' * 40}\n" * 400 + "1"
    assert list(read(source).agents) == ["helper"]


@sampled(3)
@pytest.mark.parametrize(("body", "agents"), PROGRAMS.values(), ids=PROGRAMS.keys())
def test_a_large_program_is_read_alike(body: str, agents: dict[str, tuple[str, int]]) -> None:
    padding = "".join(f"function pad{i}(a) {{ return a + {i} * 2; }}\n" for i in range(1500))
    source = (OPENAI + padding + body).encode()
    pieces, whole = read_source(DIGEST, source), read_whole_source(DIGEST, source)
    assert pieces == whole
    assert list(pieces.agents) == list(agents)


def test_exports_with_agents_are_all_there_is() -> None:
    source = OPENAI + f"export const one = {agent('A', 1)};\nconst hidden = {agent('B', 2)};\n"
    manifest = read(source)
    assert list(manifest.agents) == ["one"]
    assert not manifest.insertions


REFUSED = {
    "one of two, which is changed": (
        (
            "let main; if (x) main = new Agent({ name: 'a' });\n"
            "else main = new Agent({ name: 'b' });\nmain.tools = [own(1)];"
        ),
        "it is in `main`, and `main` is assigned again in line 6",
    ),
    "what a call makes of an agent": (
        "const main = x ? limited(new Agent({ name: 'a' })) : null;",
        "it is in `main`, and",
    ),
    "a parameter": (
        "async function main(name) { const helper = new Agent({ name, instructions: 'i' }); }",
        "it depends on the parameter `name` of `main`",
    ),
    "a loop": (
        "async function main() { for (const n of ['a']) { const h = new Agent({ name: n }); } }",
        "it depends on `n` of a loop or a block, line 5",
    ),
    "a change by a function": (
        (
            "async function main() { let n = 'a'; const set = () => { n = 'b'; }; set();\n"
            "const helper = new Agent({ name: n }); }"
        ),
        "`n` is changed by a function, line 5",
    ),
    "a definition from elsewhere": (
        "async function main() { const helper = new Agent(JSON.parse(process.argv[2])); }",
        "its class, or what it is given, is known only when the bundle runs",
    ),
    "a voice agent": (
        "import { RealtimeAgent } from '@openai/agents';\nnew RealtimeAgent({ name: 'v' });",
        "`RealtimeAgent` (line 6, column 5) makes no agent: Caisson runs agents that answer",
    ),
    "a query": (
        "import { generateText } from 'ai';\nconsole.log(await generateText({ model: 'm' }));",
        "`generateText` (line 6, column 19) makes no agent: it is one query; put its model",
    ),
}


@pytest.mark.parametrize(("body", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_constructions_that_are_no_agent_are_named_with_the_reason(body: str, reason: str) -> None:
    with pytest.raises(NoAgentsError) as caught:
        read(OPENAI + body)
    assert reason in caught.value.message


def test_eval_modules_are_refused_by_name() -> None:
    module = 'eval("{__webpack_require__.r(__webpack_exports__);\\n\\n//# sourceURL=x");'
    function = f"(a, __webpack_exports__, __webpack_require__) => {{ {module} }}"
    source = f"(() => {{ var m = {{ 1: {function} }}; }})();"
    with pytest.raises(NoAgentsError, match='`devtool: "eval"`'):
        read(source)


def test_using_declarations_are_read_and_run(sandbox: Sandbox) -> None:
    source = OPENAI + (
        "async function main() {\n  await using server = open();\n"
        '  const helper = new Agent({ name: "A", instructions: "using x = 1", tools: [own(5)] });\n'
        "}\nusing closed = { [Symbol.dispose]() {} };\n"
    )
    manifest = read(source)
    assert manifest.agents["helper"].system == "using x = 1"
    assert loaded(sandbox, source, manifest).call("own", {}, agent="helper").value == 5


UNREAD = {
    "assigned-again": ("let made = {}; if (globalThis.x) made = { name: 'n' };", "new Agent(made)"),
    "awaited": ("", "new Agent(await load())"),
}


@pytest.mark.parametrize("name", UNREAD)
def test_agent_made_of_something_unread_is_found_and_disabled(name: str) -> None:
    before, made = UNREAD[name]
    manifest = read(f"{OPENAI}{before}\nexport const main = {made};\nexport const other = 1;")
    assert manifest.agents["main"].disabled
    assert "what it is made from is not known from source" in told(manifest)


HELD = {
    "map": ("const all = new Map([['a', MADE]]);", "`all`"),
    "static": ("class All { static main = MADE; }\nAll.main.instructions = 'x';", "`All`"),
    "chosen": ("const main = process.env.NEVER ? limited(MADE) : null;", "`main`"),
}


@pytest.mark.parametrize("name", HELD)
def test_error_names_constructions_that_exports_hold(name: str) -> None:
    source, holder = HELD[name]
    name = holder.strip("`")
    made = "new Agent({ name: 'a' })"
    with pytest.raises(NoAgentsError) as raised:
        read(f"{OPENAI}{source.replace('MADE', made)}\nexport {{ {name} }};")
    assert "`new Agent(...)` (line 5" in str(raised.value)
    assert f"it is in {holder}" in str(raised.value)


def test_query_in_a_function_is_no_agent() -> None:
    query = 'streamText({ model: "m/m" })'
    with pytest.raises(NoAgentsError, match=r"`streamText` .* makes no agent"):
        read(f'import {{ streamText }} from "ai";\nexport const go = () => {query};')


def test_unrelated_create_is_not_listed() -> None:
    with pytest.raises(NoAgentsError) as raised:
        read("const made = Object.create(null);\nfunction f() { return Object.create(made); }")
    assert "Object.create" not in str(raised.value)


def test_what_other_packages_make_is_not_listed_beside_what_the_framework_makes() -> None:
    with pytest.raises(NoAgentsError) as raised:
        read(
            "import { Agent as HttpAgent } from 'undici';\n"
            "const http = new HttpAgent({ name: 'h' });\n"
            f"{OPENAI}function f(box) {{ return box.create({{ name: 'b', http }}); }}\n"
            "async function main(name) { const helper = new Agent({ name, instructions: 'i' }); }"
        )
    told = str(raised.value)
    assert "it depends on the parameter `name` of `main`" in told
    assert "HttpAgent" not in told
    assert "create" not in told


def test_a_member_that_holds_an_agent_is_reached_with_what_is_set_on_it(sandbox: Sandbox) -> None:
    source = (
        OPENAI + f"const team = {{}};\nteam.lead = {agent('A', 1)};\nteam.lead.tools = [own(2)];\n"
    )
    manifest = read(source)
    assert list(manifest.agents) == ["team.lead"]
    assert loaded(sandbox, source, manifest).call("own", {}, agent="team.lead").value == 2


CHANGED = {
    "by a function": f"const t = {{}};\nt.a = {agent('A', 1)};\nset(t);",
    "under another name": f"const one = {agent('A', 1)};\nconst two = one;\ntwo.name = 'b';",
}


@pytest.mark.parametrize("body", CHANGED.values(), ids=CHANGED.keys())
def test_agent_of_a_function_is_disabled_if_changed_by_what_is_not_copied(body: str) -> None:
    before = "function set(team) { team.a.instructions = 'b'; }\n"
    manifest = read(f"{OPENAI}{before}async function main() {{\n{body}\n}}\nmain();\n")
    (made,) = manifest.agents.values()
    assert made.disabled
    assert "which the sandbox would not do, since it makes the agent alone" in told(manifest)

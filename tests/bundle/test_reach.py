"""What a tool can reach is read from its code: hosts, secrets, globals, modules, open ends."""

from __future__ import annotations

import pytest

from services.executor.bundle.index.concrete import tolerant_tree
from services.executor.bundle.reach.reach import ReachReader, SourceTree, Start
from services.executor.tool_reach import Reach
from tests.bundle.reading import LIGHTFAST_IMPORTS, manifest_of

HOSTS = "it may reach hosts that are computed at run time"
CODE = "it may run code that is made at run time"
MODULES = "it may load modules whose names are computed at run time"
ENV = "it may read environment variables whose names are computed at run time"
GLOBALS = "it may use globals whose names are computed at run time"
HANDED = "it calls what is handed to it from elsewhere in the bundle"
LIMIT = "its code is too large to be followed to the end"


def bundle(tool: str, before: str = "") -> str:
    """Return a bundle with one tool, given as an expression."""
    return f"""{LIGHTFAST_IMPORTS}{before}
const probe = {tool};
export default createLightfast({{
  agents: {{ a: createAgent({{ model: "openai/m", system: "s", tools: {{ probe }} }}) }},
}});
"""


def reach_of(execute: str, before: str = "") -> Reach:
    """Return what a tool reaches whose ``execute`` is an expression."""
    return reach_of_tool(
        f'createTool({{ description: "d", inputSchema: z.object({{}}), execute: {execute} }})',
        before,
    )


def reach_of_tool(tool: str, before: str = "") -> Reach:
    """Return what a tool reaches that is an expression."""
    reach = manifest_of(bundle(tool, before)).agents["a"].tools["probe"].reach
    assert reach is not None
    return reach


def gaps(reach: Reach) -> list[str]:
    """Return the reasons of the gaps, each once."""
    return sorted({gap.reason for gap in reach.gaps})


@pytest.mark.parametrize(
    ("query", "before", "hosts"),
    [
        ('fetch("https://api.exa.ai/search")', "", ["api.exa.ai"]),
        ("fetch(`https://api.exa.ai/${input.path}`)", "", ["api.exa.ai"]),
        ("fetch(`https://api.exa.ai?q=${input.q}`)", "", ["api.exa.ai"]),
        ('fetch("https://api.exa.ai" + input.path)', "", ["api.exa.ai"]),
        ("fetch(BASE + input.path)", 'const BASE = "https://api.exa.ai";', ["api.exa.ai"]),
        ("fetch(`${BASE}/x`)", 'const BASE = "https://api.exa.ai";', ["api.exa.ai"]),
        ("fetch(api.base)", 'const api = { base: "https://api.exa.ai" };', ["api.exa.ai"]),
        ('fetch(new URL("/search", "https://api.exa.ai"))', "", ["api.exa.ai"]),
        ('fetch(new Request("https://api.exa.ai", { method: "POST" }))', "", ["api.exa.ai"]),
        ('fetch("http://localhost:3000/x")', "", ["http://localhost:3000"]),
        ('fetch("https://API.exa.ai:8443/x")', "", ["api.exa.ai:8443"]),
        ('fetch("https://a.example:443/x")', "", ["a.example"]),
        (
            'fetch(input.eu ? "https://eu.api.io" : "https://us.api.io")',
            "",
            ["eu.api.io", "us.api.io"],
        ),
        ('globalThis.fetch("https://api.exa.ai")', "", ["api.exa.ai"]),
        ('(0, fetch)("https://api.exa.ai")', "", ["api.exa.ai"]),
        ('get("https://api.exa.ai")', "const get = fetch;", ["api.exa.ai"]),
        ('g.fetch("https://api.exa.ai")', "const g = globalThis;", ["api.exa.ai"]),
    ],
)
def test_literal_hosts_are_known(query: str, before: str, hosts: list[str]) -> None:
    reach = reach_of(f"async (input) => (await {query}).json()", before)
    assert list(reach.hosts) == hosts
    assert "fetch" in reach.globals
    assert not reach.missing
    assert not reach.gaps


def test_url_built_in_steps_is_known() -> None:
    reach = reach_of(
        """async ({ q }) => {
          const url = new URL("https://api.search.io/find");
          url.searchParams.set("q", q);
          const answer = await fetch(url.toString(), { headers: { accept: "application/json" } });
          return answer.json();
        }"""
    )
    assert reach.hosts == ("api.search.io",)
    assert reach.globals == ("URL", "fetch")
    assert not reach.gaps


@pytest.mark.parametrize(
    ("query", "before"),
    [
        ("fetch(input.url)", ""),
        ("fetch(`https://${input.host}/x`)", ""),
        ("fetch(`https://api.${input.region}.exa.ai/x`)", ""),
        ("fetch(`${base}/x`)", "const base = process.env.BASE;"),
        ("call(fetch)", 'const call = (f) => f("https://api.exa.ai");'),
        ('fetch.call(null, "https://api.exa.ai")', ""),
        ("fetch(input.url ?? 'https://api.exa.ai')", ""),
    ],
)
def test_computed_hosts_are_reported_with_location(query: str, before: str) -> None:
    text = f"async (input) => (await {query}).json()"
    reach = reach_of(text, before)
    assert gaps(reach) == [HOSTS]
    line = bundle(text, before).split("\n")[reach.gaps[0].line - 1]
    assert line[reach.gaps[0].column - 1 :].startswith("fetch") or "execute: async" not in line


@pytest.mark.parametrize(
    "execute",
    [
        "async (input, { env }) => env.EXA_API_KEY",
        "async (input, { env: { EXA_API_KEY } }) => EXA_API_KEY",
        "async (input, { env: e }) => e.EXA_API_KEY",
        "async (input, context) => context.env.EXA_API_KEY",
        "async (input, context) => context?.env?.EXA_API_KEY?.trim()",
        'async (input, context) => context.env["EXA_API_KEY"]',
        "async (input, context) => { const { env } = context; return env.EXA_API_KEY; }",
        "async (input, { env }) => { const { EXA_API_KEY: key } = env; return key; }",
        "async () => process.env.EXA_API_KEY",
        "async () => globalThis.process?.env?.EXA_API_KEY",
        "async () => { const { EXA_API_KEY } = process.env; return EXA_API_KEY; }",
        "async () => { const p = process; return p.env.EXA_API_KEY; }",
        "async () => import.meta.env.EXA_API_KEY",
        "async () => KEY",
        "async () => DESTRUCTURED",
        "async () => process.env[NAME]",
        'async () => readEnv("EXA_API_KEY")',
        'async () => loadKey({ name: "EXA_API_KEY" })',
        "async (input, { env }) => client(env)",
        "async (input, context) => withContext(context)",
        "async () => { let e; e = process.env; return e.EXA_API_KEY; }",
        'async () => require("node:process").env.EXA_API_KEY',
        'async () => (await import("node:process")).default.env.EXA_API_KEY',
        'async () => process.getBuiltinModule("process").env["EXA_API_KEY"]',
        'async () => late("EXA_API_KEY")',
        "async () => OF_MODULE",
        "async () => own.EXA_API_KEY",
        "async () => [loaded.default.env.EXA_API_KEY, required.env.EXA_API_KEY]",
        "async () => made.EXA_API_KEY",
        "async () => taken.EXA_API_KEY",
    ],
)
def test_environment_variables_are_found(execute: str) -> None:
    before = """
    const KEY = process.env.EXA_API_KEY;
    const { EXA_API_KEY: DESTRUCTURED } = process.env;
    const NAME = "EXA_API_KEY";
    const readEnv = (name) => process.env?.[name]?.trim();
    function loadKey({ name: key }) { return process.env[key]; }
    function client(settings) { return new Map([["key", settings.EXA_API_KEY]]); }
    const withContext = (c) => c.env.EXA_API_KEY;
    var late, init = () => { late = (name) => process.env[name] };
    const OF_MODULE = require("node:process").env.EXA_API_KEY;
    const { env: own } = await import("node:process"), { env: taken } = process;
    const required = require("process"), loaded = __toESM(require("process"), 1);
    const made = createRequire(import.meta.url)("node:process").env;
    """
    reach = reach_of(execute, before)
    assert reach.env == ("EXA_API_KEY",)
    assert not reach.gaps


@pytest.mark.parametrize(
    "execute",
    [
        "async (input) => process.env[input.name]",
        "async (input, { env }) => env[input.name]",
        "async () => Object.keys(process.env)",
        "async () => ({ ...process.env })",
        'async (input) => require("process").env[input.name]',
        'async () => ({ ...(await import("node:process")).env })',
        "async (input) => readEnv(input.name)",
        'async () => ["A"].map(readEnv)',
    ],
)
def test_computed_variable_names_are_reported(execute: str) -> None:
    reach = reach_of(execute, "const readEnv = (name) => process.env[name];")
    assert gaps(reach) == [ENV]


@pytest.mark.parametrize(
    ("execute", "before"),
    [
        ("async () => env.KEY", 'import { env } from "node:process";'),
        ("async () => own['KEY']", 'import { env as own } from "process";'),
        ("async () => proc.env.KEY", 'import proc from "node:process";'),
        ("async () => all.env.KEY + all.default.env.KEY", 'import * as all from "process";'),
        ("async () => KEY", 'import proc from "process"; const { KEY } = proc.env;'),
    ],
)
def test_environment_of_the_module_process_is_told(execute: str, before: str) -> None:
    reach = reach_of(execute, before)
    assert (reach.env, gaps(reach)) == (("KEY",), [])


@pytest.mark.parametrize("use", ["env", "{ ...env }", "env[input.name]", "own(env)"])
def test_environment_of_the_module_process_is_open_as_a_whole(use: str) -> None:
    before = 'import { env } from "node:process"; const own = (given) => Object.keys(given);'
    assert ENV in gaps(reach_of(f"async (input) => ({use})", before))


def test_relative_modules_are_missing() -> None:
    reach = reach_of("async () => require('./build/Release/addon.node').open()")
    assert reach.missing == ("./build/Release/addon.node",)
    assert gaps(reach) == ["the code of `./build/Release/addon.node` is not in the bundle"]


def test_names_in_reachable_code_are_reached() -> None:
    before = """
    import { readFile } from "node:fs/promises";
    class Base { send(path) { return fetch("https://base.io" + path); } }
    class Client extends Base {
      static make() { return new Client(process.env.CLIENT_KEY); }
      load() { return readFile("x"); }
    }
    const parse = (text) => structuredClone(JSON.parse(text));
    const helpers = { run: (items) => items.map(parse) };
    function unused() { return new WebSocket("wss://unused.io") }
    Client.prototype.later = function () { return crypto.randomUUID(); };
    """
    reach = reach_of("async (input) => helpers.run(await Client.make().load())", before)
    assert reach == Reach(
        globals=("crypto", "fetch", "process", "structuredClone"),
        modules=("node:fs/promises",),
        env=("CLIENT_KEY",),
        hosts=("base.io",),
    )


def test_local_names_shadow_bundle_and_runtime_names() -> None:
    before = """
    const e = process.env, t = () => fetch("https://hidden.io");
    function atob(x) { return x; }
    """
    execute = """async (e, t) => {
      const n = (t) => t.length, [fetch, { process = 1 }] = [e, t];
      for (let document of e) { n(document); }
      try { n(fetch) } catch (navigator) { navigator.message }
      class window {}
      return function crypto(performance) { return [atob(performance), new window(), process] }
    }"""
    assert reach_of(execute, before) == Reach()


def test_url_without_a_request_is_not_a_host() -> None:
    assert reach_of('async () => ({ link: "https://docs.exa.ai/x" })').hosts == ()


def test_links_in_text_and_format_names_are_not_hosts() -> None:
    reach = reach_of(
        """async () => {
          // see "https://comment.io/x"
          const schema = { $schema: "https://json-schema.org/draft/2020-12/schema" };
          if (!schema) throw new TypeError("https://errors.io/1");
          console.warn("https://warnings.io/2");
          return fetch("https://api.io", { body: JSON.stringify(schema) });
        }"""
    )
    assert reach.hosts == ("api.io",)


@pytest.mark.parametrize(
    ("use", "missing"),
    [
        ("document.title", "document"),
        ("new XMLHttpRequest()", "XMLHttpRequest"),
        ("localStorage.getItem('x')", "localStorage"),
        ("new SharedArrayBuffer(8)", "SharedArrayBuffer"),
        ("Deno.readTextFile('x')", "Deno"),
        ("require('node:child_process').execSync('id')", "node:child_process"),
        ("import('dns')", "node:dns"),
        ("process.getBuiltinModule('http2')", "node:http2"),
        ("cluster.fork()", "node:cluster"),
        ("left('x')", "left-pad"),
    ],
)
def test_globals_missing_in_sandbox_are_reported(use: str, missing: str) -> None:
    before = 'import cluster from "cluster"; import left from "left-pad";'
    assert reach_of(f"async () => {use}", before).missing == (missing,)


@pytest.mark.parametrize(
    "use",
    [
        "typeof Deno !== 'undefined' && Deno.version",
        "'Deno' in globalThis ? Deno.version : 1",
        "globalThis.Deno?.version",
        "Buffer.from('x').toString('base64')",
        "path.join('a', 'b')",
        "require('crypto').randomUUID()",
        "setTimeout(() => 1, 10)",
    ],
)
def test_existing_or_checked_globals_are_not_missing(use: str) -> None:
    reach = reach_of(f"async () => {use}", 'import path from "node:path";')
    assert reach.missing == ()
    assert reach.gaps == ()


@pytest.mark.parametrize(
    ("use", "reason"),
    [
        ("eval(input.code)", CODE),
        ("new Function('a', input.code)(1)", CODE),
        ("Function('return this')()", CODE),
        ("[].constructor.constructor('return 1')()", CODE),
        ("setTimeout('x()', 1)", CODE),
        ("import(input.name)", MODULES),
        ("require(`./${input.name}`)", MODULES),
        ("globalThis[input.name]()", GLOBALS),
        ("Object.keys(globalThis)", GLOBALS),
        ("left('x')", "the code of `left-pad` is not in the bundle"),
    ],
)
def test_untraceable_code_is_reported(use: str, reason: str) -> None:
    assert gaps(reach_of(f"async (input) => {use}", 'import left from "left-pad";')) == [reason]


def test_factory_arguments_are_followed() -> None:
    before = """
    const make = (client, other) => createTool({
      description: "d", inputSchema: z.object({}), execute: async () => client.get(),
    });
    const client = { get: () => fetch("https://handed.io") };
    """
    reach = reach_of_tool('make(client, () => fetch("https://other.io"))', before)
    assert reach.hosts == ("handed.io",)
    assert not reach.gaps


def test_tool_using_this_reaches_its_other_methods() -> None:
    reach = reach_of_tool(
        """createTool({
          description: "d", inputSchema: z.object({}),
          execute() { return this.load(); },
          load() { return fetch("https://methods.io"); },
        })"""
    )
    assert reach.hosts == ("methods.io",)


def test_namespace_member_does_not_reach_the_others() -> None:
    before = """
    var space = {};
    var __export = (target, all) => {
      for (var name in all) Object.defineProperty(target, name, { get: all[name] });
    };
    __export(space, { near: () => near, far: () => far });
    function near() { return fetch("https://near.io"); }
    function far() { return fetch("https://far.io"); }
    """
    assert reach_of("async () => space.near()", before).hosts == ("near.io",)
    assert reach_of("async () => space[1 + 1]()", before).hosts == ("far.io", "near.io")
    assert reach_of("async () => Object.values(space)", before).hosts == ("far.io", "near.io")


def test_names_assigned_later_are_followed() -> None:
    before = """
    var client, init = () => { client = { get: () => fetch("https://lazy.io") }; };
    init();
    """
    assert reach_of("async () => client.get()", before).hosts == ("lazy.io",)


def test_webpack_module_does_not_reach_the_others() -> None:
    before = """
    var modules = {
      12: (e, t, n) => { var r = n(34); t.get = () => r.get("/x"); },
      34: (e, t, n) => {
        n.d(t, { get: () => a });
        const a = (p) => fetch("https://three.io" + p);
      },
      56: (e, t, n) => { t.bad = () => fetch("https://fifty-six.io"); },
    }, cache = {};
    function load(id) {
      var m = cache[id]; if (m) return m.exports;
      m = cache[id] = { exports: {} }; modules[id](m, m.exports, load); return m.exports;
    }
    var twelve = load(12);
    """
    reach = reach_of("async () => twelve.get()", before)
    assert reach.hosts == ("three.io",)
    assert reach.gaps == ()


def test_rings_and_self_references_end() -> None:
    before = "var a = () => b(), b = () => a(), c = c, d = e, e = d; const f = (f) => f(f);"
    assert reach_of("async () => [a(), c, d.x, f(f)]", before).hosts == ()


def chain(length: int) -> tuple[ReachReader, Start]:
    """Return a reader with small bounds for functions that call one another."""
    calls = "".join(f"function f{i}() {{ return f{i + 1}(); }}\n" for i in range(length))
    text = f'{calls}function f{length}() {{ return fetch("https://end.io"); }}\nf0;'
    tree = SourceTree(tolerant_tree(text), text)
    start = Start(len(text) - 3, len(text) - 1)
    return ReachReader(tree, max_regions=100, max_nodes=2000), start


def test_oversized_code_is_reported() -> None:
    reader, start = chain(50)
    assert reader.reach(start).hosts == ("end.io",)
    reader, start = chain(150)
    assert gaps(reader.reach(start)) == [LIMIT]


def test_oversized_region_is_reported() -> None:
    text = "f0(" + "a.b(1),".join("" for _ in range(2000)) + ");"
    reader = ReachReader(SourceTree(tolerant_tree(text), text), max_nodes=1000)
    assert LIMIT in gaps(reader.reach(Start(0, len(text) - 1)))


def test_small_tool_is_followed_after_tools_that_use_up_their_budget() -> None:
    """Each tool has its own budget; what it cuts short is not what the next one is told."""
    length = 4_000
    calls = "".join(f"function f{i}() {{ return f{i + 1}() + own{i}; }}\n" for i in range(length))
    last = f'function f{length}() {{ return fetch("https://end.io"); }}\n'
    small = 'function small() { return f3998(fetch("https://small.io"), process.env.SMALL); }\n'
    text = calls + last + small
    reader = ReachReader(SourceTree(tolerant_tree(text), text), max_visits=2_000)
    for start in (f"function f{i * 10}()" for i in range(20)):
        at = text.index(start)
        reach = reader.reach(Start(at, text.index("\n", at)))
        assert gaps(reach) == [LIMIT]
        assert reach.hosts == ()
    at = text.index("function small")
    reach = reader.reach(Start(at, text.index("\n", at)))
    assert reach.hosts == ("end.io", "small.io")
    assert reach.env == ("SMALL",)
    assert gaps(reach) == []
    assert set(reach.missing) == {"own3998", "own3999"}


def test_tool_without_code_has_no_reach() -> None:
    tool = 'createTool({ description: "d", inputSchema: z.object({}) })'
    assert manifest_of(bundle(tool)).agents["a"].tools["probe"].reach is None


def test_tools_of_one_factory_stay_separate() -> None:
    head = """
    const wrap = (config) => (context) => ({
      description: config.description, inputSchema: config.inputSchema,
      execute: async (input) => config.execute(input, context),
    });
    """
    tool = 'wrap({{ description: "d", inputSchema: z.object({{}}), execute: {} }})'
    tools = {
        "one": tool.format('() => fetch("https://one.io")'),
        "two": tool.format('(input, { env }) => fetch("https://two.io", env.TWO_KEY)'),
        "three": tool.format("three"),
    }
    members = ", ".join(f"{name}: {value}" for name, value in tools.items())
    manifest = manifest_of(
        f"""{LIGHTFAST_IMPORTS}{head}
        const three = () => fetch("https://three.io");
        const model = "openai/m", system = "s", tools = {{ {members} }};
        const a = createAgent({{ model, system, tools }});
        export default createLightfast({{ agents: {{ a }} }});
        """
    )
    found = {key: each.reach for key, each in manifest.agents["a"].tools.items()}
    assert found == {
        "one": Reach(globals=("fetch",), hosts=("one.io",)),
        "two": Reach(globals=("fetch",), hosts=("two.io",), env=("TWO_KEY",)),
        "three": Reach(globals=("fetch",), hosts=("three.io",)),
    }


HOSTILE = {
    "members that are set 20,000 times": (
        "var a = {};"
        + "".join(f"function f{i}() {{ a.y{i}; return f{i + 1}() }}\n" for i in range(2000))
        + "a.x = 1;" * 20_000,
        "f0",
    ),
    "a name that is assigned 20,000 times": (
        "var v; function x() {" + "v = 1;" * 20_000 + "} function go() { v }",
        "go",
    ),
    "functions in functions": ("function go() {" + "() => " * 20_000 + "fetch(x) }", "go"),
    "blocks in blocks": ("function go() {" + "{ let a;" * 5000 + "a" + "}" * 5000 + "}", "go"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_endless_analysis_ends_with_a_gap(kind: str) -> None:
    before, name = HOSTILE[kind]
    text = f"{before}\n{name};"
    tree = SourceTree(tolerant_tree(text), text)
    reach = ReachReader(tree).reach(Start(len(text) - 1 - len(name), len(text) - 1))
    assert gaps(reach) == [LIMIT]


@pytest.mark.parametrize("part", ["[", "(", "{a:", "`${", "a.b", "a.b()", "a = ", "a + ", "!"])
def test_deep_and_long_expressions_are_walked_without_recursion(part: str) -> None:
    closing = {"[": "]", "(": ")", "{a:": "}", "`${": "}`"}.get(part, "")
    chain = "." if part.startswith("a.") else ""
    inside = part + f"{chain}{part}" * 20_000 + ("" if chain else "1") + closing * 20_001
    text = f"const go = () => ({inside}, fetch('https://deep.io'));\ngo;"
    reader = ReachReader(SourceTree(tolerant_tree(text), text))
    reach = reader.reach(Start(len(text) - 3, len(text) - 1))
    assert reach.hosts == ("deep.io",)


def test_loop_and_catch_names_are_not_globals() -> None:
    before = """
    const table = [], kinds = new Map();
    for (let I = 0; I < 256; ++I) table.push((I + 256).toString(16));
    for (const [K, V] of Object.entries({})) kinds.set(K, V);
    try { kinds.set("x", 1); } catch (E) { kinds.set("error", E); }
    { let fetch = 1; }
    """
    reach = reach_of(
        """async () => {
          for await(let[a, b]of kinds) a(b);
          return [table, await fetch("https://a.io")];
        }""",
        before,
    )
    assert reach == Reach(globals=("fetch",), hosts=("a.io",))


def test_block_shadows_a_global_only_inside_itself() -> None:
    reach = reach_of("async ({ url }) => fetch(url)", "{ let fetch = 1; }")
    assert reach.globals == ("fetch",)
    assert gaps(reach) == [HOSTS]


def test_unbundled_package_may_reach_named_hosts() -> None:
    reach = reach_of('async () => axios.get("https://api.io")', 'import axios from "axios";')
    assert (reach.hosts, reach.missing) == (("api.io",), ("axios",))
    assert gaps(reach) == ["the code of `axios` is not in the bundle"]


def test_name_in_long_table_is_found() -> None:
    rows = ", ".join(f'[{index}, 1e3, .5, -1, "a \\"quoted\\" {index}"]' for index in range(99))
    tables = f"const plain = [{rows}], named = [{rows}, [1, [load]]];"
    load = 'const load = () => fetch("https://in-a-table.io");'
    assert reach_of("async () => plain[0]", tables + load) == Reach()
    assert reach_of("async () => named[0]", tables + load).hosts == ("in-a-table.io",)


CLIENT = """class Client {
  constructor(key, base = "https://api.io") {
    if (!key) { key = process.env.KEY_1; }
    SET = new HeadersImpl({ "x-a": key });
  }
  options() { return { headers: this.headers }; }
}"""
SENT_IN_HEADERS = [
    ('{ headers: { "x-api-key": env.KEY_1 } }', "", "x-api-key"),
    ("{ headers: { Authorization: `Bearer ${env.KEY_1}` } }", "", "authorization"),
    ('{ headers: { Authorization: "Bearer " + (env.KEY_1 ?? "") } }', "", "authorization"),
    ("{ headers: { a: env.KEY_1.trim() } }", "", "a"),
    ('{ headers: { a: "Basic " + btoa(`${env.KEY_1}:`) } }', "", "a"),
    ('{ headers: { a: Buffer.from(env.KEY_1).toString("base64") } }', "", "a"),
    ("{ headers: { ...(env.KEY_1 ? { a: env.KEY_1 } : {}) } }", "", "a"),
    ("{ headers: { ...(env.KEY_1 && { a: env.KEY_1 }) } }", "", "a"),
    ("{ headers: new Headers({ a: env.KEY_1 }) }", "", "a"),
    ("{ headers: { a: key } }", "const key = env.KEY_1; if (!key) throw new Error('KEY_1?');", "a"),
    ("{ headers: { a: key } }", "const { KEY_1: key } = env;", "a"),
    ("{ headers: { a: KEY_1 } }", "const { KEY_1 } = env;", "a"),
    ("{ headers }", "const headers = {}; headers['x-a'] = env.KEY_1;", "x-a"),
    ("{ headers }", "const headers = new Headers(); headers.set('x-a', env.KEY_1);", "x-a"),
    ("client(env.KEY_1)", "const client = (key) => ({ headers: { a: key } });", "a"),
    ("new Client(env.KEY_1).options()", CLIENT.replace("SET", "this.headers"), "x-a"),
    ("{ headers: authHeaders }", "const authHeaders = { a: process.env.KEY_1 };", "a"),
]
NOT_SENT_IN_HEADERS = [
    ("{ body: env.KEY_1 }", ""),
    ("{ headers: { a: env.KEY_1 }, body: env.KEY_1 }", ""),
    ("{ body: JSON.stringify({ authorization: env.KEY_1 }) }", ""),
    ("{ headers: { a: await sign(env.KEY_1) } }", ""),
    ("{ headers: { [name]: env.KEY_1 } }", "const name = input.name;"),
    ("{ headers: { a: key } }", "let key = ''; key = env.KEY_1; log(key);"),
    ("unknown(env.KEY_1)", ""),
    ("client(1, env.KEY_1)", "const client = (key) => ({ headers: { a: key } });"),
    ("new Client(env.KEY_1).options()", CLIENT.replace("SET", "this.key = key; this.headers")),
    ("{ headers: { a: key } }", "const key = env.KEY_1; log(key);"),
    ("{ headers: { a: key } }", "const key = env.KEY_1; const kept = { key };"),
    ("{ headers: { a: env.KEY_1 } }", "log(env[String(input.name)]);"),
    ("{ headers: { a: env.KEY_1.slice(4) } }", ""),
    ("{ headers: { a: Object.values(env)[0] } }", "log('KEY_1', env.KEY_1);"),
]


@pytest.mark.parametrize(("options", "before", "header"), SENT_IN_HEADERS)
def test_header_of_secret_is_known(options: str, before: str, header: str) -> None:
    code = f"async (input, {{ env }}) => {{ {before} return fetch('https://api.io', {options}); }}"
    assert [(each.env, each.header) for each in reach_of(code).headers] == [("KEY_1", header)]


@pytest.mark.parametrize(("options", "before"), NOT_SENT_IN_HEADERS)
def test_secret_used_elsewhere_is_bound_to_no_header(options: str, before: str) -> None:
    code = f"async (input, {{ env }}) => {{ {before} return fetch('https://api.io', {options}); }}"
    assert reach_of(code).headers == ()


def test_name_is_followed_through_whole_bundle() -> None:
    sent = "async () => fetch('https://api.io', { headers: { a: KEY } })"
    before = "const KEY = process.env.KEY_1;"
    assert [each.header for each in reach_of(sent, before).headers] == ["a"]
    # Another part of the bundle may be handed the same name.
    assert reach_of(sent, f"{before} const other = () => post(process.env.KEY_1);").headers == ()

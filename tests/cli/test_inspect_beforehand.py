"""``inspect`` tells what will not work and what to grant, before anything is spent."""

from __future__ import annotations

import pytest

from tests.cli.inspected import Inspected, inspected

HEAD = 'import { ToolLoopAgent, tool } from "ai"; import { z } from "zod";\n'


def of_tool(execute: str, before: str = "") -> Inspected:
    """Return what is said of an agent with one tool, ``use``."""
    return inspected(
        f"{HEAD}{before}\n"
        'const use = tool({ description: "d", inputSchema: z.object({ to: z.string() }),\n'
        f"  execute: {execute} }});\n"
        'export const agent = new ToolLoopAgent({ model: "openai/m", tools: { use } });\n'
    )


# What a tool's code does, what is listed as missing, and a part of the sentence that says why.
MISSING = {
    "programs": ("async () => execSync('id')", "node:child_process", "no program can be started"),
    "threads": ("() => new Worker('./w.js')", "node:worker_threads", "no thread can be started"),
    "look-ups": ("() => lookup('a.example')", "node:dns", "ENOTFOUND"),
    "datagrams": ("() => createSocket('udp4')", "node:dgram", "no datagrams"),
    "database": ("() => new DatabaseSync(':memory:')", "node:sqlite", "absent"),
    "HTTP/2": ("() => connect('https://a.example')", "node:http2", "use fetch or node:https"),
    "processes": ("() => fork()", "node:cluster", "no process can be started"),
    "WASI": ("() => new WASI({})", "node:wasi", "WASI is refused"),
    "sockets": ("() => new WebSocket('wss://a.example')", "WebSocket", "use fetch"),
    "pages": ("() => document.title", "document", "only browsers have it"),
    "machine code": ("() => WebAssembly.compile(Buffer.alloc(8))", "WebAssembly", "absent"),
    "other runtime": ("() => Deno.readTextFile('x')", "Deno", "like Node"),
    "package": ("() => render('x')", "fast-renderer", "not in the bundle"),
    "package, later": (
        "async () => (await import('fast-thing')).go()",
        "fast-thing",
        "import() and require() fail as in Node",
    ),
    "package, required": ("() => require('fast-thing').go()", "fast-thing", "bundle it"),
    "native package": ("() => new Database('x.db')", "better-sqlite3", "native addons"),
    "addon": ("() => require('./build/Release/scan.node')", "./build/Release/scan.node", "addons"),
    "addon by a helper": ("() => bindings('scan.node').go()", "scan.node", "native addons"),
    "addon by the process": (
        "() => { const m = { exports: {} }; process.dlopen(m, '/scan'); return m; }",
        "process.dlopen",
        "native addons",
    ),
    "addon of a machine": (
        "() => require('@acme/scan-linux-x64-gnu')",
        "@acme/scan-linux-x64-gnu",
        "native addons",
    ),
    "addon by a target": (
        "() => require(`@acme/scan-${target}`)",
        "@acme/scan-${target}",
        "native addons",
    ),
}
IMPORTS = """
import { execSync } from "node:child_process"; import { Worker } from "node:worker_threads";
import { lookup } from "node:dns"; import { createSocket } from "node:dgram";
import { DatabaseSync } from "node:sqlite"; import { connect } from "node:http2";
import { fork } from "node:cluster"; import { WASI } from "node:wasi";
import { render } from "fast-renderer"; import Database from "better-sqlite3";
const target = `${process.platform}-${process.arch}`;
const bindings = (name) => globalThis.load(name);
"""


@pytest.mark.parametrize("kind", MISSING)
def test_what_a_tool_will_miss_is_said_with_the_reason(kind: str) -> None:
    execute, name, why = MISSING[kind]
    found = of_tool(execute, IMPORTS)
    tool = found.tool("use")
    assert tool["reach"]["missing"] == [name]
    reasons = tool["missingReasons"]
    assert list(reasons) == [name]
    assert why in reasons[name]
    assert f"lacks {name}: {reasons[name]}" in found.text


def test_what_works_is_not_said_to_be_missing() -> None:
    found = of_tool("async ({ to }) => createHash('sha1').update(to).digest('hex')", CRYPTO)
    assert found.tool("use")["missingReasons"] == {}
    assert "lacks" not in found.text


CRYPTO = 'import { createHash } from "node:crypto"; import { execSync } from "node:child_process";'

FILES = {
    "relative": "readFileSync('./rules.md', 'utf8')",
    "template": "readFileSync(`./rules.md`, 'utf8')",
    "promise": "await readFile('./rules.md')",
    "joined": "readFileSync(path.join(import.meta.dirname, 'data', 'rules.md'))",
    "resolved": "readFileSync(resolve(__dirname, '../rules.md'))",
    "by a URL": "readFileSync(new URL('./rules.md', import.meta.url))",
    "by a name": "readFileSync(RULES)",
}
FS = (
    'import fs, { existsSync, readFileSync } from "node:fs";'
    'import { readFile } from "node:fs/promises"; import path, { resolve } from "node:path";'
    'const RULES = "./rules.md";'
)


@pytest.mark.parametrize("form", FILES)
def test_file_that_a_call_reads_is_a_warning(form: str) -> None:
    found = of_tool(f"async () => {FILES[form]}", FS)
    ((severity, reason, line),) = found.told("agents.agent.tools.use.execute")
    assert (severity, line) == ("warning", 4)
    assert "it reads the file `" in reason
    assert "rules.md`: the sandbox's disk is empty (ENOENT)" in reason
    assert reason in found.text


@pytest.mark.parametrize("form", FILES)
def test_file_that_the_load_reads_is_a_warning(form: str) -> None:
    found = of_tool("() => rules", f"{FS}\nconst rules = {FILES[form]};")
    ((severity, reason, line),) = found.told("files")
    assert (severity, line) == ("warning", 3)
    assert "is read while the bundle loads, which fails there without it" in reason
    assert found.told("agents.agent.tools.use.execute") == []


GOES_ON = [
    "let a; try { a = readFileSync('./rules.md'); } catch { a = ''; }",
    "let a; try { a = readFileSync('./rules.md'); } catch (e) { if (e.code != 'ENOENT') throw e; }",
    "const a = existsSync('./rules.md') ? readFileSync('./rules.md') : '';",
    "let a = ''; if (fs.existsSync('./rules.md')) { a = fs.readFileSync('./rules.md'); }",
]


@pytest.mark.parametrize("read", GOES_ON)
def test_read_that_goes_on_without_its_file_is_a_note(read: str) -> None:
    found = of_tool("() => a", f"{FS}\n{read}")
    assert [severity for severity, _, _ in found.told("files")] == ["info"]


@pytest.mark.parametrize(
    "read",
    [
        "fs.writeFileSync('./cache.json', '{}'); fs.readFileSync('./cache.json');",
        "fs.existsSync('/.dockerenv'); fs.readFileSync('/etc/os-release');",
        "fs.readFileSync(globalThis.name); cache.readFile;",
    ],
)
def test_other_files_are_not_told(read: str) -> None:
    assert of_tool("() => 1", f"{FS}\n{read}").told("files") == []


# What a tool does, and the options that are suggested for it.
GRANTS = {
    "host": (
        "async () => (await fetch('https://api.acme.example/x')).json()",
        ["--allow-fetch", "api.acme.example"],
    ),
    "key in a header": (
        "() => fetch('https://api.acme.example/x', { headers: { 'x-key': process.env.ACME_KEY } })",
        [
            *("--allow-fetch", "api.acme.example"),
            *("--secret", "ACME_KEY@api.acme.example,header=x-key"),
        ],
    ),
    "key in a query": (
        "() => fetch(`https://api.acme.example/x?key=${process.env.ACME_KEY}`)",
        ["--allow-fetch", "api.acme.example", "--secret", "ACME_KEY@api.acme.example"],
    ),
    "address": ("() => fetch(`${process.env.ACME_URL}/x`)", ["--env", "ACME_URL"]),
    "address that is no URL by name": (
        "() => fetch(`https://${process.env.ACME}/x`)",
        ["--env", "ACME"],
    ),
    "address, local by default": (
        "() => fetch(`${process.env.ACME_URL ?? 'http://localhost:3000'}/x`)",
        ["--env", "ACME_URL"],
    ),
    "address, loopback by default": (
        (
            "() => fetch(`${process.env.ACME ?? 'http://127.0.0.1:3000'}/x`,"
            " { headers: { 'x-key': process.env.ACME_KEY } })"
        ),
        ["--allow-fetch", "http://127.0.0.1:3000", "--env", "ACME"],
    ),
    "local name": ("() => fetch('http://localhost:3000/x')", []),
    "local name with a key": (
        "() => fetch('http://localhost:3000/x', { headers: { 'x-key': process.env.ACME_KEY } })",
        [],
    ),
    "setting": ("() => [process.env.NODE_ENV, process.env.LOG_LEVEL, process.env.PORT]", []),
    "Node's client": (
        "() => https.get('https://api.acme.example/x')",
        ["--allow-fetch", "api.acme.example"],
    ),
    "models": ("() => generateText({ model: 'openai/m', prompt: 'x' })", ["--allow-models"]),
    "helpers of a framework": ("() => 1", []),
    "nothing": ("({ to }) => to.length", []),
}


@pytest.mark.parametrize("kind", GRANTS)
def test_options_that_grant_what_a_tool_uses_are_suggested(kind: str) -> None:
    execute, arguments = GRANTS[kind]
    before = 'import https from "node:https"; import { generateText } from "ai";'
    found = of_tool(execute, before)
    assert found.tool("use")["suggestedArguments"] == arguments
    command = "caisson run agent.js --agent agent "
    assert (command in found.text.replace("\N{NO-BREAK SPACE}", " ")) is bool(arguments)
    for word in arguments:
        assert word in found.text
    assert "@localhost" not in found.text
    assert "@127.0.0.1" not in found.text


def test_hosts_that_a_call_computes_are_said_to_need_a_grant() -> None:
    found = of_tool("({ to }) => fetch(to)")
    assert found.tool("use")["suggestedArguments"] == []
    assert "open it may reach hosts that are computed at run time, at 4:" in found.text
    assert "use: add --allow-fetch HOST for those of the hosts computed at run time" in found.text


def test_key_without_a_host_of_its_own_is_named() -> None:
    found = of_tool("({ to }) => fetch(to, { headers: { 'x-key': process.env.ACME_KEY } })")
    assert "ACME_KEY: add --secret NAME@HOST for those you want to grant" in found.text


def test_servers_of_an_agent_are_granted_too() -> None:
    found = inspected(
        'import { MCPClient } from "@mastra/mcp"; import { Agent } from "@mastra/core/agent";\n'
        "const mcp = new MCPClient({ servers: { docs: {\n"
        '  url: new URL("https://docs.example:8443/mcp"),\n'
        "  requestInit: { headers: { Authorization: `Bearer ${process.env.DOCS_KEY}` } } } } });\n"
        'export const agent = new Agent({ id: "a", name: "A", instructions: "x",\n'
        '  model: "openai/m", tools: { ...(await mcp.getTools()) } });\n'
    )
    assert found.json["agents"]["agent"]["suggestedArguments"] == [
        *("--allow-fetch", "docs.example:8443"),
        *("--secret", "DOCS_KEY@docs.example:8443,header=authorization"),
    ]
    assert "--allow-fetch docs.example:8443" in found.text.replace("\N{NO-BREAK SPACE}", " ")


RUNS = {
    "awaited": "const said = await AGENT; console.log(said);",
    "not awaited": "AGENT;",
    "main": "async function main() { console.log(await AGENT); }\nmain().catch(console.error);",
    "arrow": "const main = async () => { console.log(await AGENT); };\nvoid main();",
    "at once": "(async () => { await AGENT; })();",
}
FRAMEWORKS = {
    "ai-sdk": (
        (
            'import { ToolLoopAgent } from "ai";\n'
            'export const agent = new ToolLoopAgent({ model: "openai/m", instructions: "x" });\n'
        ),
        'agent.generate({ prompt: "hello" })',
    ),
    "mastra": (
        (
            'import { Agent } from "@mastra/core/agent";\n'
            'export const agent = new Agent({ id: "a", name: "A", instructions: "x",'
            ' model: "openai/m" });\n'
        ),
        'agent.generate("hello")',
    ),
    "openai-agents": (
        (
            'import { Agent, run } from "@openai/agents";\n'
            'export const agent = new Agent({ name: "A", instructions: "x", model: "gpt-5" });\n'
        ),
        'run(agent, "hello")',
    ),
}


@pytest.mark.parametrize("form", RUNS)
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_run_that_the_program_makes_at_load_is_never_answered(framework: str, form: str) -> None:
    head, run = FRAMEWORKS[framework]
    found = inspected(head + RUNS[form].replace("AGENT", run))
    ((severity, reason, line),) = found.told("agents.agent")
    assert (severity, line) == ("info", 3)
    assert "this call is never answered" in reason
    later = inspected(f"{head}export const ask = async () => {run};")
    assert later.told("agents.agent") == []


def test_tool_of_the_providers_form_is_not_said_to_be_unread() -> None:
    found = inspected(
        f'{HEAD}import {{ openai }} from "@ai-sdk/openai";\n'
        'export const agent = new ToolLoopAgent({ model: "openai/m", tools: { shell:\n'
        "  openai.tools.localShell({ execute: async () => ({ output: 'x' }) }) } });\n"
    )
    assert "it is not offered" in found.text
    assert "could not be read" not in found.text
    ((severity, reason, _),) = found.told("agents.agent.tools.shell")
    assert severity == "error"
    assert "it runs in the agent's own process" in reason


def test_workflows_beside_agents_are_said_not_to_run() -> None:
    found = inspected(
        'import { Mastra } from "@mastra/core"; import { Agent } from "@mastra/core/agent";\n'
        'import { createWorkflow } from "@mastra/core/workflows";\n'
        'const flow = createWorkflow({ id: "w" });\n'
        'const agent = new Agent({ id: "a", name: "A", instructions: "x", model: "openai/m" });\n'
        "export const mastra = new Mastra({ agents: { agent }, workflows: { flow } });\n"
    )
    assert [(severity, line) for severity, _, line in found.told("")] == [("info", 5)]
    assert "the workflows that stand beside them here are not offered" in found.text


@pytest.mark.parametrize(
    ("agent", "tools"),
    [
        ("toolApproval: { wipe: 'user-approval' }, ", {"wipe": True, "read": False}),
        ("toolApproval: ({ toolCall }) => decide(toolCall), ", {"wipe": True, "read": True}),
        ("", {"wipe": False, "read": False}),
    ],
)
def test_calls_that_need_a_person_are_said(agent: str, tools: dict[str, bool]) -> None:
    made = 'tool({ description: "d", inputSchema: z.object({}), execute: async () => 1 })'
    found = inspected(
        f"{HEAD}const decide = () => 'approved';\n"
        f'export const agent = new ToolLoopAgent({{ model: "openai/m", {agent}'
        f"tools: {{ wipe: {made}, read: {made} }} }});\n"
    )
    assert {key: found.tool(key)["needsApproval"] for key in tools} == tools
    assert found.text.count("asks a person before it runs") == sum(tools.values())


def test_agent_without_what_it_must_have_is_disabled_with_the_reason() -> None:
    found = inspected(
        'import { Agent } from "@openai/agents";\n'
        'export const agent = new Agent({ name: "A", prompt: { promptId: "pmpt_1" } });\n'
    )
    assert found.json["agents"]["agent"]["disabled"] is True
    assert "refused  prompt: Caisson does not send it" in found.text
    assert [each[0] for each in found.told("agents.agent.model")] == ["warning"]

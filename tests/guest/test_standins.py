"""Packages that are left as imports: inert at load, refused when a tool needs them."""

from __future__ import annotations

import pytest

from tests.guest.sandboxed import Sandbox, run_body

IMPORTS = """
import any, { Base, make, Decorator, sql, list } from "some-package";
import { PinoLogger } from "@mastra/loggers";
import { Memory } from "@mastra/memory";
import { createWorkflow, createStep, createScorer } from "@mastra/core/workflows";
import { Agent, Runner, run, MCPServerStdio } from "@openai/agents";
import { generateText, streamText } from "ai";
import * as otel from "@opentelemetry/api";
import winston from "winston";
"""

# What a bundle may do with a stand-in while it loads.
AT_LOAD = [
    "any()",
    "new Base(1).connect().then",
    "any.deep.er.member().chain(1)[0].x(() => 1)",
    "await any.connect()",
    "await Promise.all([any(), new Base()])",
    "[...list, ...list()].length",
    "Object.keys({ ...make() }).length",
    "for (const each of make()) throw each",
    "for await (const each of make()) throw each",
    "const { a, b: { c }, ...rest } = make()",
    "const [first] = make()",
    "`${make()}`.length + +make().count",
    "JSON.stringify({ any, base: new Base() })",
    "class Own extends Base { constructor() { super(1); this.x = 1; this.init(); } } new Own()",
    "sql`select ${1} from x`.run()",
    "make.a === make.a || missing()",
    "new Base() instanceof Base || missing()",
    "any.length > 1",
    "Object.assign(make(), { x: 1 }).x",
    "delete any.x; any.x = 1; any.x === 1 || missing()",
    "structuredClone; any.toString(); any.valueOf()",
    "typeof any === 'function' && typeof new Base() === 'object' || missing()",
    "new PinoLogger({ name: 'x' }).child({}).info('starting')",
    "winston.createLogger({ transports: [new winston.transports.Console()] }).warn('x')",
    "new Memory({ options: {} }).query()",
    "createWorkflow({ id: 'w' }).then(createStep({})).branch([]).parallel([]).commit().createRun()",
    "createScorer({}).preprocess(() => 1).generateScore(() => 1)",
    "await run(new Agent({ name: 'a' }), 'hello'); (await new Runner({}).run()).finalOutput",
    "const server = new MCPServerStdio({}); await server.connect(); server.tools",
    "(await generateText({})).text; for await (const part of streamText({}).textStream) throw part",
    "otel.trace.getTracer('x').startSpan('y').end()",
]


def test_whatever_a_bundle_does_with_them_at_load_is_inert(sandbox: Sandbox) -> None:
    lines = "\n".join(f"{{ {each}; }}" for each in AT_LOAD)
    assert run_body(sandbox, "return 1", head=IMPORTS + lines).value == 1


def test_decorators_keep_what_they_decorate(sandbox: Sandbox) -> None:
    head = (
        IMPORTS
        + """
      class Own { go() { return 5; } }
      const old = Decorator({ a: 1 })(Own) ?? Own;
      Decorator()(Own.prototype, "go", Object.getOwnPropertyDescriptor(Own.prototype, "go"));
      const standard = Decorator()(Own, { kind: "class", name: "Own" }) ?? Own;
    """
    )
    body = "return [new old().go(), new standard().go()]"
    assert run_body(sandbox, body, head=head).value == [5, 5]


@pytest.mark.parametrize(
    "use",
    [
        "any()",
        "new Base()",
        "held.query('x')",
        "await held.query('x')",
        "new Own()",
        "sql`x`",
        "`${made}`",
        "made + 1",
        "[...made]",
        "for (const each of made) return each",
        "made.toString()",
        "made",
        "({ made })",
        "generateText({})",
        "run()",
        "createWorkflow({}).createRun()",
    ],
)
def test_what_a_tool_needs_of_them_fails_with_its_name(sandbox: Sandbox, use: str) -> None:
    head = IMPORTS + "const held = new Base(), made = make(); class Own extends Base {}\n"
    form = use if use.startswith("for") else f"return {use}"
    failure = run_body(sandbox, form, head=head).failure
    assert failure.kind.name == "THROWN"
    assert "some-package" in failure.message or "Caisson" in failure.message


def test_logs_and_traces_change_no_result(sandbox: Sandbox) -> None:
    head = IMPORTS + "const log = new PinoLogger(), tracer = otel.trace.getTracer('x');\n"
    body = """
      log.info("seen", 1);
      const span = tracer.startSpan("y");
      span.setAttribute("a", 1).end();
      return tracer.startActiveSpan("z", async (inner) => { inner.end(); return 7; });
    """
    ran = run_body(sandbox, body, head=head)
    assert ran.value == 7
    assert ran.console == [("info", "seen 1")]


def test_exported_stand_in_is_no_agent(sandbox: Sandbox) -> None:
    source = (
        IMPORTS + "export const db = new Base(), helper = make(); export const a = { tools: {} };"
    )
    failure = sandbox.load(source).call("x", agent="helper").failure
    assert failure.kind.name == "TOOL_NOT_FOUND"
    assert failure.message.endswith("it has: a")

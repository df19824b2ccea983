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
    "any.connect().then(() => 1, () => missing()).catch(() => missing()).finally(() => 1)",
    "any.connect(1).catch(() => missing()).then(() => 1)",
    "let n = 0; const a = any(); a.then(() => n++); await a; await 1; n === 1 || missing()",
    "const made = make(); (await made) === (await made) || missing()",
    "any().then({}).then('x').commit()",
    "(await any.connect()).then === undefined && new Base().then === undefined || missing()",
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
        "createWorkflow({}).createRun()",
    ],
)
def test_what_a_tool_needs_of_them_fails_with_its_name(sandbox: Sandbox, use: str) -> None:
    head = IMPORTS + "const held = new Base(), made = make(); class Own extends Base {}\n"
    form = use if use.startswith("for") else f"return {use}"
    failure = run_body(sandbox, form, head=head).failure
    assert failure.kind.name == "THROWN"
    assert "some-package" in failure.message or "Caisson" in failure.message


@pytest.mark.parametrize("use", ["generateText({})", "run()"])
def test_what_asks_models_needs_a_grant(sandbox: Sandbox, use: str) -> None:
    failure = run_body(sandbox, f"return {use}", head=IMPORTS).failure
    assert failure.kind.name == "CAPABILITY_DENIED"
    assert "the capability `model`" in failure.message


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


ASKED = """
import allowed, { isAllowed, policy, Store, limits } from "some-policy";
import { isOpen, mode } from "node-policy/rules";
const verdict = isAllowed("x"), deep = policy.rules.write, store = new Store();
const { strict } = limits;
"""


@pytest.mark.parametrize(
    "asks",
    [
        "if (!verdict) throw 'no'",
        "if (isAllowed(ctx.user)) return 'ran'",
        "if (!isAllowed) throw 'no'",
        "if (policy.readonly) throw 'no'",
        "if (deep === 'none') throw 'no'",
        "if (mode !== 'open') throw 'no'; return 'ran'",
        "if (strict) throw 'no'",
        "return policy?.open ? 'ran' : 'no'",
        "return isOpen && 'ran'",
        "if (policy.mode == 'none') throw 'no'",
        "const { open } = policy; if (open) return 'ran'",
        "while (policy.open) return 'ran'",
        "if (store.state) return 'ran'",
        "if (store.isOpen === true) throw 'no'",
    ],
)
def test_tool_cannot_ask_what_a_missing_package_would_say(sandbox: Sandbox, asks: str) -> None:
    failure = run_body(sandbox, f"{asks}; return 'ran'", head=ASKED).failure
    assert failure.kind.name == "THROWN"
    assert "-policy" in failure.message


@pytest.mark.parametrize(
    "asks",
    [
        "if (!store) throw 'no'",
        "if (store === undefined || store === null) throw 'no'",
        "if (!(store instanceof Store)) throw 'no'",
        "if (typeof isAllowed !== 'function') throw 'no'",
        "const log = winston; if (log) log.info('x')",
    ],
)
def test_what_is_known_of_a_missing_package_can_be_asked(sandbox: Sandbox, asks: str) -> None:
    head = ASKED + 'import winston from "winston";\n'
    assert run_body(sandbox, f"{asks}; return 'ran'", head=head).value == "ran"


def test_bundle_may_ask_at_load(sandbox: Sandbox) -> None:
    head = ASKED + "if (!policy.open || mode === 'x' || !verdict) missing();\n"
    assert run_body(sandbox, "return 1", head=head).value == 1

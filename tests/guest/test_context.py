"""What ``execute`` gets besides its input, in each framework."""

from __future__ import annotations

import pytest

from tests.guest.sandboxed import Sandbox

CONTEXT = {"sessionId": "s-1", "resourceId": "r-1", "tenant": "north"}
LIGHTFAST = 'import { createAgent, createTool, createLightfast } from "lightfast";\n'


def lightfast(execute: str, agent_extra: str = "") -> str:
    return (
        f"{LIGHTFAST} const t = createTool({{execute: {execute}}});"
        f"const agent = createAgent({{name: 'a', tools: {{t}}, {agent_extra}}});"
        "export default createLightfast({agents: {main: agent}});"
    )


def test_lightfast_tool_sees_only_the_runtime_context(
    sandbox: Sandbox,
) -> None:
    loaded = sandbox.load(lightfast("(input, context) => context"))
    assert loaded.call("t", context=CONTEXT).value == CONTEXT


def test_create_runtime_context_overrides_request(sandbox: Sandbox) -> None:
    extra = (
        "createRuntimeContext: async ({sessionId, resourceId}) => "
        "({tenant: `of ${resourceId}`, key: sessionId})"
    )
    loaded = sandbox.load(lightfast("(input, context) => context", extra))
    expected = {**CONTEXT, "tenant": "of r-1", "key": "s-1"}
    assert loaded.call("t", context=CONTEXT).value == expected


@pytest.mark.parametrize(
    "wrap", [lightfast, "export const agents = {{main: {{tools: {{t: {{execute: {}}}}}}}}};".format]
)
def test_call_options_and_context_are_both_readable(sandbox: Sandbox, wrap: object) -> None:
    assert callable(wrap)
    execute = (
        "(input, {tenant, env, toolCallId, messages, abortSignal, experimental_context}) => "
        "[tenant, env.SECRET ?? null, toolCallId, messages, abortSignal.aborted, "
        "experimental_context.sessionId]"
    )
    value = sandbox.load(wrap(execute)).call("t", context=CONTEXT).value
    assert value == ["north", None, "call-1", [], False, "s-1"]


def test_env_does_not_hide_context_key(sandbox: Sandbox) -> None:
    loaded = sandbox.load(lightfast("(input, {env}) => env"))
    assert loaded.call("t", context={"env": {"A": "1"}}).value == {"A": "1"}


def test_tool_built_from_context_sees_it(sandbox: Sandbox) -> None:
    source = "export const agents = {main: {tools: ({tenant}) => ({t: {execute: () => tenant}})}};"
    assert sandbox.load(source).call("t", context=CONTEXT).value == "north"


def test_throwing_context_factory_fails_call(sandbox: Sandbox) -> None:
    extra = "createRuntimeContext: () => { throw new RangeError('no session'); }"
    failure = sandbox.load(lightfast("() => 1", extra)).call("t").failure
    assert (failure.kind.name, failure.name, failure.message) == (
        "THROWN",
        "RangeError",
        "no session",
    )


def test_no_state_passes_from_call_to_call(sandbox: Sandbox) -> None:
    source = "let n = 0; export const agents = {main: {tools: {t: {execute: () => ++n}}}};"
    loaded = sandbox.load(source)
    assert [loaded.call("t").value, loaded.call("t").value] == [1, 1]


def test_random_values_differ_between_calls(sandbox: Sandbox) -> None:
    source = (
        "const early = crypto.randomUUID();"
        "const fill = () => crypto.getRandomValues(new Uint8Array(8));"
        "const execute = () => [early, Math.random(), crypto.randomUUID(), [...fill()]];"
        "export const agents = {main: {tools: {t: {execute}}}};"
    )
    loaded = sandbox.load(source)
    first, second = loaded.call("t").value, loaded.call("t").value
    assert isinstance(first, list)
    assert isinstance(second, list)
    assert first[0] == second[0]
    assert all(one != other for one, other in zip(first[1:], second[1:], strict=True))

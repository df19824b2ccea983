"""A call sees its own environment, idempotency key and abort signal, in every form of tool."""

from __future__ import annotations

import pytest

from tests.guest.sandboxed import Sandbox

CONTEXT = {"env": {"API_KEY": "placeholder-1"}, "idempotencyKey": "key-1", "sessionId": "s"}
SEEN = (
    "[process.env.API_KEY ?? null, context.env.API_KEY ?? null, context.idempotencyKey,"
    " context.abortSignal.aborted]"
)
FORMS = {
    "an object": (
        "export const agents = {main: {tools: {t: {execute: (input, context) => "
        f"{SEEN}}}}}}}}};"
    ),
    "a factory": (
        "export const agents = {main: {tools: {t: (context) => ({execute: () => "
        f"{SEEN}}})}}}}}};"
    ),
    "lightfast": (
        'import { createAgent, createTool, createLightfast } from "lightfast";'
        f"const t = createTool({{execute: (input, context) => {SEEN}}});"
        "const agent = createAgent({name: 'a', tools: {t}});"
        "export default createLightfast({agents: {main: agent}});"
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_call_sees_its_environment(sandbox: Sandbox, form: str) -> None:
    value = sandbox.load(FORMS[form]).call("t", context=CONTEXT).value
    assert value == ["placeholder-1", "placeholder-1", "key-1", False]


def test_environment_is_per_call(sandbox: Sandbox) -> None:
    source = """
      const held = process.env; const early = held.API_KEY ?? null; held.SET = "at load";
      const execute = () => [early, held.API_KEY ?? null, held.SET, Object.keys(process.env)];
      export const agents = {main: {tools: {t: {execute}}}};
    """
    loaded = sandbox.load(source)
    assert loaded.call("t", context=CONTEXT).value == [
        None,
        "placeholder-1",
        "at load",
        ["SET", "API_KEY"],
    ]
    assert loaded.call("t").value == [None, None, "at load", ["SET"]]


def test_only_strings_become_environment(sandbox: Sandbox) -> None:
    source = "export const agents = {main: {tools: {t: {execute: () => process.env}}}};"
    env = {"A": "1", "B": 2, "__proto__": "x"}
    assert sandbox.load(source).call("t", context={"env": env}).value == {
        "A": "1",
        "__proto__": "x",
    }


def test_bundle_prototype_is_not_environment(sandbox: Sandbox) -> None:
    source = (
        "Object.prototype.context = {env: {A: 'forged'}};"
        "export const agents = {main: {tools: {t: {execute: () => process.env.A ?? null}}}};"
    )
    assert sandbox.load(source).call("t").value is None

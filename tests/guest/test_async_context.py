"""A store of AsyncLocalStorage follows requests to the host, and reaches no other task or call.

``tests/web/cases/context.js`` compares the ways that need no host with Node.
"""

from __future__ import annotations

import base64

from tests.guest.sandboxed import Sandbox

HEAD = """
  import { AsyncLocalStorage } from "node:async_hooks";
  const who = new AsyncLocalStorage();
  const asked = async (user, ms) => {
    await new Promise((done) => setTimeout(done, ms));
    const response = await fetch("https://api.test/" + user);
    const seen = [who.getStore()];
    for await (const part of response.body) seen.push(who.getStore());
    return [...seen, await fetch("https://api.test/again").then(() => who.getStore())];
  };
  const as = (user, ms) => who.run(user, asked, user, ms);
  export const agents = {main: {tools: {
    many: {execute: async () => {
      const tasks = [as("ada", 3), as("bob", 2), as("cy", 1), asked("nobody", 0)];
      return [await Promise.all(tasks), who.getStore() ?? null];
    }},
    entered: {execute: async () => {
      who.enterWith("mine");
      await fetch("https://api.test/x");
      const signal = await new Promise((done) => setTimeout(() => done(who.getStore()), 1));
      return [who.getStore(), signal];
    }},
    seen: {execute: async () => who.getStore() ?? null},
    failed: {execute: () => who.run("x", async () => {
      await null;
      throw new Error(who.getStore());
    })},
  }}};
"""


def answer(call: dict[str, object]) -> dict[str, object]:
    """Answer a request with two pieces of a body, one for each read."""
    asked = call["input"]
    assert isinstance(asked, dict)
    piece = {"data": base64.b64encode(b"abc").decode(), "done": asked["op"] != "request"}
    if asked["op"] == "request":
        return {"output": {"status": 200, "headers": [], "body": piece, "handle": 1}}
    return {"output": piece}


def test_stores_follow_requests(sandbox: Sandbox) -> None:
    ran = sandbox.load(HEAD).call("many", granted={"fetch": answer})
    value = ran.value
    assert isinstance(value, list)
    tasks, after = value
    assert after is None
    users = ["ada", "bob", "cy", None]
    assert [set(task) for task in tasks] == [{user} for user in users]
    assert all(len(task) == len(tasks[0]) for task in tasks)


def test_store_entered_by_a_call_stays_in_it(sandbox: Sandbox) -> None:
    loaded = sandbox.load(HEAD)
    assert loaded.call("entered", granted={"fetch": answer}).value == ["mine", "mine"]
    assert loaded.call("seen").value is None
    assert loaded.call("failed").failure.message == "x"


def test_store_entered_by_the_top_level_is_seen_by_calls(sandbox: Sandbox) -> None:
    """As in Node, where a module that imports the bundle shares its first job."""
    loaded = sandbox.load(HEAD + 'who.enterWith("app");')
    assert loaded.call("seen").value == "app"

"""Built-ins that a program replaced: its own code sees that, and what Node gives still works."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.guest.sandboxed import Loaded, Sandbox
from tests.guest.test_host_calls import answer
from tests.guest.test_poisoned_fetch import BODY, url
from tests.repeats import soaking, some

__all__ = ["url"]

HERE = Path(__file__).parent
REPLACED = (HERE / "replaced.js").read_text()
SEEN = (HERE / "replaced_seen.js").read_text()
SHARE = 5
LIST = "list: {execute: () => [[...MEMBERS.keys()], Object.keys(WORKS)]}"
ASK = "ask: {execute: (of) => tried(of.member, of.work, of.url)}"
TOOLS = f"exports.agents = {{main: {{tools: {{{LIST}, {ASK}}}}}}};"
IN_NODE = """
const {writeSync} = require("node:fs");
const {exit} = process;
const end = (text) => { writeSync(1, `${text}`); exit(0); };
process.on("uncaughtException", () => end("failed"));
setTimeout(end, 5000, "failed");
const [member, work, url] = process.argv.slice(2);
tried(member, work, url).then(end, () => end("failed"));
"""
SEEN_IN_NODE = """
const vm = require("node:vm");
const asking = (name) => `(async () => JSON.stringify(await SEEN[${JSON.stringify(name)}]()))()`;
const fresh = (name) => vm.runInNewContext(`${SOURCE};${asking(name)}`, {structuredClone});
Promise.all(NAMES.map(fresh)).then((all) => console.log(JSON.stringify(all)));
"""
# Requests fail in Node as well: what an async function returns is waited for by its `then`.
FAIL_IN_NODE = {"Promise.Symbol(Symbol.species)", "Promise.prototype.then"}
REQUESTS = {"text", "json", "posted"}


def node(script: Path, *arguments: str) -> str:
    """Return what a script writes in a fresh Node."""
    done = subprocess.run(
        [str(Path(sysconfig.get_path("scripts")) / "node"), str(script), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": os.environ.get("PATH", os.defpath)},
    )
    return done.stdout


@pytest.fixture(scope="module")
def loaded(sandbox: Sandbox) -> Loaded:
    """Return the program with all members and works."""
    return sandbox.load(REPLACED + TOOLS, module=False)


def asked(loaded: Loaded, member: str, work: str, url: str) -> object:
    """Return what a work gives in the sandbox once a member is replaced."""
    of = {"member": member, "work": work, "url": url}
    return loaded.call("ask", of, granted={"fetch": lambda _: answer(BODY)}).value


def test_works_go_on_after_any_member_is_replaced(loaded: Loaded, url: str) -> None:
    listed = loaded.call("list").value
    assert isinstance(listed, list)
    members, works = listed
    usual = {work: asked(loaded, "Math.hypot", work, url) for work in works}
    assert "failed" not in usual.values()
    different = {}
    for number, member in some(list(enumerate(members)), SHARE):
        for work in works if soaking() else [works[number % len(works)]]:
            found = asked(loaded, member, work, url)
            if found != usual[work] and not (member in FAIL_IN_NODE and work in REQUESTS):
                different[member, work] = found
    assert different == {}


@pytest.mark.parametrize("member", sorted(FAIL_IN_NODE))
def test_requests_fail_in_node_as_well(member: str, url: str, tmp_path: Path) -> None:
    script = tmp_path / "replaced.js"
    script.write_text(REPLACED + IN_NODE)
    assert {node(script, member, work, url) for work in REQUESTS} == {"failed"}


def test_works_are_those_of_node(loaded: Loaded, url: str, tmp_path: Path) -> None:
    script = tmp_path / "replaced.js"
    script.write_text(REPLACED + IN_NODE)
    listed = loaded.call("list").value
    assert isinstance(listed, list)
    for work in listed[1]:
        found = asked(loaded, "Math.hypot", work, url)
        assert node(script, "Math.hypot", work, url) == found, work


def test_a_program_sees_what_it_replaced_as_in_node(sandbox: Sandbox, tmp_path: Path) -> None:
    tool = "seen: {execute: async ({name}) => JSON.stringify(await SEEN[name]())}"
    names = "names: {execute: () => Object.keys(SEEN)}"
    loaded = sandbox.load(
        f"{SEEN};exports.agents={{main:{{tools:{{{tool},{names}}}}}}};", module=False
    )
    cases = loaded.call("names").value
    assert isinstance(cases, list)
    script = tmp_path / "seen.js"
    given = f"const SOURCE = {json.dumps(SEEN)};const NAMES = {json.dumps(cases)};"
    script.write_text(given + SEEN_IN_NODE)
    expected = dict(zip(cases, json.loads(node(script)), strict=True))
    found = {name: loaded.call("seen", {"name": name}) for name in cases}
    values = {
        name: ran.outcome.failure.message if ran.outcome.failure else ran.value
        for name, ran in found.items()
    }
    assert values == expected

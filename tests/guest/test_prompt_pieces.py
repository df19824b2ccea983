"""No piece of a prompt is lost: what cannot be read from source, the sandbox tells as Node does."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from services.executor.agent_parts import AgentPart
from services.executor.bundle.process.read_source import read_source
from tests.bundle.reading import DIGEST
from tests.guest.sandboxed import Sandbox
from tests.npm import node, node_environment

HEAD = r"""
const text = '{"role": "clerk", "rules": ["short", "kind"]}';
class Role { constructor(name) { this.name = name; } toString() { return `the ${this.name}`; } }
function rules(names) {
  const lines = [];
  for (const name of names) lines.push(`- ${name}`);
  return lines.join("\n");
}
const dedent = (parts, ...values) => String.raw({ raw: parts }, ...values).replace(/^\s+/gm, "");
const table = new Map([["a", "first"], ["b", "second"]]);
let counter = 0;
const next = () => ++counter;
const sections = { tone: "Be kind.", limits: "Never give refunds." };
async function late() { return "late"; }
const awaited = await late();
"""
PIECES = [
    "JSON.parse(text).role",
    "`You are ${JSON.parse(text).rules.join(' and ')}.`",
    "dedent`  One ${1}.\n  Two.`",
    "'a  b   c'.replace(/ +/g, ' ')",
    "rules(['short', 'kind'])",
    "String(new Role('clerk'))",
    "`${new Role('clerk')}`",
    "atob('WW91IGFyZSBhIGNsZXJrLg==')",
    "[...table].map(([key, value]) => `${key}: ${value}`).join('; ')",
    "`${next()} ${next()}`",
    "Object.entries(sections).map(([name, body]) => `# ${name}\\n${body}`).join('\\n')",
    "awaited",
    "[1, 2, 3].reduce((sum, each) => sum + each, 0).toString()",
    "'x'.padStart(3, '-') + 'é'.normalize('NFD').length",
    "new Intl.ListFormat('en').format(['a', 'b'])",
    "(1234.5).toLocaleString('en-US')",
    "new URL('/rules', 'https://example.com').href",
    "Buffer.from('48656c6c6f', 'hex').toString()",
    "[..._unused()].join('')",
    "(() => { let s = ''; for (let i = 0; i < 3; i++) s += i; return s; })()",
    "'Plain, as it stands.'",
    "structuredClone(sections).tone",
    "encodeURIComponent('a b')",
    "[3, 1, 2].sort().join()",
    "new Set('hello').size + ' letters'",
]
MORE = "function* _unused() { yield 'ge'; yield 'n'; }\n"


@pytest.fixture(scope="module")
def expected() -> list[str]:
    """What Node makes of the pieces."""
    program = f"{HEAD}{MORE}console.log(JSON.stringify([{', '.join(PIECES)}]));"
    command = [node(), "--input-type=module", "-e", program]
    done = subprocess.run(
        command, env=node_environment(), capture_output=True, timeout=60, check=True
    )
    found: list[str] = json.loads(done.stdout)
    return found


def test_every_piece_is_read_or_told(expected: list[str], sandbox: Sandbox) -> None:
    agents = "\n".join(
        f"export const a{at} = new ToolLoopAgent({{ model: 'm/m', instructions: {piece} }});"
        for at, piece in enumerate(PIECES)
    )
    source = f'import {{ ToolLoopAgent }} from "ai";\n{HEAD}{MORE}{agents}\n'
    manifest = read_source(DIGEST, source.encode())
    loaded = sandbox.load(source)
    wrong = []
    for at, (piece, right) in enumerate(zip(PIECES, expected, strict=True)):
        agent = manifest.agents[f"a{at}"]
        told: Any = loaded.parts(agent.key, "instructions").value
        assert told["instructions"] == {"value": [right]}, piece
        asked = AgentPart.INSTRUCTIONS in {each.part for each in agent.unknown}
        if agent.disabled or not (asked or agent.system == right):
            wrong.append((piece, agent.system, right))
    assert wrong == []

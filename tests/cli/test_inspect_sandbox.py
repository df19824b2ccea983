"""``caisson inspect --sandbox-schemas`` starts a toolrunner; without it nothing is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import Caisson

LOOPED = """\
function fields(names) {
  const shape = {};
  for (const name of names) shape[name] = { type: ["string", "number"][names.length % 2] };
  while (globalThis.never) shape.never = {};
  return shape;
}
const tool = { description: "d", execute: () => 1, inputSchema: { type: "object", properties: fields(["a", "b"]) } };
export default createLightfast({ agents: { one: createAgent({ model: "m", system: "s", tools: { tool } }) } });
function createAgent(config) { return { lightfastConfig: config, ...config }; }
function createLightfast(config) { return { config }; }
"""  # noqa: E501 - a program


@pytest.fixture
def looped(tmp_path: Path) -> str:
    path = tmp_path / "looped.js"
    path.write_text(LOOPED)
    return str(path)


def test_sandbox_schemas_flag_asks_the_sandbox(caisson: Caisson, looped: str) -> None:
    without = caisson("inspect", looped, "--json")
    asked = caisson("inspect", looped, "--json", "--sandbox-schemas")
    assert (without.status, asked.status) == (0, 0), asked.err
    (unread,) = without.json["agents"]["one"]["tools"].values()
    assert unread["inputSchema"] is None
    (tool,) = asked.json["agents"]["one"]["tools"].values()
    assert tool["schemaSource"] == "SANDBOX"
    assert tool["inputSchema"]["properties"] == {"a": {"type": "string"}, "b": {"type": "string"}}
    severities = [each["severity"] for each in asked.json["diagnostics"]]
    assert severities == ["info"]


def test_sandbox_schemas_setting_asks_the_sandbox(
    caisson: Caisson, looped: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAISSON_EXECUTOR_SANDBOX_SCHEMAS", "true")
    result = caisson("inspect", looped)
    assert result.status == 0, result.err
    assert "sandbox" in result.out

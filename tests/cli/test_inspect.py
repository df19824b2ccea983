"""``caisson inspect``: the manifest as an object and as a person reads it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.cli.command import Caisson
from tests.cli.conftest import Files
from tests.real_bundles.build import RealBundles


def test_json_is_the_contract(caisson: Caisson, files: Files) -> None:
    result = caisson("inspect", files.workshop, "--json")
    assert result.status == 0, result.err
    manifest = result.json
    assert set(manifest) == {"digest", "format", "agents", "metadata", "diagnostics"}
    source = Path(files.workshop).read_bytes()
    assert manifest["digest"] == "sha256:" + hashlib.sha256(source).hexdigest()
    assert manifest["format"] == "esm"
    assert manifest["metadata"] == {"name": "workshop"}
    worker = manifest["agents"]["worker"]
    assert set(worker) == {
        *("name", "description", "system", "model", "tools"),
        *("framework", "fallbackModels", "settings", "maxSteps", "stopConditions"),
        *("toolChoice", "activeTools", "outputSchema", "handoffs", "agentTools", "metadata"),
    }
    assert (worker["name"], worker["system"]) == ("worker", "You work.")
    assert worker["model"] == "openai/offline"
    add = worker["tools"]["add"]
    assert set(add) == {
        *("description", "inputSchema", "schemaSource"),
        *("outputSchema", "disabled", "needsApproval", "reach"),
    }
    assert add["description"] == "Adds two numbers."
    assert add["schemaSource"] == "STATIC"
    assert set(add["inputSchema"]["properties"]) == {"a", "b"}


def test_diagnostics_say_where(caisson: Caisson, files: Files) -> None:
    result = caisson("inspect", files.half_readable, "--json")
    assert result.status == 0, result.err
    manifest = result.json
    assert set(manifest["agents"]) == {"first", "second"}
    assert manifest["agents"]["first"]["tools"]["good"]["inputSchema"] is not None
    assert manifest["agents"]["first"]["tools"]["murky"]["inputSchema"] is None
    (found,) = [each for each in manifest["diagnostics"] if "murky" in each["path"]]
    assert set(found) == {"severity", "path", "reason", "line", "column"}
    assert found["path"].startswith("agents.first.tools.murky")
    assert found["line"] > 0


def test_a_person_sees_tools_schemas_and_the_source_of_diagnostics(
    caisson: Caisson, files: Files
) -> None:
    result = caisson("inspect", files.half_readable)
    assert result.status == 0, result.err
    assert "\x1b" not in result.out
    for text in ("first", "second", "openai/offline", "good", "city: string", '"C" | "F"'):
        assert text in result.out
    assert "agents.first.tools.murky" in result.out
    assert "│" in result.out
    assert "^" in result.out


def test_real_bundle(caisson: Caisson, real_bundles: RealBundles) -> None:
    result = caisson("inspect", str(real_bundles.numbers_min_cjs), "--json")
    assert result.status == 0, result.err
    numbers = result.json["agents"]["numbers"]
    assert numbers["model"] == "openai/gpt-5"
    assert set(numbers["tools"]) == {"primes", "checksum", "divide"}


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("syntax_error", "line 2"),
        ("no_agents", "agent"),
        ("empty", "empty"),
    ],
)
def test_broken_bundles(caisson: Caisson, files: Files, kind: str, said: str) -> None:
    result = caisson("inspect", getattr(files, kind), "--json")
    assert result.status == 2
    assert said in result.err
    assert "Traceback" not in result.err
    assert not result.out


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no/such/bundle.js", "No such file"),
        ("/tmp", "directory"),
        ("/dev/zero", "not a regular file"),
        ("ftp://example.com/bundle.js", "path or an http(s) URL"),
        ("http://127.0.0.1:9/bundle.js", "127.0.0.1:9"),
    ],
)
def test_bundles_that_cannot_be_had(caisson: Caisson, name: str, said: str) -> None:
    result = caisson("inspect", name)
    assert result.status == 2
    assert said in result.err
    assert "Traceback" not in result.err

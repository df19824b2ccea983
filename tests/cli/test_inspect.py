"""``caisson inspect``: the manifest as JSON and as text."""

from __future__ import annotations

import hashlib
import io
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from services.cli.show.manifest import show_manifest
from services.cli.show.terminal import Terminal
from services.executor.bundle.process.read_source import read_source
from services.executor.bundle.syntax.excerpts import columns_of
from tests.cli import bundles
from tests.cli.command import TIMEOUT_S, Caisson, read_all
from tests.cli.conftest import Files
from tests.real_bundles.build import RealBundles


def test_json_output_has_the_documented_shape(caisson: Caisson, files: Files) -> None:
    result = caisson.anew("inspect", files.workshop, "--json")
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
        *("disabled", "refusals", "asked", "suggestedArguments"),
    }
    assert (worker["name"], worker["system"]) == ("worker", "You work.")
    assert worker["model"] == "openai/offline"
    add = worker["tools"]["add"]
    assert set(add) == {
        *("description", "inputSchema", "schemaSource"),
        *(
            "outputSchema",
            "disabled",
            "needsApproval",
            "reach",
            "suggestedArguments",
            "missingReasons",
            "unreadSchema",
        ),
        *("approvalAsked", "gates", "parsesInput", "seesMessages", "strict"),
        *("clientSide", "idempotent"),
    }
    assert add["description"] == "Adds two numbers."
    assert add["schemaSource"] == "STATIC"
    assert set(add["inputSchema"]["properties"]) == {"a", "b"}
    assert add["suggestedArguments"] == []


def test_json_lists_reach_and_suggested_arguments(caisson: Caisson, files: Files) -> None:
    tools = caisson("inspect", files.workshop, "--json").json["agents"]["worker"]["tools"]
    fetches = tools["fetches"]
    assert fetches["reach"] == {
        "globals": ["fetch"],
        "modules": [],
        "env": [],
        "hosts": ["example.com"],
        "missing": [],
        "gaps": [],
    }
    assert fetches["suggestedArguments"] == ["--allow-fetch", "example.com"]
    assert tools["reads"]["reach"]["missing"] == []
    assert tools["reads"]["reach"]["modules"] == ["node:fs"]
    assert tools["reads"]["suggestedArguments"] == []


@pytest.mark.parametrize(("kind", "status"), [("workshop", 0), ("half_readable", 1)])
def test_strict_fails_on_manifest_errors(
    caisson: Caisson, files: Files, kind: str, status: int
) -> None:
    path = getattr(files, kind)
    assert caisson("inspect", path, "--strict").status == status
    assert caisson("inspect", path, "--json", "--strict").status == status
    assert caisson("inspect", path).status == 0


def test_diagnostics_have_line_and_column(caisson: Caisson, files: Files) -> None:
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


def test_text_output_shows_tools_schemas_and_source_lines(caisson: Caisson, files: Files) -> None:
    result = caisson("inspect", files.half_readable)
    assert result.status == 0, result.err
    assert "\x1b" not in result.out
    for text in ("first", "second", "openai/offline", "good", "city: string", '"C" | "F"'):
        assert text in result.out
    assert "agents.first.tools.murky" in result.out
    assert "│" in result.out
    assert "^" in result.out


def test_real_bundle_is_inspected(caisson: Caisson, real_bundles: RealBundles) -> None:
    result = caisson("inspect", str(real_bundles.numbers_min_cjs), "--json")
    assert result.status == 0, result.err
    numbers = result.json["agents"]["numbers"]
    assert numbers["model"] == "openai/gpt-5"
    assert set(numbers["tools"]) == {"primes", "checksum", "divide"}


TWENTY = (
    bundles.HEAD
    + """
const unknown = JSON.parse(globalThis.settings ?? "{}");
const fine = createTool({
  description: "Searches.",
  inputSchema: z.object({ query: z.string() }),
  outputSchema: z.object({ found: z.number() }),
  execute: async ({ query }, { env }) => {
    const headers = { key: env.EXA_API_KEY };
    return (await fetch(`https://api.exa.ai/search?q=${query}`, { headers })).json();
  },
});
const open = createTool({
  description: "Fetches anything.", inputSchema: z.object({ url: z.string() }),
  execute: async ({ url }) => (await fetch(url)).text(),
});
"""
    + "".join(
        f'const murky{index} = createTool({{ description: "Number {index}.", '
        f"inputSchema: z.object({{ {'x: z.string(), ' * 40 * index}...unknown.part{index} }}), "
        "execute: () => 1 });\n"
        for index in range(18)
    )
    + """
const hidden = createTool({
  description: unknown["\u202e\u001b[31m\u65e5\u672c"], inputSchema: z.object({}), execute: () => 1,
});
const tools = { fine, open, hidden, """
    + ", ".join(f"murky{index}" for index in range(18))
    + """ };
const researcher = createAgent({
  name: "Researcher", system: "You find things out.", model: "openai/offline",
  temperature: 0.25, tools,
});
const system = () => "later";
const writer = createAgent({ name: "writer", system, model: unknown.model, tools: {} });
export default createLightfast({ agents: { researcher, writer }, metadata: { name: "desk" } });
"""
)


@pytest.fixture(scope="session")
def twenty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a bundle with more than twenty diagnostics, some in very long lines."""
    path = tmp_path_factory.mktemp("twenty") / "twenty bundle.js"
    path.write_text(TWENTY, encoding="utf-8")
    return path


def shown_at(path: Path, width: int) -> str:
    """Return the text output at a width."""
    source = path.read_bytes()
    manifest = read_source("sha256:" + hashlib.sha256(source).hexdigest(), source)
    out = io.StringIO()
    with Terminal(out, io.StringIO(), width) as terminal:
        show_manifest(terminal, manifest, source, "'twenty bundle.js'")
    return out.getvalue()


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(twenty: Path, width: int) -> None:
    shown = shown_at(twenty, width)
    assert max(map(columns_of, shown.split("\n"))) <= width
    assert not any(line.endswith(" ") for line in shown.split("\n"))
    assert not set(shown) & set("\x1b\u202e\r")


def test_marker_points_at_the_right_column(twenty: Path) -> None:
    lines = shown_at(twenty, 80).split("\n")
    marks = [index for index, line in enumerate(lines) if line.endswith("^")]
    assert len(marks) >= 20
    places = [lines[index - 1][lines[index].index("^") :] for index in marks]
    assert sum(place.startswith("unknown") for place in places) >= 19
    assert all("│" in lines[index - 1] and "│" in lines[index] for index in marks)


def test_text_output_shows_the_whole_manifest(caisson: Caisson, twenty: Path) -> None:
    result = caisson("inspect", str(twenty))
    assert result.status == 0, result.err
    told = " ".join(result.out.split())
    for text in (
        "2 agents · esm",
        "sha256:" + hashlib.sha256(twenty.read_bytes()).hexdigest(),
        'metadata name "desk"',
        "researcher (Researcher) · lightfast",
        "model openai/offline",
        "settings temperature 0.25",
        "{query: string} static",
        "gives {found: number}",
        "hosts api.exa.ai",
        "env EXA_API_KEY",
        "uses fetch",
        "its input could not be read disabled",
        "open it may reach hosts that are computed at run time, at",
        f"caisson run '{twenty}' --agent researcher --allow-fetch api.exa.ai",
        "--secret EXA_API_KEY@api.exa.ai",
        "18 errors",
        "agents.writer.system",
        "<U+202E><U+001B>[31m日本",
    ):
        assert text in told


def test_terminal_gets_colour_unless_disabled(caisson: Caisson, twenty: Path) -> None:
    coloured = in_terminal(caisson, twenty, {})
    assert re.search("\x1b\\[[0-9;]*3[0-9]m", coloured)
    plain = in_terminal(caisson, twenty, {"NO_COLOR": "1"})
    assert not re.search("\x1b\\[[0-9;]*3[0-9]m", plain)
    assert "api.exa.ai" in plain
    for shown in (coloured, plain):
        bare = re.sub("\x1b\\[[0-9;?]*[a-zA-Z]", "", shown)
        # A spinner returns to the start of its line for each turn.
        assert max(map(columns_of, re.split("[\r\n]", bare))) <= 80


def in_terminal(caisson: Caisson, path: Path, extra: dict[str, str]) -> str:
    """Return what ``inspect`` writes to a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    environment = {**caisson.variables(), "TERM": "xterm-256color", "COLUMNS": "80"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen(
        caisson.command("inspect", str(path)),
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        env=environment | extra,
    ) as process:
        os.close(theirs)
        shown = read_all(ours)
        assert process.wait(TIMEOUT_S) == 0
    return shown


@pytest.mark.parametrize("size", [1, 700_000])
def test_syntax_error_shows_its_line(caisson: Caisson, tmp_path: Path, size: int) -> None:
    path = tmp_path / "broken.js"
    path.write_text("var a = 1;" * (size // 10 + 1) + "var b = {;" + "var c = 1;" * 100)
    result = caisson("inspect", str(path))
    assert result.status == 2
    said, line, mark = result.err.rstrip("\n").split("\n")
    assert said.startswith("error: The bundle has a syntax error in line 1, column ")
    assert line[mark.index("^") :].startswith(";var c")
    assert len(line) <= 80


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("syntax_error", "line 2"),
        ("no_agents", "agent"),
        ("empty", "empty"),
    ],
)
def test_broken_bundle_fails_with_a_reason(
    caisson: Caisson, files: Files, kind: str, said: str
) -> None:
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
def test_unavailable_bundle_fails_with_a_reason(caisson: Caisson, name: str, said: str) -> None:
    result = caisson("inspect", name)
    assert result.status == 2
    assert said in result.err
    assert "Traceback" not in result.err

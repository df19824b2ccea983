"""The README's first agent, bundled by its own command, and the types of lightfast."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from services.executor.bundle.syntax.not_javascript import BUNDLING
from tests.cli.command import ROOT, Caisson
from tests.npm import installed, node_environment

HERE = Path(__file__).parent
WEATHER = ROOT / "examples" / "weather"
TIMEOUT_S = 120
TYPE_CHECK = (
    "tsc --noEmit --strict --target es2022 --module esnext --moduleResolution bundler "
    "--types node --skipLibCheck"
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of one's own, with the packages installed, and the README's agent in it."""
    folder = tmp_path_factory.mktemp("my-agent")
    (folder / "node_modules").symlink_to(installed(HERE, "first-agent") / "node_modules")
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "src").mkdir()
    (folder / "src" / "agent.ts").write_text(block("```ts\n"))
    return folder


@pytest.fixture(scope="module")
def caisson(tmp_path_factory: pytest.TempPathFactory) -> Caisson:
    return Caisson(tmp_path_factory.mktemp("caisson"))


def block(begins: str) -> str:
    """Return the text of the README's first fenced block that begins so."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return text.partition(begins)[2].partition("```")[0]


def bundling_commands() -> list[str]:
    """Return the README's commands of esbuild, each on one line."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").replace("\\\n", " ")
    return re.findall(r"^npx (esbuild .*)$", text, re.MULTILINE)


def shell(command: str, folder: Path) -> str:
    """Run a command with the project's own programs; return what it wrote."""
    environment = node_environment()
    environment["PATH"] = f"{folder / 'node_modules' / '.bin'}:{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_readme_and_errors_name_the_same_command() -> None:
    commands = bundling_commands()
    assert commands[0].startswith(BUNDLING)
    assert "--bundle --platform=node" in commands[1]


@pytest.mark.parametrize("number", [0, 1])
def test_first_agent_bundles_with_its_command_and_its_tool_runs(
    project: Path, caisson: Caisson, number: int
) -> None:
    command = bundling_commands()[number]
    shell(command, project)
    (name,) = re.findall(r"--outfile=(\S+)", command)
    bundle = str(project / name)
    manifest = caisson("inspect", bundle, "--json", "--strict").json
    assert manifest["agents"]["helper"]["model"] == "openai/gpt-5-mini"
    assert manifest["agents"]["helper"]["tools"]["add"]["schemaSource"] == "STATIC"
    result = caisson("tool", bundle, "helper", "add", '{"a": 2, "b": 3}', "--json")
    assert result.json["output"] == {"sum": 5}


def test_lightfast_types_fit_weather_example(project: Path, tmp_path: Path) -> None:
    shutil.copytree(WEATHER / "src", tmp_path / "src")
    shutil.copy(WEATHER / "lightfast.d.ts", tmp_path)
    (tmp_path / "node_modules").symlink_to(project / "node_modules")
    shell(f"{TYPE_CHECK} src/index.ts lightfast.d.ts", tmp_path)
    assert checked(tmp_path, "city") == ""
    assert "Property 'town' does not exist" in checked(tmp_path, "town")


def checked(folder: Path, name: str) -> str:
    """Return what the compiler says of a tool that reads ``name`` of its input and its context."""
    source = f"""import {{ createTool }} from "lightfast/tool";
import {{ z }} from "zod";
export const read = createTool({{
  description: "Reads.",
  inputSchema: z.object({{ city: z.string() }}),
  execute: async (input, context) => [input.{name}.length, context.env.KEY, context.resourceId],
}});
"""
    (folder / "read.ts").write_text(source)
    return shell(f"{TYPE_CHECK} read.ts lightfast.d.ts || true", folder)

"""The command shows where in its sources a tool failed, without the build machine's folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from examples.weather.build import HERE, build
from tests.cli.command import Caisson

TOOL = ("forecaster", "readSecrets", '{"path": "/etc/hostname"}')


@pytest.fixture(scope="module")
def weather() -> str:
    """The example's bundle, which carries the inline map that esbuild made."""
    return str(build())


def place_of_the_read() -> str:
    """Where in its source the tool reads a file: name and line."""
    lines = (HERE / "src" / "index.ts").read_text().splitlines()
    line = next(i for i, text in enumerate(lines, start=1) if "await readFile(" in text)
    return f"    at execute (src/index.ts:{line}:"


def test_stack_names_the_source_file(caisson: Caisson, weather: str) -> None:
    failure = caisson("tool", weather, *TOOL, "--json").json["failure"]
    assert (failure["kind"], failure["name"]) == ("CAPABILITY_DENIED", "CapabilityDeniedError")
    assert failure["stack"].startswith(place_of_the_read())
    assert str(HERE) not in str(failure)


def test_stack_of_a_wrapped_bundle_names_the_source_file(
    caisson: Caisson, weather: str, tmp_path: Path
) -> None:
    inside = "".join(f"  {line}\n" for line in Path(weather).read_text().splitlines())
    wrapped = tmp_path / "wrapped.js"
    wrapped.write_text(
        f"/*\n * Compiled.\n */\nconst compiledConfig = (() => {{\n{inside}}})();\n\n"
        "export default {\n  id: 'weather',\n  hash: 'none',\n  metadata: {},\n"
        "  config: compiledConfig.default || compiledConfig,\n  async execute() {},\n};\n"
    )
    failure = caisson("tool", str(wrapped), *TOOL, "--json").json["failure"]
    assert failure["stack"].startswith(place_of_the_read())


def test_text_output_names_the_source_file(caisson: Caisson, weather: str) -> None:
    done = caisson("tool", weather, *TOOL)
    assert place_of_the_read() in done.out + done.err

"""The exported protos are complete: a client needs nothing else to compile them."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest
from grpc_tools import protoc

from tools import base_version, lint_protos


def well_known_types() -> Path:
    """Return the folder of ``google/protobuf``, which every protoc brings."""
    spec = find_spec("grpc_tools")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(next(iter(spec.submodule_search_locations))) / "_proto"


def test_exported_protos_compile_alone(tmp_path: Path) -> None:
    lint_protos.export(tmp_path)
    sources = [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.proto")]
    assert "caisson/executor/v1/executor_service.proto" in sources
    assert not [name for name in sources if "worker" in name]
    output = tmp_path / "all.binpb"
    arguments = [f"-I{tmp_path}", f"-I{well_known_types()}", f"--descriptor_set_out={output}"]
    assert protoc.main(["protoc", *arguments, *sources]) == 0
    assert output.stat().st_size > 0


def test_protos_pass_buf_lint() -> None:
    assert lint_protos.lint() == 0


EVENTS = "caisson/executor/v1/run_event.proto"


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A copy of the protos, to be changed."""
    return Path(shutil.copytree(lint_protos.PROTOS, tmp_path / "changed" / "protos"))


def replaced(protos: Path, name: str, old: str, new: str) -> None:
    text = (protos / name).read_text(encoding="utf-8")
    assert old in text
    (protos / name).write_text(text.replace(old, new), encoding="utf-8")


def test_removed_field_breaks_clients(changed: Path) -> None:
    replaced(changed, EVENTS, "  string request_id = 6;\n", "")
    assert lint_protos.breaks(lint_protos.PROTOS, changed) != 0


def test_added_field_breaks_no_client(changed: Path) -> None:
    more = "  string request_id = 6;\n  // More.\n  string more = 99;\n"
    replaced(changed, EVENTS, "  string request_id = 6;\n", more)
    assert lint_protos.breaks(lint_protos.PROTOS, changed) == 0


def test_draft_proto_may_break(changed: Path) -> None:
    (changed / EVENTS).rename(changed / EVENTS.replace("run_event", "events"))
    assert lint_protos.breaks(changed, lint_protos.PROTOS) == 0


def test_given_base_is_used_for_comparison(changed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    more = "  string request_id = 6;\n  // More.\n  string more = 99;\n"
    replaced(changed, EVENTS, "  string request_id = 6;\n", more)
    monkeypatch.setenv(base_version.VARIABLE, str(changed.parent))
    assert lint_protos.breaking() != 0

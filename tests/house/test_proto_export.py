"""The exported protos are complete: a client needs nothing else to compile them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from grpc_tools import protoc

from tools import lint_protos


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
    output = tmp_path / "all.binpb"
    arguments = [f"-I{tmp_path}", f"-I{well_known_types()}", f"--descriptor_set_out={output}"]
    assert protoc.main(["protoc", *arguments, *sources]) == 0
    assert output.stat().st_size > 0


def test_protos_pass_buf_lint() -> None:
    assert lint_protos.lint() == 0

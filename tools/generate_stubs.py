"""Generate the Python stubs of ``protos/`` into ``caisson/``, or check that they are up to date.

The stubs are in the package that protoc's absolute imports (``from caisson.x import y``) name.
"""

from __future__ import annotations

import argparse
import filecmp
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
PACKAGE = "caisson"


def package_folder(package: str) -> Path:
    """Return the folder that holds ``package``'s own ``google/...`` protos."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{package} is not installed; run `make setup`")
    return Path(next(iter(spec.submodule_search_locations)))


def generate(output: Path) -> None:
    """Generate the stubs of every proto file below ``output``, as the package ``caisson``."""
    common = package_folder("google.rpc").parent.parent
    bundled = package_folder("grpc_tools") / "_proto"
    sources = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.rglob("*.proto"))
    arguments = [
        "protoc",
        f"-I{PROTOS}",
        f"-I{common}",
        f"-I{bundled}",
        f"--python_out={output}",
        f"--pyi_out={output}",
        f"--grpc_python_out={output}",
        *sources,
    ]
    if protoc.main(arguments) != 0:
        raise SystemExit("protoc refused the protos; its messages are above")
    package = output / PACKAGE
    for stub in sorted(package.rglob("*_pb2_grpc.py")):
        if "service " not in source_of(stub, output):
            stub.unlink()
    for folder in {path.parent for path in package.rglob("*_pb2.py")}:
        for parent in (folder, *folder.parents):
            if parent.is_relative_to(package):
                (parent / "__init__.py").touch()


def source_of(stub: Path, output: Path) -> str:
    """Return the text of the proto file that ``stub`` was generated from."""
    name = stub.name.removesuffix("_pb2_grpc.py") + ".proto"
    return (PROTOS / stub.relative_to(output).with_name(name)).read_text(encoding="utf-8")


def differences(fresh: Path, committed: Path) -> list[str]:
    """Return the names of files that differ or exist on one side only."""
    names = {
        str(path.relative_to(folder))
        for folder in (fresh, committed)
        for path in (folder / PACKAGE).rglob("*_pb2*.py*")
        if path.suffix in {".py", ".pyi"}
    }
    return sorted(
        name
        for name in names
        if not (fresh / name).is_file()
        or not (committed / name).is_file()
        or not filecmp.cmp(fresh / name, committed / name, shallow=False)
    )


def main() -> int:
    """Generate, or with ``--check`` compare; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args().check
    if not check:
        generate(ROOT)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        stale = differences(Path(folder), ROOT)
    if stale:
        print("stale stubs, run `make proto`:", *stale, sep="\n  ", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())

"""Run ``buf lint`` over ``protos/``, offline.

Our protos import ``google/rpc/status.proto``. Instead of fetching it from buf's registry, this
stages it from the installed ``googleapis-common-protos`` as a second module of a temporary
workspace, which is not linted. ``--export`` writes the same complete set of protos for clients in
other languages.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
GOOGLE_RPC = ("status.proto", "error_details.proto")


def google_rpc() -> Path:
    """Return the folder of the installed ``google/rpc/*.proto``."""
    spec = find_spec("google.rpc")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("googleapis-common-protos is not installed; run `make setup`")
    return Path(next(iter(spec.submodule_search_locations)))


def copy_google_rpc(folder: Path) -> None:
    """Copy what our protos import of google/rpc below ``folder``."""
    target = folder / "google" / "rpc"
    target.mkdir(parents=True, exist_ok=True)
    for name in GOOGLE_RPC:
        shutil.copyfile(google_rpc() / name, target / name)


def read_rules() -> dict[str, object]:
    """Return the ``lint`` section of ``protos/buf.yaml``, as buf reads it."""
    listed = subprocess.run(
        [buf(), "config", "ls-lint-rules", "--configured-only", "--format", "json"],
        cwd=PROTOS,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return {"use": [json.loads(line)["id"] for line in listed.splitlines()]}


def buf() -> str:
    """Return the path of the buf beside this interpreter."""
    return str(Path(sys.executable).parent / "buf")


def lint() -> int:
    """Lint the protos; return buf's exit status."""
    with tempfile.TemporaryDirectory() as name:
        workspace = Path(name)
        shutil.copytree(PROTOS, workspace / "protos", ignore=shutil.ignore_patterns("buf.yaml"))
        copy_google_rpc(workspace / "vendor")
        config = {
            "version": "v2",
            "modules": [
                {"path": "protos", "lint": read_rules()},
                {"path": "vendor", "lint": {"ignore": ["vendor"]}},
            ],
        }
        (workspace / "buf.yaml").write_text(json.dumps(config), encoding="utf-8")
        return subprocess.run([buf(), "lint"], cwd=workspace, check=False).returncode


def export(folder: Path) -> None:
    """Write our protos, and Google's that they import, below ``folder``."""
    for path in PROTOS.rglob("*.proto"):
        target = folder / path.relative_to(PROTOS)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    copy_google_rpc(folder)


def main() -> int:
    """Lint, or with ``--export`` write to a folder; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--export", type=Path, metavar="DIR", help="write the protos instead")
    folder = parser.parse_args().export
    if folder is not None:
        export(folder)
        return 0
    return lint()


if __name__ == "__main__":
    sys.exit(main())

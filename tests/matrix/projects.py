"""Installs the pinned packages, lays the projects out, bundles them and asks Node about them.

Everything lands in the repository's ``build/matrix``, which git ignores, under names with a hash of
all that goes in; what is there is not made again. A file lock lets several processes share it.
``python -m tests.matrix.projects [WORD ...]`` makes the cells whose names have all the words (all
cells without words) and prints the folder of the bundles.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from services.executor.domain import JsonObject
from tests.matrix.cells import ALL, Cell
from tests.npm import emptied, node, node_environment, ran

HERE = Path(__file__).parent
CACHE = HERE.parent.parent / "build" / "matrix"
PROCESSES = 2  # bundlers and installs at once: they are heavy, and a small machine has two cores
INSTALL_TIMEOUT_S = 300
BUNDLE_TIMEOUT_S = 1500
JUDGE_TIMEOUT_S = 120
NODE_HEAP_MIB = 4096
_FOLDERS = ("shared", "judges", "lightfast", "ai_sdk", "mastra", "openai_agents")
_FILES = ("judge.mjs", "cases.js")

Item = TypeVar("Item")


class BundlingError(Exception):
    """A bundler failed; the message is what it said."""


class Projects:
    """The projects of the matrix in a cache folder.

    ``bundles`` and ``judged`` make what is missing. They raise subprocess.SubprocessError when npm
    or Node fail, and BundlingError when a bundler does.
    """

    def __init__(self, cache: Path = CACHE) -> None:
        self._cache = cache

    def __repr__(self) -> str:
        return f"Projects({self._cache.name})"

    def bundles(self, cells: Iterable[Cell]) -> dict[Cell, Path]:
        """Return the bundle of each cell."""
        wanted = {cell: self._bundle_path(cell) for cell in cells}
        with self._locked():
            missing = [cell for cell, path in wanted.items() if not path.exists()]
            if missing:
                zods = sorted({cell.zod for cell in missing})
                _side_by_side(self._packages, ["bundlers", *zods])
                for zod in zods:
                    self._workspace(zod)
                _write(self._script(), (HERE / "bundle.mjs").read_bytes())
                _side_by_side(self._make, _groups(missing))
        return wanted

    def judged(self, project: str, zod: str) -> JsonObject:
        """Return what Node says of a project: its agents by key, see ``sources/judges``."""
        digest = _hash([*_sources(), *_package_files(zod)])
        path = self._cache / "judged" / f"{project}-{zod}-{digest}.json"
        with self._locked():
            if not path.exists():
                self._packages(zod)
                command = [node(), "judge.mjs", project]
                said = ran(command, self._workspace(zod), JUDGE_TIMEOUT_S)
                path.parent.mkdir(exist_ok=True)
                _write(path, said)
        found: JsonObject = json.loads(path.read_bytes())
        return found

    def packages(self, name: str) -> Path:
        """Return the folder with ``node_modules`` of ``zod3``, ``zod4`` or ``bundlers``."""
        folder = self._packages_path(name)
        if folder.exists():
            return folder  # no wait for those who bundle
        with self._locked():
            return self._packages(name)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._cache.mkdir(parents=True, exist_ok=True)
        with (self._cache / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _packages(self, name: str) -> Path:
        """Return the folder with ``node_modules`` of one of ``packages/``."""
        folder = self._packages_path(name)
        if not folder.exists():
            fresh = emptied(self._cache / f"packages-{name}.new")
            for file in _package_files(name):
                shutil.copy(file, fresh)
            npm = str(Path(sysconfig.get_path("scripts")) / "npm")
            # Not `npm ci`: it refuses a lock without the binaries for platforms that an index may
            # lack. What the lock names is installed as it says, by its hash.
            command = [npm, "install", "--no-save", "--ignore-scripts", "--loglevel=error"]
            ran(command, fresh, INSTALL_TIMEOUT_S)
            fresh.rename(folder)
        return folder

    def _packages_path(self, name: str) -> Path:
        return self._cache / f"packages-{name}-{_hash(_package_files(name))}"

    def _workspace(self, zod: str) -> Path:
        """Return the folder with the sources of all projects and the packages of one zod."""
        folder = self._cache / f"work-{zod}-{_hash([*_sources(), *_package_files(zod)])}"
        if not folder.exists():
            fresh = emptied(self._cache / f"work-{zod}.new")
            sources = HERE / "sources"
            for name in _FOLDERS:
                shutil.copytree(sources / name, fresh / name)
            for name in _FILES:
                shutil.copy(sources / name, fresh)
            shutil.copy(sources / f"{zod}.js", fresh / "version.js")
            shutil.copytree(
                sources / "lightfast_package", fresh / "lightfast/node_modules/lightfast"
            )
            (fresh / "package.json").write_text('{"private": true, "type": "module"}\n')
            (fresh / "node_modules").symlink_to(self._packages(zod) / "node_modules")
            fresh.rename(folder)
        return folder

    def _bundle_path(self, cell: Cell) -> Path:
        sources = [path for path in _sources() if not _is_for_judging(path)]
        files = [*sources, *_package_files(cell.zod), *_package_files("bundlers")]
        digest = _hash([*files, HERE / "bundle.mjs"])
        return self._cache / f"bundles-{cell.zod}-{digest}" / cell.file

    def _script(self) -> Path:
        return self._packages("bundlers") / f"bundle-{_hash([HERE / 'bundle.mjs'])}.mjs"

    def _make(self, cells: Sequence[Cell]) -> None:
        """Bundle some cells in one process of Node."""
        script = self._script()
        jobs = [self._job(cell) for cell in cells]
        for job in jobs:
            Path(job["out"]).parent.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [node(), f"--max-old-space-size={NODE_HEAP_MIB}", script.name],
            cwd=script.parent,
            env=node_environment(),
            timeout=BUNDLE_TIMEOUT_S,
            input=json.dumps(jobs),
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise BundlingError(done.stderr[-8000:])
        for cell, job in zip(cells, jobs, strict=True):
            Path(job["out"]).rename(self._bundle_path(cell))

    def _job(self, cell: Cell) -> dict[str, str]:
        path = self._bundle_path(cell)
        return {
            "entry": str(self._workspace(cell.zod) / cell.project / "index.js"),
            "out": str(path.with_name(f"new-{path.name}")),
            "bundler": cell.bundler,
            "format": cell.format,
            "size": cell.size,
            "external": " ".join(cell.externals),
        }


def _groups(cells: Iterable[Cell]) -> list[list[Cell]]:
    """Return the cells that one process makes, since they have a graph of modules in common.

    The dearest are first, so that the last to end are short.
    """
    groups: dict[tuple[str, str, str], list[Cell]] = {}
    for cell in cells:
        groups.setdefault((cell.framework, cell.zod, cell.bundler), []).append(cell)
    return sorted(groups.values(), key=lambda group: -sum(cell.cost for cell in group))


def _side_by_side(work: Callable[[Item], object], items: Sequence[Item]) -> None:
    with ThreadPoolExecutor(PROCESSES) as threads:
        list(threads.map(work, items))


def _sources() -> list[Path]:
    return sorted(path for path in (HERE / "sources").rglob("*") if path.is_file())


def _is_for_judging(path: Path) -> bool:
    """Tell whether a source goes into no bundle."""
    return path.name in _FILES or path.parent.name == "judges"


def _package_files(name: str) -> list[Path]:
    folder = HERE / "packages" / name
    return [folder / file for file in ("package.json", "package-lock.json", ".npmrc")]


def _hash(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        digest.update(f"{file.relative_to(HERE)} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


def _write(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_bytes(content)
    fresh.rename(path)


def main(words: Sequence[str]) -> None:
    """Make the bundles of some cells, and print where they are."""
    cells = [cell for cell in ALL if all(word in cell.values for word in words)]
    folders = {path.parent for path in Projects().bundles(cells).values()}
    print(*sorted(folders), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])

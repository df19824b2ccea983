"""Asks what tools can reach, in terms of the evaluator's values."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from services.executor.bundle.evaluate.values import Frame, Thunk
from services.executor.bundle.index.indexed import concrete_root
from services.executor.bundle.reach.file_uses import FileUse, FileUses
from services.executor.bundle.reach.load_env import names_read_at_load
from services.executor.bundle.reach.load_guards import failing_without
from services.executor.bundle.reach.load_time import LoadTime
from services.executor.bundle.reach.reach import ReachReader, SourceTree, Start
from services.executor.bundle.syntax.parse import ParsedProgram
from services.executor.bundle.syntax.syntax import Node
from services.executor.tool_reach import Reach

MAX_FRAMES = 32


@dataclass(frozen=True)
class LoadRead:
    """A variable that a bundle reads while it loads; its name is "" if it is computed.

    ``fails_in`` is the line in which the load fails without it, 0 if none is known to.
    """

    name: str
    line: int
    column: int
    fails_in: int = 0
    is_address: bool = False


@dataclass(frozen=True)
class FileRead:
    """A file that a bundle reads; ``fails`` if the code around the read does not go on without."""

    name: str
    line: int
    column: int
    fails: bool


class ToolReach:
    """Reads what tools of one program can reach; the first question pays for the rest.

    Args:
        parsed: the program.
        is_brought: whether the sandbox provides a package for a framework.
    """

    def __init__(self, parsed: ParsedProgram, is_brought: Callable[[str], bool]) -> None:
        self._parsed = parsed
        self._is_brought = is_brought
        self._reader: ReachReader | None = None
        self._time: LoadTime | None = None
        self._files: FileUses | None = None

    def __repr__(self) -> str:
        """Show how much was read."""
        return f"ToolReach({self._reader!r})"

    def of(self, thunk: Thunk | None) -> Reach | None:
        """Return what a tool's function reaches; None when it is not in the program's source."""
        start = _start_of(thunk)
        return None if start is None else self._read().reach(start)

    def mentions(
        self, thunk: Thunk | None, words: re.Pattern[str], *, at_load: bool = False
    ) -> bool:
        """Return whether the code of a value has a match; True if its code is not known.

        With ``at_load`` only code counts that may run while the bundle loads.
        """
        start = _start_of(thunk)
        return start is None or self._read().mentions(start, words, at_load=at_load)

    def reads_env(self, thunk: Thunk | None) -> bool:
        """Return whether a value may be made of the environment; True if its code is not known."""
        start = _start_of(thunk)
        return start is None or self._read().reads_env(start)

    def reads_at_load(self) -> list[LoadRead]:
        """Return the variables that the bundle reads while it loads."""
        reader, time = self._read(), self._load_time()
        found: list[LoadRead] = []
        for name, places in names_read_at_load(time):
            failing = failing_without(time, name, places)
            line, column = reader.place(places[0])
            fails_in = 0 if failing is None else reader.place(failing)[0]
            is_address = name != "" and reader.is_address(name)
            found.append(LoadRead(name, line, column, fails_in, is_address))
        return found

    def runs_at_load(self, place: int) -> bool:
        """Tell whether the code at a place of the text may run while the bundle loads."""
        return self._load_time().runs(place)

    def files_at_load(self) -> list[FileRead]:
        """Return the files that the bundle reads while it loads."""
        return [self._file(each) for each in self._file_uses().at_load()]

    def files_of(self, thunk: Thunk | None) -> list[FileRead]:
        """Return the files that a tool reads, of which ``of`` was asked last."""
        start = _start_of(thunk)
        spans = [] if start is None else self._read().spans(start)
        files = self._file_uses() if spans else None
        found = (
            {}
            if files is None
            else {each.name: each for span in spans for each in files.within(*span)}
        )
        return [self._file(each) for each in found.values()]

    def _file(self, use: FileUse) -> FileRead:
        return FileRead(use.name, *self._read().place(use.place), use.fails)

    def _file_uses(self) -> FileUses:
        if self._files is None:
            self._files = FileUses(self._load_time())
        return self._files

    def _load_time(self) -> LoadTime:
        if self._time is None:
            self._time = LoadTime(concrete_root(self._parsed), self._parsed.text)
        return self._time

    def _read(self) -> ReachReader:
        if self._reader is None:
            tree = SourceTree(concrete_root(self._parsed), self._parsed.text)
            self._reader = ReachReader(tree, self._is_brought)
        return self._reader


def _start_of(thunk: Thunk | None) -> Start | None:
    if thunk is None or thunk.node is None or thunk.node._start is None:
        return None
    frame = thunk.env.frame if thunk.env is not None else None
    return Start(*_span(thunk.node), _handed(frame))


def _handed(frame: Frame | None) -> dict[int, tuple[tuple[int, int], ...]]:
    """Return the arguments of the calls that made something, by the called function."""
    found: dict[int, tuple[tuple[int, int], ...]] = {}
    for _ in range(MAX_FRAMES):
        if frame is None:
            break
        if frame.arguments is not None and frame.scope.node._start is not None:
            nodes = [argument.node for argument in frame.arguments]
            if all(node is not None and node._start is not None for node in nodes):
                found[int(frame.scope.node._start)] = tuple(_span(node) for node in nodes)
        frame = frame.parent
    return found


def _span(node: Node) -> tuple[int, int]:
    return int(node._start), int(node._end)

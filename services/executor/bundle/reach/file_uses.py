"""Files that a bundle's code reads by a name that it says: the sandbox's disk has none of them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from services.executor.bundle.reach import grammar
from services.executor.bundle.reach.env_names import own_name
from services.executor.bundle.reach.load_guards import is_caught
from services.executor.bundle.reach.load_time import MAX_DEPTH, LoadTime
from services.executor.bundle.reach.occurrences import matches_at
from services.executor.bundle.reach.regions import Node

MAX_PLACES: Final = 200
MAX_NAME: Final = 120
_READS: Final = re.compile(
    r"(?P<reads>readFileSync|readFile|readdirSync|readdir|createReadStream|existsSync|statSync|"
    r"accessSync|openSync|opendirSync|readJsonSync|readJson|readJSON)(?=\()"
)
_READ_WORDS: Final = (
    *("readFile", "readdir", "createReadStream", "existsSync", "statSync", "accessSync"),
    *("openSync", "opendirSync", "readJ"),
)
_WRITES: Final = re.compile(
    r"(?:writeFileSync|writeFile|appendFileSync|appendFile|mkdirSync|mkdir|cpSync|"
    r"createWriteStream|outputFile|outputJson|copyFile|copyFileSync|ensureDir\w{0,4})(?=\()"
)
_WRITE_WORDS: Final = (
    *("writeFile", "appendFile", "mkdir", "cpSync", "createWriteStream", "outputFile"),
    *("outputJson", "copyFile", "ensureDir"),
)
_ASKS: Final = re.compile(r"existsSync|accessSync|statSync|\baccess\(|\bstat\(")
_JOINS: Final = re.compile(r"(?:^|[.\w$])(?:join|resolve|fileURLToPath|URL|normalize)\d*$")
_TEXT: Final = re.compile(r"[\"'`]([^\"'`$]{1,120})[\"'`]")
# What programs ask of the machine, and folders that are there.
_OF_THE_MACHINE: Final = re.compile(
    r"/(?:etc|proc|sys|dev|run|usr|lib|bin|sbin|tmp|var|opt|root|home|mnt)(?:/|$)|/\.|[A-Za-z]:|/$"
)


@dataclass(frozen=True)
class FileUse:
    """A read of a file. ``fails`` if it throws there, and nothing around it goes on without it."""

    name: str
    place: int
    fails: bool


class FileUses:
    """The reads of files of one program, by place; at most 200."""

    def __init__(self, time: LoadTime) -> None:
        self._time = time
        self._found: list[FileUse] | None = None

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"FileUses({'?' if self._found is None else len(self._found)})"

    def within(self, start: int, end: int) -> list[FileUse]:
        """Return the reads of later calls between two places."""
        found = self._all()
        places = [each.place for each in found]
        between = found[bisect_left(places, start) : bisect_left(places, end)]
        return [each for each in between if not self._time.runs(each.place)]

    def at_load(self) -> list[FileUse]:
        """Return the reads that happen while the bundle loads, each file once."""
        found: dict[str, FileUse] = {}
        for each in self._all():
            known = found.get(each.name)
            if (known is None or each.fails > known.fails) and self._time.runs(each.place):
                found[each.name] = each
        return list(found.values())

    def _all(self) -> list[FileUse]:
        if self._found is None:
            written = {name for _, name in self._named(_WRITE_WORDS, _WRITES)}
            self._found = [
                FileUse(name, found.start(), self._fails(found))
                for found, name in self._named(_READ_WORDS, _READS)
                if name not in written and not _OF_THE_MACHINE.match(name)
            ]
        return self._found

    def _named(
        self, words: tuple[str, ...], calls: re.Pattern[str]
    ) -> Iterator[tuple[re.Match[str], str]]:
        for found in matches_at(self._time.text, words, calls)[:MAX_PLACES]:
            call = self._call(found)
            given = None if call is None else call.child_by_field_name("arguments")
            first = None if given is None else next(iter(given.named_children), None)
            name = "" if first is None else self._name(first)
            if name:
                yield found, name[:MAX_NAME]

    def _call(self, found: re.Match[str]) -> Node | None:
        """Return the call of a function that a text seems to name."""
        node = self._time.node_at(found.start())
        if node is None or node.start_byte != found.start():
            return None
        call = node.parent
        if call is not None and call.kind_id == grammar.MEMBER:
            call = call.parent
        if call is None or call.kind_id != grammar.CALL:
            return None
        return call if call.named_children[0].end_byte == found.end() else None

    def _name(self, node: Node, *, follows: bool = True) -> str:
        """Return the file's name as far as texts say it, "" if they do not."""
        if node.kind_id in (grammar.STRING, grammar.TEMPLATE):
            found = _TEXT.fullmatch(self._time.text_of(node))
            return "" if found is None else found[1]
        if node.kind_id in (grammar.CALL, grammar.NEW):
            if _JOINS.search(self._time.text_of(node.named_children[0])[-40:]) is None:
                return ""
            given = node.child_by_field_name("arguments")
            texts = _TEXT.findall("" if given is None else self._time.text_of(given))
            return "/".join(each.strip("/") if at else each for at, each in enumerate(texts))
        if node.kind_id == grammar.IDENTIFIER and follows:
            name = own_name(self._time.text_of(node))
            made = re.search(rf"(?:const|let|var|,)\s*{name}\s*=\s*(?=\S)", self._time.text)
            value = None if made is None else self._time.node_at(made.end())
            for _ in range(MAX_DEPTH):
                parent = None if value is None else value.parent
                if value is None or parent is None or parent.kind_id == grammar.DECLARATOR:
                    return "" if value is None else self._name(value, follows=False)
                value = parent
        return ""

    def _fails(self, found: re.Match[str]) -> bool:
        """Tell whether a read throws where it is, outside of a condition that asks first."""
        if _ASKS.search(found["reads"]) is not None or found["reads"] == "createReadStream":
            return False
        if is_caught(self._time, found.start()):
            return False
        call = node = self._call(found)
        for _ in range(MAX_DEPTH):
            parent = None if node is None else node.parent
            if node is None or parent is None or parent.kind_id in grammar.FUNCTIONS:
                break
            if parent.kind_id in (grammar.IF, grammar.TERNARY, grammar.BINARY):
                head = parent.named_children[0]
                if head.id != node.id and _ASKS.search(self._time.text_of(head)):
                    return False
            node = parent
        if found["reads"].endswith("Sync"):
            return True
        return call is not None and call.parent is not None and call.parent.kind_id == grammar.AWAIT

"""What a schema may cost at most, from its form alone: who refuses it, and who may work on it.

Checking a value by a schema without recursion takes at most as many steps as the schema has parts,
its references written out, times the parts of the value: that is bounded before it begins. Schemas
that look at a place more than once (``unevaluatedProperties``), refer to themselves, or have costly
patterns have no such bound, and belong into a process that can be killed. What would be too large
for any validator, or for those who write references out (LiteLLM does for some providers), is
refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from services.executor.domain import Json, JsonObject
from services.executor.schemas.patterns import PatternCost, cost_of

MAX_PARTS: Final = 10_000
MAX_TEXT: Final = 256 * 1024
MAX_DEPTH: Final = 32
MAX_WRITTEN_OUT: Final = 10_000
MAX_PATTERN_CHARACTERS: Final = 20_000
MAX_PATTERN: Final = 100_000
MAX_PATTERNS: Final = 200_000
# Within these a schema is worked on by the event loop, on a text that is short enough.
SIMPLE_PARTS: Final = 1_000
SIMPLE_PATTERNS: Final = 2_000
# A pattern of its own takes as much as so many states more.
EACH_PATTERN: Final = 60
SMALL_PARTS: Final = 200
SMALL_TEXT: Final = 8 * 1024
# A match that backtracks is stopped after a thousand steps, each of some ten times a part's cost.
BACKTRACKING: Final = 2_000
PART_BYTES: Final = 2_000
STATE_BYTES: Final = 250

_UNBOUNDED: Final = frozenset(
    {
        "$anchor",
        "$dynamicAnchor",
        "$dynamicRef",
        "$id",
        "$recursiveRef",
        "contentSchema",
        "contains",
        "dependencies",
        "dependentSchemas",
        "multipleOf",
        "unevaluatedItems",
        "unevaluatedProperties",
        "uniqueItems",
    }
)
# Where a pattern that was given up would turn a wrong value into a right one.
_INVERTING: Final = frozenset({"not", "oneOf", "if"})
_COMBINING: Final = frozenset({"allOf", "anyOf"}) | _INVERTING
_COSTLY: Final = frozenset({"$ref", "$dynamicRef", "pattern", "patternProperties"})
_DEFINITIONS: Final = ("$defs", "definitions")


class SchemaRefusedError(ValueError):
    """A schema that nobody is to work on; the message says what of it is too large."""


@dataclass(frozen=True)
class Measure:
    """What a schema may cost.

    Attributes:
        parts: JSON values in it, its references written out.
        is_simple: whether the cost of a check is bounded by ``weight`` for each byte of the value.
        combines: whether it has alternatives, whose failures are told all together.
        weight: parts and states of patterns that each byte of a value may meet.
        compiled_bytes: about how much memory its validator takes.
        strays: whether it refers to what was not found in it; a validator may know better.
    """

    parts: int
    is_simple: bool
    combines: bool
    weight: int
    compiled_bytes: int
    strays: bool = False


@dataclass
class _Found:
    """What a walk over a schema has found so far."""

    parts: int = 0
    text: int = 0
    patterns: int = 0
    backtracks: bool = False
    strays: bool = False
    costs: dict[str, PatternCost] = field(default_factory=dict)
    keywords: set[str] = field(default_factory=set)
    references: list[str] = field(default_factory=list)
    named: dict[str, list[Json]] = field(default_factory=dict)


def measure(schema: JsonObject) -> Measure:
    """Return what ``schema`` may cost.

    It takes at most some 20 ms itself, for what is as large as may be.

    Raises:
        SchemaRefusedError: it is too large for anybody.
    """
    found = _walked(schema)
    parts, weight, recurs = _written_out(schema, found)
    is_simple = (
        not recurs
        and not found.strays
        and not found.keywords & _UNBOUNDED
        and parts <= SIMPLE_PARTS
        and found.patterns <= SIMPLE_PATTERNS
        and not (found.backtracks and found.keywords & _INVERTING)
    )
    size = PART_BYTES * found.parts + found.text + STATE_BYTES * found.patterns
    combines = bool(found.keywords & _COMBINING)
    return Measure(parts, is_simple, combines, weight, size, found.strays)


def is_small(schema: JsonObject) -> bool:
    """Tell, in less than a tenth of a millisecond, whether ``measure`` takes less than one."""
    stack: list[Json] = [schema]
    parts = text = 0
    while stack:
        part = stack.pop()
        parts += 1
        if isinstance(part, str):
            text += len(part)
        elif isinstance(part, dict):
            stack.extend(part.values())
        elif isinstance(part, list):
            stack.extend(part)
        costs = isinstance(part, dict) and part.keys() & _COSTLY
        if costs or parts + len(stack) > SMALL_PARTS or text > SMALL_TEXT:
            return False
    return True


def _walked(schema: JsonObject) -> _Found:
    """Look at every part once."""
    found = _Found()
    stack: list[tuple[Json, int]] = [(schema, 0)]
    while stack:
        part, depth = stack.pop()
        found.parts += 1
        if isinstance(part, dict):
            found.text += sum(map(len, part))
            _look(part, found)
            stack.extend((inner, depth + 1) for inner in part.values())
        elif isinstance(part, list):
            stack.extend((inner, depth + 1) for inner in part)
        elif isinstance(part, str):
            found.text += len(part)
        if depth > MAX_DEPTH:
            raise SchemaRefusedError(f"it is nested more than {MAX_DEPTH} deep; make it flatter")
        if found.parts + len(stack) > MAX_PARTS:
            raise SchemaRefusedError(f"it has more than {MAX_PARTS} parts; make it smaller")
        if found.text > MAX_TEXT:
            raise SchemaRefusedError(
                f"its texts are longer than {MAX_TEXT // 1024} KiB; make it smaller"
            )
    return found


def _look(part: JsonObject, found: _Found) -> None:
    """Take note of the keywords of one object; names of properties are taken for keywords too."""
    found.keywords.update(part.keys() & (_UNBOUNDED | _COMBINING))
    for pattern in _patterns(part):
        _add_pattern(pattern, found)
    found.references += _references(part)
    for name in _DEFINITIONS:
        if isinstance(definitions := part.get(name), dict):
            for key, definition in definitions.items():
                found.named.setdefault(key, []).append(definition)
    for name in ("$anchor", "$dynamicAnchor"):
        if isinstance(anchor := part.get(name), str):
            found.named.setdefault(f"#{anchor}", []).append(part)


def _add_pattern(pattern: str, found: _Found) -> None:
    if len(pattern) > MAX_PATTERN_CHARACTERS:
        raise SchemaRefusedError(
            f"a pattern has more than {MAX_PATTERN_CHARACTERS} characters; make it shorter"
        )
    cost = found.costs.get(pattern) or cost_of(pattern)
    found.costs[pattern] = cost
    if cost.size > MAX_PATTERN:
        raise SchemaRefusedError(
            f"the pattern {pattern[:60]!r} takes too much memory with its counts written out; "
            "use smaller counts, or maxLength"
        )
    found.patterns += EACH_PATTERN + cost.size
    found.backtracks = found.backtracks or cost.backtracks
    if found.patterns > MAX_PATTERNS:
        raise SchemaRefusedError(
            "its patterns take too much memory together; use fewer of them, with smaller counts"
        )


def _written_out(schema: JsonObject, found: _Found) -> tuple[int, int, bool]:
    """Return parts and weight with each reference in place, and whether one of them recurs.

    A reference to what it is part of stays as it is, as everybody leaves it who writes them out.
    """
    inside = _Inside(schema, found)
    stack: list[tuple[Json, frozenset[int]]] = [(schema, frozenset({id(schema)}))]
    parts, weight, recurs = 0, 0, False
    while stack:
        target, chain = stack.pop()
        own = inside.of(target)
        parts += own.parts
        weight += own.weight
        if parts + len(stack) > MAX_WRITTEN_OUT:
            raise SchemaRefusedError(
                f"its references ($ref) stand for more than {MAX_WRITTEN_OUT} parts when they are "
                "written out; refer less often to definitions that refer to others"
                if found.references
                else f"it has more than {MAX_PARTS} parts; make it smaller"
            )
        for reference in own.references:
            targets = inside.targets(reference)
            found.strays = found.strays or not targets
            for inner in targets:
                if id(inner) in chain:
                    recurs = True
                else:
                    stack.append((inner, chain | {id(inner)}))
    return parts, weight, recurs


@dataclass(frozen=True)
class _Own:
    """What one place of a schema holds itself, without the definitions in it."""

    parts: int
    weight: int
    references: tuple[str, ...]


class _Inside:
    """What the references of a schema refer to, and what is in there, looked up once each."""

    def __init__(self, schema: JsonObject, found: _Found) -> None:
        self._schema = schema
        self._named = found.named
        self._costs = found.costs
        self._targets: dict[str, list[Json]] = {}
        self._own: dict[int, _Own] = {}
        self._work = 0

    def targets(self, reference: str) -> list[Json]:
        """Return what it is, by its place and, as some understand it, by its last word alone."""
        known = self._targets.get(reference)
        if known is None:
            found: list[Json] = []
            for text in {reference, unquote(reference)}:
                found += [*_at(self._schema, text), *self._named.get(text, ())]
                found += self._named.get(text.rpartition("/")[2], ())
            known = list({id(target): target for target in found}.values())
            self._targets[reference] = known
        return known

    def of(self, target: Json) -> _Own:
        """Return what a target holds itself."""
        known = self._own.get(id(target))
        if known is None:
            known = self._own[id(target)] = self._looked(target)
        return known

    def _looked(self, target: Json) -> _Own:
        parts, more = 0, 0
        references: list[str] = []
        for part in _parts(target, is_schema=target is self._schema):
            parts += 1
            if isinstance(part, dict):
                references += _references(part)
                for cost in map(self._costs.__getitem__, _patterns(part)):
                    more += cost.size + BACKTRACKING * cost.backtracks
        self._work += parts + more // BACKTRACKING
        if self._work > 4 * MAX_PARTS:
            raise SchemaRefusedError("it refers to too many of its own places; use fewer $refs")
        return _Own(parts, parts + more, tuple(references))


def _references(part: JsonObject) -> list[str]:
    found = (part.get("$ref"), part.get("$dynamicRef"))
    return [reference for reference in found if isinstance(reference, str)]


def _patterns(part: JsonObject) -> Iterator[str]:
    pattern, by_pattern = part.get("pattern"), part.get("patternProperties")
    if isinstance(pattern, str):
        yield pattern
    if isinstance(by_pattern, dict):
        yield from by_pattern


def _parts(target: Json, *, is_schema: bool) -> Iterator[Json]:
    """Yield all that is in a target, but for definitions; below, these may be properties' names."""
    stack = [target]
    skipped = _DEFINITIONS if is_schema else ()
    while stack:
        part = stack.pop()
        yield part
        if isinstance(part, dict):
            stack.extend(inner for key, inner in part.items() if key not in skipped)
            skipped = ()
        elif isinstance(part, list):
            stack.extend(part)


def _at(schema: JsonObject, reference: str) -> Iterator[Json]:
    """Yield what is at a JSON pointer, if anything is."""
    if not reference.startswith("#") or (len(reference) > 1 and reference[1] != "/"):
        return
    place: Json = schema
    for step in reference[2:].split("/") if len(reference) > 1 else ():
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(place, dict) and step in place:
            place = place[step]
        elif isinstance(place, list) and step in map(str, range(len(place))):
            place = place[int(step)]
        else:
            return
    yield place

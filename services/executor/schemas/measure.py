"""Bounds the cost of a schema from its form alone, to refuse it or choose where to check it.

Checking a value against a schema without recursion takes at most as many steps as the schema has
parts, with references expanded, times the parts of the value, which is known in advance. Schemas
that visit a place more than once (``unevaluatedProperties``), refer to themselves, or have costly
patterns have no such bound, and are checked in a process that can be killed. Schemas too large for
any validator, or for expanding references (as LiteLLM does for some providers), are refused.
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
# Within these, the event loop checks a schema against short texts itself.
SIMPLE_PARTS: Final = 1_000
SIMPLE_PATTERNS: Final = 2_000
# The overhead of a pattern, in states.
EACH_PATTERN: Final = 60
SMALL_PARTS: Final = 200
SMALL_TEXT: Final = 8 * 1024
# A backtracking match is stopped after a thousand steps, each of some ten times a part's cost.
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
# Where an aborted pattern match would make an invalid value valid.
_INVERTING: Final = frozenset({"not", "oneOf", "if"})
_COMBINING: Final = frozenset({"allOf", "anyOf"}) | _INVERTING
_COSTLY: Final = frozenset({"$ref", "$dynamicRef", "pattern", "patternProperties"})
_DEFINITIONS: Final = ("$defs", "definitions")


class SchemaRefusedError(ValueError):
    """A schema is too large to process; the message says what is too large."""


@dataclass(frozen=True)
class Measure:
    """The cost of a schema.

    Attributes:
        parts: JSON values in it, with references expanded.
        is_simple: whether the cost of a check is at most ``weight`` for each byte of the value.
        combines: whether it has alternatives, whose errors are reported together.
        weight: parts and pattern states that each byte of a value may visit.
        compiled_bytes: about how much memory its validator takes.
        strays: whether it has references that were not found; a validator may resolve them.
    """

    parts: int
    is_simple: bool
    combines: bool
    weight: int
    compiled_bytes: int
    strays: bool = False


@dataclass
class _Found:
    """The findings of a walk over a schema."""

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
    """Return the cost of ``schema``.

    This takes some 20 ms for the largest schemas.

    Raises:
        SchemaRefusedError: it is too large.
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
    """Tell, in under 0.1 ms, whether ``measure`` takes less than a millisecond."""
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
    """Visit every part once."""
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
                f"its strings are longer than {MAX_TEXT // 1024} KiB in total; make it smaller"
            )
    return found


def _look(part: JsonObject, found: _Found) -> None:
    """Note the keywords of one object; property names are treated as keywords too."""
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
            f"the pattern {pattern[:60]!r} takes too much memory with its repeat counts expanded; "
            "use smaller counts, or maxLength"
        )
    found.patterns += EACH_PATTERN + cost.size
    found.backtracks = found.backtracks or cost.backtracks
    if found.patterns > MAX_PATTERNS:
        raise SchemaRefusedError(
            "its patterns take too much memory in total; use fewer of them, with smaller counts"
        )


def _written_out(schema: JsonObject, found: _Found) -> tuple[int, int, bool]:
    """Return parts and weight with references expanded, and whether one is recursive.

    A reference to an enclosing part is kept, as everybody does who expands references.
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
                f"its references ($ref) expand to more than {MAX_WRITTEN_OUT} parts "
                "in total; refer less often to definitions that refer to others"
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
    """The parts at one place of a schema, without the definitions in it."""

    parts: int
    weight: int
    references: tuple[str, ...]


class _Inside:
    """The targets of a schema's references and their parts, each resolved once."""

    def __init__(self, schema: JsonObject, found: _Found) -> None:
        self._schema = schema
        self._named = found.named
        self._costs = found.costs
        self._targets: dict[str, list[Json]] = {}
        self._own: dict[int, _Own] = {}
        self._work = 0

    def targets(self, reference: str) -> list[Json]:
        """Return its targets, by pointer and, as some providers do, by its last name alone."""
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
        """Return a target's own parts."""
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
            raise SchemaRefusedError("it has too many references; use fewer $refs")
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
    """Yield all parts of a target, except definitions; deeper, these may be property names."""
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
    """Yield the value at a JSON pointer, if any."""
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

"""Compares what was read of a bundle with what Node says of the same source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from services.executor.bundle.manifest.manifest_json import to_json
from services.executor.domain import Json, JsonObject, Manifest
from tests.matrix.json_schemas import normal

# What is compared of an agent when Node's report has it, and what it is when nothing was said.
_PLAIN: Mapping[str, Json] = {
    "description": "",
    "model": None,
    "fallbackModels": [],
    "settings": {},
    "maxSteps": None,
    "toolChoice": None,
    "activeTools": None,
    "handoffs": [],
    "agentTools": [],
}


@dataclass(frozen=True)
class Difference:
    """A place where the manifest and Node do not agree."""

    path: str
    expected: Json
    found: Json

    def __str__(self) -> str:
        return f"{self.path}: Node says {self.expected!r}, the manifest {self.found!r}"


def differences(manifest: Manifest, judged: JsonObject) -> list[Difference]:
    """Return every place where they differ: agents, their parts, tools and schemas."""
    read = to_json(manifest)["agents"]
    assert isinstance(read, dict)
    exported = {key: each for key, each in read.items() if "inner" not in _object(each)}
    return list(_agents(exported, judged))


def called(agent: JsonObject) -> set[str]:
    """Return the keys of the tools of an agent that are agents."""
    links = agent["agentTools"]
    assert isinstance(links, list)
    return {str(_object(link)["tool"]) for link in links}


def _agents(read: JsonObject, judged: JsonObject) -> Iterator[Difference]:
    yield from _equal("agents", [*sorted(judged)], [*sorted(read)])
    for key in judged.keys() & read.keys():
        yield from _agent(f"agents.{key}", key, _object(judged[key]), _object(read[key]))


def _agent(path: str, key: str, judged: JsonObject, read: JsonObject) -> Iterator[Difference]:
    yield from _equal(f"{path}.name", judged["name"] or key, read["name"])
    texts = judged["system"]
    assert isinstance(texts, list)
    yield from _equal(f"{path}.system", "\n\n".join(map(str, texts)), read["system"])
    for name, nothing in _PLAIN.items():
        expected = judged.get(name, nothing)
        found = read[name]
        if name in {"handoffs", "agentTools"} and isinstance(found, list):
            found = [_told(link, judged_link) for link, judged_link in _pairs(found, expected)]
        if name == "settings":
            yield from _members(f"{path}.settings", _object(expected), _object(found))
        else:
            yield from _equal(f"{path}.{name}", expected, found)
    expected = judged.get("outputSchema")
    yield from _schema(f"{path}.outputSchema", expected, read["outputSchema"])
    agents = called(read)
    own = {key: each for key, each in _object(read["tools"]).items() if key not in agents}
    yield from _tools(f"{path}.tools", _object(judged["tools"]), own)


def _pairs(found: list[Json], expected: Json) -> Iterator[tuple[JsonObject, JsonObject]]:
    judged = expected if isinstance(expected, list) else []
    nothing: Json = {}
    for link, other in zip_longest(found, judged, fillvalue=nothing):
        yield _object(link), _object(other)


def _told(link: JsonObject, judged: JsonObject) -> Json:
    """Return a link without what the sandbox is asked of it.

    Node does not know the key of an agent that nothing exports.
    """
    asked = ("asked", "varies", "maxSteps")
    hidden = {"agent": ""} if judged.get("agent") == "" else {}
    return {**{key: each for key, each in link.items() if key not in asked}, **hidden}


def _tools(path: str, judged: JsonObject, read: JsonObject) -> Iterator[Difference]:
    yield from _equal(path, list(judged), list(read))
    for key in judged.keys() & read.keys():
        expected, found = _object(judged[key]), _object(read[key])
        yield from _equal(
            f"{path}.{key}.description", expected["description"], found["description"]
        )
        yield from _equal(f"{path}.{key}.disabled", False, found["disabled"])
        schema = f"{path}.{key}.inputSchema"
        yield from _schema(schema, expected["inputSchema"], found["inputSchema"])


def _schema(path: str, expected: Json, found: Json) -> Iterator[Difference]:
    yield from _within(path, normal(expected), normal(found))


def _within(path: str, expected: Json, found: Json) -> Iterator[Difference]:
    """Find the smallest parts of two schemas that differ."""
    if isinstance(expected, dict) and isinstance(found, dict):
        yield from _members(path, expected, found)
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for at, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from _within(f"{path}[{at}]", one, other)
    else:
        yield from _equal(path, expected, found)


def _members(path: str, expected: JsonObject, found: JsonObject) -> Iterator[Difference]:
    for key in sorted(expected.keys() | found.keys()):
        if key not in found:
            yield Difference(f"{path}.{key}", expected[key], "nothing")
        elif key not in expected:
            yield Difference(f"{path}.{key}", "nothing", found[key])
        else:
            yield from _within(f"{path}.{key}", expected[key], found[key])


def _equal(path: str, expected: Json, found: Json) -> Iterator[Difference]:
    if not _same(expected, found):
        yield Difference(path, expected, found)


def _same(one: Json, other: Json) -> bool:
    """Tell whether two values are the same JSON: Python also finds `True` equal to 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == other


def _object(value: Json) -> JsonObject:
    assert isinstance(value, dict), value
    return value

"""An agent's memory as JSON, as a part of manifests."""

from __future__ import annotations

import json

from services.executor.agent_memory import AgentMemory, MemoryScope, WorkingMemory
from services.executor.domain import Json, JsonObject


def memory_to_json(memory: AgentMemory | None) -> JsonObject:
    """Return the member of an agent's object, none without a memory."""
    if memory is None:
        return {}
    found: dict[str, Json] = {"lastMessages": memory.last_messages}
    if memory.working is not None:
        found["workingMemory"] = _working(memory.working)
    return {"memory": found}


def _working(working: WorkingMemory) -> JsonObject:
    if working.schema_json:
        return {"scope": working.scope.value, "schema": json.loads(working.schema_json)}
    return {"scope": working.scope.value, "template": working.template}


def memory_from_json(item: Json) -> AgentMemory | None:
    """Return what ``memory_to_json`` wrote; raises KeyError, TypeError or ValueError."""
    if item is None:
        return None
    if not isinstance(item, dict):
        raise TypeError("not an object")
    last = item["lastMessages"]
    if not isinstance(last, int) or isinstance(last, bool):
        raise TypeError("not a whole number")
    working = item.get("workingMemory")
    return AgentMemory(last, None if working is None else _read_working(working))


def _read_working(item: Json) -> WorkingMemory:
    if not isinstance(item, dict):
        raise TypeError("not an object")
    scope = MemoryScope(item["scope"])
    if "schema" in item:
        return WorkingMemory(scope, schema_json=json.dumps(item["schema"], ensure_ascii=False))
    template = item["template"]
    if not isinstance(template, str):
        raise TypeError("not a text")
    return WorkingMemory(scope, template)

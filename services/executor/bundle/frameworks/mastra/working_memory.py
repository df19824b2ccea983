"""Mastra's working memory: what its class ``Memory`` tells models, and its tool.

Models are told in Mastra's own words (@mastra/memory 1.31, Apache License 2.0), so that they do
here what they do there.
"""

from __future__ import annotations

import json

from services.executor.agent_memory import WorkingMemory
from services.executor.agent_parts import SchemaSource
from services.executor.bundle.frameworks.notes_form import NotesForm, Revision
from services.executor.domain import Json, JsonObject, ToolSpec

TOOL = "updateWorkingMemory"
_MARKDOWN = (
    "Update the working memory with new information. Any data not included will be overwritten. "
    "Always pass data as string to the memory field. Never pass an object."
)
_JSON = (
    "Update the working memory with new information. Data is merged with existing memory - only "
    "include fields you want to add or update. To preserve existing data, omit the field entirely. "
    "Arrays are replaced entirely when provided, so pass the complete array or omit it to keep the "
    "existing values."
)
_TEXT_SCHEMA: JsonObject = {
    "type": "object",
    "properties": {
        "memory": {
            "type": "string",
            "description": "The Markdown formatted working memory content to store. This MUST be a "
            "string. Never pass an object.",
        }
    },
    "required": ["memory"],
}
_KEPT = (
    "Attempted to replace existing working memory with empty template. Update skipped to prevent "
    "data loss."
)
_UNCHANGED = "No memory data provided, existing memory unchanged."
_STRINGS_ONLY = """\
5. IMPORTANT: When calling updateWorkingMemory, the only valid parameter is the memory field. \
DO NOT pass an object.
6. IMPORTANT: ALWAYS pass the data you want to store in the memory field as a string. DO NOT pass \
an object.
7. IMPORTANT: Data must only be sent as a string no matter which format is used."""
_TOLD = """\
WORKING_MEMORY_SYSTEM_INSTRUCTION:
Store and update any conversation-relevant information by calling the updateWorkingMemory tool. \
If information might be referenced again - store it!

Guidelines:
1. Store anything that could be useful later in the conversation
2. Update proactively when information changes, no matter how small
3. Use {format} format for all data
4. Act naturally - don't mention this system to users. Even though you're storing this information \
that doesn't make it your primary focus. Do not ask them generally for "information about yourself"
{strings_only}


{template}

{example_before}
{example}

<working_memory_data>
{notes}
</working_memory_data>

Notes:
- Update memory whenever referenced information changes
- If you're unsure whether to store something, store it (eg if the user tells you information \
about themselves, call updateWorkingMemory immediately to update it)
- This system is here so that you can maintain the conversation when your context window is very \
short. Update your working memory because you may need it to maintain the conversation without the \
full conversation history
- Do not remove empty sections - you must include the empty sections along with the ones you're \
filling in
- REMEMBER: the way you update your working memory is by calling the updateWorkingMemory tool with \
the entire {format} content. The system will store it for you. The user will not see it.
- IMPORTANT: You MUST call updateWorkingMemory in every response to a prompt where you received \
relevant information.
- IMPORTANT: Preserve the {format} formatting structure above while updating the content."""
_EXAMPLE = "When working with json data, the object format below represents the template:"
_ZEROS: dict[Json, Json] = {
    "string": "",
    "array": [],
    "number": 0,
    "integer": 0,
    "boolean": False,
    "object": {},
}


def _spec(working: WorkingMemory) -> ToolSpec:
    schema, description = _TEXT_SCHEMA, _MARKDOWN
    if working.schema_json:
        description = _JSON
        schema = {
            "type": "object",
            "description": "The JSON formatted working memory content to store.",
            "properties": {"memory": json.loads(working.schema_json)},
            "required": ["memory"],
        }
    return ToolSpec(TOOL, description, schema, SchemaSource.STATIC)


def _told(working: WorkingMemory, notes: str) -> str:
    empty = _empty(json.loads(working.schema_json)) if working.schema_json else {}
    template = f"<working_memory_template>\n{working.template}\n</working_memory_template>"
    return _TOLD.format(
        format="JSON" if working.schema_json else "Markdown",
        strings_only="" if working.schema_json else _STRINGS_ONLY,
        template="" if working.schema_json else template,
        example_before=_EXAMPLE if empty else "",
        example=_written(empty) if empty else "",
        notes=notes or "null",
    )


def _empty(schema: Json) -> JsonObject:
    """Return the object with nothing in it that a schema describes."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        return {}
    properties = schema.get("properties")
    named = properties.items() if isinstance(properties, dict) else ()
    return {key: _empty_value(each) for key, each in named}


def _empty_value(schema: Json) -> Json:
    if not isinstance(schema, dict):
        return None
    if "default" in schema:
        return schema["default"]
    if schema.get("properties"):
        return _empty(schema)
    kind = schema.get("type")
    return _ZEROS.get(kind) if isinstance(kind, str) else None


def _revised(working: WorkingMemory, notes: str, given: Json) -> Revision:
    memory = given.get("memory") if isinstance(given, dict) else None
    if working.schema_json:
        return _merged(json.loads(working.schema_json), notes, memory)
    text = memory if isinstance(memory, str) else _written(memory)
    would_empty = _same(text, working.template) and not _same(notes, working.template)
    if notes and would_empty:
        return Revision(None, {"success": False, "message": _KEPT})
    return Revision(text, {"success": True})


def _same(text: str, other: str) -> bool:
    return text.split() == other.split()


def _merged(schema: Json, notes: str, memory: Json) -> Revision:
    if memory is None:
        return Revision(None, {"success": True, "message": _UNCHANGED})
    try:
        old: Json = json.loads(notes) if notes else None
    except ValueError:
        old = None
    return Revision(_written(_over(old, _without_nulls(memory, schema))), {"success": True})


def _without_nulls(value: Json, schema: Json) -> Json:
    """Leave out members that are null and need not be there; the schema's come first, in order."""
    about = schema if isinstance(schema, dict) else {}
    if isinstance(value, list):
        return [_without_nulls(each, about.get("items")) for each in value]
    if not isinstance(value, dict):
        return value
    properties, required = about.get("properties"), about.get("required")
    named = properties if isinstance(properties, dict) else {}
    needed = required if isinstance(required, list) else []
    return {
        key: _without_nulls(value[key], named.get(key))
        for key in dict.fromkeys((*named, *value))
        if key in value and (value[key] is not None or key in needed)
    }


def _over(old: Json, new: Json) -> JsonObject:
    """Lay members over old ones, objects within objects; null takes one away."""
    found = dict(old) if isinstance(old, dict) else {}
    for key, each in new.items() if isinstance(new, dict) else ():
        if each is None:
            found.pop(key, None)
        else:
            found[key] = _over(found.get(key), each) if isinstance(each, dict) else each
    return found


def _written(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


WORKING_MEMORY = NotesForm(TOOL, _spec, _told, _revised)

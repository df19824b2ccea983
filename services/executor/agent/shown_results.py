"""What the model is shown of a tool's result: all of it, or what the tool makes of it."""

from __future__ import annotations

from services.executor.conversation import ResultForm
from services.executor.domain import Json, JsonObject, JsonText, ToolFailure, ToolResult
from services.executor.long_json import escaped, is_utf8
from services.executor.side_thread import dumps_json, loads_json

MAX_DATA_CHARACTERS = 1000
NO_FORM = (
    "Error (THROWN): the tool's `toModelOutput` returned nothing that a model can be shown: it "
    "must be an object with `type` and `value`. The tool ran; its output is not shown instead."
)
DENIED = "Tool call execution denied."


async def shown(result: ToolResult) -> tuple[str, ResultForm]:
    """Return a result as the model reads it: a text as it is, anything else as JSON.

    Lone surrogates, which UTF-8 cannot encode, become JSON escapes.
    """
    if result.failure is not None:
        return failure_text(result.failure), ResultForm.FAILURE
    if result.model_output_json:
        return await _as_the_tool_says(result.model_output_json)
    output = result.output
    if isinstance(output, str) and not isinstance(output, JsonText):
        return await _text(output)
    text = output if isinstance(output, JsonText) else result.output_json
    return escaped(text or await dumps_json(output)), ResultForm.JSON


def failure_text(failure: ToolFailure) -> str:
    """Return a failure as the model reads it."""
    return f"Error ({failure.kind.value}): {failure.text}"


async def _text(text: str) -> tuple[str, ResultForm]:
    if is_utf8(text):
        return text, ResultForm.TEXT
    return escaped(await dumps_json(text)), ResultForm.JSON


async def _as_the_tool_says(output_json: str) -> tuple[str, ResultForm]:
    """Return what ``toModelOutput`` returned, as the AI SDK sends it to models.

    It comes from the bundle: what is of no known form is a failure, never the output.
    """
    try:
        return await _said(await loads_json(output_json))
    except (ValueError, RecursionError):
        return NO_FORM, ResultForm.FAILURE


async def _said(output: Json) -> tuple[str, ResultForm]:
    said: JsonObject = output if isinstance(output, dict) else {}
    kind, value = said.get("type"), said.get("value")
    match kind:
        case "text" if isinstance(value, str):
            return await _text(value)
        case "json" if "value" in said:
            return escaped(await dumps_json(value, compact=True)), ResultForm.JSON
        case "error-text" | "error-json" if "value" in said:
            text = await dumps_json({"error": value}, compact=True)
            return escaped(text), ResultForm.FAILURE
        case "content" if isinstance(value, list):
            parts: list[Json] = [_without_data(part) for part in value]
            return escaped(await dumps_json(parts, compact=True)), ResultForm.JSON
        case "execution-denied":
            reason = said.get("reason")
            told = reason if isinstance(reason, str) and is_utf8(reason) else DENIED
            return told, ResultForm.FAILURE
        case _:
            return NO_FORM, ResultForm.FAILURE


def _without_data(part: Json) -> Json:
    """Return a part of content without long data, which is no text for a model."""
    if not isinstance(part, dict) or part.get("type") == "text":
        return part
    data = part.get("data")
    if not isinstance(data, str) or len(data) <= MAX_DATA_CHARACTERS:
        return part
    return {**part, "data": f"[left out: {len(data)} characters]"}

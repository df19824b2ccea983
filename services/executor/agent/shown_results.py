"""What the model is shown of a tool's result: all of it, or what the tool makes of it."""

from __future__ import annotations

from dataclasses import dataclass

from services.executor.agent.shown_parts import without_data
from services.executor.conversation import ResultForm
from services.executor.domain import Json, JsonObject, JsonText, ToolFailure, ToolResult
from services.executor.long_json import escaped, is_utf8
from services.executor.side_thread import dumps_json, loads_json

MAX_DATA_CHARACTERS = 1000
MAX_PLACE = 200
NO_FORM = (
    "Error (THROWN): the tool's `toModelOutput` returned nothing that a model can be shown: it "
    "must be an object with `type` and `value`. The tool ran; its output is not shown instead."
)
DENIED = "Tool call execution denied."


@dataclass(frozen=True)
class Shown:
    """A result as models read it; ``content`` are the parts that the tool shows, if it does."""

    text: str
    form: ResultForm
    content: tuple[Json, ...] = ()


async def shown(result: ToolResult) -> Shown:
    """Return a result as the model reads it: a text as it is, anything else as JSON.

    Lone surrogates, which UTF-8 cannot encode, become JSON escapes.
    """
    if result.failure is not None:
        return Shown(failure_text(result.failure), ResultForm.FAILURE)
    if result.model_output_json:
        return await _as_the_tool_says(result.model_output_json)
    output = result.output
    if isinstance(output, str) and not isinstance(output, JsonText):
        return await _text(output)
    text = output if isinstance(output, JsonText) else result.output_json
    return Shown(escaped(text or await dumps_json(output)), ResultForm.JSON)


def failure_text(failure: ToolFailure) -> str:
    """Return a failure as the model reads it."""
    return f"Error ({failure.kind.value}): {failure.text}"


def where(failure: ToolFailure) -> str:
    """Return the place of a failure in brackets, after a blank; empty if it is not known."""
    place = failure.stack.strip().splitlines()[:1]
    return f" ({place[0].strip()[:MAX_PLACE]})" if place else ""


async def _text(text: str) -> Shown:
    if is_utf8(text):
        return Shown(text, ResultForm.TEXT)
    return Shown(escaped(await dumps_json(text)), ResultForm.JSON)


async def _as_the_tool_says(output_json: str) -> Shown:
    """Return what ``toModelOutput`` returned, as the AI SDK sends it to models.

    It comes from the bundle: what is of no known form is a failure, never the output.
    """
    try:
        return await _said(await loads_json(output_json))
    except (ValueError, RecursionError):
        return Shown(NO_FORM, ResultForm.FAILURE)


async def _said(output: Json) -> Shown:
    said: JsonObject = output if isinstance(output, dict) else {}
    kind, value = said.get("type"), said.get("value")
    match kind:
        case "text" if isinstance(value, str):
            return await _text(value)
        case "json" if "value" in said:
            return Shown(escaped(await dumps_json(value, compact=True)), ResultForm.JSON)
        case "error-text" | "error-json" if "value" in said:
            text = await dumps_json({"error": value}, compact=True)
            return Shown(escaped(text), ResultForm.FAILURE)
        case "content" if isinstance(value, list):
            told: list[Json] = [without_data(part, MAX_DATA_CHARACTERS) for part in value]
            text = escaped(await dumps_json(told, compact=True))
            return Shown(text, ResultForm.JSON, tuple(value))
        case "execution-denied":
            reason = said.get("reason")
            why = reason if isinstance(reason, str) and is_utf8(reason) else DENIED
            return Shown(why, ResultForm.FAILURE)
        case _:
            return Shown(NO_FORM, ResultForm.FAILURE)

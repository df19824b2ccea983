"""The models of an agent: one, or an ordered list of fallbacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from services.executor.bundle.evaluate.calls import apply_function
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    ArrayValue,
    CallValue,
    Constant,
    FunctionValue,
    ObjectValue,
    Value,
)
from services.executor.bundle.frameworks.framework import ModelName, UnknownModelNameError
from services.executor.bundle.frameworks.parts import constant_text, part
from services.executor.bundle.syntax.syntax import Node

MAX_MODELS = 20
ReadModel: TypeAlias = Callable[[Evaluator, Value], ModelName]


@dataclass(frozen=True)
class ModelList:
    """The names in order, and (reason, place) of what differs here and of what is left out.

    ``refused`` are what cannot be honoured.
    """

    names: tuple[str, ...]
    notes: tuple[tuple[str, Node], ...]
    lost: tuple[tuple[str, Node], ...] = ()
    refused: tuple[tuple[str, Node], ...] = ()


def read_model_list(evaluator: Evaluator, read: ReadModel, value: Value) -> ModelList:
    """Return the models that ``value`` names: a model, an array of them, or a wrapper of one.

    Args:
        evaluator: the program's.
        read: reads one model, as the agent's framework declares it.
        value: the agent's ``model``.

    Raises:
        UnknownModelNameError: none of them can be identified.
    """
    if isinstance(value, FunctionValue):
        return _returned_models(evaluator, read, value)
    entries = _entries(evaluator, value)
    if entries is None:
        one = _read_one(evaluator, read, value)
        return ModelList((one.name,), one.notes, refused=one.refused)
    names: list[str] = []
    notes: list[tuple[str, Node]] = []
    lost: list[tuple[str, Node]] = []
    refused: list[tuple[str, Node]] = []
    if len(entries) > MAX_MODELS:
        notes.append((f"only the first {MAX_MODELS} of {len(entries)} models are read", value.node))
    for entry in entries[:MAX_MODELS]:
        if _is_off(evaluator, entry):
            continue
        try:
            found = _read_one(evaluator, read, entry)
        except UnknownModelNameError as error:
            lost.append((error.reason, error.node))
            continue
        names.append(found.name)
        notes += found.notes
        refused += found.refused
    if not names:
        reason, node = lost[0] if lost else ("it is an empty array", value.node)
        raise UnknownModelNameError(reason, node)
    return ModelList(tuple(names), tuple(notes), tuple(lost), tuple(refused))


def _returned_models(evaluator: Evaluator, read: ReadModel, function: FunctionValue) -> ModelList:
    returned = apply_function(evaluator, function, None, function.node)
    try:
        if isinstance(returned, FunctionValue):
            raise UnknownModelNameError("it returns a function", function.node)
        found = read_model_list(evaluator, read, returned)
    except UnknownModelNameError as error:
        reason = f"it is a function of the context ({error.reason})"
        raise UnknownModelNameError(reason, function.node) from None
    note = ("it is a function: it returns this model whatever the context", function.node)
    return replace(found, notes=(note, *found.notes))


def _entries(evaluator: Evaluator, value: Value) -> list[Value] | None:
    """Return the entries in ``[a, b]`` or ``createFallback({models: [a, b]})``."""
    whole = value
    if isinstance(value, CallValue) and value.arguments:
        whole = evaluator.value_of(value.arguments[0])
    if isinstance(whole, ObjectValue):
        whole = part(evaluator, (whole,), "models") or whole
    elif whole is not value:
        return None
    whole = whole if isinstance(whole, CallValue) else evaluator.forced(whole)
    if not isinstance(whole, ArrayValue):
        return None
    return [evaluator.value_of(item) for item in whole.items]


def _is_off(evaluator: Evaluator, entry: Value) -> bool:
    if not isinstance(entry, ObjectValue):
        return False
    enabled = part(evaluator, (entry,), "enabled")
    return isinstance(enabled, Constant) and enabled.value is False


def _read_one(evaluator: Evaluator, read: ReadModel, value: Value) -> ModelName:
    if not isinstance(value, ObjectValue):
        return read(evaluator, value)
    inner = part(evaluator, (value,), "model")
    if inner is not None:
        retries = part(evaluator, (value,), "maxRetries")
        found = _read_one(evaluator, read, inner) if inner is not value else read(evaluator, inner)
        if retries is None:
            return found
        note = ("`maxRetries` of one model does not apply: the deployment retries", retries.node)
        return replace(found, notes=(*found.notes, note))
    return _compatible(evaluator, value)


def _compatible(evaluator: Evaluator, config: ObjectValue) -> ModelName:
    """Read ``{id: "provider/model", url, apiKey}`` or ``{providerId, modelId, ...}``."""
    name = constant_text(evaluator, config, "id")
    provider, model = (constant_text(evaluator, config, key) for key in ("providerId", "modelId"))
    if name is None and provider and model:
        name = f"{provider}/{model}"
    if not name:
        raise UnknownModelNameError("it is not a model that can be read", config.node)
    others = [key for key in config.entries() if key not in ("id", "providerId", "modelId")]
    if not others:
        return ModelName(name)
    listed = ", ".join(f"`{key}`" for key in others[:5])
    reason = f"{listed} of the model do not apply: Caisson's operator configures providers"
    return ModelName(name, ((reason, config.node),))

"""Which model an agent names: a string, or a call such as ``anthropic("id")``.

The import identifies the provider or, when the provider's package is bundled in, its own strings
that survive minifying: its user agent (``ai-sdk/anthropic/1.2``), the environment variable of its
key (``ANTHROPIC_API_KEY``), the name it reports (``anthropic.messages``).
"""

from __future__ import annotations

import re
from dataclasses import replace

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    ArrayValue,
    CallValue,
    Constant,
    FunctionValue,
    ImportRef,
    MemberValue,
    ObjectValue,
    Unsupported,
    Value,
    is_nullish,
)
from services.executor.bundle.frameworks.framework import ModelName, UnknownModelNameError
from services.executor.bundle.frameworks.parts import part
from services.executor.bundle.frameworks.setting_table import sounds_restricting
from services.executor.bundle.syntax.syntax import Node, descendants, describe, dotted_name

_MIDDLEWARE = "and may change what is asked and answered, which Caisson does not do"
EVIDENCE_NODES = 20_000
MAX_DEPTH = 8
_PACKAGES = {
    "@openrouter/ai-sdk-provider": "openrouter",
    "ollama-ai-provider": "ollama",
    "ollama-ai-provider-v2": "ollama",
    "workers-ai-provider": "cloudflare",
}
_AGENT = re.compile(r"^ai-sdk[-/]([a-z0-9][a-z0-9-]*)(?:/|$)")
_KEY = re.compile(r"^([A-Z][A-Z0-9_]*)_API_KEY$")
_REPORTED = re.compile(
    r"^([a-z][a-z0-9-]*)\.(?:chat|messages|responses|completion|language-model)$"
)
_KEY_NAMES = {"ai_gateway": "gateway", "google_generative_ai": "google"}
_PROVIDER_NAMES = frozenset(
    [
        "anthropic",
        "azure",
        "bedrock",
        "cohere",
        "deepseek",
        "fireworks",
        "gateway",
        "google",
        "groq",
        "mistral",
        "openai",
        "openrouter",
        "perplexity",
        "togetherai",
        "vertex",
        "xai",
    ]
)


def read_model(evaluator: Evaluator, value: Value) -> ModelName:
    """Return ``provider/id`` for a call, the text for a string.

    Raises:
        UnknownModelNameError: it is neither, or the provider cannot be identified.
    """
    return _read(evaluator, value, 0)


def _read(evaluator: Evaluator, value: Value, depth: int) -> ModelName:
    if isinstance(value, Constant) and isinstance(value.value, str) and value.value:
        return ModelName(value.value)
    if isinstance(value, Unsupported):
        raise UnknownModelNameError(value.reason, value.node)
    if not isinstance(value, CallValue) or depth > MAX_DEPTH:
        raise UnknownModelNameError("it is not a model that can be read", value.node)
    model_id = _model_id(evaluator, value)
    provider = _provider(evaluator, value) if model_id else None
    if model_id and provider:
        return ModelName(f"{provider}/{model_id}", _options_note(evaluator, value))
    wrapped = _wrapped_model(evaluator, value, depth)
    if wrapped is not None:
        return wrapped
    followed = evaluator.reduced(value)
    if isinstance(followed, Unsupported):
        what = describe(value.node)
        reason = followed.reason if not model_id else f"the provider of {what} is unknown"
        raise UnknownModelNameError(reason, value.node)
    return _read(evaluator, followed, depth + 1)


def _model_id(evaluator: Evaluator, call: CallValue) -> str | None:
    if not call.arguments or call.opaque_arguments:
        return None
    first = evaluator.forced(evaluator.value_of(call.arguments[0]))
    if isinstance(first, Constant) and isinstance(first.value, str):
        return first.value
    return None


def _wrapped_model(evaluator: Evaluator, call: CallValue, depth: int) -> ModelName | None:
    """Read ``wrapLanguageModel({model, middleware})`` and ``aisdk(model)``, a model in a model."""
    if not call.arguments:
        return None
    first = evaluator.value_of(call.arguments[0])
    options = first
    if isinstance(first, ObjectValue) and "model" in first.entries():
        first = evaluator.value_of(first.entries()["model"])
    elif not isinstance(first, CallValue):
        return None
    try:
        inner = _read(evaluator, first, depth + 1)
    except UnknownModelNameError:
        return None
    if _may_restrict(evaluator, call, options):
        reason = f"{describe(call.node)} wraps the model, {_MIDDLEWARE}"
        return replace(inner, refused=(*inner.refused, (reason, call.node)))
    note = (f"{describe(call.node)} wraps the model; Caisson asks the model itself", call.node)
    return replace(inner, notes=(*inner.notes, note))


def _may_restrict(evaluator: Evaluator, call: CallValue, options: Value) -> bool:
    """Tell whether what wraps a model may change what is asked or answered: its middleware."""
    if sounds_restricting(dotted_name(call.node.callee) or ""):
        return True
    given = part(evaluator, (options,), "middleware") if isinstance(options, ObjectValue) else None
    value = None if given is None else evaluator.forced(given)
    if value is None or is_nullish(value):
        return False
    return not (isinstance(value, ArrayValue) and not value.items and value.opaque is None)


def _provider(evaluator: Evaluator, call: CallValue) -> str | None:
    """Return the provider whose function is called, by the best evidence there is."""
    thunks = [call.callee] if call.receiver is None else [call.receiver, call.callee]
    for thunk in thunks:
        found = _provider_of(evaluator, evaluator.value_of(thunk), 0)
        if found is not None:
            return found
    root = dotted_name(call.node.callee) or ""
    name = root.partition(".")[0].lower()
    return name if name in _PROVIDER_NAMES else None


def _provider_of(evaluator: Evaluator, value: Value, depth: int) -> str | None:
    if depth > MAX_DEPTH:
        return None
    match value:
        case ImportRef():
            return _imported_provider(value)
        case CallValue():
            return _provider_of(evaluator, evaluator.value_of(value.callee), depth + 1)
        case MemberValue():
            return _provider_of(evaluator, value.target, depth + 1)
        case FunctionValue():
            return _evidence(value.node)
        case _:
            return None


def _imported_provider(reference: ImportRef) -> str | None:
    specifier = reference.specifier
    if specifier.startswith("@ai-sdk/"):
        return specifier.removeprefix("@ai-sdk/").partition("/")[0]
    if specifier == "ai" and reference.path[:1] in (("gateway",), ("createGateway",)):
        return "gateway"
    return _PACKAGES.get(specifier)


def _evidence(function: Node) -> str | None:
    """Return the provider that a function's own strings identify, the surest kind first."""
    texts = list(_texts(function))
    for text in texts:
        match = _AGENT.match(text)
        if match:
            return match[1]
    for text in texts:
        match = _KEY.match(text)
        if match:
            name = match[1].lower()
            return _KEY_NAMES.get(name, name)
    for text in texts:
        match = _REPORTED.match(text)
        if match:
            return match[1]
    return None


def _texts(function: Node) -> list[str]:
    found: list[str] = []
    for node in descendants(function, EVIDENCE_NODES):
        if node.type == "Literal" and isinstance(node.value, str):
            found.append(node.value)
        elif node.type == "TemplateElement":
            found.append(str(node.value.cooked))
    return found


def _options_note(evaluator: Evaluator, call: CallValue) -> tuple[tuple[str, Node], ...]:
    """Report options of ``createOpenAI({baseURL, apiKey, ...})`` that do not apply here."""
    thunk = call.receiver if call.receiver is not None else call.callee
    factory = evaluator.value_of(thunk)
    if not isinstance(factory, CallValue) or not factory.arguments:
        return ()
    options = evaluator.value_of(factory.arguments[0])
    if not isinstance(options, ObjectValue) or not options.entries():
        return ()
    names = ", ".join(f"`{key}`" for key in list(options.entries())[:5])
    reason = f"{names} of the provider do not apply: Caisson's operator configures providers"
    return ((reason, factory.node),)

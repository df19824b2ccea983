"""Kinds of settings that only the executor has, and their parsers."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from services.executor.call_rules import ApprovalRule
from services.executor.conversation import ModelRoute, Price
from services.front.settings_fields import seconds

VALIDATION = "services.executor.schemas.validation"

TOKENS_PER_PRICE = 1_000_000
ROUTE_KEYS = {"model", "base_url", "key_variable"}
ROUTES = (
    'a JSON object, such as {"gpt-x": "openai/gpt-x"} or '
    '{"gpt-x": {"model": "openai/gpt-x", "base_url": "https://...", "key_variable": "MY_KEY"}}'
)
PRICES = 'a JSON object, such as {"openai/gpt-x": {"input": 1.25, "output": 10}}'
VALUES = 'a JSON object of names and texts, such as {"SHOP_API_URL": "https://shop.example"}'
RULES = (
    'a JSON list, such as [{"tool": "refund"}, {"agent": "shop", "tool": "*", "timeoutS": 3600}]'
)
RULE_KEYS = {"agent", "tool", "inputSchema", "timeoutS"}
MAX_RULES = 1000
WAIT_S = 7 * 24 * 3600.0
LONGEST_WAIT_S = 366 * 24 * 3600.0
PRICE_KEYS = {"input", "output", "cached_input", "cache_write_input"}


def parse_object(text: str) -> dict[str, Any]:
    """Parse a JSON object; raises ValueError for anything else."""
    value = json.loads(text or "{}")
    if not isinstance(value, dict):
        raise ValueError(text)
    return value


def parse_routes(text: str) -> Mapping[str, ModelRoute]:
    """Parse routes by name: each a LiteLLM name or an object of ``ROUTE_KEYS``."""
    return {name: _route(value) for name, value in parse_object(text).items()}


def routes() -> Mapping[str, ModelRoute]:
    """Declare a JSON object from names to model routes, empty by default."""
    declared: Mapping[str, ModelRoute] = field(
        default_factory=dict, metadata={"parse": parse_routes, "kind": ROUTES}
    )
    return declared


def parse_prices(text: str) -> Mapping[str, Price]:
    """Parse prices by model, from objects of ``PRICE_KEYS`` in US dollars per million tokens."""
    return {name: _price(value) for name, value in parse_object(text).items()}


def prices() -> Mapping[str, Price]:
    """Declare a JSON object from models to prices, empty by default."""
    declared: Mapping[str, Price] = field(
        default_factory=dict, metadata={"parse": parse_prices, "kind": PRICES}
    )
    return declared


def _route(value: Any) -> ModelRoute:
    if isinstance(value, str):
        return ModelRoute(value)
    texts = isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
    if not texts or not value.get("model") or value.keys() - ROUTE_KEYS:
        raise ValueError(value)
    return ModelRoute(**value)


def _price(value: Any) -> Price:
    if (
        not isinstance(value, dict)
        or value.keys() - PRICE_KEYS
        or not {"input", "output"} <= value.keys()
    ):
        raise ValueError(value)
    numbers = {key: float(number) for key, number in value.items()}
    if not all(math.isfinite(number) and number >= 0 for number in numbers.values()):
        raise ValueError(value)
    numbers = {key: number / TOKENS_PER_PRICE for key, number in numbers.items()}
    plain = numbers["input"]
    return Price(
        plain,
        numbers["output"],
        numbers.get("cached_input", plain),
        numbers.get("cache_write_input", plain),
    )


def parse_texts(text: str) -> tuple[str, ...]:
    """Split a text at spaces and commas."""
    return tuple(text.replace(",", " ").split())


def parse_values(text: str) -> Mapping[str, str]:
    """Parse texts by name; raises ValueError."""
    values = parse_object(text)
    if not all(isinstance(value, str) for value in values.values()):
        raise ValueError(text)
    return values


def values() -> Mapping[str, str]:
    """Declare a JSON object from names of variables to their values, empty by default."""
    declared: Mapping[str, str] = field(
        default_factory=dict, metadata={"parse": parse_values, "kind": VALUES}
    )
    return declared


def parse_approvals(text: str) -> tuple[ApprovalRule, ...]:
    """Parse a JSON list of approval rules, objects of ``RULE_KEYS``; raises ValueError."""
    rules = json.loads(text or "[]")
    if not isinstance(rules, list) or len(rules) > MAX_RULES:
        raise ValueError(text)
    return tuple(_rule(rule) for rule in rules)


def _rule(rule: Any) -> ApprovalRule:
    if not isinstance(rule, dict) or rule.keys() - RULE_KEYS:
        raise ValueError(rule)
    tool, agent = rule.get("tool"), rule.get("agent", "")
    schema, timeout_s = rule.get("inputSchema"), rule.get("timeoutS")
    is_time = timeout_s is None
    if type(timeout_s) in {int, float}:
        is_time = 0 < float(timeout_s or 0) <= LONGEST_WAIT_S
    if (
        not (isinstance(tool, str) and tool and isinstance(agent, str))
        or not (schema is None or isinstance(schema, dict))
        or not is_time
    ):
        raise ValueError(rule)
    # Imported when it is used: the command reads settings also where no executor is installed, and
    # then nothing checks calls by them.
    if schema is not None and find_spec("jsonschema_rs"):
        vars(import_module(VALIDATION))["compile_schema"](schema, 1_000)  # raises ValueError
    return ApprovalRule(tool, schema, timeout_s, agent, "deployment")


def approval_rules() -> tuple[ApprovalRule, ...]:
    """Declare a JSON list of approval rules, empty by default."""
    declared: tuple[ApprovalRule, ...] = field(
        default=(), metadata={"parse": parse_approvals, "kind": RULES}
    )
    return declared


def approval_wait() -> float:
    """Declare how many seconds runs wait for somebody, by default a week."""
    return seconds(WAIT_S, 0.05, LONGEST_WAIT_S)


def texts() -> tuple[str, ...]:
    """Declare space-separated words, none by default."""
    declared: tuple[str, ...] = field(default=(), metadata={"parse": parse_texts, "kind": "words"})
    return declared


def whole_words(*, secret: bool = False) -> tuple[str, ...]:
    """Declare space-separated words, none by default; commas are part of a word.

    Those of a ``secret`` setting are not shown.
    """
    declared: tuple[str, ...] = field(
        default=(),
        repr=not secret,
        metadata={"parse": lambda text: tuple(text.split()), "kind": "words"},
    )
    return declared

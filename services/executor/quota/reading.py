"""Reads the quotas of a deployment from JSON; finds all that is wrong with it at once."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, NoReturn, TypeVar

from services.executor.quota.model import MOST_AMOUNT, Metric, SubjectKind
from services.executor.quota.rules import (
    PERIODS,
    RESERVED_NANO_USD,
    RESERVED_TOKENS,
    MetricRules,
    OrganisationRules,
    QuotaRules,
    RateRule,
    Rules,
)
from services.executor.quota.windows import Window

MOST_WEIGHT: Final = 100
T = TypeVar("T")

MOST_BYTES: Final = 4 * 1024 * 1024
MOST_RATE: Final = 10_000
USD: Final = "usd"
NANO: Final = 10**9
METRICS: Final = {
    "requests": Metric.REQUESTS,
    "runs": Metric.RUNS,
    "tokens": Metric.TOKENS,
    USD: Metric.NANO_USD,
    "fuel": Metric.FUEL,
    "egress_bytes": Metric.EGRESS_BYTES,
}
RATED: Final = ("requests", "runs")
OF_AN_AGENT: Final = tuple(name for name in METRICS if name != "requests")
WINDOWS: Final = tuple(window.value for window in Window)
KINDS: Final = tuple(kind.value for kind in SubjectKind)


class BadQuotasError(ValueError):
    """The quotas cannot be used; the text names every problem, one a line."""


def read_quotas(text: str | bytes) -> QuotaRules:
    """Return the quotas of a JSON object; raises BadQuotasError."""
    if len(text) > MOST_BYTES:
        raise BadQuotasError(f"It has more than {MOST_BYTES:,} bytes.")
    try:
        value = json.loads(
            text, parse_float=Decimal, object_pairs_hook=_object, parse_constant=_constant
        )
    except (ValueError, RecursionError) as error:
        raise BadQuotasError(f"It is no JSON that can be read: {error}.") from None
    reader = _Reader()
    rules = reader.whole(value)
    if reader.problems:
        raise BadQuotasError("\n".join(reader.problems))
    return rules


class _Reader:
    """Reads JSON values, and collects what is wrong with them under their paths."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def whole(self, value: Any) -> QuotaRules:
        """Return the quotas that a document describes."""
        top = self.fields(value, "", ("defaults", "organisations", "reserve"))
        defaults = self.fields(top.get("defaults", {}), "defaults", KINDS)
        reserve = self.fields(top.get("reserve", {}), "reserve", ("tokens", USD))
        return QuotaRules(
            {
                SubjectKind(kind): self.limits(each, f"defaults.{kind}", _allowed(kind))
                for kind, each in defaults.items()
            },
            self.named(top.get("organisations", {}), "organisations", self.organisation),
            self.number(reserve.get("tokens", RESERVED_TOKENS), "reserve.tokens"),
            self.dollars(reserve[USD], "reserve.usd") if USD in reserve else RESERVED_NANO_USD,
        )

    def organisation(self, value: Any, path: str) -> OrganisationRules:
        """Return what an organisation has of its own."""
        names = (*METRICS, "keys", "agents", "weight")
        own = self.fields(value, path, names)
        limits = {name: each for name, each in own.items() if name in METRICS}

        def of_key(each: Any, where: str) -> Rules:
            return self.limits(each, where, tuple(METRICS))

        def of_agent(each: Any, where: str) -> Rules:
            return self.limits(each, where, OF_AN_AGENT)

        return OrganisationRules(
            self.limits(limits, path, tuple(METRICS)),
            self.named(own.get("keys", {}), f"{path}.keys", of_key),
            self.named(own.get("agents", {}), f"{path}.agents", of_agent),
            self.number(own.get("weight", 1), f"{path}.weight", 1, MOST_WEIGHT),
        )

    def limits(self, value: Any, path: str, allowed: tuple[str, ...]) -> Rules:
        """Return the limits of one subject."""
        given = self.fields(value, path, allowed)
        return {
            METRICS[name]: self.metric(each, f"{path}.{name}", name) for name, each in given.items()
        }

    def metric(self, value: Any, path: str, name: str) -> MetricRules:
        """Return what is allowed of one thing; null is no limit."""
        if value is None:
            return MetricRules()
        of_rate = (*PERIODS, "burst") if name in RATED else ()
        allowed = (*WINDOWS, *of_rate, *(("at_once",) if name == "runs" else ()))
        given = self.fields(value, path, allowed)
        amount = self.dollars if name == USD else self.number
        return MetricRules(
            self.rate(given, path),
            {
                Window(window): amount(given[window], f"{path}.{window}")
                for window in WINDOWS
                if window in given
            },
            self.number(given["at_once"], f"{path}.at_once") if "at_once" in given else None,
        )

    def rate(self, given: Mapping[str, Any], path: str) -> RateRule | None:
        """Return the rate that fields describe, None for none."""
        named = [period for period in PERIODS if period in given]
        if len(named) > 1:
            self.wrong(path, f"has {' and '.join(named)}; give one of them")
        if not named:
            if "burst" in given:
                self.wrong(f"{path}.burst", f"needs a rate: one of {', '.join(PERIODS)}")
            return None
        period = named[0]
        number, most = given[period], MOST_RATE * PERIODS[period] // PERIODS["per_second"]
        if not _is_number(number) or not 0 < number <= most:
            self.wrong(f"{path}.{period}", f"must be a number above 0, at most {most:,}")
            return None
        burst = self.number(given.get("burst", max(1, math.ceil(number))), f"{path}.burst")
        return RateRule(math.ceil(PERIODS[period] / Decimal(number)), burst)

    def number(self, value: Any, path: str, least: int = 0, most: int = MOST_AMOUNT) -> int:
        """Return a whole number."""
        if not _is_number(value) or not least <= value <= most or value != int(value):
            self.wrong(path, f"must be a whole number between {least} and {most:,}")
            return least
        return int(value)

    def dollars(self, value: Any, path: str) -> int:
        """Return an amount of US dollars in billionths."""
        most = MOST_AMOUNT // NANO
        if not _is_number(value) or not 0 <= value <= most:
            self.wrong(path, f"must be a number of US dollars between 0 and {most:,}")
            return 0
        return int(Decimal(value) * NANO)

    def named(self, value: Any, path: str, read: Callable[[Any, str], T]) -> dict[str, T]:
        """Return an object whose names are free."""
        if not isinstance(value, dict):
            self.wrong(path, "must be an object")
            return {}
        return {name: read(each, f"{path}[{json.dumps(name)}]") for name, each in value.items()}

    def fields(self, value: Any, path: str, allowed: Iterable[str]) -> dict[str, Any]:
        """Return the known fields of an object."""
        if not isinstance(value, dict):
            self.wrong(path, "must be an object")
            return {}
        known = tuple(allowed)
        for name in value:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
                self.wrong(f"{path}.{name}"[:200].lstrip("."), f"is unknown; {hint}")
        return {name: each for name, each in value.items() if name in known}

    def wrong(self, path: str, what: str) -> None:
        """Note a problem."""
        self.problems.append(f"{path or 'The document'} {what}.")


def _allowed(kind: str) -> tuple[str, ...]:
    return OF_AN_AGENT if kind == SubjectKind.AGENT.value else tuple(METRICS)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"an object has {json.dumps(twice)} twice")
    return dict(pairs)


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")

"""Quotas are read from JSON, and everything that is wrong with them is told at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.executor.errors import SetupError
from services.executor.quota.model import Amount, AtOnce, Metric, Rate, Subject, SubjectKind
from services.executor.quota.reading import BadQuotasError, read_quotas
from services.executor.quota.windows import Window
from services.executor.settings import read_settings

ACME = Subject(SubjectKind.ORGANISATION, "acme")
GOOD = """{
  "defaults": {
    "organisation": {
      "requests": {"per_second": 3, "burst": 100},
      "runs": {"per_minute": 0.5, "at_once": 20, "day": 10000},
      "usd": {"day": 20}
    },
    "key": {"runs": {"at_once": 10}}
  },
  "organisations": {
    "acme": {
      "usd": {"month": 1000.000000001}, "runs": null,
      "agents": {"weather": {"egress_bytes": {"minute": 5}}}
    }
  },
  "reserve": {"tokens": 7, "usd": 0.25}
}"""


def test_own_limits_replace_the_defaults_of_the_same_thing() -> None:
    rules = read_quotas(GOOD)
    assert rules.of_caller("acme", "") == (
        Rate(ACME, Metric.REQUESTS, 333_334, 100),
        Amount(ACME, Metric.NANO_USD, Window.MONTH, 1_000_000_000_001),
    )
    other, key = (
        Subject(SubjectKind.ORGANISATION, "other"),
        Subject(SubjectKind.KEY, "k"),
    )
    assert rules.of_caller("other", "k") == (
        Rate(other, Metric.REQUESTS, 333_334, 100),
        Rate(other, Metric.RUNS, 120_000_000, 1),
        Amount(other, Metric.RUNS, Window.DAY, 10_000),
        AtOnce(other, 20),
        Amount(other, Metric.NANO_USD, Window.DAY, 20_000_000_000),
        AtOnce(key, 10),
    )
    weather = Subject(SubjectKind.AGENT, "weather")
    amount = Amount(weather, Metric.EGRESS_BYTES, Window.MINUTE, 5)
    assert rules.of_agent("acme", "weather") == (amount,)
    assert rules.of_agent("other", "weather") == ()
    assert (rules.tokens, rules.nano_usd) == (7, 250_000_000)


WRONG: list[tuple[str, str]] = [
    ("[]", "The document must be an object"),
    ("{", "It is no JSON that can be read"),
    ('{"defaults": NaN}', "NaN is no number"),
    ('{"defaults": {}, "defaults": {}}', 'an object has "defaults" twice'),
    ('{"default": {}}', "default is unknown; did you mean defaults?"),
    ('{"defaults": {"user": {}}}', "defaults.user is unknown; there are organisation, key, agent"),
    ('{"defaults": {"agent": {"requests": {"day": 1}}}}', "defaults.agent.requests is unknown"),
    ('{"defaults": {"key": {"tokens": {"per_second": 1}}}}', "tokens.per_second is unknown"),
    ('{"defaults": {"key": {"tokens": {"at_once": 1}}}}', "tokens.at_once is unknown"),
    ('{"defaults": {"key": {"tokens": 5}}}', "defaults.key.tokens must be an object"),
    ('{"defaults": {"key": {"tokens": {"day": -1}}}}', "must be a whole number between 0 and"),
    ('{"defaults": {"key": {"tokens": {"day": 1.5}}}}', "must be a whole number between 0 and"),
    ('{"defaults": {"key": {"tokens": {"day": true}}}}', "must be a whole number between 0 and"),
    ('{"defaults": {"key": {"tokens": {"day": 1e99}}}}', "must be a whole number between 0 and"),
    ('{"defaults": {"key": {"usd": {"day": "5"}}}}', "must be a number of US dollars"),
    ('{"defaults": {"key": {"usd": {"day": 1e99}}}}', "must be a number of US dollars"),
    ('{"defaults": {"key": {"runs": {"burst": 5}}}}', "needs a rate: one of per_second"),
    ('{"defaults": {"key": {"runs": {"per_second": 0}}}}', "must be a number above 0"),
    ('{"defaults": {"key": {"runs": {"per_second": 10001}}}}', "at most 10,000"),
    ('{"defaults": {"key": {"runs": {"per_hour": 1, "per_minute": 1}}}}', "give one of them"),
    ('{"organisations": []}', "organisations must be an object"),
    ('{"organisations": {"a": {"key": {}}}}', 'organisations["a"].key is unknown'),
    ('{"organisations": {"a": {"keys": {"k": {"run": {}}}}}}', "did you mean runs?"),
    ('{"organisations": {"a": {"weight": 0}}}', "must be a whole number between 1 and 100"),
    ('{"organisations": {"a": {"weight": 1.5}}}', "must be a whole number between 1 and 100"),
    ('{"reserve": {"fuel": 1}}', "reserve.fuel is unknown"),
    ("[" * 100_000, "It is no JSON that can be read"),
]


@pytest.mark.parametrize(("text", "problem"), WRONG, ids=range(len(WRONG)))
def test_nonsense_is_refused(text: str, problem: str) -> None:
    with pytest.raises(BadQuotasError) as raised:
        read_quotas(text)
    assert problem in str(raised.value)


def test_all_problems_are_told_at_once() -> None:
    settings = {
        "CAISSON_EXECUTOR_QUOTAS": '{"default": 1, "reserve": {"tokens": -1}, "organisations": 5}',
        "CAISSON_EXECUTOR_QUOTA_URL": "http://user:hunter2@host",
        "CAISSON_EXECUTOR_QUOTA_WHEN_AWAY": "ajar",
    }
    with pytest.raises(SetupError) as raised:
        read_settings(settings)
    told = str(raised.value)
    assert told.count("CAISSON_EXECUTOR_QUOTAS cannot be used") == 3
    assert "QUOTA_URL is not shown" in told
    assert "QUOTA_WHEN_AWAY" in told
    assert "hunter2" not in told


def test_quotas_may_be_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "quotas.json"
    path.write_text(json.dumps({"reserve": {"tokens": 1}}))
    named = {
        "CAISSON_EXECUTOR_QUOTAS": str(path),
        "CAISSON_EXECUTOR_QUOTA_URL": "valkey://127.0.0.1",
        "CAISSON_EXECUTOR_QUOTA_WHEN_AWAY": "open 30",
    }
    settings = read_settings(named)
    assert (settings.quotas, settings.quota_when_away) == (str(path), 30.0)
    with pytest.raises(SetupError, match="The file cannot be read"):
        read_settings({"CAISSON_EXECUTOR_QUOTAS": str(tmp_path / "none")})
    del named["CAISSON_EXECUTOR_QUOTA_URL"]
    with pytest.raises(SetupError, match="QUOTA_URL, which may be away, is not"):
        read_settings(named)
    del named["CAISSON_EXECUTOR_QUOTA_WHEN_AWAY"]
    path.write_bytes(b"\xff")
    with pytest.raises(SetupError, match="QUOTAS cannot be used"):
        read_settings(named)


@pytest.mark.parametrize(
    ("url", "is_good"),
    [
        ("redis://localhost", True),
        ("valkeys://u:p@h:6379/3?ssl_ca_certs=/ca.pem", True),
        ("rediss://[::1]:1", True),
        ("unix:///s", False),
        ("redis://", False),
        ("redis://h:99999", False),
        ("redis://h/x", False),
        ("redis://h?socket_timeout=9", False),
        ("redis://h?ssl_ca_certs", False),
    ],
)
def test_urls_are_checked(url: str, *, is_good: bool) -> None:
    given = {"CAISSON_EXECUTOR_QUOTAS": "{}", "CAISSON_EXECUTOR_QUOTA_URL": url}
    if is_good:
        assert read_settings(given).quota_url == url
        assert url not in repr(read_settings(given))
    else:
        with pytest.raises(SetupError, match="QUOTA_URL is not shown"):
            read_settings(given)


def test_url_without_quotas_is_refused() -> None:
    with pytest.raises(SetupError, match="what to count, is not"):
        read_settings({"CAISSON_EXECUTOR_QUOTA_URL": "redis://h"})

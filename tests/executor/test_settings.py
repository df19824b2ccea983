"""Settings come from the environment, are checked, and say what is wrong."""

from __future__ import annotations

import base64
import inspect
import os
import re
from dataclasses import fields
from pathlib import Path

import pytest

from services.executor.conversation import ModelRoute, Price
from services.executor.errors import SetupError
from services.executor.keys import key_of
from services.executor.settings import (
    PREFIX,
    Settings,
    process_environment,
    read_settings,
    taken_environment,
)


def test_defaults_are_valid_and_every_field_is_documented() -> None:
    settings = read_settings({})
    assert (settings.address, settings.toolrunner) == ("127.0.0.1:50051", "127.0.0.1:50052")
    documented = "\n".join(str(inspect.getdoc(each)) for each in Settings.__mro__)
    assert all(f"\n    {declared.name}: " in documented for declared in fields(Settings))


def test_executor_removes_keys_and_switches_from_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a library below it finds there are the system's own variables, and proxies."""
    kept = {"HOME": "/h", "PATH": "/bin", "SSL_CERT_FILE": "/c", "https_proxy": "http://p"}
    given = {
        **kept,
        "OPENAI_API_KEY": "k",
        "OPENAI_CUSTOM_HEADERS": "a: b",
        "AWS_PROFILE": "p",
        "GOOGLE_APPLICATION_CREDENTIALS": "/g",
        "HF_TOKEN": "t",
        "LITELLM_LOG": "DEBUG",
        "CAISSON_EXECUTOR_RUNS": "1",
    }
    monkeypatch.setattr(os, "environ", dict(given))
    assert taken_environment() == given
    assert dict(process_environment()) == kept


def test_variables_set_fields() -> None:
    settings = read_settings(
        {
            "CAISSON_EXECUTOR_ADDRESS": "unix:/run/x",
            "CAISSON_EXECUTOR_MAX_STEPS": " 7 ",
            "CAISSON_EXECUTOR_MODEL_ALIASES": '{"*": "openai/gpt-x"}',
            "XDG_STATE_HOME": "/state",
            "HOME": "/home/someone",
        }
    )
    assert (settings.address, settings.max_steps) == ("unix:/run/x", 7)
    assert settings.model_aliases == {"*": ModelRoute("openai/gpt-x")}
    assert settings.state_dir == "/state/caisson"
    assert settings.cache_dir == "/home/someone/.cache/caisson"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("MAX_STEPS", "many", "whole number"),
        ("MAX_STEPS", "0", "between 1 and 1000"),
        ("DRAIN_S", "nan", "between"),
        ("ADDRESS", "here", "HOST:PORT"),
        ("TOOLRUNNER", "1.2.3.4:99999", "HOST:PORT"),
        ("MODEL_ALIASES", '{"a": 1}', "JSON object"),
        ("MODEL_ALIASES", "nonsense", "JSON object"),
        ("MODEL_ALIASES", '{"a": {"base_url": "http://x"}}', "JSON object"),
        ("MODEL_ALIASES", '{"a": {"model": "x", "key": "secret"}}', "JSON object"),
        ("MODEL_PRICES", '{"a": {"input": 1}}', "JSON object"),
        ("MODEL_PRICES", '{"a": {"input": -1, "output": 2}}', "JSON object"),
        ("MAX_COST_USD", "0", "between"),
        ("LOG_LEVEL", "LOUD", "WARNING"),
        ("MAX_STEP", "3", "Did you mean CAISSON_EXECUTOR_MAX_STEPS"),
    ],
)
def test_invalid_value_is_explained(name: str, value: str, words: str) -> None:
    with pytest.raises(SetupError, match=words):
        read_settings({PREFIX + name: value})


def test_aliases_may_set_endpoint_and_prices_per_million_tokens() -> None:
    settings = read_settings(
        {
            "CAISSON_EXECUTOR_MODEL_ALIASES": '{"own": {"model": "openai/llama", '
            '"base_url": "http://127.0.0.1:1/v1", "key_variable": "OWN_KEY"}}',
            "CAISSON_EXECUTOR_MODEL_PRICES": '{"openai/llama": {"input": 2, "output": 10, '
            '"cached_input": 0.5}}',
        }
    )
    assert settings.model_aliases == {
        "own": ModelRoute("openai/llama", "http://127.0.0.1:1/v1", "OWN_KEY")
    }
    assert settings.model_prices == {"openai/llama": Price(2e-6, 1e-5, 5e-7, 2e-6)}


def test_comma_belongs_to_secret_and_separates_hosts() -> None:
    bound = ("A@a.io,header=x-api-key,method=POST", "B@b.io")
    settings = read_settings(
        {
            "CAISSON_EXECUTOR_SECRETS": " ".join(bound),
            "CAISSON_EXECUTOR_ALLOW_FETCH": "a.io,b.io c.io",
            "A": "1",
            "B": "2",
        }
    )
    assert settings.secrets == bound
    assert settings.allow_fetch == ("a.io", "b.io", "c.io")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("MODEL_ALIASES", '{"a": {"model": "openai/x", "api_key": "HUSH"}}'),
        ("MODEL_ALIASES", '{"a": HUSH'),
        ("ADDRESS", "http://user:HUSH@h/"),
    ],
)
def test_wrong_setting_that_may_hold_a_key_is_not_shown(name: str, text: str) -> None:
    with pytest.raises(SetupError) as refused:
        read_settings({f"CAISSON_EXECUTOR_{name}": text})
    assert name in refused.value.message
    assert "HUSH" not in refused.value.message


@pytest.mark.parametrize("address", ["unix:", "unix:/", "unix://"])
def test_unix_address_without_a_name_is_refused(address: str) -> None:
    with pytest.raises(SetupError, match="unix:/path"):
        read_settings({"CAISSON_EXECUTOR_ADDRESS": address})


KEY = "c2VjcmV0" * 8


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("KEY", "c2hvcnRlcg==", "has 7 bytes"),
        ("KEY", "not*base64" * 5, "neither base64 nor hexadecimal"),
        ("KEY", "c2VjcmV0" * 200, "more than 1024"),
        ("JOURNAL_KEYS", KEY, "entry 1 is not ID:KEY"),
        ("JOURNAL_KEYS", f"a:{KEY} b:short", "the key b cannot be used"),
        ("JOURNAL_KEYS", f"a:{KEY} a:{KEY}", "the id a has two keys"),
        ("DATABASE_URL", f"mysql://someone:{KEY}@host/runs", "must be postgresql://"),
        ("IDEMPOTENT_TOOLS", "orders", "write AGENT/TOOL"),
    ],
)
def test_wrong_keys_and_urls_are_refused_without_showing_them(
    name: str, value: str, message: str
) -> None:
    with pytest.raises(SetupError, match=re.escape(message)) as raised:
        read_settings({PREFIX + name: value})
    assert KEY not in str(raised.value)
    assert "short" not in str(raised.value).replace("c2hvcnRlcg==", "")


def test_keys_and_urls_are_not_shown() -> None:
    url = "postgresql://someone:pass-word@host/runs"
    shown = repr(Settings(database_url=url, key=KEY, journal_keys=(f"a:{KEY}",)))
    assert KEY not in shown
    assert "pass-word" not in shown


@pytest.mark.parametrize("text", [KEY, "ab" * 32, "-_-_" * 11, base64.b64encode(bytes(33))])
def test_key_is_base64_or_hexadecimal(text: str | bytes) -> None:
    assert len(key_of(text if isinstance(text, str) else text.decode())) >= 32


def test_secrets_are_read_from_files(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql://caisson:secret@db/caisson\n")
    settings = read_settings({"CAISSON_EXECUTOR_DATABASE_URL_FILE": str(file)})
    assert settings.database_url == "postgresql://caisson:secret@db/caisson"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"KEY_FILE": "{tmp}/none"}, "KEY_FILE: {tmp}/none cannot be read: No such file"),
        ({"KEY_FILE": "{tmp}/long"}, "KEY_FILE: {tmp}/long has more than 65,536 bytes"),
        ({"KEY_FILE": "{tmp}/bytes"}, "KEY_FILE: {tmp}/bytes is not text in UTF-8"),
        ({"KEY_FILE": "{tmp}/bytes", "KEY": "k"}, "KEY_FILE are both set; leave one of them out"),
        ({"RUNS_FILE": "{tmp}/bytes"}, "Unknown setting CAISSON_EXECUTOR_RUNS_FILE"),
    ],
)
def test_wrong_secret_file_is_told(given: dict[str, str], said: str, tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff")
    (tmp_path / "long").write_bytes(b"k" * 70_000)
    variables = {PREFIX + name: text.format(tmp=tmp_path) for name, text in given.items()}
    with pytest.raises(SetupError) as raised:
        read_settings(variables)
    assert said.format(tmp=tmp_path) in raised.value.message

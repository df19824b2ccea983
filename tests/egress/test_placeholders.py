"""Placeholders outlive their process: the same key, run and name give the same ones."""

from __future__ import annotations

import stat
from collections import Counter
from itertools import count
from pathlib import Path

import pytest

from services.executor.adapters.key_file import kept_key
from services.executor.clients import OWN_PROCESS
from services.executor.egress.bindings import bindings_of
from services.executor.egress.forms import Form
from services.executor.egress.placeholders import Placeholders
from services.executor.egress.policy import Egress, EgressPolicy
from services.executor.egress.rules import parse_rule
from services.executor.egress.scripted import ScriptedExchange
from services.executor.egress.secrets import RunSecrets, SecretBinding
from services.executor.egress_setup import placeholder_key
from services.executor.errors import SetupError
from services.executor.events import ToolRequest
from services.executor.settings import Settings
from tests.egress.brokers import Fixed
from tests.egress.test_forms import EXAMPLES

VALUE = "the-real-value-of-it"
KEY = bytes(range(32))
TEXT = KEY.hex()


def policy(value: str = VALUE) -> EgressPolicy:
    texts = ["FIRST@api.example", "SECOND@api.example,like=sk_live_..."]
    return EgressPolicy((), bindings_of(texts, Fixed(value)))


async def environment(
    key: bytes | None, run: str, agent: str = "orders", value: str = VALUE
) -> dict[str, str]:
    """Return what tools see of the secrets, at an executor of its own."""

    async def record(_: ToolRequest) -> None: ...

    egress = Egress(lambda *_: ScriptedExchange(), policy(value), key=key)
    opened = egress.open(agent, "", None, record, OWN_PROCESS, run=(run,))
    async with opened as broker:
        return dict(broker.env)


async def test_another_executor_derives_the_same_placeholders() -> None:
    first, second = [await environment(KEY, "run-1") for _ in range(2)]
    assert first == second
    assert await environment(KEY, "run-1", value="another-value-since") == first


async def test_other_runs_agents_and_deployments_have_other_placeholders() -> None:
    seen = [
        await environment(KEY, "run-1"),
        await environment(KEY, "run-2"),
        await environment(KEY, "run-1", agent="other"),
        await environment(bytes(32), "run-1"),
        await environment(None, "run-1"),
        await environment(None, "run-1"),
    ]
    texts = [text for each in seen for text in each.values()]
    assert len(set(texts)) == len(texts) == 12


def test_placeholder_of_another_run_is_unknown() -> None:
    binding = SecretBinding("KEY", (parse_rule("example.com"),), Fixed(VALUE))
    one, two = (RunSecrets([(binding, VALUE)], Placeholders(KEY, (run,))) for run in ("1", "2"))
    assert two.named_in(one.env["KEY"]) == []
    assert one.named_in(one.env["KEY"]) == ["KEY"]


def test_namesakes_have_placeholders_of_their_own() -> None:
    bindings = [
        (SecretBinding("KEY", (parse_rule(host),), Fixed(value)), value)
        for host, value in (("a.example", VALUE), ("b.example", "another-value"))
    ]
    first, second = (RunSecrets(bindings, Placeholders(KEY, ("run",))) for _ in range(2))
    assert first.env == second.env
    made = [Placeholders(KEY, ("run",)).made("KEY", number, None) for number in range(2)]
    assert first.named_in(made[0]) == first.named_in(made[1]) == ["KEY"]
    assert made[0] != made[1]


def test_parts_are_not_mixed_up() -> None:
    made = [Placeholders(KEY, where).made("K", 0, None) for where in [("ab", "c"), ("a", "bc")]]
    assert made[0] != made[1]


@pytest.mark.parametrize("example", EXAMPLES)
def test_form_is_derived_too(example: str) -> None:
    form = Form("KEY", example)
    made = [Placeholders(KEY, ("run-1",)).made("KEY", 0, form) for _ in range(2)]
    assert made[0] == made[1]
    assert made[0] != Placeholders(KEY, ("run-2",)).made("KEY", 0, form)


def test_characters_are_equally_likely() -> None:
    """Of 62 letters and digits, 256 values give none more often: what is beyond 248 is left."""
    form, drawn = Form("KEY", "k_..."), (number % 256 for number in count())
    seen: Counter[str] = Counter()
    for _ in range(62):
        seen.update(form.placeholder(drawn).removeprefix("k_"))
    assert set(seen.values()) == {32}


def test_key_file_is_made_once_and_private(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    key = kept_key(folder)
    assert key is not None
    assert len(key) == 32
    assert kept_key(folder) == key
    assert [each.name for each in folder.iterdir()] == ["key"]
    assert stat.S_IMODE((folder / "key").stat().st_mode) == 0o600
    assert kept_key(None) is None


def test_damaged_key_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("c2hvcnQ=")
    with pytest.raises(SetupError, match="cannot be used: it has 5 bytes") as raised:
        kept_key(tmp_path)
    assert "c2hvcnQ=" not in raised.value.message


def test_folder_that_cannot_be_written_keeps_no_key(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    assert kept_key(tmp_path / "file" / "below") is None
    assert "placeholders of secrets end with this process" in caplog.text


def test_setting_takes_precedence_and_several_executors_need_it(tmp_path: Path) -> None:
    state, url = str(tmp_path), "postgresql://u:p@localhost/runs"
    assert placeholder_key(Settings(state_dir=state, key=TEXT), policy()) == KEY
    assert placeholder_key(Settings(state_dir=state), EgressPolicy()) is None
    assert not list(tmp_path.iterdir())
    assert placeholder_key(Settings(state_dir=state), policy()) == kept_key(tmp_path)
    with pytest.raises(SetupError, match="CAISSON_EXECUTOR_KEY is not"):
        placeholder_key(Settings(state_dir=state, database_url=url), policy())
    assert placeholder_key(Settings(database_url=url), EgressPolicy()) is None

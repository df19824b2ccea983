"""``caisson keys``, as somebody uses it who lets others in."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.cli.command import TIMEOUT_S, Caisson

ON = {"CAISSON_EXECUTOR_API_KEYS": "true", "CAISSON_EXECUTOR_ADDRESS": "127.0.0.1:0"}


def address_of(line: str) -> str:
    return line.partition("listening on ")[2].partition(",")[0]


def made(caisson: Caisson, *arguments: str) -> str:
    result = caisson("keys", "create", *arguments)
    assert result.status == 0, result
    return result.out.strip()


def test_keys_are_made_used_listed_and_revoked(caisson: Caisson) -> None:
    owner = made(caisson.given(ON), "root", "--role", "owner", "--organisation", "acme")
    assert owner.startswith("ck_")
    with caisson.given(ON).started("executor") as process:
        assert process.stdout is not None
        server = "--server", address_of(process.stdout.readline())
        mine = caisson.given({"CAISSON_API_KEY": owner})
        backend = made(mine, "backend", "--role", "service", "--expires", "1h", *server)
        listed = mine("keys", "list", *server)
        assert listed.status == 0
        first, second = listed.out.splitlines()
        assert "backend · service · until" in first
        assert "root · owner · valid" in second
        other = caisson.given({"CAISSON_API_KEY": backend})
        assert other("sessions", "list", *server).status == 0
        watched = other("runs", "watch", "run_0", *server)  # a stream, which needs the key too
        assert 'There is no run "run_0"' in watched.err
        refused = other("keys", "list", *server)
        assert (refused.status, "keys.manage" in refused.err) == (2, True), refused
        key_id = backend.split("_")[1]
        assert mine("keys", "revoke", key_id, *server).status == 0
        gone = other("sessions", "list", *server)
        assert (gone.status, "not valid" in gone.err) == (2, True), gone
        without = caisson("sessions", "list", *server)
        assert "CAISSON_API_KEY" in without.err
        taken = caisson("keys", "list", "--organisation", "acme")
        assert (taken.status, "--server" in taken.err) == (2, True), taken
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=TIMEOUT_S)
    listed = caisson("keys", "list", "--organisation", "acme")
    assert "backend · service · revoked" in listed.out
    assert caisson("keys", "list", "--organisation", "other").out == "There are no keys.\n"


def test_wrong_use_is_told(caisson: Caisson) -> None:
    for arguments, words in (
        (("list",), "--organisation"),
        (("list", "--organisation", "A B"), "a-z"),
        (("list", "--organisation", "acme", "--server", "127.0.0.1:9"), "that of your key"),
        (("create", "x", "--organisation", "acme"), "--role"),
        (("create", "x", "--role", "boss", "--organisation", "acme"), "'owner'"),
        (("create", "x", "--role", "owner", "--expires", "soon"), "90d"),
        (("revoke", "abc", "--organisation", "acme"), 'no API key of the id "abc"'),
    ):
        result = caisson("keys", *arguments)
        assert (result.status, words in result.err) == (2, True), result
        assert "Traceback" not in result.err


def test_commands_of_their_own_need_no_key(caisson: Caisson, tmp_path: Path) -> None:
    """Whoever lets others in still runs agents of their own, whatever others have to show."""
    missing = str(tmp_path / "none.pem")
    own = caisson.given(
        {
            **ON,
            "CAISSON_EXECUTOR_TLS_CERTIFICATE": missing,
            "CAISSON_EXECUTOR_TLS_KEY": missing,
            "CAISSON_TOOLRUNNER_TLS_CERTIFICATE": missing,
        }
    )
    assert own("sessions", "list").status == 0

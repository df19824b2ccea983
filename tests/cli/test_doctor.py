"""``caisson doctor``: what works here, with no secret in it."""

from __future__ import annotations

from tests.cli.command import Caisson

NAMES = (
    *("python", "executor libraries", "toolrunner libraries"),
    *("guest engine.wasm", "guest prelude.js", "guest licences", "sandbox call"),
)
JAIL = ("environment", "rlimits", "no_new_privs", "not_dumpable", "landlock", "seccomp")


def test_json_names_each_check(caisson: Caisson) -> None:
    own = Caisson(caisson.folder, {"OPENAI_API_KEY": "sk-very-secret"}, caisson.cache)
    result = own("doctor", "--json")
    found = {check["name"]: check for check in result.json["checks"]}
    assert result.status == (0 if result.json["ok"] else 1)
    for name in NAMES:
        assert found[name]["works"] is True, found[name]
    assert "OPENAI_API_KEY" in found["provider keys"]["detail"]
    assert found["providers"]["detail"] == "openai"
    assert {f"jail {part}" for part in JAIL} <= set(found)
    assert found["long work"]["works"] in (True, None)
    assert "sk-very-secret" not in result.out + result.err


def test_a_person_sees_the_same(caisson: Caisson) -> None:
    result = caisson("doctor")
    assert "sandbox call" in result.out
    assert "2 + 3 gives" in result.out
    assert "\x1b" not in result.out
    assert not caisson.processes()

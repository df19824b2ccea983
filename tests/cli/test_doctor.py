"""``caisson doctor`` reports what works, without secrets."""

from __future__ import annotations

from tests.cli.command import Caisson

NAMES = (
    *("python", "executor libraries", "toolrunner libraries"),
    *(
        "guest engine.wasm",
        "guest prelude.js",
        "guest prelude.data",
        "guest licences",
        "sandbox call",
    ),
)
JAIL = ("environment", "rlimits", "no_new_privs", "not_dumpable", "landlock", "seccomp")


def test_doctor_json_lists_each_check(caisson: Caisson) -> None:
    own = caisson.given({"OPENAI_API_KEY": "sk-very-secret"})
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


def test_text_output_lists_each_check(caisson: Caisson) -> None:
    result = caisson.anew("doctor")
    assert "sandbox call" in result.out
    assert "2 + 3 gives" in result.out
    assert "\x1b" not in result.out
    assert not caisson.processes()


def test_doctor_reports_what_stops_the_executor(caisson: Caisson) -> None:
    variables = {
        "CAISSON_EXECUTOR_EGRESS_POLICY": "/no/policy.json",
        "CAISSON_EXECUTOR_SECRETS": "FOO_KEY@bar.example",
    }
    result = caisson.given(variables)("doctor", "--json")
    wrong = {each["name"]: each["detail"] for each in result.json["checks"] if not each["works"]}
    assert result.status == 1
    assert "'/no/policy.json'" in wrong["executor egress policy"]
    assert "FOO_KEY" in wrong["executor secrets"]


def test_doctor_says_whether_there_is_an_offline_model(caisson: Caisson) -> None:
    checks = {each["name"]: each for each in caisson("doctor", "--json").json["checks"]}
    assert checks["llmock"]["works"] is True

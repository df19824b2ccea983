"""What is suggested to be granted is what the tools name, and nothing that is no secret."""

from __future__ import annotations

from services.executor.agent_parts import HeaderUse
from services.executor.domain import Severity, ToolSpec
from services.executor.egress.grants import (
    MAX_HOSTS,
    MAX_LOOKED_AT,
    MAX_WARNED_TOOLS,
    grants_for,
    not_granted,
    warnings_of,
)
from services.executor.tool_reach import Reach


def tool(hosts: tuple[str, ...] = (), env: tuple[str, ...] = ()) -> ToolSpec:
    """Return a tool that reaches hosts and reads names."""
    return ToolSpec("t", "", {}, None, reach=Reach(hosts=hosts, env=env))


def test_suggested_secret_is_bound_to_its_tools_only_host() -> None:
    found = grants_for([tool(("api.exa.ai",), ("EXA_API_KEY",))])
    assert found.flags() == ["--allow-fetch api.exa.ai", "--secret EXA_API_KEY@api.exa.ai"]
    assert found.arguments() == [
        *("--allow-fetch", "api.exa.ai"),
        *("--secret", "EXA_API_KEY@api.exa.ai"),
    ]
    assert not found.unbound


def test_suggested_secret_is_bound_to_its_headers() -> None:
    uses = (HeaderUse("A_KEY", "authorization"), HeaderUse("A_KEY", "x-key"))
    reach = Reach(hosts=("https://api.io:8443",), env=("A_KEY", "B_KEY"), headers=uses)
    assert grants_for([ToolSpec("t", "", {}, None, reach=reach)]).flags() == [
        "--allow-fetch https://api.io:8443",
        "--secret A_KEY@api.io:8443,header=authorization",
        "--secret A_KEY@api.io:8443,header=x-key",
        "--secret B_KEY@api.io:8443",
    ]


def test_header_tools_cannot_set_is_not_suggested() -> None:
    uses = (HeaderUse("A_KEY", "proxy-authorization"),)
    reach = Reach(hosts=("api.io",), env=("A_KEY",), headers=uses)
    found = grants_for([ToolSpec("t", "", {}, None, reach=reach)])
    assert found.secrets == (("A_KEY", "api.io"),)


def test_secret_without_a_single_host_is_left_unbound() -> None:
    found = grants_for([tool(("a.io", "b.io"), ("KEY",)), tool((), ("TOKEN",))])
    assert found.flags() == ["--allow-fetch a.io", "--allow-fetch b.io"]
    assert found.unbound == ("KEY", "TOKEN")


def test_schemes_and_ports_follow_options() -> None:
    found = grants_for([tool(("http://127.0.0.1:3000",), ("KEY",))])
    assert found.flags() == [
        "--allow-fetch http://127.0.0.1:3000",
        "--secret KEY@127.0.0.1:3000",
    ]


def test_name_of_loopback_is_not_suggested() -> None:
    for host in ("http://localhost:3000", "localhost", "https://api.localhost:8443"):
        found = grants_for([tool((host,), ("KEY",))])
        assert (found.flags(), found.unbound) == ([], ("KEY",))


def test_address_is_a_plain_value_and_its_default_binds_no_secret() -> None:
    reach = Reach(hosts=("http://127.0.0.1:3000",), env=("API_URL", "KEY"), addresses=("API_URL",))
    spec = ToolSpec("t", "", {}, None, reach=reach)
    found = grants_for([spec])
    assert found.flags() == ["--allow-fetch http://127.0.0.1:3000", "--env API_URL"]
    assert found.unbound == ("KEY",)
    assert not_granted(spec, ("KEY",)) == ("--env API_URL=VALUE",)
    (warned,) = warnings_of("a", [spec], ("KEY",))
    assert "CAISSON_EXECUTOR_ENV" in warned.reason


def test_tools_share_hosts_and_secrets() -> None:
    same = tool(("api.exa.ai",), ("EXA_API_KEY",))
    found = grants_for(
        [same, same, tool(("b.io", "c.io"), ("EXA_API_KEY",)), ToolSpec("n", "", {}, None)]
    )
    assert found.hosts == ("api.exa.ai", "b.io", "c.io")
    assert found.secrets == (("EXA_API_KEY", "api.exa.ai"),)
    assert not found.unbound


def test_user_chooses_among_many_names() -> None:
    names = tuple(f"SDK_KEY_{index}" for index in range(9))
    found = grants_for([tool(("a.io",), names)])
    assert found.flags() == ["--allow-fetch a.io"]
    assert found.unbound == names


def test_hosts_of_a_tool_that_names_too_many_are_counted_instead() -> None:
    hosts = tuple(f"api{number}.io" for number in range(MAX_HOSTS + 1))
    few, many = tool(("api0.io", "own.io"), ()), tool(hosts, ("KEY",))
    found = grants_for([few, many])
    assert found.flags() == ["--allow-fetch api0.io", "--allow-fetch own.io"]
    assert found.many == hosts[1:]
    assert grants_for([tool(hosts[1:], ())]).hosts == hosts[1:]


def test_program_settings_are_not_secrets() -> None:
    names = ("NODE_ENV", "DEBUG", "OPENAI_BASE_URL", "OPENAI_LOG", "HTTPS_PROXY", "AWS_REGION")
    assert grants_for([tool(("a.io",), names)]).secrets == ()


def test_names_that_packages_read_for_themselves_are_not_secrets() -> None:
    packages = ("USERNAME", "PGSSLMODE", "PGUSER", "NODE_PG_FORCE_NATIVE", "READABLE_STREAM")
    keys = ("PGPASSWORD", "NODE_AUTH_TOKEN", "ACCOUNT_SID")
    assert grants_for([tool((), (*packages, *keys))]).unbound == keys


def test_placeholder_is_not_suggested() -> None:
    found = grants_for([tool(("api.tavily.com", "http://localhost"), ("TAVILY_API_KEY", "TERM"))])
    assert found.flags() == [
        "--allow-fetch api.tavily.com",
        "--secret TAVILY_API_KEY@api.tavily.com",
    ]


def test_websockets_are_not_fetched_and_odd_names_are_quoted() -> None:
    found = grants_for([tool(("wss://a.io", "b.io"), ("X; rm -rf ~",))])
    assert found.flags() == ["--allow-fetch b.io", "--secret 'X; rm -rf ~@b.io'"]


def test_ungranted_secrets_are_reported_with_their_options() -> None:
    reading = tool(("api.exa.ai",), ("EXA_API_KEY", "NODE_ENV"))
    assert not_granted(reading, ()) == (
        "--secret EXA_API_KEY@api.exa.ai",
        "--allow-fetch api.exa.ai",
    )
    assert not_granted(reading, {"EXA_API_KEY"}) == ()
    assert not_granted(tool((), ("TOKEN",)), ()) == ("--secret TOKEN@HOST",)
    (warning,) = warnings_of("helper", [reading, tool()], ())
    assert warning.severity is Severity.WARNING
    assert warning.path == "agents.helper.tools.t.execute"
    assert "granted: --secret EXA_API_KEY@api.exa.ai --allow-fetch api.exa.ai" in warning.reason


def test_many_names_produce_only_a_note() -> None:
    (note,) = warnings_of("helper", [tool((), tuple(f"KEY_{n}" for n in range(30)))], ())
    assert note.severity is Severity.INFO
    assert note.reason.count("--secret") == 12


def test_warnings_look_at_a_bounded_part_of_many_tools() -> None:
    names = tuple(f"KEY_{n}" for n in range(480))
    found = list(warnings_of("helper", [tool((), names)] * 300, names[:MAX_LOOKED_AT]))
    assert len(found) == MAX_WARNED_TOOLS + 1
    assert {each.severity for each in found} == {Severity.INFO}
    assert "reads 480 names" in found[0].reason
    assert "only the first 32 were checked" in found[0].reason
    assert "only the first 100 of 300 tools" in found[-1].reason
    all_warned = list(warnings_of("helper", [tool((), names)] * 300, ()))
    assert len(all_warned) == 2 * MAX_WARNED_TOOLS + 1
    few = tool((), names[:MAX_LOOKED_AT])
    assert len(list(warnings_of("helper", [few] * MAX_WARNED_TOOLS, names))) == 0


def test_settings_of_programs_are_recognised_in_any_case() -> None:
    names = ("Term", "XDG_a", "localAppData", "app_log_level", "A_B_Url", "LOG", "xdg")
    assert grants_for([tool(("a.io",), names)]).flags() == ["--allow-fetch a.io"]
    found = grants_for([tool(("a.io",), ("URL_KEY", "LEVEL", "TERMS", "MY_HOME"))])
    assert len(found.secrets) == 4

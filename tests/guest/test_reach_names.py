"""The executor's lists of what the sandbox provides match the real sandbox."""

from __future__ import annotations

import re

import pytest

from services.executor.bundle.frameworks.registry import is_brought
from services.executor.bundle.reach import guest
from tests.guest.sandboxed import Sandbox, run_body


def listed(sandbox: Sandbox, body: str) -> set[str]:
    """Return the names that the body of a tool returns."""
    names = run_body(sandbox, body).value
    assert isinstance(names, list)
    return set(names)


def test_listed_globals_match_guest(sandbox: Sandbox) -> None:
    found = listed(sandbox, "return Object.getOwnPropertyNames(globalThis)")
    groups = (guest.LANGUAGE, guest.GLOBALS, guest.REFUSED_GLOBALS, guest.MARKS)
    assert found == frozenset.union(*groups)
    assert sum(map(len, groups)) == len(found), "no name is in two groups"


def test_refused_globals_throw_when_used(sandbox: Sandbox) -> None:
    found = listed(
        sandbox,
        """
        const refused = [];
        for (const name of Object.getOwnPropertyNames(globalThis)) {
          if (typeof globalThis[name] !== "function") continue;
          try { new globalThis[name](); } catch (error) {
            if (/^(CapabilityDenied|NotAvailable)Error$/.test(error.name)) refused.push(name);
          }
        }
        return refused;
        """,
    )
    assert found == guest.REFUSED_GLOBALS


# Node lists these, which nobody imports by name, and here they have no module of their own.
INNER = re.compile(r"_(?:http|tls)_.*|_stream_wrap")
# As in a Node that was built without it: neither listed nor there.
ABSENT = {"sqlite"}


def test_listed_modules_match_guest(sandbox: Sandbox) -> None:
    names = listed(sandbox, "return require('node:module').builtinModules")
    found = {name.removeprefix("node:") for name in names if not INNER.fullmatch(name)}
    groups = (guest.NODE_MODULES, guest.FAILING_NODE_MODULES, guest.REFUSED_NODE_MODULES)
    assert found | ABSENT == frozenset.union(*groups)
    assert sum(map(len, groups)) == len(found | ABSENT), "no name is in two groups"


def test_refused_modules_have_something_refused(sandbox: Sandbox) -> None:
    found = listed(
        sandbox,
        """
        const LEVEL = Symbol.for("caisson.level");
        const isRefusal = (error) => /^(CapabilityDenied|NotAvailable)Error$/.test(error.name);
        return require("node:module").builtinModules.filter((name) => {
          if (name.startsWith("_")) return false;
          const module = require(name);
          if (Object.values(module).some((each) => each?.[LEVEL] === "refused")) return true;
          try { module.caissonHasNoSuchName(); } catch (error) { return isRefusal(error); }
        });
        """,
    )
    assert found >= guest.REFUSED_NODE_MODULES - ABSENT


PROVIDED = (
    *("lightfast", "lightfast/agent", "lightfast/tool", "ai"),
    *("zod", "zod/v3", "zod/v4", "zod/mini", "zod/v4-mini", "zod/v4/mini", "zod/v4/core"),
    *("@mastra/core", "@mastra/core/agent", "@openai/agents", "@openai/agents-core"),
    *("@ai-sdk/openai", "@ai-sdk/provider-utils", "@openrouter/ai-sdk-provider"),
)
QUIET = (
    *guest.QUIET,
    *(f"{scope}/x" for scope in guest.QUIET_SCOPES),
    *("pino/file", "@mastra/loggers", "@mastra/core/logger", "@mastra/observability"),
)
MISSING = ("exa-js", "openai", "lodash", "zod-to-json-schema", "zod/v5", "@ai-sdk/react")


def test_provided_packages_match_guest() -> None:
    names = (*PROVIDED, *QUIET, *MISSING)
    found = [name for name in names if guest.is_provided(name) or is_brought(name)]
    assert found == [*PROVIDED, *QUIET]


@pytest.mark.parametrize("name", PROVIDED)
def test_provided_packages_have_usable_exports(sandbox: Sandbox, name: str) -> None:
    head = f'import * as all from "{name}"; import whole from "{name}";'
    body = "return Object.keys(all).length > 1 || typeof whole.anything"
    assert run_body(sandbox, body, head=head).value in (True, "object", "function")


def test_packages_that_only_log_or_watch_do_nothing(sandbox: Sandbox) -> None:
    head = "".join(f'import q{at} from "{name}";\n' for at, name in enumerate(QUIET))
    uses = "".join(f"q{at}.info?.('x'); q{at}.y(1);\n" for at in range(len(QUIET)))
    assert run_body(sandbox, uses + "return 1;", head=head).value == 1


@pytest.mark.parametrize("name", MISSING)
def test_other_packages_throw_when_used(sandbox: Sandbox, name: str) -> None:
    ran = run_body(sandbox, "return used()", head=f'import {{ used }} from "{name}";')
    assert ran.failure.name == "NotAvailableError"

"""Bundles made from real packages evaluate in the sandbox, and their tools run."""

from __future__ import annotations

import zlib

import pytest

from tests.guest.sandboxed import Loaded, Sandbox
from tests.real_bundles.build import RealBundles


def load(sandbox: Sandbox, bundles: RealBundles, name: str) -> Loaded:
    path = getattr(bundles, name)
    return sandbox.load(path.read_text(), module=name.endswith("esm"))


@pytest.mark.parametrize("form", ["esm", "min_cjs"])
def test_bundled_ai_sdk_tools_run(sandbox: Sandbox, real_bundles: RealBundles, form: str) -> None:
    loaded = load(sandbox, real_bundles, f"numbers_{form}")
    primes = loaded.call("primes", {"limit": 10, "order": "ascending"}, agent="numbers")
    assert primes.value == {"count": 4, "primes": [2, 3, 5, 7]}
    checked = loaded.call("checksum", {"text": "caisson"}, agent="numbers")
    assert checked.value == {"bytes": 7, "crc32": f"{zlib.crc32(b'caisson'):08x}"}
    failure = loaded.call("divide", {"dividend": 1, "divisor": 0}, agent="numbers").failure
    assert (failure.kind.name, failure.name) == ("THROWN", "RangeError")
    assert "bundle.js:" in failure.stack


@pytest.mark.parametrize("form", ["esm", "min_cjs"])
def test_external_lightfast_tools_run(
    sandbox: Sandbox, real_bundles: RealBundles, form: str
) -> None:
    loaded = load(sandbox, real_bundles, f"statistics_{form}")
    ran = loaded.call("whoami", agent="statistician", context={"sessionId": "s", "resourceId": "r"})
    value = ran.value
    assert isinstance(value, dict)
    assert value["context"]["sessionId"] == "s"


@pytest.mark.parametrize("form", ["esm", "min_cjs"])
def test_bundled_zod_refuses_invalid_input(
    sandbox: Sandbox, real_bundles: RealBundles, form: str
) -> None:
    failure = (
        load(sandbox, real_bundles, f"numbers_{form}")
        .call("primes", {"limit": "many"}, agent="numbers")
        .failure
    )
    assert failure.kind.name == "INVALID_INPUT"
    assert "limit" in failure.message

"""The reader on the parser tests of TC39: valid programs are read, others refused or tolerated.

``tests/README.md`` has the figures.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest

from services.executor.adapters.bundle_pool import ParserPool
from services.executor.bundle.index.errors import NotIndexedError
from services.executor.bundle.index.indexed import index_program
from services.executor.bundle.syntax.source import decode_source
from services.executor.bundle.syntax.syntax import descendants
from services.executor.errors import BundleError, BundleSyntaxError, NoAgentsError
from tests.bundle.comparing import differences
from tests.bundle.reading import DIGEST
from tests.test262.cases import cases

VALID = ("pass", "pass-explicit")
INVALID = {"fail": 29, "early": 8}
# `for(let [a=b in c] in null);`: the parser takes the first `in` for the loop's.
REFUSED_ALTHOUGH_VALID = {"pass/c546a199e87abaad.js"}
NODES = 10_000


def outcomes(files: Iterable[Path]) -> dict[str, str]:
    """Return the reader's outcome for each file, in a separate process as in the service."""

    async def read() -> dict[str, str]:
        pool = ParserPool(1, timeout_s=10.0)
        found: dict[str, str] = {}
        try:
            for file in files:
                name = f"{file.parent.name}/{file.name}"
                try:
                    await pool.parse(DIGEST, file.read_bytes())
                    found[name] = "read"
                except NoAgentsError:
                    found[name] = "read"
                except BundleSyntaxError:
                    found[name] = "refused"
                except BundleError as error:
                    found[name] = error.message
        finally:
            await pool.close()
        return found

    return asyncio.run(read())


@pytest.mark.parametrize("kind", VALID)
def test_valid_programs_are_parsed(kind: str) -> None:
    found = outcomes(cases(kind))
    assert len(found) == 1981
    refused = {name for name, outcome in found.items() if outcome == "refused"}
    assert refused <= REFUSED_ALTHOUGH_VALID
    others = {outcome for outcome in found.values() if outcome not in ("read", "refused")}
    assert others == {"The bundle is empty: send JavaScript that exports an agent."}


@pytest.mark.parametrize("kind", INVALID)
def test_invalid_programs_are_refused_or_tolerated(kind: str) -> None:
    found = outcomes(cases(kind))
    assert set(found.values()) == {"read", "refused"}
    assert sum(outcome == "read" for outcome in found.values()) <= INVALID[kind]


@pytest.mark.parametrize("kind", VALID)
def test_parsing_in_pieces_matches_parsing_whole(kind: str) -> None:
    indexed = 0
    for file in cases(kind):
        try:
            text = decode_source(file.read_bytes())
            found = differences(text)
        except (NotIndexedError, BundleError):
            continue
        indexed += 1
        assert found == [], file.name
    assert indexed > 1890


@pytest.mark.parametrize("kind", INVALID)
def test_index_accepts_or_refuses_invalid_programs(kind: str) -> None:
    refused = 0
    for file in cases(kind):
        try:
            program = index_program(decode_source(file.read_bytes()), min_deferred=1)
            assert list(descendants(program.program, NODES))
        except NotIndexedError:
            refused += 1
    assert refused > 90

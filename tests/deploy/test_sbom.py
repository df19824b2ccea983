"""The bills of what the images and the guest contain are valid, complete, and always the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from services.toolrunner.guest import build as guest
from tools.check_locks import IMAGE_LOCKS, IMAGES, pinned
from tools.sbom import GUEST_FILES, bills

STATUS = """Package: libseccomp2
Status: install ok installed
Version: 2.5.4-1

Package: gone
Status: deinstall ok config-files
Version: 1.0
"""


@pytest.fixture(scope="module")
def made() -> dict[str, dict[str, Any]]:
    guest.build()
    return bills(None)


def names(bill: dict[str, Any]) -> set[str]:
    return {each["name"] for each in bill["components"]}


@pytest.mark.parametrize("name", ["guest", *IMAGES])
def test_bill_fits_the_schema(name: str, made: dict[str, dict[str, Any]]) -> None:
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(made[name]))
    assert fault is None, str(fault)


def test_the_schema_finds_a_wrong_bill(made: dict[str, dict[str, Any]]) -> None:
    wrong = {**made["guest"], "component": []}
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(wrong)) is not None


@pytest.mark.parametrize("image", IMAGES)
def test_image_lists_all_that_its_lock_installs_here(
    image: str, made: dict[str, dict[str, Any]]
) -> None:
    lock = pinned((IMAGE_LOCKS / f"{image}.lock").read_text())
    elsewhere = {"async-timeout", "colorama", "httpx2-jsfetch", "pywin32", "tzdata"}
    listed = [each for each in made[image]["components"] if "purl" in each]
    assert set(lock) - elsewhere <= {each["name"] for each in listed} <= set(lock)
    assert all(each["externalReferences"][0]["hashes"] for each in listed)
    assert all(each.get("licenses") for each in listed)


def test_guest_lists_the_engine_its_c_library_and_the_preludes_packages(
    made: dict[str, dict[str, Any]],
) -> None:
    listed = names(made["guest"])
    assert {"quickjs-ng", "wasi-libc", "musl, in wasi-libc", *GUEST_FILES} <= listed
    # What the notices say is in it, which the build collects from the packages themselves.
    notices = guest.notices_of(guest.DIST / "prelude.js").read_text()
    noted = {
        line.split()[0] for line in notices.partition("====")[0].splitlines() if line[:2] == "  "
    }
    assert noted
    assert noted <= listed
    assert all(
        each.get("licenses") or each["type"] == "file" for each in made["guest"]["components"]
    )


def test_images_list_the_guest_in_the_wheel(made: dict[str, dict[str, Any]]) -> None:
    (inside,) = (
        each for each in made["toolrunner"]["components"] if each["name"] == "caisson-guest"
    )
    assert {each["name"] for each in inside["components"]} == names(made["guest"])


def test_bills_are_the_same_again(made: dict[str, dict[str, Any]]) -> None:
    assert json.dumps(bills(None)) == json.dumps(made)


def test_packages_of_the_base_are_listed(tmp_path: Path) -> None:
    status = tmp_path / "status"
    status.write_text(STATUS)
    bill = bills(status)["toolrunner"]
    assert "libseccomp2" in names(bill)
    assert "gone" not in names(bill)
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill))
    assert fault is None, str(fault)

"""Secret settings that are given as files: ``CAISSON_EXECUTOR_KEY_FILE=/run/secrets/key``.

Containers get secrets as files, which neither ``docker inspect`` nor ``/proc`` shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field
from typing import Any, Final

from services.front.bounded_file import FileError, content_within

SUFFIX: Final = "_FILE"
MOST_BYTES: Final = 64 * 1024


def secret_files(known: Mapping[str, Field[Any]]) -> dict[str, str]:
    """Return the variables that name a secret setting's file, each with the setting's own.

    Secret are the settings that are not shown (``repr=False``).
    """
    hidden = {name + SUFFIX: name for name, each in known.items() if not each.repr}
    return {file: name for file, name in hidden.items() if file not in known}


def contents(
    files: Mapping[str, str], environment: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """Return what the files hold, by the setting's variable, and the problems found.

    Args:
        files: what ``secret_files`` returned.
        environment: the variables that are set.
    """
    found, problems = {}, []
    for variable, name in files.items():
        path = environment.get(variable, "").strip()
        if not path:
            continue
        if name in environment:
            problems.append(f"{name} and {variable} are both set; leave one of them out.")
            continue
        try:
            found[name] = content_within(path, MOST_BYTES).decode()
        except FileError as error:
            problems.append(f"{variable}: {path} {error}.")
        except UnicodeDecodeError:
            problems.append(f"{variable}: {path} is not text in UTF-8.")
    return found, problems

"""Checks that this Python can run Caisson: ``python tools/check_python.py``.

Runs before the virtual environment exists, on any Python, however old: it imports nothing of ours
and uses only syntax that every Python understands. Prints a sentence and exits with 1 if something
is missing.
"""

# ruff: noqa: UP031  # old Pythons, which this must refuse, cannot parse newer syntax
import importlib
import sys

OLDEST = (3, 11)
# Standard library modules that distributions package separately, or that are missing if Python was
# built without a library's headers.
NEEDED = {
    "venv": "the virtual environment",
    "ensurepip": "pip in the virtual environment",
    "ssl": "HTTPS",
    "sqlite3": "conversations",
    "ctypes": "the sandbox",
    "zlib": "packages",
}


def complaint():
    # type: () -> str
    """Return what is wrong with this Python, or an empty string."""
    version = ".".join(map(str, sys.version_info[:3]))
    name = "%s (Python %s)" % (sys.executable, version)
    if sys.version_info < OLDEST:
        return "Caisson needs Python 3.11 or newer, and %s is older; set PYTHON=..." % name
    missing = [module for module in NEEDED if not has(module)]
    if not missing:
        return ""
    uses = ", ".join("%s (%s)" % (module, NEEDED[module]) for module in missing)
    return (
        "%s lacks parts of the standard library that Caisson needs: %s. On Debian and Ubuntu, "
        "install python3-venv; elsewhere, build Python with these, or set PYTHON=..." % (name, uses)
    )


def has(module):
    # type: (str) -> bool
    """Return whether a module can be imported."""
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True


if __name__ == "__main__":
    sentence = complaint()
    if sentence:
        sys.exit(sentence)

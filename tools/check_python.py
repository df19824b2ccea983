"""Tells whether this Python has what Caisson needs: ``python tools/check_python.py``.

Runs before there is a virtual environment, on whatever Python there is, old ones included: it
imports nothing of ours and keeps to what every Python understands. Exits with 1, and a sentence,
when something is missing.
"""

# ruff: noqa: UP031  # what came with later Pythons cannot be read by those that are refused
import importlib
import sys

OLDEST = (3, 11)
# Modules of the standard library that distributions put into packages of their own, or that a
# Python lacks which was built without the headers of a library.
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
    """Return what is wrong with this Python, or nothing."""
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
    """Tell whether a module can be imported."""
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True


if __name__ == "__main__":
    sentence = complaint()
    if sentence:
        sys.exit(sentence)

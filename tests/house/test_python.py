"""An unsuitable Python is refused with a clear message, before anything is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHECK = ROOT / "tools" / "check_python.py"


def refused(before: str) -> str:
    """Run the check after some statements; return what it writes, which is one line."""
    program = f"import sys, runpy\n{before}\nrunpy.run_path({str(CHECK)!r}, run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == (1 if done.stderr else 0)
    assert not done.stdout
    assert len(done.stderr.splitlines()) <= 1
    return done.stderr


def test_current_python_is_accepted() -> None:
    assert not refused("")


def test_python_without_a_module_is_refused_naming_the_module() -> None:
    said = refused("sys.modules['ensurepip'] = sys.modules['sqlite3'] = None")
    assert "ensurepip (pip in the virtual environment), sqlite3 (conversations)" in said
    assert "python3-venv" in said


def test_older_python_is_refused() -> None:
    said = refused("sys.version_info = (3, 10, 13)")
    assert "Caisson needs Python 3.11 or newer" in said
    assert "3.10.13" in said


def test_make_refuses_a_missing_python(tmp_path: Path) -> None:
    for python, expected in (("", "set PYTHON=... to one"), (str(tmp_path / "none"), "none")):
        done = subprocess.run(
            ["make", "--silent", "python", f"PYTHON={python}"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode != 0
        assert expected in done.stderr

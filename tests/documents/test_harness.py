"""What finds and runs the commands of documents misses none, and sees one that fails."""

from __future__ import annotations

from pathlib import Path

from tests.documents.reading import Kind, Step, steps
from tests.documents.running import checkout_in, run

DOCUMENT = """# A document

Write it in `src/client.py`:

```python
print("I am a file")
```

```
export KEY=...      # yours
NAME=x make run  # at once
caisson tool b.js \\
  agent '{
  "a": 1}'
grpcurl -d @ localhost:50051 X <<END
{"a": "$(date)"}
END
```

What it prints:

```console
$ caisson run b.js 'Hello' ...
✗ make nothing of this
$ make help
```

```
make.py    a file of a picture
```

```text
make run
```

```js
console.log(1)
```
"""


CONNECT = "import socket\n(lambda at: socket.create_connection(at.split(':')))"


def test_each_command_is_found_with_all_of_its_lines(tmp_path: Path) -> None:
    document = tmp_path / "document.md"
    document.write_text(DOCUMENT)
    found = [(each.kind, each.name or each.text, each.line) for each in steps(document)]
    assert found == [
        (Kind.FILE, "src/client.py", 6),
        (Kind.COMMAND, "NAME=x make run  # at once", 11),
        (Kind.COMMAND, "caisson tool b.js \\\n  agent '{\n  \"a\": 1}'", 12),
        (Kind.COMMAND, 'grpcurl -d @ localhost:50051 X <<END\n{"a": "$(date)"}\nEND', 15),
        (Kind.COMMAND, "caisson run b.js 'Hello'", 23),
        (Kind.COMMAND, "make help", 25),
        (Kind.PROGRAM, "js", 37),
    ]


def test_steps_share_one_shell_and_each_failure_is_seen(tmp_path: Path) -> None:
    checkout_in(tmp_path)
    told = [
        Step(Kind.FILE, "import sys\nsys.exit(3)\n", 1, "src/failing.py"),
        Step(Kind.COMMAND, "cd src", 2),
        Step(Kind.COMMAND, "export GREETING='hello there'", 3),
        Step(Kind.COMMAND, "python failing.py", 4),
        Step(Kind.PROGRAM, "import os\nprint(os.environ['GREETING'])\n", 5, "python"),
        Step(Kind.PROGRAM, "console.log(process.env.GREETING); process.exit(4)\n", 6, "js"),
        Step(Kind.COMMAND, "llmock serve --port 8898 --no-such-option", 7),
        Step(Kind.COMMAND, "llmock serve --port 8899 --log-level warning &", 8),
        Step(Kind.PROGRAM, f"{CONNECT}('127.0.0.1:8899')\n", 9, "python"),
    ]
    outcomes = run(told, tmp_path, {})
    assert [each.status for each in outcomes] == [0, 0, 0, 3, 0, 4, 1, 0, 0]
    assert [each.printed.strip() for each in outcomes[4:6]] == ["hello there"] * 2

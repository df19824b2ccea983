"""Log lines as JSON: whose they are, what an error tells, and how many there may be."""

from __future__ import annotations

import json
import logging
from typing import Any

from services.telemetry.logs.context import SUBJECT, RunSubject
from services.telemetry.logs.json_lines import MAX_FRAMES, JsonFormatter
from services.telemetry.logs.rates import RateLimit

SECRET = "a prompt of somebody"


def record(message: str = "it works", line: int = 1, **more: Any) -> logging.LogRecord:
    made = logging.LogRecord("test", logging.INFO, "/home/me/file.py", line, message, (), None)
    for name, value in more.items():
        setattr(made, name, value)
    return made


def line_of(made: logging.LogRecord, *, says: bool = False) -> dict[str, Any]:
    text = JsonFormatter("executor", says=says).format(made)
    assert "\n" not in text
    assert text.isascii()
    found: dict[str, Any] = json.loads(text)
    return found


def failed() -> logging.LogRecord:
    try:
        try:
            raise KeyError(SECRET)
        except KeyError as cause:
            raise ValueError(SECRET) from cause
    except ValueError as error:
        return record("it failed", exc_info=(type(error), error, error.__traceback__))


def test_line_is_of_a_run_where_one_is_known() -> None:
    token = SUBJECT.set(RunSubject("run_1", "acme"))
    try:
        line = line_of(record())
    finally:
        SUBJECT.reset(token)
    assert (line["run"], line["organisation"]) == ("run_1", "acme")
    assert not {"run", "organisation", "trace_id"} & line_of(record()).keys()


def test_fields_of_a_record_are_fields_of_its_line() -> None:
    assert line_of(record(fields={"steps": 3}))["steps"] == 3


def test_error_has_its_type_and_places_and_no_path_or_message() -> None:
    error = line_of(failed())["error"]
    assert (error["type"], error["cause"]["type"]) == ("ValueError", "KeyError")
    assert error["at"] == [f"{__name__}:{error['at'][0].split(':')[1].split()[0]} failed"]
    assert SECRET not in json.dumps(error)
    assert ".py" not in json.dumps(error)


def test_error_says_more_for_whoever_debugs() -> None:
    assert line_of(failed(), says=True)["error"]["message"] == SECRET


def test_deep_error_is_bounded() -> None:
    def deeper(depth: int) -> None:
        if depth == 0:
            raise ValueError("x" * 100_000)
        deeper(depth - 1)

    try:
        deeper(500)
    except ValueError as error:
        made = record(exc_info=(type(error), error, error.__traceback__))
    line = line_of(made, says=True)
    assert len(line["error"]["at"]) == MAX_FRAMES
    assert len(json.dumps(line)) < 10_000


def test_forged_line_stays_one_line() -> None:
    forged = 'model\n{"level": "ERROR"}\x1b[2J\u2028'
    assert line_of(record(forged))["message"] == forged


def test_call_site_is_limited_and_what_was_left_out_is_told() -> None:
    now, told = [0.0], []
    limit = RateLimit(
        lambda message, values: told.append(message % values), 3, 10.0, clock=lambda: now[0]
    )
    assert [limit.filter(record()) for _ in range(5)] == [True, True, True, False, False]
    assert limit.filter(record(line=2))
    assert limit.filter(record(fields={}))
    now[0] = 11.0
    assert limit.filter(record())
    assert told == ["2 lines of test:1 were left out"]


def test_many_call_sites_take_bounded_memory() -> None:
    limit = RateLimit(lambda *_: None)
    for line in range(5000):
        limit.filter(record(line=line))
    assert "sites=1000" in repr(limit)

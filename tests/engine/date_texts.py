"""Texts that people and programs write for dates, and texts that only look like them; seeded."""

from __future__ import annotations

import random
from collections.abc import Callable

Make = Callable[[random.Random], str]

MONTHS = ["Jan", "february", "MAR", "Apr.", "May", "Junuary", "Jul", "Sept", "Oct", "Dec"]
DAYS = ["Mon", "Tue,", "Wednesday", "thu", "Freitag", "Someday", "Sat.", ""]
ZONES = [
    "Z", "z", "UTC", "utc", "GMT", "UT", "EST", "PDT", "CET", "CEST", "BST", "GMT+1", "UTC-0530",
    "+01:00", "-0800", "+1", "+130", "-12:60", "+24:00", "GMT+12345", "+", "+01:00:00",
    "(Central European Time)", "GMT+0100 (CET)", "Europe/Berlin", "[UTC]", "+ 01:00", "\u22120100",
]  # fmt: skip
HALVES = ["AM", "PM", "am", "p.m.", "pm", "A", "noon"]
MARKS = ["", " ", "  ", ",", ", ", "/", "-", ".", ":", "T", "t", "\t", "\n", "\u00a0", "\u202f"]
ODD = [
    "", " ", "hello", "NaN", "null", "0", "1", "12", "13", "32", "49", "50", "99", "100", "1234",
    "12345", "1e3", "-1", "+2020", "-000000", "+000000", "-000001-01-01", "+275760-09-13T00:00Z",
    "+275760-09-13T00:00:00.001Z", "+275760-09-13T01:00+01:00", "-271821-04-20T00:00Z",
    "-271821-04-19T23:59Z", "-271821-04-19T23:00-01:00", "2020-02-30", "2020-02-31T00:00Z",
    "2021-02-29", "20200102", "2020-W01-1", "2020-001", "\uff11\uff12/\uff11/2020",
    "Jan 1 2020\0 12:00", "Jan 1 2020 (a (nested) comment) 10:00", "(before) Jan 1 2020",
    "Jan 1 2020 (open", "Jan 1 2020)", "x" * 300 + " Jan 1 2020",
    "Jan 1 2020" + " " * 200 + "10:00", "00000000000001/2/2020", "1/2/00000000000002020",
    "99999999999/1/2020", "10::", "10::30", "10:30.5", "10:30:15.123456789",
    "Jan 1 2020 10:30:15.5", "Jan 1 2020 10:30.5", "Jan 1 2020 10.5", "Jan 32 2020", "Feb 31 2020",
    "2020 Jan 1", "1 Jan", "Jan", "Jan 2020", "January 2020", "2020 1", "2020/1", "1/2020", "1/2",
    "12:00 Jan 1, 2020", "10:00 PM Jan 2 2020", "T10:00", "2020T10", "2020-01T10:00",
    "2020T10:00Z", "Thu, 01 Jan 1970 00:00:00 GMT+0200", "Date: Jan 1 2020", "Jan1 2020",
    "1Jan2020", "1-Jan-2020", "2020-01-02 10:00", "2020-01-02 10:00Z",
    "2020-01-02 10:00:00.000+00:00", "2020-1-2T10:00", "2020.01.02", "02.01.2020", "31.12.2020",
    "31/12/2020", "2020年1月2日", "2 янв 2020", "1ˢᵗ Jan 2020", "the 1st of Jan 2020",
    "Jan 1st 2020",
    "Monday", "Mon 1", "now", "today", "2020-01-01T", "T", "2020-01-01T24:00",
    "2020-01-01T24:00:00.000Z", "2020-01-01T24:01", "2020-01-01T10:00:60Z",
    "2020-01-01T10:00:59,5Z", "2020-01-01T10:00:59.Z", "2020-01-01T10Z", "2020-01-01T1000",
    "2020-01-01T10:00+0100", "2020-01-01T10:00+01", "2020-01-01T10:00+1:00",
    "2020-01-01T10:00+24:00", "2020-01-01T10:00:00.1234567890123Z", "2020-01-01T10:00 Z",
    "2020-01-01t10:00z", "\ufeff2020-01-01", "2020-01-01 ", " 2020-01-01", "2020-01-01Z", "2020Z",
    "2020-01Z", "2020-01-01+01:00",
]  # fmt: skip


def number(chance: random.Random) -> str:
    """Return a number as dates have them."""
    size = chance.choice([1, 2, 2, 2, 4, 4, 4, 3, 5, 6])
    digits = "".join(chance.choice("0123456789") for _ in range(size))
    return chance.choice([digits, str(chance.randint(0, 32)), "2020", "70", "05"])


def day(chance: random.Random) -> str:
    """Return a date alone."""
    mark = chance.choice(MARKS)
    month = chance.choice([*MONTHS, number(chance), str(chance.randint(1, 13))])
    parts = [str(chance.randint(0, 32)), month, number(chance)]
    chance.shuffle(parts)
    return mark.join(parts[: chance.choice([3, 3, 3, 2, 1])])


def time(chance: random.Random) -> str:
    """Return a time of day alone."""
    parts = [f"{chance.randint(0, 25)}"]
    parts += [f"{chance.randint(0, 61):02}" for _ in range(chance.choice([1, 1, 2, 2, 2, 3]))]
    text = ":".join(parts)
    if chance.random() < 0.3:
        text += f"{chance.choice(['.', ',', ':', ' '])}{number(chance)}"
    if chance.random() < 0.4:
        text += chance.choice(["", " "]) + chance.choice(HALVES)
    return text


def written(chance: random.Random) -> str:
    """Return a text of a date as people write it, in any order."""
    parts = [chance.choice(DAYS), day(chance), time(chance), chance.choice(ZONES)]
    parts = [part for part in parts if part and chance.random() < 0.8]
    if chance.random() < 0.3:
        chance.shuffle(parts)
    return chance.choice([" ", " ", " ", ", ", "T", "  ", ""]).join(parts)


def iso(chance: random.Random) -> str:
    """Return a text in the form of the standard, or one slip away from it."""
    year = chance.choice(["2020", "1999", "0000", "0099", "+002020", "-000001", "20", "02020"])
    text = f"{year}-{chance.randint(0, 13):02}-{chance.randint(0, 32):02}"
    text = text[: chance.choice([len(text), len(text), len(year), len(year) + 3])]
    if chance.random() < 0.7:
        text += chance.choice(["T", "T", "T", " ", "t", "_"])
        text += f"{chance.randint(0, 25):02}:{chance.randint(0, 60):02}"
        text += chance.choice(["", ":30", ":59.5", ":59.1234", ":60", ":5", "."])
        text += chance.choice(["", "Z", "z", "+01:00", "-0130", "+1", " GMT", "+25:00"])
    return text


def slipped(chance: random.Random) -> str:
    """Return a text of a date with a character more, less or changed."""
    text = chance.choice([written, iso])(chance)
    at = chance.randint(0, len(text))
    return text[:at] + chance.choice(["", *MARKS, "x", "(", ")", "é", "5", "+"]) + text[at + 1 :]


def texts(count: int) -> list[str]:
    """Return the handwritten texts and ``count`` made ones."""
    chance = random.Random(14)
    makers: list[Make] = [written, written, iso, slipped, day, time]
    return [*ODD, *(chance.choice(makers)(chance) for _ in range(count))]

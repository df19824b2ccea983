"""The string formats of zod, and what JSON Schema calls them."""

from __future__ import annotations

FORMATS = {
    "base64": "base64",
    "base64url": "base64url",
    "cidrv4": "cidrv4",
    "cidrv6": "cidrv6",
    "cuid": "cuid",
    "cuid2": "cuid2",
    "e164": "e164",
    "email": "email",
    "emoji": "emoji",
    "guid": "uuid",
    "hostname": "hostname",
    "httpUrl": "uri",
    "ipv4": "ipv4",
    "ipv6": "ipv6",
    "iso.date": "date",
    "iso.datetime": "date-time",
    "iso.duration": "duration",
    "iso.time": "time",
    "jwt": "jwt",
    "ksuid": "ksuid",
    "nanoid": "nanoid",
    "ulid": "ulid",
    "url": "uri",
    "uuid": "uuid",
    "uuidv4": "uuid",
    "uuidv6": "uuid",
    "uuidv7": "uuid",
    "xid": "xid",
}

"""Spellings of addresses that must not be reached, and of URLs that hide where they go."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

FORBIDDEN_V4 = (
    "0.0.0.0",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.1.2.3",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
)
FORBIDDEN_V6 = (
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:2::1",
    "2001:10::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
)
PUBLIC = (
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.255.255",
    "172.32.0.1",
    "192.0.1.1",
    "198.17.255.255",
    "198.20.0.1",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
    "64:ff9b::8.8.8.8",
)
# Digits that the URL standard's host parser turns into ASCII ones (UTS 46).
WIDE = {ord("."): 0xFF0E, **{ord("0") + digit: 0xFF10 + digit for digit in range(10)}}
CIRCLED = {ord("0") + digit: 0x245F + digit for digit in range(1, 10)}


def spellings_v4(text: str) -> dict[str, str]:
    """Return hosts of URLs that are all the address ``text``, by how they are written."""
    number = int(IPv4Address(text))
    a, b, c, d = (int(part) for part in text.split("."))
    short = f"{a}.{number & 0xFFFFFF}"
    return {
        "plain": text,
        "dot": f"{text}.",
        "decimal": str(number),
        "hexadecimal": hex(number),
        "octal": f"0{number:o}",
        "short": short,
        "three": f"{a}.{b}.{c * 256 + d}",
        "hexadecimal parts": ".".join(hex(part) for part in (a, b, c, d)),
        "octal parts": ".".join(f"0{part:o}" for part in (a, b, c, d)),
        "zeros": ".".join(f"0x{part:08x}" for part in (a, b, c, d)),
        "mixed": f"0x{a:x}.0{b:o}.{c}.{d}",
        "wide": text.translate(WIDE),
        "circled": text.translate(CIRCLED),
        "percent": "".join(f"%{ord(letter):02x}" for letter in text),
        "mapped": f"[::ffff:{text}]",
        "mapped in hexadecimal": f"[::ffff:{number >> 16:x}:{number & 0xFFFF:x}]",
        "compatible": f"[::{text}]",
        "translated": f"[64:ff9b::{text}]",
        "6to4": f"[2002:{number >> 16:x}:{number & 0xFFFF:x}::1]",
        "Teredo": f"[2001:0:4136:e378:8000:63bf:{~number >> 16 & 0xFFFF:x}:{~number & 0xFFFF:x}]",
        "soft hyphen": text.replace(".", "\u00ad.", 1),
        "zero width": text.replace(".", "\u200b.", 1),
        "ideographic stop": text.replace(".", "\u3002"),
    }


def spellings_v6(text: str) -> dict[str, str]:
    """Return hosts of URLs that are all the address ``text``, by how they are written."""
    address = IPv6Address(text)
    return {
        "plain": f"[{address.compressed}]",
        "long": f"[{address.exploded}]",
        "upper case": f"[{address.exploded.upper()}]",
    }


def urls_to(host: str, port: int) -> dict[str, str]:
    """Return URLs that lead to ``host``, whatever they look like."""
    return {
        "plain": f"http://{host}:{port}/",
        "userinfo": f"http://example.com@{host}:{port}/",
        "password": f"http://example.com:80@{host}:{port}/",
        "backslash": f"http:\\\\{host}:{port}\\@example.com/",
        "tab": f"ht\ttp://{host[:2]}\n{host[2:]}:{port}/",
        "no slashes": f"http:{host}:{port}/",
        "blanks": f" \x01http://{host}:{port}/ ",
        "query": f"http://{host}:{port}?@example.com/",
        "fragment": f"http://{host}:{port}#@example.com/",
    }


def all_urls(port: int) -> list[str]:
    """Return every URL that must not be connected to."""
    urls: list[str] = []
    for text in FORBIDDEN_V4:
        urls += [f"http://{host}:{port}/" for host in spellings_v4(text).values()]
    for text in FORBIDDEN_V6:
        urls += [f"http://{host}:{port}/" for host in spellings_v6(text).values()]
    for host in ("127.0.0.1", "0x7f.1", "[::1]", "[::ffff:7f00:1]", "localhost", "0"):
        urls += urls_to(host, port).values()
    return urls

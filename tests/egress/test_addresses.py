"""Which addresses are public, and that URLs are parsed as Node parses them."""

from __future__ import annotations

import json
import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.executor.egress.addresses import special_kind
from services.executor.egress.web_url import parse_url
from services.executor.errors import FetchDeniedError
from tests.egress.vectors import FORBIDDEN_V4, FORBIDDEN_V6, PUBLIC, all_urls, urls_to

NODE = Path(sys.executable).with_name("node")
ODD_URLS = [
    "http://EXAMPLE.com:80/a/./b/../c?x=1 2#f",
    "https://example.com:443/%7Efoo/%2e%2e/bar",
    "http://ex%41mple.com/",
    "http://bücher.example/ä?ö",
    "http://xn--bcher-kva.example/",
    "http://faß.example/",
    "http://example.com./",
    "http://a..b/",
    "http://-a-.example/",
    "http://example.com:99999/",
    "http://example.com:0/",
    "http://example.com:00080/",
    "http:///example.com/",
    "http://[::1/",
    "http://[1::2::3]/",
    "http://[fe80::1%25eth0]/",
    "http://1.2.3.4.5/",
    "http://256.1.1.1/",
    "http://0x100000000/",
    "http://a b/",
    "http://a%00b/",
    "http://a\x00b/",
    "http://a<b/",
    "http://%/",
    "http://exa_mple.com/",
    "http://☃.net/",
    "//example.com/",
    "example.com",
    "",
    "file:///etc/passwd",
    "ftp://example.com/",
    "javascript:alert(1)",
    "data:text/plain,x",
    "blob:http://example.com/x",
    "http://example.com/\\..\\a",
    "http://example.com/a;b=c/%2f/%5c",
    "HTTPS://Example.Com",
]


@pytest.mark.parametrize("text", FORBIDDEN_V4 + FORBIDDEN_V6)
def test_special_addresses_are_recognised(text: str) -> None:
    assert special_kind(ip_address(text)) is not None


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_recognised(text: str) -> None:
    assert special_kind(ip_address(text)) is None


def test_address_with_zone_is_local() -> None:
    assert special_kind(ip_address("2606:4700::1%1")) is not None


@given(st.integers(min_value=0, max_value=2**32 - 1))
def test_addresses_private_in_python_are_special(number: int) -> None:
    address = ip_address(number)
    if not address.is_global:
        assert special_kind(address) is not None


def test_urls_are_parsed_as_in_node() -> None:
    """Each URL is read alike, or is refused: more than the standard refuses may be."""
    texts = [*all_urls(8080), *ODD_URLS]
    for host in ("example.com", "xn--bcher-kva.example", "1.1.1.1", "[2606:4700::1111]"):
        texts += urls_to(host, 8443).values()
    judged = judge(texts)
    read = 0
    for text, expected in zip(texts, judged, strict=True):
        try:
            url = parse_url(text)
        except FetchDeniedError:
            refusable = expected is None or expected["credentials"] or not expected["web"]
            assert refusable, text
            continue
        assert expected is not None, text
        assert url.href.replace(url.authority, expected["host"], 1) == expected["href"], text
        assert url.authority == expected["host"].replace(".:", ":").removesuffix("."), text
        read += 1
    assert len(texts) > 500
    assert read > 400


def judge(texts: list[str]) -> list[dict[str, str] | None]:
    """Return what Node makes of URLs."""
    program = """
      const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
      console.log(JSON.stringify(texts.map((text) => {
        try {
          const url = new URL(text);
          const credentials = Boolean(url.username || url.password);
          const web = ["http:", "https:"].includes(url.protocol);
          url.hash = "";
          return { href: url.href, host: url.host, credentials, web };
        } catch { return null; }
      })));"""
    done = subprocess.run(
        [NODE, "-e", program], input=json.dumps(texts).encode(), capture_output=True, check=True
    )
    found: list[dict[str, str] | None] = json.loads(done.stdout)
    return found

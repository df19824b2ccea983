"""Files of TLS are checked before use, and what is broken leaves what was there in use."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from services.front.tls_files import MAX_FILE_BYTES, TlsFiles
from services.front.tls_paths import TlsFileError, TlsPaths
from tests.tls.authority import DAY, LOOPBACK, Authority, Files

OURS = Authority()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Files that are right."""
    return Files(tmp_path / "ours").write(OURS.sign(LOOPBACK), OURS.pem)


def paths(files: Files) -> TlsPaths:
    return TlsPaths(files.certificate, files.key, files.authorities)


def with_password(key: bytes) -> bytes:
    """The same key, encrypted."""
    loaded = load_pem_private_key(key, None)
    return loaded.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"no"))


def no_key(files: Files) -> None:
    Path(files.key).unlink()


def half_a_certificate(files: Files) -> None:
    whole = Path(files.certificate).read_bytes()
    Path(files.certificate).write_bytes(whole[: len(whole) // 2])


def empty(files: Files) -> None:
    Path(files.certificate).write_bytes(b"")


def other_key(files: Files) -> None:
    Path(files.key).write_bytes(OURS.sign(LOOPBACK).key)


def expired(files: Files) -> None:
    files.write(OURS.sign(LOOPBACK, lasts=-DAY))


def long(files: Files) -> None:
    Path(files.authorities).write_bytes(b" " * (MAX_FILE_BYTES + 1))


def no_authority(files: Files) -> None:
    Path(files.authorities).write_bytes(b"not a certificate")


def encrypted(files: Files) -> None:
    Path(files.key).write_bytes(with_password(Path(files.key).read_bytes()))


def ed25519(files: Files) -> None:
    files.write(OURS.sign(LOOPBACK, key=Ed25519PrivateKey.generate()))


def other_curve(files: Files) -> None:
    files.write(OURS.sign(LOOPBACK, key=ec.generate_private_key(ec.SECP521R1())))


def short(files: Files) -> None:
    files.write(OURS.sign(LOOPBACK, key=rsa.generate_private_key(65537, 1024)))


def early(files: Files) -> None:
    files.write(OURS.sign(LOOPBACK, begins=DAY, lasts=2 * DAY))


def folder(files: Files) -> None:
    Path(files.certificate).unlink()
    Path(files.certificate).mkdir()


FAULTS: list[tuple[Callable[[Files], None], str]] = [
    (no_key, "tls.key cannot be read: No such file"),
    (half_a_certificate, "tls.crt has no certificate in PEM that can be read"),
    (empty, "tls.crt has no certificate in PEM that can be read"),
    (other_key, "tls.key is not the key of the certificate"),
    (expired, "tls.crt has a certificate that expired on 20"),
    (early, "tls.crt has a certificate that is valid only from 20"),
    (ed25519, "a key that cannot be used here"),
    (other_curve, "a key that cannot be used here"),
    (short, "or RSA with at least 2048 bits"),
    (long, "ca.crt has more than 1,048,576 bytes"),
    (no_authority, "ca.crt has no certificate in PEM that can be read"),
    (encrypted, "tls.key is a key with a password; remove the password"),
    (folder, "tls.crt cannot be read: Is a directory"),
]


@pytest.mark.parametrize(("spoil", "words"), FAULTS, ids=lambda each: getattr(each, "__name__", ""))
def test_a_fault_is_told_in_words_at_the_start(
    files: Files, spoil: Callable[[Files], None], words: str
) -> None:
    spoil(files)
    with pytest.raises(TlsFileError, match=words):
        TlsFiles(paths(files), "the test")


@pytest.mark.parametrize(("spoil", "words"), FAULTS, ids=lambda each: getattr(each, "__name__", ""))
def test_a_fault_leaves_what_was_in_use_and_is_told_once(
    files: Files,
    spoil: Callable[[Files], None],
    words: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    followed = TlsFiles(paths(files), "the test")
    before = followed.current()
    spoil(files)
    with caplog.at_level(logging.WARNING):
        assert [followed.current() for _ in range(3)] == [before] * 3
    (told,) = caplog.messages
    assert told.startswith("the test keeps the certificates it has: ")
    assert words in told
    caplog.clear()
    if Path(files.certificate).is_dir():
        Path(files.certificate).rmdir()
    mended = OURS.sign(LOOPBACK)
    with caplog.at_level(logging.WARNING):
        files.write(mended, OURS.pem)
        assert followed.current().certificate == mended.certificate
    assert caplog.messages == ["the test uses the new content of its certificate files"]


def test_authority_goes_even_beside_a_broken_certificate(
    files: Files, caplog: pytest.LogCaptureFixture
) -> None:
    followed = TlsFiles(paths(files), "the test")
    before = followed.current()
    other = Authority("other").pem
    other_key(files)
    files.write(authorities=other)
    after = followed.current()
    assert (after.certificate, after.key, after.authorities) == (
        before.certificate,
        before.key,
        other,
    )
    assert [each.partition(":")[0] for each in caplog.messages] == [
        "the test uses the new content of its certificate files",
        "the test keeps the certificates it has",
    ]
    no_authority(files)
    pair = OURS.sign(LOOPBACK)
    files.write(pair)
    last = followed.current()
    assert (last.certificate, last.key, last.authorities) == (pair.certificate, pair.key, other)


def test_a_mended_file_is_told(files: Files, caplog: pytest.LogCaptureFixture) -> None:
    followed = TlsFiles(paths(files), "the test")
    right = Path(files.key).read_bytes()
    other_key(files)
    followed.current()
    caplog.clear()
    Path(files.key).write_bytes(right)
    followed.current()
    assert caplog.messages == ["the test: its certificate files are right again"]


def test_content_is_the_same_object_until_it_changes(files: Files) -> None:
    followed = TlsFiles(paths(files), "the test")
    before = followed.current()
    os.utime(files.key)  # only touched
    assert followed.current() is before
    files.write(OURS.sign(LOOPBACK))
    after = followed.current()
    assert after is not before
    assert followed.current() is after


def test_a_change_within_a_tick_of_the_clock_is_seen(files: Files) -> None:
    """Files of the same size and time, as a fast rotation writes them."""
    followed = TlsFiles(paths(files), "the test")
    content = Path(files.authorities).stat()
    other = Authority().pem
    other += b"\n" * max(0, content.st_size - len(other))
    Path(files.authorities).write_bytes(other)
    os.utime(files.authorities, ns=(content.st_atime_ns, content.st_mtime_ns))
    assert followed.current().authorities == other


def test_links_are_followed_as_kubernetes_mounts_secrets(files: Files, tmp_path: Path) -> None:
    mounted = tmp_path / "mounted"
    mounted.symlink_to(files.folder, target_is_directory=True)
    followed = TlsFiles(paths(Files(mounted)), "the test")
    other = Files(tmp_path / "other").write(OURS.sign(LOOPBACK), OURS.pem)
    swapped = tmp_path / "swapped"
    swapped.symlink_to(other.folder, target_is_directory=True)
    os.replace(swapped, mounted)  # noqa: PTH105 - a link, not what it leads to
    assert followed.current().certificate == Path(other.certificate).read_bytes()


def test_the_key_is_not_shown(files: Files) -> None:
    followed = TlsFiles(paths(files), "the test")
    assert "PRIVATE" not in f"{followed!r} {followed.current()!r}"

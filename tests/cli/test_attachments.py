"""Attachments: files are read, URLs are passed on, anything else is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.cli.attachments import MAX_ATTACHMENT_BYTES, read_attachment, read_schema
from services.cli.client.run_wire import run_request
from services.cli.domain import RunRequest
from services.cli.errors import UsageError


def test_images_are_sent_as_images_and_other_files_as_files(tmp_path: Path) -> None:
    image, document = tmp_path / "cat.png", tmp_path / "notes.pdf"
    image.write_bytes(b"\x89PNG")
    document.write_bytes(b"%PDF")
    attachments = (read_attachment(str(image)), read_attachment(str(document)))
    sent = (
        run_request(RunRequest("look", b"", "", attachments=attachments))
        .spec.messages.messages[0]
        .parts
    )
    assert [part.WhichOneof("part") for part in sent] == ["text", "image", "file"]
    assert (sent[1].image.media_type, sent[1].image.data) == ("image/png", b"\x89PNG")
    assert (sent[2].file.media_type, sent[2].file.filename) == ("application/pdf", "notes.pdf")


def test_attached_url_is_sent_unchanged() -> None:
    attachment = read_attachment("https://example.invalid/a/cat.jpg?size=9")
    spec = run_request(RunRequest("look", b"", "", attachments=(attachment,))).spec
    sent = spec.messages.messages[0].parts[1]
    assert sent.image.url == "https://example.invalid/a/cat.jpg?size=9"
    assert sent.image.media_type == "image/jpeg"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing.png", "No such file"),
        ("ftp://example.invalid/x", "ftp:// is neither"),
        (".", "cannot be read"),
    ],
)
def test_unusable_attachment_is_refused(name: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read_attachment(name)


def test_oversized_attachment_is_refused(tmp_path: Path) -> None:
    huge = tmp_path / "huge.bin"
    with huge.open("wb") as file:
        file.truncate(MAX_ATTACHMENT_BYTES + 1)
    with pytest.raises(UsageError, match="is over"):
        read_attachment(str(huge))


@pytest.mark.parametrize("text", ["{", "[1]", '"x"'])
def test_schema_must_be_a_json_object(tmp_path: Path, text: str) -> None:
    path = tmp_path / "schema.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="--schema takes"):
        read_schema(str(path))


def test_schema_is_sent_with_the_request(tmp_path: Path) -> None:
    path = tmp_path / "schema.json"
    path.write_text('{"type": "object", "required": ["a"]}')
    sent = run_request(RunRequest("go", b"", "", output_schema=read_schema(str(path))))
    assert json.loads(sent.spec.output_schema.json_text)["type"] == "object"
    assert not run_request(RunRequest("go", b"", "")).spec.HasField("output_schema")

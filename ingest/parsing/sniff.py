"""What a file is by its bytes, whatever its name says."""

import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ingest.parsing.errors import ParseError
from ingest.parsing.formats import (
    RECOGNISE_TEXT,
    SAVE_AS_EXCEL,
    SAVE_AS_MAIL,
    SAVE_AS_PDF,
    SAVE_AS_POWERPOINT,
    SAVE_AS_WORD,
    UNPACK,
    WRITE_DOWN,
    Format,
    FormatKey,
    format_by_key,
)

MAX_UNPACKED_BYTES = 2**30
MAX_MEMBERS = 20_000
_MAX_RATIO = 250
_RATIO_MATTERS_BYTES = 64 * 2**20

_HEAD_BYTES = 4096
_BINARY: frozenset[FormatKey] = frozenset({"pdf", "docx", "pptx", "xlsx"})


@dataclass(frozen=True, kw_only=True)
class _Content:
    """What the bytes are: a format that is read, or something else with advice."""

    label: str
    key: FormatKey | None = None
    advice: str = ""


_RTF = _Content(label="an RTF document", advice=SAVE_AS_WORD)
_PICTURE = _Content(label="a picture", advice=RECOGNISE_TEXT)
_RECORDING = _Content(label="a recording", advice=WRITE_DOWN)
_ARCHIVE = _Content(label="a packed archive", advice=UNPACK)
_DATABASE = _Content(label="a database", advice="save its tables as .csv and add those")
_PROGRAM = _Content(label="a program", advice="leave it out")

_MAGIC = {
    b"{\\rtf": _RTF,
    b"\x89PNG\r\n": _PICTURE,
    b"\xff\xd8\xff": _PICTURE,
    b"GIF8": _PICTURE,
    b"II*\x00": _PICTURE,
    b"MM\x00*": _PICTURE,
    b"ID3": _RECORDING,
    b"RIFF": _RECORDING,
    b"OggS": _RECORDING,
    b"\x1f\x8b": _ARCHIVE,
    b"7z\xbc\xaf": _ARCHIVE,
    b"Rar!": _ARCHIVE,
    b"SQLite format 3": _DATABASE,
    b"\x7fELF": _PROGRAM,
    b"MZ\x90": _PROGRAM,
}
_ZIP_MEMBERS: tuple[tuple[str, FormatKey], ...] = (("word/", "docx"), ("ppt/", "pptx"), ("xl/", "xlsx"))
_ZIP_MIMETYPES = {
    "application/epub+zip": _Content(label="an EPUB book", advice=SAVE_AS_PDF),
    "opendocument.text": _Content(label="an OpenDocument text", advice=SAVE_AS_WORD),
    "opendocument.spreadsheet": _Content(label="an OpenDocument spreadsheet", advice=SAVE_AS_EXCEL),
    "opendocument.presentation": _Content(label="an OpenDocument presentation", advice=SAVE_AS_POWERPOINT),
}
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_STREAMS = {
    "WordDocument": _Content(label="an old Word document", advice=SAVE_AS_WORD),
    "PowerPoint Document": _Content(label="an old PowerPoint presentation", advice=SAVE_AS_POWERPOINT),
    "__substg1.0": _Content(label="an Outlook message", advice=SAVE_AS_MAIL),
    "Workbook": _Content(label="an old Excel workbook", advice=SAVE_AS_EXCEL),
    "Book": _Content(label="an old Excel workbook", advice=SAVE_AS_EXCEL),
}


def check_content(path: Path, *, name: str, expected: Format) -> None:
    """Refuse a file whose bytes are clearly not what its name says, or not safe to unpack.

    Text formats may hold anything textual; whether the bytes are text at all is for decoding to say.

    Raises:
        ParseError: what the file is instead, and what to do.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(_OLE_MAGIC) and _has_ole_stream(path, "EncryptedPackage"):
        raise ParseError(f"“{name}” is protected by a password: save a copy without one and add that.")
    content = _content_of(path, head, expected)
    if content is None:
        raise ParseError(f"“{name}” is not {expected.label}: save it again in the program that made it and add that.")
    if content.key is None and content.advice:
        raise ParseError(f"“{name}” is {content.label} by its content: {content.advice}.")
    if content.key is not None and content.key != expected.key:
        suffix = format_by_key(content.key).suffixes[0]
        new_name = str(PurePosixPath(name).with_suffix(suffix))
        raise ParseError(f"“{name}” is {content.label} by its content: rename it to “{new_name}” and add it again.")
    if expected.key in ("docx", "pptx", "xlsx"):
        _check_unpacked_size(path, name)


def _content_of(path: Path, head: bytes, expected: Format) -> _Content | None:
    """What the bytes are; None where they are nothing that `expected` could be."""
    if head.startswith(b"%PDF-") or (expected.key == "pdf" and b"%PDF-" in head):
        return _readable("pdf")
    if head.startswith(b"PK\x03\x04"):
        return _zip_content(path)
    if head.startswith(_OLE_MAGIC):
        return _ole_content(path)
    for magic, content in _MAGIC.items():
        if head.startswith(magic):
            return content
    if expected.key not in _BINARY:
        return _readable(expected.key)
    if head.lstrip()[:100].lower().startswith((b"<!doctype html", b"<html")):
        return _readable("html")
    return None


def _readable(key: FormatKey) -> _Content:
    return _Content(label=format_by_key(key).label, key=key)


def _zip_content(path: Path) -> _Content | None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            mimetype = archive.read("mimetype").decode("ascii", "replace") if "mimetype" in names else ""
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError):
        return None
    for part, content in _ZIP_MIMETYPES.items():
        if part in mimetype:
            return content
    for prefix, key in _ZIP_MEMBERS:
        if any(member.startswith(prefix) for member in names):
            return _readable(key)
    return _ARCHIVE


def _ole_content(path: Path) -> _Content:
    for stream, content in _OLE_STREAMS.items():
        if _has_ole_stream(path, stream):
            return content
    return _Content(label="an old Office document", advice="save it as .docx, .xlsx or .pptx and add that")


def _has_ole_stream(path: Path, stream: str) -> bool:
    # Stream names stand in the directory as UTF-16, which is all that needs to be known of the container here.
    return stream.encode("utf-16-le") in path.read_bytes()


def _check_unpacked_size(path: Path, name: str) -> None:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    ratio = unpacked / max(path.stat().st_size, 1)
    is_bomb = unpacked > _RATIO_MATTERS_BYTES and ratio > _MAX_RATIO
    if unpacked > MAX_UNPACKED_BYTES or len(members) > MAX_MEMBERS or is_bomb:
        raise ParseError(
            f"“{name}” unpacks to far more than its size, which is not safe to read: save it as a PDF and add that."
        )

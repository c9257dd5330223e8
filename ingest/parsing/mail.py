"""E-mail: subject, sender, recipients and body; attachments are named, not read."""

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

from ingest.elements import ParsedDocument
from ingest.parsing.characters import one_line
from ingest.parsing.convert import to_document
from ingest.parsing.encoding import decode
from ingest.parsing.markup import html_elements
from ingest.parsing.partitioners import NO_LANGUAGE_DETECTION, prepare

_SHOWN_PICTURE = re.compile(r"cid:([^\"'\s>)]+)")
_SHOWN_HEADERS = ("From", "To", "Cc", "Date")


def parse_mail(data: bytes, *, name: str) -> ParsedDocument:
    """Read a message (RFC 5322 with MIME), as its reader would see it.

    `partition_email` would read the body's HTML with its hidden text and layout tables; here it is cleaned first.
    """
    prepare()
    from unstructured.documents.elements import ElementMetadata, NarrativeText, Title

    message = _message(data, name)
    subject = _header(message, "Subject")
    elements: list[Any] = [Title(subject, metadata=ElementMetadata(category_depth=0))] if subject else []
    header_lines = [f"{header}: {value}" for header in _SHOWN_HEADERS if (value := _header(message, header))]
    if header_lines:
        elements.append(NarrativeText("\n".join(header_lines)))
    body, text = _body(message, name)
    elements += _body_elements(body, text, name)
    return to_document(elements, title=subject, notes=_notes(message, body, text))


def _message(data: bytes, name: str) -> EmailMessage:
    if b"\x00" in data[:64]:
        data = decode(data, name=name).encode()  # saved by a program that writes everything as UTF-16
    return email.message_from_bytes(data.lstrip(), policy=email.policy.default, _class=EmailMessage)


def _header(message: EmailMessage, name: str) -> str | None:
    try:
        value = message.get(name)
    except (ValueError, IndexError, AttributeError, TypeError, KeyError):  # what malformed headers make email raise
        return None
    return one_line(str(value)) or None if value else None


def _body(message: EmailMessage, name: str) -> tuple[Any, str]:
    """The part that is shown, if any, and its text: HTML where that says something."""
    for kind in ("html", "plain"):
        part = message.get_body((kind,))
        if part is not None and (text := _text(part, name)):
            return part, text
    return None, ""


def _body_elements(body: Any, text: str, name: str) -> list[Any]:
    from unstructured.documents.elements import NarrativeText
    from unstructured.partition.text import partition_text

    if body is None:
        return []
    if body.get_content_subtype() == "html":
        return html_elements(text, name=name)[0]
    elements = partition_text(text=text, **NO_LANGUAGE_DETECTION)
    # Short lines of a letter, such as its greeting, are no headings.
    return [NarrativeText(element.text) if element.category == "Title" else element for element in elements]


def _text(part: Any, name: str) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes) or not payload.strip():
        return ""
    return decode(payload, name=name, declared=part.get_content_charset())


def _notes(message: EmailMessage, body: Any, text: str) -> Iterator[str]:
    if message.get_content_type() == "multipart/encrypted":
        yield "the message is encrypted: save it decrypted and add that"
        return
    for attachment in _attachments(message, body, set(_SHOWN_PICTURE.findall(text))):
        yield f"the attachment “{attachment}” was not read: save it and add it itself"


def _attachments(part: Any, body: Any, shown: set[str]) -> Iterator[str]:
    """Names of what came with the message; pictures `shown` in its body, by their content ids, are its dress."""
    if part is body:
        return
    if part.get_content_maintype() == "multipart":
        for inner in part.iter_parts():
            yield from _attachments(inner, body, shown)
        return
    filename = part.get_filename()
    if part.get_content_maintype() == "message":
        attached = part.get_content() if part.get_content_type() == "message/rfc822" else None
        subject = _header(attached, "Subject") if isinstance(attached, EmailMessage) else None
        yield one_line(filename or subject or "message")
    elif (part.is_attachment() or filename) and (_header(part, "Content-ID") or "").strip("<>") not in shown:
        yield one_line(filename or part.get_content_type())

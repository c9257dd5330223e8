from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

Parse = Callable[[str, bytes | str], Any]


def message(**headers: str) -> EmailMessage:
    made = EmailMessage()
    for name, value in (
        {"Subject": "Parking", "From": "Ann <ann@example.org>", "To": "bob@example.org"} | headers
    ).items():
        made[name] = value
    return made


def test_the_subject_is_title_and_heading_and_the_other_headers_one_paragraph(parse: Parse) -> None:
    mail = message(Date="Mon, 05 Jan 2026 09:00:00 +0000")
    mail.set_content("Dear Bob,\n\nUse the north car park.\n\n- bay 1\n- bay 2\n")
    shown = parse("a.eml", mail.as_bytes())
    assert shown.document.title == "Parking"
    assert shown.kinds == [
        ("heading", "Parking"),
        ("paragraph", "From: Ann <ann@example.org>\nTo: bob@example.org\nDate: Mon, 05 Jan 2026 09:00:00 +0000"),
        ("paragraph", "Dear Bob,"),
        ("paragraph", "Use the north car park."),
        ("list-item", "bay 1"),
        ("list-item", "bay 2"),
    ]


def test_the_html_of_a_message_is_read_as_its_reader_sees_it(parse: Parse) -> None:
    mail = message()
    mail.set_content("plain")
    mail.add_alternative("<div style='display:none'>preheader</div><h2>News</h2><p>Text</p>", subtype="html")
    assert parse("a.eml", mail.as_bytes()).kinds[2:] == [("heading", "News"), ("paragraph", "Text")]


def test_a_plain_body_is_read_where_the_html_says_nothing(parse: Parse) -> None:
    mail = message()
    mail.set_content("Good morning to you.")
    mail.add_alternative(" ", subtype="html")
    assert parse("a.eml", mail.as_bytes()).document.text.endswith("Good morning to you.")


def test_attachments_are_named_and_not_read(parse: Parse) -> None:
    mail = message()
    mail.set_content("See the plan.")
    mail.add_attachment(b"%PDF-1.4 secret", maintype="application", subtype="pdf", filename="plan.pdf")
    mail.add_attachment(message(Subject="Forwarded"))
    shown = parse("a.eml", mail.as_bytes())
    assert "secret" not in shown.document.text
    assert shown.document.notes == (
        "the attachment “plan.pdf” was not read: save it and add it itself",
        "the attachment “Forwarded” was not read: save it and add it itself",
    )


def test_pictures_shown_in_the_body_are_no_attachments(parse: Parse) -> None:
    mail = message()
    mail.set_content("<p>Hello there</p><img src='cid:logo'>", subtype="html")
    mail.add_related(b"\x89PNG", maintype="image", subtype="png", cid="<logo>", filename="logo.png")
    assert parse("a.eml", mail.as_bytes()).document.notes == ()


def test_encoded_headers_and_bodies_are_decoded(parse: Parse) -> None:
    mail = message(Subject="Käse für 日本")
    mail.set_content("Größe", charset="iso-8859-1", cte="base64")
    assert parse("a.eml", mail.as_bytes()).document.text.startswith("Käse für 日本")
    assert parse("a.eml", mail.as_bytes()).document.text.endswith("Größe")


def test_an_unknown_charset_does_not_lose_the_body(parse: Parse) -> None:
    raw = b"Subject: Parking\nContent-Type: text/plain; charset=bogus\n\nThe caf\xe9 is closed."
    assert parse("a.eml", raw).texts("paragraph") == ["The café is closed."]


def test_an_encrypted_message_is_said_to_be_one(parse: Parse) -> None:
    raw = b"Subject: x\nContent-Type: multipart/encrypted; boundary=b\n\n--b\nContent-Type: a/b\n\nabc\n--b--\n"
    assert parse("a.eml", raw).document.notes == ("the message is encrypted: save it decrypted and add that",)

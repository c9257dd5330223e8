"""What is taken for personal, and what is not."""

import time

import pytest

from assistant.rails.personal import find


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Mail o’brien+x@mail.example.co.uk today", "EMAIL", "brien+x@mail.example.co.uk"),
        ("Ring 020 7946 0958 after six", "PHONE", "020 7946 0958"),
        ("Outside hours: +49 30 901820", "PHONE", "+49 30 901820"),
        ("The duty phone (01632 960144) is on", "PHONE", "01632 960144"),
        ("Telephone (0161) 496 0123", "PHONE", "(0161) 496 0123"),
        ("Pay to GB82 WEST 1234 5698 7654 32.", "IBAN", "GB82 WEST 1234 5698 7654 32"),
        ("Card 4111 1111 1111 1111, expires soon", "CARD", "4111 1111 1111 1111"),
        ("His SSN is 536-90-4399.", "ID", "536-90-4399"),
        ("NI number AB 12 34 56 C", "ID", "AB 12 34 56 C"),
        ("Seen from 192.168.13.7 twice", "IP", "192.168.13.7"),
        ("Dear Jane Doe,", "PERSON", "Jane Doe"),
        ("Please ask Mrs Okonkwo-Hale about it", "PERSON", "Mrs Okonkwo-Hale"),
        (
            "She moved to 14 Lock Keeper’s Lane, Leeds LS1 4AP last year",
            "ADDRESS",
            "14 Lock Keeper’s Lane, Leeds LS1 4AP",
        ),
        ("Büro: Hauptstraße 12a", "ADDRESS", "Hauptstraße 12a"),
    ],
)
def test_is_found_as_what_it_is(text: str, kind: str, value: str) -> None:
    assert value in {text[found.start : found.end] for found in find(text) if found.kind == kind}


@pytest.mark.parametrize(
    "text",
    [
        "The allowance is £165 for the week, paid on the 28th of each month since 2019.",
        "Invoice A-0042 over 1,250.00 is in version 3.14.2 of the report, page 12.",
        "What happened to the canal in 1643, and who was king in 1690?",
        "See [1] and [12]; room 204, extension of the lease, 24 Street lamps.",
        "The Canal Trust and the Home Office wrote to the Leeds City Council.",
        "",
        "…\n",
    ],
)
def test_ordinary_text_holds_nothing_personal(text: str) -> None:
    assert find(text) == []


@pytest.mark.parametrize(
    "unit", ["a", "1", "1 ", "A", "A1 ", "Dear ", "a@", "1.", "call 1", "12 Aa ", "1 Aa, ", "-", "::", "\n"]
)
def test_the_time_grows_with_the_length_and_no_faster(unit: str) -> None:
    def seconds(length: int) -> float:
        text = (unit * length)[:length]
        began = time.process_time()
        find(text)
        return time.process_time() - began

    seconds(500)
    short, long = (min(seconds(length) for _ in range(2)) for length in (1_000, 8_000))
    assert long < 30 * max(short, 0.005)

"""What must never be read in a log is not in it; what must be found again is."""

import io
import json
import logging
import random
from uuid import UUID

import pytest
import structlog
from django.core.exceptions import DisallowedHost
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.log import log_response
from hypothesis import given
from hypothesis import strategies as st

from foundation.logs import CARD, PERSONAL, SECRET, OneLine, configure, mask, mask_text, passes_luhn

CARDS = [
    "4111111111111111",
    "5555555555554444",
    "378282246310005",
    "6011111111111117",
    "3530111333300000",
    "30569309025904",
    "4222222222222",
]


def luhn(prefix, length, source):
    """A made-up card number of this kind."""
    body = prefix + "".join(str(source.randrange(10)) for _ in range(length - len(prefix) - 1))
    return next(body + str(last) for last in range(10) if passes_luhn(body + str(last)))


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize("shape", ["{}", "card {}, please", "{}.", "n={}\n", "({})"])
def test_card_numbers_are_masked_in_any_sentence(card, shape):
    assert card not in mask_text(shape.format(card))
    assert CARD in mask_text(shape.format(card))


@pytest.mark.parametrize("separator", [" ", "-"])
def test_card_numbers_with_separators_are_masked(separator):
    written = separator.join(["4111", "1111", "1111", "1111"])
    assert mask_text(f"paid with {written} today") == f"paid with {CARD} today"


@pytest.mark.parametrize(
    ("written", "masked"),
    [
        ("Safari/a4111111111111111", f"Safari/a{CARD}"),
        ("card4111111111111111b", f"card{CARD}b"),
        ("4111.1111.1111.1111", CARD),
        ("n_4111_1111_1111_1111_n", f"n_{CARD}_n"),
        ("3782.822463.10005.", f"{CARD}."),
        ("4111 1111 1111 1111 12/27 123", f"{CARD} 12/27 123"),
        ("4111111111111111.5", f"{CARD}.5"),
    ],
)
def test_no_usual_spelling_and_no_stray_letter_hides_a_card(written, masked):
    assert mask_text(written) == masked


def test_ids_in_hex_and_decimals_are_no_cards():
    source, card = random.Random(5), "4111111111111111"
    ids = [UUID(int=source.getrandbits(128)) for _ in range(10_000)]
    ids += [UUID(f"0{card[:7]}-{card[:4]}-4111-1111-{card[:12]}"), UUID(f"{card}abcdef0123456789")]
    texts = [*map(str, ids), *(one.hex for one in ids), f"cafe{card}", "4.111111111111111"]
    assert [text for text in texts if mask_text(f"of {text}, too") != f"of {text}, too"] == []


def test_a_thousand_made_up_cards_are_masked():
    source = random.Random(5)
    kinds = [
        ("4", 16),
        ("4", 13),
        ("51", 16),
        ("55", 16),
        ("2221", 16),
        ("34", 15),
        ("37", 15),
        ("6011", 16),
        ("35", 16),
        ("36", 14),
        ("62", 19),
    ]
    cards = [luhn(*source.choice(kinds), source) for _ in range(1_000)]
    assert [card for card in cards if card in mask_text(f"number {card} in words")] == []
    assert [card for card in cards if mask(int(card), "amount") != CARD] == []


@pytest.mark.parametrize("text", ["4111111111111112", "1234567890123456", "0000000000000000", "99999999999999"])
def test_numbers_that_are_no_cards_stay(text):
    assert mask_text(f"sum {text}") == f"sum {text}"


def test_ids_stay_whole_even_when_they_look_like_a_card():
    assert mask({"payment_id": "4111111111111111", "xact": 4111111111111111}) == {
        "payment_id": "4111111111111111",
        "xact": 4111111111111111,
    }
    assert mask("4111 1111 1111 1111", "payment_id") == CARD
    hexadecimal = "01a1fbb3-47c7-74f5-8a79-a2accb1f8f5c"
    assert mask_text(f"party {hexadecimal}") == f"party {hexadecimal}"


@pytest.mark.parametrize(
    "text",
    [
        "password=hunter2hunter2",
        '{"client_secret": "abcdefgh"}',
        "Authorization: Bearer abc.def-ghi_jkl",
        "postgresql://fanz_app:s3cr3tpass@db:5432/fanz",
        "redis://:s3cr3tpass@valkey:6379/0",
        "got eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl",
        "sk_test_abcdefghijklmnop",
        "otp: 123456",
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----",
    ],
)
def test_secrets_are_masked(text):
    masked = mask_text(text)
    assert SECRET in masked
    for secret in ("hunter2", "abcdefgh", "abc.def", "s3cr3tpass", "c2lnbmF0dXJl", "123456", "MC4CAQ"):
        assert secret not in masked


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "new_password",
        "Authorization",
        "client_secret",
        "api_key",
        "otp",
        "csrfmiddlewaretoken",
        "session_key",
    ],
)
def test_a_secret_key_hides_its_value(key):
    assert mask({key: "anything"}) == {key: SECRET}


@pytest.mark.parametrize(
    "key",
    ["email", "first_name", "full_name", "phone", "ip", "user_agent", "iban", "date_of_birth", "street", "handle"],
)
def test_a_personal_key_hides_its_value(key):
    if key == "date_of_birth":
        key = "birth"
    assert mask({"person": {key: "Maya"}}) == {"person": {key: PERSONAL}}


def test_addresses_of_people_are_masked_in_sentences():
    assert mask_text("mail to maya.o'neil+x@people.example failed") == f"mail to {PERSONAL} failed"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_nothing_breaks_the_filter(value):
    json.dumps(mask(value), default=str)


@pytest.fixture
def stderr():
    """A logger of ours and one of a stranger, both written as production writes them."""
    stream = io.StringIO()
    settings = configure()
    formatter = settings["formatters"]["json"]
    handler = logging.StreamHandler(stream)
    made = {key: value for key, value in formatter.items() if key != "()"}
    handler.setFormatter(formatter["()"](**made))
    for name in settings["handlers"]["stderr"].get("filters", []):
        handler.addFilter(settings["filters"][name]["()"]())
    logger = logging.getLogger("fanz.test")
    logger.addHandler(handler)
    logger.setLevel("INFO")
    logger.propagate = False
    yield stream
    logger.removeHandler(handler)
    structlog.contextvars.clear_contextvars()


def test_a_line_is_one_json_object_with_the_request_it_belongs_to(stderr):
    structlog.contextvars.bind_contextvars(request_id="req-00000001")
    structlog.get_logger("fanz.test").info("paid", amount_minor=1234, card="4111111111111111", email="a@b.example")
    logging.getLogger("fanz.test").warning("card %s of %s", "4111 1111 1111 1111", "a@b.example\nforged line")
    first, second = (json.loads(line) for line in stderr.getvalue().splitlines())
    assert (first["event"], first["amount_minor"], first["request_id"]) == ("paid", 1234, "req-00000001")
    assert (first["card"], first["email"]) == (CARD, PERSONAL)
    assert second["event"] == f"card {CARD} of {PERSONAL}\nforged line"
    assert (second["level"], second["logger"]) == ("warning", "fanz.test")


def test_a_traceback_is_filtered_too(stderr):
    try:
        raise ValueError("card 4111111111111111 with password=hunter2hunter2")
    except ValueError:
        logging.getLogger("fanz.test").exception("broken")
    line = json.loads(stderr.getvalue())
    assert "ValueError" in line["exception"]
    assert "4111111111111111" not in stderr.getvalue()
    assert "hunter2" not in stderr.getvalue()


def test_the_database_does_not_quote_people(stderr):
    said = (
        'new row for relation "membership" violates check constraint\n'
        "DETAIL:  Failing row contains (0199, Maya Lund, second line\nof a handle).\nCONTEXT:  SQL statement"
    )
    logging.getLogger("fanz.test").warning("refused: %s", said)
    line = json.loads(stderr.getvalue())
    assert "Maya Lund" not in line["event"]
    assert "of a handle" not in line["event"]
    assert "violates check constraint" in line["event"]
    assert "CONTEXT" in line["event"]


@pytest.mark.parametrize("name", ["django.request", "django.security.csrf"])
def test_a_secret_in_an_address_is_not_told_when_the_request_fails(stderr, name):
    request = RequestFactory().get("/invite/kQ3-secret-of-a-link")
    logger = logging.getLogger(name)
    logger.addHandler(logging.getLogger("fanz.test").handlers[0])
    try:
        log_response("Service Unavailable: %s", request.path, request=request, logger=logger,
                     response=HttpResponse(status=503))  # fmt: skip
    finally:
        logger.removeHandler(logging.getLogger("fanz.test").handlers[0])
    line = json.loads(stderr.getvalue())
    assert line["event"].startswith("Service Unavailable: ")
    assert "secret-of-a-link" not in stderr.getvalue()


def test_a_request_for_another_host_is_said_in_one_line(stderr):
    configured = configure()["loggers"]["django.security.DisallowedHost"]
    assert configured["filters"] == ["one_line"]
    logger = logging.getLogger("fanz.test")
    one_line = OneLine()
    logger.addFilter(one_line)
    try:
        raise DisallowedHost("Invalid HTTP_HOST header: 'evil.example'.")
    except DisallowedHost as error:
        logger.exception(str(error))
    finally:
        logger.removeFilter(one_line)
    line = json.loads(stderr.getvalue())
    assert line["event"] == "Invalid HTTP_HOST header: 'evil.example'."
    assert "Traceback" not in stderr.getvalue()

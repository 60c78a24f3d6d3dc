"""ACH files as a stranger reads them, and the bank's own files as they come back."""

from datetime import UTC, date, datetime
from json import dumps
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import Invalid
from foundation.money import Money
from processors.gateways.rails import ach
from processors.gateways.rails.ach import Ach
from processors.gateways.rails.ach.returns import came_back
from processors.gateways.rails.types import BatchToWrite, RailRequest, RailResult
from processors.gateways.types import Merchant
from tests.processors.gateways.rails.hostile import HOSTILE, names
from tests.processors.gateways.rails.nacha_reader import read

RECORDED = Path(ach.__file__).parent / "recorded"
MERCHANT = Merchant(
    slug="ach-main",
    provider="ach",
    settings={
        "base_url": "https://bank.example/ach", "bank_routing": "021000021", "bank_name": "One Bank",
        "company_id": "1900100440", "company_name": "FanzMoney",
    },
    secrets={"token": "tok"},
)  # fmt: skip
DAY = date(2026, 3, 2)
ROUTINGS = ("021000021", "011401533", "091000019", "111000025")


def to(account="123456789", routing="011401533", kind="checking", holder="person"):
    return {"routing_number": routing, "account_number": account, "account_type": kind, "holder": holder}


def entry(number=1, cents=100_00, name="Maya Cole", **where):
    return RailRequest(f"PO{number:013}", Money(cents, "USD"), to(**where), name)


def batch(*entries, number=1, execute_on=date(2026, 3, 3)):
    return BatchToWrite("ACH-USD-20260302-1", DAY, number, entries, execute_on)


def text_of(made) -> str:
    return Ach().build(MERCHANT, made).content.decode("ascii")


def test_the_file_of_three_payouts_is_the_golden_one_to_the_last_character():
    made = batch(
        entry(1, 1250_75), entry(2, 40_00, "Jörg Ünal", kind="savings", routing="091000019"),
        entry(3, 999_99, "Starlight Media LLC", holder="company", account="77-001"),
    )  # fmt: skip
    file = Ach().build(MERCHANT, made)
    assert file.name == "ACH-USD-20260302-1.ach"
    assert file.content == (RECORDED / "credits.ach").read_bytes()
    assert Ach().build(MERCHANT, made) == file


def test_a_stranger_reads_the_same_payouts_and_every_sum_is_right():
    found = read(text_of(batch(entry(1, 1), entry(2, 99_999_999_99, holder="company"), entry(3, 5, kind="savings"))))
    assert [(one["class"], one["code"], one["cents"], one["id"]) for one in found["entries"]] == [
        ("PPD", "22", 1, "PO0000000000001"), ("PPD", "32", 5, "PO0000000000003"),
        ("CCD", "22", 99_999_999_99, "PO0000000000002"),
    ]  # fmt: skip
    assert {one["effective"] for one in found["batches"]} == {"260303"}
    assert found["header"][23:29] == "260302"


cents = st.integers(1, 99_999_999_99)
entries = st.lists(
    st.tuples(cents, names, st.sampled_from(ROUTINGS), st.from_regex(r"[A-Z0-9]{4,17}", fullmatch=True),
              st.sampled_from(["checking", "savings"]), st.sampled_from(["person", "company"])),
    min_size=1, max_size=25,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(entries, st.integers(1, 36))
def test_whatever_people_are_called_a_file_balances_and_reads_back_the_same(rows, number):
    asked = [
        RailRequest(f"PO{n:013}", Money(minor, "USD"), to(account, routing, kind, holder), name)
        for n, (minor, name, routing, account, kind, holder) in enumerate(rows)
    ]
    found = {one["id"]: one for one in read(text_of(batch(*asked, number=number)))["entries"]}
    assert len(found) == len(asked)
    for one in asked:
        there = found[one.reference]
        where = one.destination
        assert (there["cents"], there["routing"], there["account"]) == (
            one.amount.minor, where["routing_number"], where["account_number"],
        )  # fmt: skip
        assert there["name"]


def test_trace_numbers_of_a_days_files_never_meet():
    first = read(text_of(batch(entry(1), entry(2), number=1)))["entries"]
    second = read(text_of(batch(entry(3), entry(4), number=2)))["entries"]
    assert not {one["trace"] for one in first} & {one["trace"] for one in second}
    assert [one["header"][33] for one in (read(text_of(batch(entry(5), number=n))) for n in (1, 26, 27, 36))] == [
        "A", "Z", "0", "9",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "made",
    [
        batch(),
        batch(entry(1), number=37),
        batch(entry(1, 0)),
        batch(entry(1, 100_000_000_00)),
        batch(entry(1, name="＿＿")),
        batch(entry(1, account="1" * 18)),
        batch(entry(1, account="12\n34")),
        batch(RailRequest("PO1", Money(1, "EUR"), to(), "Maya")),
        batch(RailRequest("PO" + "1" * 20, Money(1, "USD"), to(), "Maya")),
    ],
)
def test_what_does_not_fit_is_refused_and_never_cut(made):
    with pytest.raises(Invalid):
        Ach().build(MERCHANT, made)


def test_a_bank_file_tells_what_came_back_and_what_it_wants_changed(wire):
    listed = {"reports": [
        {"id": "r1", "kind": "nacha-return", "created_at": "2026-03-05T14:00:00+00:00", "file_reference": ""},
        {"id": "r2", "kind": "status", "created_at": "2026-03-05T15:00:00+00:00", "file_reference": "ACH-1"},
        {"id": "r3", "kind": "pain.002", "created_at": "2026-03-05T16:00:00+00:00", "file_reference": "x"},
    ]}  # fmt: skip
    status = b'{"reference": "ACH-1", "id": "f1", "status": "SETTLED", "at": "2026-03-03T18:30:00+00:00"}'
    wire.answers((200, json(listed)), (200, (RECORDED / "returns.ach").read_bytes()), (200, status))

    told = Ach().reports(MERCHANT, datetime(2026, 3, 1, tzinfo=UTC))

    assert [url.partition("?")[0].removeprefix("https://bank.example/ach/") for _, url, *_ in wire.sent] == [
        "reports", "reports/r1", "reports/r2",
    ]  # fmt: skip
    assert all(headers["Authorization"] == "Bearer tok" for _, _, headers, _ in wire.sent)
    gone, blocked, change, settled = told
    assert (gone.result, gone.reference, gone.code, gone.disables_destination, gone.amount) == (
        RailResult.RETURNED, "PO0000000000001", "R03", True, Money(1250_75, "USD"),
    )  # fmt: skip
    assert (blocked.result, blocked.code, blocked.disables_destination) == (RailResult.RETURNED, "R16", True)
    assert (change.result, change.code, change.corrects) == (
        RailResult.ACCEPTED, "C03", {"routing_number": "111000025", "account_number": "998877"},
    )  # fmt: skip
    assert (settled.result, settled.batch_reference, settled.reference) == (RailResult.PAID, "ACH-1", "")
    assert len({one.key for one in told}) == 4


def test_half_a_file_of_returns_is_not_believed():
    whole = (RECORDED / "returns.ach").read_text()
    assert len(came_back(whole.encode())) == 3
    lines = whole.splitlines()
    without = [line for n, line in enumerate(lines) if n not in (2, 3)] + ["9" * 94] * 2
    for broken in (
        "\n".join(without), whole[:-96], whole.replace("PO0000000000001", " " * 15), whole.replace("\n", " \n"),
        whole.replace("00012507", "0001250x"), "", "é" * 94,
    ):  # fmt: skip
        with pytest.raises(Invalid):
            came_back(broken.encode())


def test_a_report_nobody_can_read_is_a_word_for_a_person(wire):
    listed = {"reports": [{"id": "r1", "kind": "nacha-return", "created_at": "2026-03-05T14:00:00Z"}]}
    wire.answers((200, json(listed)), (200, b"garbage"))
    (told,) = Ach().reports(MERCHANT, datetime(2026, 3, 1, tzinfo=UTC))
    assert (told.result, told.reference, told.batch_reference) == (RailResult.UNKNOWN, "", "")


def test_a_destination_is_read_as_people_write_it():
    read_one = Ach().read_destination(
        {
            "name": "Maya Cole",
            "routing_number": "0114-01533",
            "account_number": "12 3456 789",
            "account_type": "Savings",
        }
    )
    assert read_one.identity == "us:011401533:123456789"
    assert (read_one.label, read_one.country) == ("US savings ···6789", "US")
    assert read_one.details["holder"] == "person"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"routing_number": "011401534"}, "routing_number"),
        ({"routing_number": "12"}, "routing_number"),
        ({"account_number": "1" * 18}, "account_number"),
        ({"account_number": "12*45"}, "account_number"),
        ({"account_type": "gold"}, "account_type"),
        ({"holder": "cat"}, "holder"),
        ({"name": ""}, "name"),
        ({"iban": "x"}, "iban"),
    ],
)
def test_what_cannot_be_paid_to_names_its_field(change, field):
    with pytest.raises(Invalid) as refused:
        Ach().read_destination({"name": "Maya", **to(), **change})
    assert [error["field"] for error in refused.value.errors] == [field]


def test_a_name_without_a_letter_that_banks_know_is_refused():
    with pytest.raises(Invalid):
        Ach().read_destination({"name": "＿!", **to()})
    assert all("\n" not in text_of(batch(entry(1, name=name))).splitlines()[2] for name in HOSTILE)


def json(value) -> bytes:
    return dumps(value).encode()

"""SEPA and wires: files that their published schema accepts, and reports that cannot be misread."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
import sepaxml
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import Invalid
from foundation.money import Money
from processors.gateways.rails import iso20022
from processors.gateways.rails.iso20022 import Sepa, Wire
from processors.gateways.rails.iso20022.reports import returns, statuses
from processors.gateways.rails.types import BatchToWrite, RailRequest, RailResult
from processors.gateways.types import Merchant
from tests.processors.gateways.rails.hostile import names

RECORDED = Path(iso20022.__file__).parent / "recorded"
MERCHANT = Merchant(
    slug="sepa-main",
    provider="sepa",
    settings={
        "base_url": "https://bank.example/sepa", "debtor_name": "FanzMoney GmbH", "debtor_bic": "COBADEFFXXX",
        "debtor_iban": "DE89370400440532013000",
    },
    secrets={"token": "tok"},
)  # fmt: skip
DAY, SINCE = date(2026, 3, 2), datetime(2026, 3, 1, tzinfo=UTC)
IBANS = (
    "DE75512108001245126199", "FR1420041010050500013M02606", "NL91ABNA0417164300", "MT84MALT011000012345MTLCAST001S",
)  # fmt: skip
NS = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


@lru_cache
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(Path(sepaxml.__file__).parent / "schemas" / "pain.001.001.09.xsd")


def entry(number=1, minor=100_00, name="Maya Cole", iban=IBANS[0], **more):
    to = {"name": name, "iban": iban, **more}
    return RailRequest(f"PO{number:013}", Money(minor, "EUR"), to, name, "Your payout")


def batch(*entries, reference="SEPA-EUR-20260302-1"):
    return BatchToWrite(reference, DAY, 1, entries, date(2026, 3, 3))


def wired(number=1, amount=None, **more):
    to = {"name": "Maya", "town": "Austin", "country": "US", "account": "000123456789", **more}
    return RailRequest(f"PO{number:013}", amount or Money(1_000_00, "USD"), to, "Maya Cole")


def read(content: bytes) -> list[tuple[str, str, str, str, str]]:
    """The transfers as a stranger finds them, the sums checked."""
    schema().validate(content.decode())
    root = ElementTree.fromstring(content)  # noqa: S314 - our own
    found = root.findall(".//p:CdtTrfTxInf", NS)
    amounts = [Decimal(one.findtext("p:Amt/p:InstdAmt", "", NS)) for one in found]
    for where in (".//p:GrpHdr", ".//p:PmtInf"):
        head = root.find(where, NS)
        assert int(head.findtext("p:NbOfTxs", "", NS)) == len(found)
        assert Decimal(head.findtext("p:CtrlSum", "", NS)) == sum(amounts)
    return [
        (
            one.findtext("p:PmtId/p:EndToEndId", "", NS), str(amount), one.find("p:Amt/p:InstdAmt", NS).get("Ccy"),
            one.findtext("p:CdtrAcct/p:Id/p:IBAN", "", NS) or one.findtext("p:CdtrAcct/p:Id/p:Othr/p:Id", "", NS),
            one.findtext("p:Cdtr/p:Nm", "", NS),
        )
        for one, amount in zip(found, amounts, strict=True)
    ]  # fmt: skip


def test_the_file_of_three_payouts_is_the_golden_one_and_fits_the_schema():
    made = batch(
        entry(1, 1250_75), entry(2, 40_00, "Jörg Ünal", IBANS[1], bic="BNPAFRPPXXX"),
        entry(3, 99, "Ian 'O' Borg", IBANS[3], town="Valletta", country="MT"),
    )  # fmt: skip
    file = Sepa().build(MERCHANT, made)
    assert file.name == "SEPA-EUR-20260302-1.xml"
    assert file.content == (RECORDED / "transfers.xml").read_bytes()
    assert Sepa().build(MERCHANT, made) == file
    assert [one[:3] for one in read(file.content)] == [
        ("PO0000000000001", "1250.75", "EUR"), ("PO0000000000002", "40.00", "EUR"), ("PO0000000000003", "0.99", "EUR"),
    ]  # fmt: skip


def test_a_wire_is_urgent_shares_its_charges_and_names_the_bank():
    file = Wire().build(
        MERCHANT,
        batch(wired(1, routing_number="021000021"), wired(2, bic="CHASUS33", street="1 Main St", post_code="78701")),
    )
    assert [one[3] for one in read(file.content)] == ["000123456789", "000123456789"]
    text = file.content.decode()
    for said in ("<Cd>URGP</Cd>", "<ChrgBr>SHAR</ChrgBr>", "<Cd>USABA</Cd>", "<MmbId>021000021</MmbId>",
                 "<BICFI>CHASUS33</BICFI>", "<TwnNm>Austin</TwnNm>", "<Ccy>USD</Ccy>"):  # fmt: skip
        assert said in text


def test_yen_have_no_decimals():
    file = Wire().build(MERCHANT, batch(wired(1, Money(12_345, "JPY"), bic="CHASUS33")))
    assert [one[1:3] for one in read(file.content)] == [("12345", "JPY")]


rows = st.lists(st.tuples(st.integers(1, 10**11), names, st.sampled_from(IBANS), st.text(max_size=200)), min_size=1,
                max_size=8)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(rows)
def test_whatever_people_are_called_a_file_fits_the_schema_and_reads_back_the_same(rows):
    asked = [
        RailRequest(f"PO{n:013}", Money(minor, "EUR"), {"iban": iban}, name, note)
        for n, (minor, name, iban, note) in enumerate(rows)
    ]
    found = read(Sepa().build(MERCHANT, batch(*asked)).content)
    assert [one[:4] for one in found] == [
        (one.reference, f"{one.amount.minor // 100}.{one.amount.minor % 100:02}", "EUR", one.destination["iban"])
        for one in asked
    ]
    for *_, name in found:
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ")
        assert 0 < len(name) <= 70


@pytest.mark.parametrize(
    "made",
    [
        batch(),
        batch(entry(1), entry(1)),
        batch(entry(1, 0)),
        batch(entry(1), reference="R" * 36),
        batch(entry(1, name="＿＿")),
        batch(RailRequest("PO1", Money(1, "USD"), {"iban": IBANS[0]}, "Maya")),
        batch(RailRequest("PO1", Money(1, "EUR"), {"iban": ""}, "Maya")),
    ],
)
def test_what_does_not_fit_is_refused(made):
    with pytest.raises(Invalid):
        Sepa().build(MERCHANT, made)


def test_a_status_report_tells_of_transfers_first_and_of_the_rest_after():
    closed, twice, rest = statuses((RECORDED / "status.xml").read_bytes())
    assert (closed.result, closed.reference, closed.code, closed.amount) == (
        RailResult.REFUSED, "PO0000000000002", "AC04", Money(40_00, "EUR"),
    )  # fmt: skip
    assert (twice.result, twice.code) == (RailResult.UNKNOWN, "AM05")
    assert (rest.result, rest.batch_reference, rest.reference) == (RailResult.PAID, "SEPA-EUR-20260302-1", "")


@pytest.mark.parametrize(
    ("status", "result"),
    [("ACTC", "accepted"), ("ACSP", "accepted"), ("PDNG", "accepted"), ("ACSC", "paid"), ("RJCT", "refused")],
)
def test_a_word_on_the_whole_file_is_one_on_the_file(status, result):
    report = (
        "<Document><CstmrPmtStsRpt><OrgnlGrpInfAndSts><OrgnlMsgId>SEPA-1</OrgnlMsgId>"
        f"<GrpSts>{status}</GrpSts></OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>"
    )
    (said,) = statuses(report.encode())
    assert (said.result, said.batch_reference, said.reference) == (result, "SEPA-1", "")


def test_only_booked_credits_with_a_reason_came_back():
    (back,) = returns((RECORDED / "returned.xml").read_bytes())
    assert (back.result, back.reference, back.code, back.amount) == (
        RailResult.RETURNED, "PO0000000000001", "AC06", Money(1250_75, "EUR"),
    )  # fmt: skip


def test_reports_become_what_was_told_with_the_destination_disabled_where_it_is_bad(wire):
    kinds = ("pain.002", "camt.054", "nacha-return", "status")
    listed = [{"id": f"r{n}", "kind": kind, "created_at": f"2026-03-0{n}T09:00:00Z"} for n, kind in enumerate(kinds, 3)]
    status = json.dumps({"reference": "SEPA-1", "status": "ACCEPTED", "id": "f"}).encode()
    wire.answers(
        (200, json.dumps({"reports": listed}).encode()), (200, (RECORDED / "status.xml").read_bytes()),
        (200, (RECORDED / "returned.xml").read_bytes()), (200, status),
    )  # fmt: skip

    told = Sepa().reports(MERCHANT, SINCE)

    assert [(one.result, one.disables_destination) for one in told] == [
        (RailResult.REFUSED, True), (RailResult.UNKNOWN, False), (RailResult.PAID, False),
        (RailResult.RETURNED, True), (RailResult.ACCEPTED, False),
    ]  # fmt: skip
    assert len({one.key for one in told}) == 5


BOMB = b"""<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<Document><CstmrPmtStsRpt>&b;</CstmrPmtStsRpt></Document>"""
FILE = (
    b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><Document><CstmrPmtStsRpt>&f;</CstmrPmtStsRpt></Document>'
)


@pytest.mark.parametrize(
    "body",
    [BOMB, FILE, BOMB.decode().encode("utf-16"), b"", b"<a>", b"<Document/>", b"\xff\xfe\x00", b"{}",
     b"<Document><CstmrPmtStsRpt><OrgnlGrpInfAndSts><OrgnlMsgId>S</OrgnlMsgId><GrpSts>YOLO</GrpSts>"
     b"</OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>"],
)  # fmt: skip
def test_what_tries_something_or_makes_no_sense_is_not_read(body):
    for read_it in (statuses, returns):
        with pytest.raises(Invalid):
            read_it(body)


@pytest.mark.parametrize(
    ("rail", "details", "identity", "country"),
    [
        (Sepa(), {"name": "Maya", "iban": "de75 5121 0800 1245 1261 99"}, "iban:DE75512108001245126199", "DE"),
        (Wire(), {"name": "Maya", "account": "GB33 BUKB 2020 1555 5555 55", "town": "London", "country": "gb"},
         "iban:GB33BUKB20201555555555", "GB"),
        (Wire(), {"name": "Maya", "account": "0001-2345", "town": "Austin", "country": "US",
                  "routing_number": "021000021"}, "us:021000021:00012345", "US"),
        (Wire(), {"name": "Maya", "account": "998877", "town": "Tokyo", "country": "JP", "bic": "BOTKJPJTXXX"},
         "bic:BOTKJPJT:998877", "JP"),
    ],
)  # fmt: skip
def test_a_destination_is_read_as_people_write_it(rail, details, identity, country):
    read_one = rail.read_destination(details)
    assert (read_one.identity, read_one.country) == (identity, country)
    assert rail.read_destination(read_one.details) == read_one


SEPA_TO = {"name": "Maya", "iban": IBANS[0]}
WIRE_TO = {"name": "Maya", "account": "12345678", "town": "Austin", "country": "US", "bic": "CHASUS33"}


@pytest.mark.parametrize(
    ("rail", "details", "field"),
    [
        (Sepa(), SEPA_TO | {"iban": "DE75512108001245126198"}, "iban"),
        (Sepa(), SEPA_TO | {"iban": "BR1500000000000010932840814P2"}, "iban"),
        (Sepa(), SEPA_TO | {"bic": "NOPE"}, "bic"),
        (Sepa(), SEPA_TO | {"country": "XX"}, "country"),
        (Wire(), WIRE_TO | {"bic": ""}, "bic"),
        (Wire(), WIRE_TO | {"routing_number": "021000022"}, "routing_number"),
        (Wire(), WIRE_TO | {"account": "GB33BUKB20201555555556"}, "account"),
        (Wire(), WIRE_TO | {"town": "＿"}, "town"),
        (Wire(), WIRE_TO | {"town": ""}, "town"),
    ],
)
def test_what_cannot_be_paid_to_names_its_field(rail, details, field):
    with pytest.raises(Invalid) as refused:
        rail.read_destination(details)
    assert [error["field"] for error in refused.value.errors] == [field]

"""SEPA transfers and wires: files true to the schema and their sums, answered by pain.002 and camt.054."""

import http.client
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import sepaxml
import xmlschema

from sandbox.rails.bank.nacha import Flaw
from sandbox.rails.bank.schema import parse
from sandbox.rails.days import next_open, target
from tests.sandbox.rails.payer import DAY

SPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
MAYA = "FR1420041010050500013M02606"
SAM = "NL91ABNA0417164300"
OURS = ("<IBAN>DE89370400440532013000</IBAN>", "COBADEFFXXX")
OURS_BY_WIRE = ("<Othr><Id>4000123456</Id></Othr>", "CHASUS33XXX")
ROUTING = "<ClrSysMmbId><ClrSysId><Cd>USABA</Cd></ClrSysId><MmbId>{}</MmbId></ClrSysMmbId>"
HOME = "<PstlAdr><TwnNm>Austin</TwnNm><Ctry>US</Ctry></PstlAdr>"


@pytest.fixture
def name():
    return uuid4().hex[:9].upper()


def transfer(reference, amount, account=MAYA, currency="EUR", *, bank="", address="", payee="Maya Creates"):
    number = f"<IBAN>{account}</IBAN>" if account[:2].isalpha() else f"<Othr><Id>{account}</Id></Othr>"
    agent = f"<CdtrAgt><FinInstnId>{bank}</FinInstnId></CdtrAgt>" if bank else ""
    return (
        f"<CdtTrfTxInf><PmtId><EndToEndId>{reference}</EndToEndId></PmtId><Amt><InstdAmt Ccy='{currency}'>{amount}"
        f"</InstdAmt></Amt>{agent}<Cdtr><Nm>{payee}</Nm>{address}</Cdtr><CdtrAcct><Id>{number}</Id></CdtrAcct>"
        f"<RmtInf><Ustrd>{reference}</Ustrd></RmtInf></CdtTrfTxInf>"
    )


def pain(message, transfers, total, *, count=None, day=None, ours=OURS, service="SEPA", bearer="SLEV"):
    count = count or len(transfers)
    day = day or datetime.now(UTC).date()
    return (
        f"<?xml version='1.0' encoding='UTF-8'?><Document xmlns='{SPACE}'><CstmrCdtTrfInitn><GrpHdr><MsgId>{message}"
        f"</MsgId><CreDtTm>2026-11-21T08:00:00</CreDtTm><NbOfTxs>{count}</NbOfTxs><CtrlSum>{total}</CtrlSum><InitgPty>"
        f"<Nm>FanzMoney</Nm></InitgPty></GrpHdr><PmtInf><PmtInfId>{message}</PmtInfId><PmtMtd>TRF</PmtMtd><NbOfTxs>"
        f"{count}</NbOfTxs><CtrlSum>{total}</CtrlSum><PmtTpInf><SvcLvl><Cd>{service}</Cd></SvcLvl></PmtTpInf>"
        f"<ReqdExctnDt><Dt>{day}</Dt></ReqdExctnDt><Dbtr><Nm>FanzMoney</Nm></Dbtr><DbtrAcct><Id>{ours[0]}</Id>"
        f"</DbtrAcct><DbtrAgt><FinInstnId><BICFI>{ours[1]}</BICFI></FinInstnId></DbtrAgt><ChrgBr>{bearer}</ChrgBr>"
        f"{''.join(transfers)}</PmtInf></CstmrCdtTrfInitn></Document>"
    ).encode()


def words(report):
    """Group state, and each transfer's state with its reason."""
    root = ET.fromstring(report)  # noqa: S314 - the sandbox's own

    def one(element, path):
        return element.findtext("/".join(f"{{*}}{part}" for part in path.split("/"))) or ""

    rows = root.iter(root.tag.replace("Document", "TxInfAndSts"))
    said = {one(row, "OrgnlEndToEndId"): (one(row, "TxSts"), one(row, "StsRsnInf/Rsn/Cd")) for row in rows}
    return one(root, "CstmrPmtStsRpt/OrgnlGrpInfAndSts/GrpSts"), said


def come_back(report):
    root = ET.fromstring(report)  # noqa: S314 - the sandbox's own
    space = root.tag.replace("Document", "")
    found = [
        (
            one.findtext(f"{space}Refs/{space}EndToEndId"),
            one.findtext(f"{space}Amt"),
            one.findtext(f"{space}RtrInf/{space}Rsn/{space}Cd"),
        )
        for one in root.iter(f"{space}TxDtls")
    ]
    assert {one.text for one in root.iter(f"{space}CdtDbtInd")} == {"CRDT"}
    return found


def send(payer, message, raw, bank="sepa"):
    return payer.file(bank, message, raw, kind="pain.001", name="file.xml")


def test_a_file_is_in_order_then_settled_on_its_day(payer, name):
    raw = pain(f"M{name}", [transfer(name, "100.00"), transfer(name + "2", "25.5", SAM)], "125.50")

    status, told = send(payer, f"M{name}", raw)

    assert (status, told["status"]) == (201, "ACCEPTED")
    (taken,) = payer.book(name)
    assert (taken["rail"], taken["amount_minor"], taken["currency"], taken["destination"]) == (
        "sepa", 10_000, "EUR", MAYA,
    )  # fmt: skip
    payer.control.clock(6 * DAY)
    first, second = payer.reports("sepa", "pain.002", f"M{name}")
    assert words(first) == ("ACTC", {})
    assert words(second) == ("ACSC", {name: ("ACSC", ""), name + "2": ("ACSC", "")})
    assert payer.status("sepa", f"M{name}") == "SETTLED"
    assert payer.book(name)[0]["state"] == "SETTLED"


def test_the_schema_here_agrees_with_the_published_one():
    folder = Path(sepaxml.__file__).parent / "schemas"
    schema = xmlschema.XMLSchema(str(folder / "pain.001.001.09.xsd"))
    dollars = transfer("B", "2", "99", "USD", bank="<BICFI>CHASUS33</BICFI>", address=HOME)
    good = pain("M1", [transfer("A", "1.00", bank=ROUTING.format("011000015")), dollars], "3")
    bad = [
        good.replace(b"<NbOfTxs>2</NbOfTxs>", b"", 1),
        good.replace(b"<ChrgBr>SLEV", b"<ChrgBr>ALL"),
        good.replace(b"<MsgId>M1", b"<MsgId>" + b"M" * 36),
        good.replace(b"<Ccy", b"<Cy").replace(b" Ccy='EUR'", b""),
        good.replace(b"<Nm>Maya Creates</Nm>", b"<Nm>Maya</Nm><Nm>Creates</Nm>"),
        good.replace(b"<PmtMtd>TRF</PmtMtd>", b"<PmtMtd>PAY</PmtMtd>"),
        good.replace(b"<TwnNm>Austin</TwnNm><Ctry>US</Ctry>", b"<Ctry>US</Ctry><TwnNm>Austin</TwnNm>"),
        good.replace(b"<Dt>", b"<DtTm>").replace(b"</Dt>", b"</DtTm>"),
        good.replace(b"<Ustrd>A</Ustrd>", b"<Ustrd></Ustrd>"),
        good.replace(b"<Amt>", b"<Amt><Extra/>"),
    ]

    parse(good)
    schema.validate(good.decode())
    for raw in bad:
        assert raw != good
        assert not schema.is_valid(raw.decode())
        with pytest.raises(Flaw):
            parse(raw)


GOOD = pain("W1", [transfer("A1", "10.00"), transfer("A2", "5.00", SAM)], "15.00")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"</Document>", b"", "FF01"),
        (b"<Document", b"<!DOCTYPE x [<!ENTITY a 'b'>]><Document", "FF01"),
        (b"pain.001.001.09", b"pain.001.001.02", "FF01"),
        (b"<NbOfTxs>2", b"<NbOfTxs>3", "AM18"),
        (b"<CtrlSum>15.00", b"<CtrlSum>15.01", "AM10"),
        (b"<Cd>SEPA", b"<Cd>URGP", "FF01"),
        (b"SLEV", b"SHAR", "FF01"),
        (b"Ccy='EUR'", b"Ccy='USD'", "AM03"),
        (b">10.00<", b">10.000<", None),
        (b">10.00<", b">10.001<", "AM10"),
        (b"DE89370400440532013000", b"DE02120300000000202051", "AC02"),
        (b"COBADEFFXXX", b"DEUTDEFFXXX", "RC01"),
        (b"<EndToEndId>A2", b"<EndToEndId>A1", "AM05"),
        (b"<PmtInf>", b"<PmtInf><Extra>1</Extra>", "FF01"),
        (b"<PmtMtd>TRF", b"<PmtMtd>CHK", "FF01"),
        (b"<Dt>20", b"<Dt>99-20", "FF01"),
    ],
)
def test_one_wrong_thing_refuses_the_whole_file(payer, old, new, code):
    changed = GOOD.replace(old, new, 1)
    assert changed != GOOD

    status, told = send(payer, "W1", changed)

    assert (status, told["code"]) == ((422, code) if code else (201, ""))


def test_single_transfers_are_refused_apart(payer, name):
    wrong = [
        transfer(name + "A", "1.00", MAYA[:-1] + "7"),
        transfer(name + "B", "1.00", payee="Майя"),
        transfer(name + "C", "1.71"),
        transfer(name + "D", "1.00"),
    ]

    status, told = send(payer, f"M{name}", pain(f"M{name}", wrong, "4.71"))

    assert (status, told["status"]) == (201, "ACCEPTED")
    (report,) = payer.reports("sepa", "pain.002", f"M{name}")
    assert words(report) == (
        "PART",
        {name + "A": ("RJCT", "AC01"), name + "B": ("RJCT", "FF01"), name + "C": ("RJCT", "AC01"),
         name + "D": ("ACTC", "")},
    )  # fmt: skip
    assert [len(payer.book(name + letter)) for letter in "ABCD"] == [0, 0, 0, 1]


def test_a_file_of_refused_transfers_alone_is_rejected(payer, name):
    send(payer, f"M{name}", pain(f"M{name}", [transfer(name, "1.71")], "1.71"))

    assert payer.status("sepa", f"M{name}") == "REJECTED"
    assert words(payer.reports("sepa", "pain.002", f"M{name}")[0])[0] == "RJCT"


def test_a_file_without_funds_is_taken_and_rejected_by_a_report(payer, name):
    status, told = send(payer, f"M{name}", pain(f"M{name}", [transfer(name, "1.72")], "1.72"))

    assert (status, told["status"]) == (201, "RECEIVED")
    assert payer.status("sepa", f"M{name}") == "REJECTED"
    (report,) = payer.reports("sepa", "pain.002", f"M{name}")
    assert words(report)[0] == "RJCT"
    assert "<Cd>AM04</Cd>" in report
    assert payer.book(name) == []


def test_names_are_good_once_for_ever(payer, name):
    raw = pain(f"M{name}", [transfer(name, "1.00")], "1.00")
    assert send(payer, f"M{name}", raw)[0] == 201
    assert send(payer, f"M{name}", raw)[0] == 200

    status, told = send(payer, "another", raw)
    assert (status, told["code"]) == (422, "DU01")
    status, told = send(payer, f"M{name}2", pain(f"M{name}2", [transfer(name, "1.00")], "1.00"))
    assert (status, told["code"]) == (422, "AM05")
    assert len(payer.book(name)) == 1


def test_transfers_come_back_with_their_reason_and_amount(payer, name):
    both = [transfer(name, "1.73"), transfer(name + "2", "2.80", SAM), transfer(name + "3", "4.78")]
    send(payer, f"M{name}", pain(f"M{name}", both, "9.31"))

    payer.control.clock(14 * DAY)

    first, second = payer.reports("sepa", "camt.054", f"M{name}")
    assert come_back(first) == [(name, "1.73", "AC04"), (name + "3", "5.78", "AC04")]
    assert come_back(second) == [(name + "2", "2.80", "AC06")]
    (taken,) = payer.book(name)
    settled, back = (datetime.fromisoformat(taken[key]).date() for key in ("settled_at", "returned_at"))
    assert back == next_open(settled, target, 2)


def test_a_file_goes_wrong_as_its_cents_say(payer, name):
    for place, cents in (("S", "1.74"), ("T", "1.75")):
        send(payer, place + name, pain(place + name, [transfer(name + place, cents)], cents))
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        send(payer, "L" + name, pain("L" + name, [transfer(name + "L", "1.76")], "1.76"))

    payer.control.clock(6 * DAY)

    assert payer.reports("sepa", reference="S" + name) == []
    assert [words(one)[0] for one in payer.reports("sepa", "pain.002", "T" + name)] == ["ACTC", "ACTC", "ACSC", "ACSC"]
    assert payer.status("sepa", "L" + name) == "SETTLED"
    assert payer.book(name + "S")[0]["state"] == "SETTLED"


def wired(message, transfers, total, **more):
    return pain(message, transfers, total, ours=OURS_BY_WIRE, service="URGP", bearer="SHAR", **more)


def test_wires_go_to_a_bank_named_by_bic_routing_number_or_iban(payer, name):
    some = [
        transfer(name + "A", "100.00", "77001", "USD", bank="<BICFI>CHASUS33</BICFI>", address=HOME),
        transfer(name + "B", "200.00", "77002", "USD", bank=ROUTING.format("011000015"), address=HOME),
        transfer(name + "C", "300.00", MAYA, "USD", address=HOME),
        transfer(name + "D", "1.00", "77003", "USD", address=HOME),
        transfer(name + "E", "1.00", "77004", "USD", bank=ROUTING.format("011000016"), address=HOME),
        transfer(name + "F", "1.00", "77005", "USD", bank="<BICFI>CHASUS33</BICFI>"),
    ]

    status, told = send(payer, f"M{name}", wired(f"M{name}", some, "603.00"), "wire")

    assert (status, told["status"]) == (201, "ACCEPTED")
    _, rows = words(payer.reports("wire", "pain.002", f"M{name}")[0])
    assert {key[-1]: said[1] for key, said in rows.items() if said[1]} == {"D": "RC01", "E": "RC01", "F": "BE04"}
    payer.control.clock(6 * DAY)
    assert payer.book(name + "B")[0]["state"] == "SETTLED"


def test_yen_have_no_cents_and_a_wire_waits_for_its_day(payer, name):
    day = date.today() + timedelta(days=20)
    yen = transfer(name, "12000", "77001", "JPY", bank="<BICFI>CHASUS33</BICFI>", address=HOME)
    send(payer, f"M{name}", wired(f"M{name}", [yen], "12000", day=day), "wire")

    payer.control.clock(10 * DAY)
    assert payer.book(name)[0]["state"] == "ACCEPTED"
    assert payer.book(name)[0]["amount_minor"] == 12_000

"""The bank reads every character of an ACH file, settles on its day, and sends back what did not arrive."""

import http.client
import json
from datetime import date, datetime, timedelta
from itertools import count
from uuid import uuid4

import pytest

from sandbox.rails.days import next_open, target, us
from tests.sandbox.rails.payer import BANK, DAY, MAYA, SAM, ach, changed


@pytest.fixture
def name():
    return uuid4().hex[:9].upper()


def lines_of(text):
    lines = text.splitlines()
    assert {len(line) for line in lines} == {94}
    assert len(lines) % 10 == 0
    return lines


def test_a_file_is_accepted_settled_on_its_day_and_said_so(payer, name):
    raw = ach([(name, 10_000, MAYA, ""), (name + "2", 2_550, SAM, "")])

    status, told = payer.file("ach", "B1", raw)

    assert (status, told["status"], told["reference"]) == (201, "ACCEPTED", "B1")
    (taken,) = payer.book(name)
    assert (taken["state"], taken["amount_minor"], taken["currency"]) == ("ACCEPTED", 10_000, "USD")
    assert (taken["destination"], taken["batch"]) == ("011000015 1234567", "B1")
    payer.control.clock(5 * DAY)
    assert payer.status("ach", "B1") == "SETTLED"
    assert [json.loads(report)["status"] for report in payer.reports("ach", "status", "B1")] == ["ACCEPTED", "SETTLED"]
    assert payer.book(name)[0]["state"] == "SETTLED"
    assert datetime.fromisoformat(payer.book(name)[0]["settled_at"]).weekday() < 5


def test_the_effective_day_decides_when_it_is_booked(payer, name):
    wanted = next_open(date.today() + timedelta(days=8), us)
    payer.file("ach", "B1", ach([(name, 100, MAYA, "")], effective=wanted))

    payer.control.clock(6 * DAY)
    assert payer.status("ach", "B1") == "ACCEPTED"
    payer.control.clock(16 * DAY)
    assert payer.book(name)[0]["settled_at"].startswith(f"{wanted}T13:30")


def test_the_reference_in_an_addenda_names_the_payment(payer, name):
    payer.file("ach", "B1", ach([("X1", 100, MAYA, f"PO{name}")]))

    assert len(payer.book(f"PO{name}")) == 1


def test_the_same_bytes_under_the_same_reference_are_one_file(payer, name):
    raw = ach([(name, 100, MAYA, "")])
    payer.file("ach", "B1", raw)

    assert payer.file("ach", "B1", raw)[0] == 200
    assert payer.file("ach", "B1", raw + b"\n")[0] == 409
    assert len(payer.book(name)) == 1
    status, told = payer.file("ach", "B2", raw)
    assert (status, told["code"]) == (422, "DUPLICATE")
    again = ach([(name, 100, MAYA, "")], modifier="B")
    status, told = payer.file("ach", "B3", again)
    assert (status, told["code"]) == (422, "DUPLICATE")
    assert "trace" in told["text"]
    assert len(payer.book(name)) == 1


GOOD = ach([("A1", 10_000, MAYA, "PO1"), ("A2", 2_550, SAM, "")])


@pytest.mark.parametrize(
    ("line", "column", "text", "code"),
    [
        (1, 2, "02", "VALUE"),
        (1, 5, "011000015", "VALUE"),
        (1, 14, "1111111111", "VALUE"),
        (1, 24, "261301", "DATE"),
        (1, 30, "2460", "FIELD"),
        (1, 34, "a", "FIELD"),
        (1, 35, "095", "VALUE"),
        (1, 41, " ", "FIELD"),
        (2, 2, "225", "CLASS"),
        (2, 41, "9", "VALUE"),
        (2, 51, "TEL", "KIND"),
        (2, 70, "000000", "DATE"),
        (2, 79, "0", "VALUE"),
        (2, 80, "9", "VALUE"),
        (2, 94, "2", "VALUE"),
        (3, 2, "27", "DEBIT"),
        (3, 2, "99", "FIELD"),
        (3, 2, "23", "AMOUNT"),
        (3, 12, "6", "ROUTING"),
        (3, 13, "                 ", "ACCOUNT"),
        (3, 13, " 1", "ACCOUNT"),
        (3, 30, "0000000000", "AMOUNT"),
        (3, 39, " ", "FIELD"),
        (3, 55, " ", "FIELD"),
        (3, 79, "0", "ADDENDA"),
        (3, 79, "2", "FIELD"),
        (3, 80, "9", "VALUE"),
        (4, 2, "99", "VALUE"),
        (4, 84, "0002", "VALUE"),
        (4, 94, "7", "VALUE"),
        (5, 94, "1", "TRACE"),
        (6, 5, "000002", "VALUE"),
        (6, 20, "9", "VALUE"),
        (6, 32, "1", "VALUE"),
        (6, 44, "9", "VALUE"),
        (6, 60, "x", "VALUE"),
        (7, 7, "2", "VALUE"),
        (7, 13, "2", "VALUE"),
        (7, 21, "9", "VALUE"),
        (7, 55, "1", "VALUE"),
        (7, 94, "x", "VALUE"),
        (8, 1, "8", "PADDING"),
        (3, 60, "\t", "CHARS"),
    ],
)
def test_one_wrong_character_refuses_the_whole_file(payer, line, column, text, code):
    status, told = payer.file("ach", "W1", changed(GOOD, line, column, text))

    assert (status, told["status"], told["code"]) == (422, "REJECTED", code)
    assert payer.status("ach", "W1") == "REJECTED"
    assert payer.book("PO1", rail="ach", after=before(payer)) == []


def before(payer):
    return payer.control.ask("/_sandbox/rails/book")["total"] - 1


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (GOOD[:-95], "BLOCKING"),
        (GOOD.replace(b"\n", b"\r\n", 3), "CHARS"),
        (GOOD[1:], "WIDTH"),
        (GOOD + GOOD, "VALUE"),
        (GOOD + (b"9" * 94 + b"\n") * 10, "VALUE"),
        (changed(GOOD + (b"9" * 94 + b"\n") * 10, 7, 8, "000002"), "PADDING"),
        (b"", "WIDTH"),
        (b"".join(GOOD.splitlines(True)[:2] + GOOD.splitlines(True)[5:] + [b"9" * 94 + b"\n"] * 3), "ORDER"),
    ],
)
def test_a_file_of_another_shape_is_refused(payer, raw, code):
    status, told = payer.file("ach", "W1", raw)

    assert (status, told["code"]) == (422, code)


def test_both_ends_of_line_are_known(payer, name):
    assert payer.file("ach", "B1", ach([(name, 100, MAYA, "")], end="\r\n"))[0] == 201


def test_who_has_no_token_and_who_sends_other_bytes_than_announced_is_sent_away(payer):
    assert payer.file("ach", "B1", GOOD, token="guessed")[0] == 401
    assert payer.file("ach", "B1", GOOD, digest="sha-256=:" + "A" * 43 + "=:")[0] == 400
    assert payer.file("ach", "B1", GOOD, kind="pain.001")[0] == 415
    assert payer.ask("ach", "files/B1")[0] == 404
    assert payer.send("GET", "/bank/ach/reports?since=2020-01-01T00:00:00%2B00:00")[0] == 401


def test_a_payment_is_returned_two_banking_days_after_it_was_booked(payer, name):
    payer.file("ach", "B1", ach([(name, 5_073, MAYA, ""), (name + "2", 100, SAM, "")]))

    payer.control.clock(9 * DAY)

    (taken,) = payer.book(name)
    assert (taken["state"], taken["code"]) == ("RETURNED", "R03")
    settled, back = (datetime.fromisoformat(taken[key]) for key in ("settled_at", "returned_at"))
    assert back.date() == next_open(settled.date(), us, 2)
    assert payer.book(name + "2")[0]["state"] == "SETTLED"
    (report,) = payer.reports("ach", "nacha-return")
    header, batch, entry, addenda, control, end, *rest = lines_of(report)
    assert header[:13] == "1011900100440"
    assert batch[:4] == "5220"
    assert (entry[:3], entry[3:12], entry[12:29].strip()) == ("621", BANK, "1234567")
    assert (entry[29:39], entry[39:54].strip(), entry[78]) == ("0000005073", name, "1")
    assert addenda[:21] == "799R03" + BANK[:8] + "0000001"
    assert addenda[27:35] == "01100001"
    assert addenda[79:94] == entry[79:94]
    assert control[4:10] == "000002"
    assert (control[10:20], control[32:44]) == ("0002100002", "000000005073")
    assert end[:13] == "9000001000001"
    assert set(rest) == {"9" * 94}


def test_an_account_number_that_cannot_be_is_returned_at_once(payer, name):
    payer.file("ach", "B1", ach([(name, 71, MAYA, "")]))

    assert payer.book(name)[0]["state"] == "RETURNED"
    (report,) = payer.reports("ach", "nacha-return")
    assert lines_of(report)[3][:6] == "799R04"


def test_a_change_is_asked_for_and_the_money_stays(payer, name):
    payer.file("ach", "B1", ach([(name, 81, MAYA, "")]))

    payer.control.clock(9 * DAY)

    (report,) = payer.reports("ach", "nacha-return")
    lines = lines_of(report)
    assert lines[1][50:53] == "COR"
    assert lines[2][29:39] == "0000000000"
    assert lines[3][:6] == "798C01"
    assert lines[3][35:64].strip() == "1234568"
    assert payer.book(name)[0]["state"] == "SETTLED"


def test_files_go_wrong_as_their_cents_say(payer, name):
    traces = count(1)

    def sent(reference, cents):
        number = next(traces)
        payer.file(
            "ach", reference, ach([(name + reference, cents, MAYA, "")], modifier=str(number), first_trace=number)
        )

    for reference, cents in (("SILENT", 174), ("TWICE", 175), ("LATE", 179), ("WRONG", 178), ("USUAL", 100)):
        sent(reference, cents)
    status, told = payer.file("ach", "FUNDS", ach([(name, 172, MAYA, "")], modifier="F", first_trace=50))
    assert (status, told["code"]) == (422, "FUNDS")

    payer.control.clock(12 * DAY)

    assert payer.status("ach", "SILENT") == "RECEIVED"
    assert payer.reports("ach", reference="SILENT") == []
    assert payer.book(name + "SILENT")[0]["state"] == "SETTLED"
    payer.act(name + "SILENT", "speak")
    told = [json.loads(one)["status"] for one in payer.reports("ach", "status", "TWICE")]
    assert told == ["ACCEPTED", "ACCEPTED", "SETTLED", "SETTLED"]
    assert payer.status("ach", "SILENT") == "SETTLED"
    said = [json.loads(one)["status"] for one in payer.reports("ach", "status", "SILENT")]
    assert said == ["ACCEPTED", "SETTLED"]
    usual, late = (payer.book(name + one)[0]["settled_at"][:10] for one in ("USUAL", "LATE"))
    assert date.fromisoformat(late) == next_open(date.fromisoformat(usual), us, 3)
    (wrong,) = payer.reports("ach", "nacha-return", "WRONG")
    assert lines_of(wrong)[2][29:39] == "0000000278"


def test_a_reply_may_be_lost_after_the_file_was_taken_or_before(payer, name):
    lost = ach([(name, 76, MAYA, "")])
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        payer.file("ach", "B1", lost)
    assert payer.status("ach", "B1") == "ACCEPTED"
    assert payer.file("ach", "B1", lost)[0] == 200
    assert len(payer.book(name)) == 1

    never = ach([(name + "2", 77, MAYA, "")], modifier="B", first_trace=9)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        payer.file("ach", "B2", never)
    assert payer.status("ach", "B2") == 404
    assert payer.file("ach", "B2", never)[0] == 201
    assert len(payer.book(name + "2")) == 1


def test_a_bank_that_takes_nothing_now_says_so(payer, name):
    payer.control.fault("ach", "upload", "throttle")

    assert payer.file("ach", "B1", ach([(name, 100, MAYA, "")]))[0] == 503
    assert payer.status("ach", "B1") == 404


def test_a_payment_is_settled_and_returned_by_order(payer, name):
    payer.file("ach", "B1", ach([(name, 100, MAYA, "")]))

    payer.act(name, "settle")
    assert payer.status("ach", "B1") == "SETTLED"
    payer.act(name, "return", code="R16")

    assert payer.book(name)[0]["code"] == "R16"
    assert "799R16" in payer.reports("ach", "nacha-return")[0]
    with pytest.raises(AssertionError, match="came back before"):
        payer.act(name, "return")


def test_the_banks_know_their_holidays():
    assert us(2026) == frozenset(
        date(2026, *day)
        for day in (
            (1, 1), (1, 19), (2, 16), (5, 25), (6, 19), (7, 4), (9, 7), (10, 12), (11, 11), (11, 26), (12, 25),
        )
    )  # fmt: skip
    assert date(2027, 7, 5) in us(2027)
    assert target(2026) == frozenset(date(2026, *day) for day in ((1, 1), (4, 3), (4, 6), (5, 1), (12, 25), (12, 26)))
    assert date(2027, 3, 29) in target(2027)


def test_the_page_shows_what_was_taken_and_takes_orders(payer, name):
    payer.file("ach", "B1", ach([(name, 100, MAYA, "")]))

    status, page = payer.send("GET", "/_sandbox/rails/")

    assert status == 200
    assert name in page.decode()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    order = b"rail=ach&plan=return&code=R02&days=3&back=/_sandbox/rails/"
    assert payer.send("POST", "/_sandbox/rails/plans", order, form)[0] == 303
    assert payer.control.ask("/_sandbox/rails/plans")[0]["code"] == "R02"
    with pytest.raises(AssertionError, match="plan is one of"):
        payer.plan("ach", "explode")

"""Who reads the trail stands in it; what is taken away is whole and harmless."""

import csv
import io
import json

import pytest

from foundation.audit.models import AuditPersonal, AuditRecord
from foundation.audit.reading import read_records
from foundation.audit.selectors import AuditQuery, all_records, count_records, search_records
from foundation.audit.services import record
from foundation.http.tables import harmless
from tests.cast import HOUSE, actor, platform, sealed, signed_in, staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("steady_copies")]


@pytest.fixture
def trail():
    """Twelve records about payouts, one of them on BoyFanz."""
    numbers = [record("payout.frozen", by=HOUSE, subject=("payouts.payout", f"PO-{n}")) for n in range(12)]
    numbers.append(record("payout.freed", by=HOUSE, subject=("payouts.payout", "PO-3"), platform_id=platform().pk))
    return numbers


@pytest.fixture
def carl(client):
    return signed_in(client, staff("carl"))


def last():
    return AuditRecord.objects.order_by("-id")[0]


def test_looking_is_one_record_with_the_question_and_how_many_it_showed(trail):
    by = actor(staff("carl"))
    before = AuditRecord.objects.count()
    found = read_records(AuditQuery(action="payout.frozen"), by=by, limit=5)
    assert [line.id for line in found] == trail[11:6:-1]
    assert AuditRecord.objects.count() == before + 1
    assert (last().action, last().outcome, last().actor) == ("audit.searched", "read", by.reference)
    assert last().facts == {"query": {"action": "payout.frozen"}, "subjects": 5}


@pytest.mark.parametrize(
    "query",
    [
        AuditQuery(words="maya@people.example"), AuditQuery(words="Fred", people=["x"]), AuditQuery(words="Maya Lund"),
        AuditQuery(words="maya"), AuditQuery(words="+47 400 00 000"),
    ],
)  # fmt: skip
def test_a_person_asked_for_is_kept_where_it_can_be_erased(query):
    read_records(query, by=actor(staff("carl")))
    assert last().facts == {"query": {}, "subjects": 0}
    assert AuditPersonal.objects.get(record_id=last().pk).values["words"] == query.words


def test_words_may_be_a_number(trail):
    assert [line.id for line in search_records(AuditQuery(words=f"#{trail[4]}"))] == [trail[4]]
    assert [line.id for line in search_records(AuditQuery(words=str(trail[4])))] == [trail[4]]


def test_a_platform_and_its_pages(trail):
    assert [line.id for line in search_records(AuditQuery(platform_id=platform().pk, action="payout.freed"))] == [
        trail[12]
    ]
    first = search_records(AuditQuery(words="payout.frozen"), limit=5)
    second = search_records(AuditQuery(words="payout.frozen"), before=first[-1].id, limit=50)
    assert [line.id for line in [*first, *second]] == trail[11::-1]


def test_a_page_costs_the_same_few_questions_however_much_it_shows(trail, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        assert len(search_records(AuditQuery(words="payout.frozen"))) == 12


def test_everything_is_read_in_pieces(trail, monkeypatch):
    monkeypatch.setattr("foundation.audit.selectors.EXPORTED_AT_ONCE", 5)
    query = AuditQuery(subject_type="payouts.payout")
    assert [line.id for line in all_records(query, most=100)] == trail[::-1]
    assert len(list(all_records(query, most=7))) == 7
    assert count_records(query, most=100) == (13, 12)
    assert count_records(query, most=3) == (3, 3)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"),
        ("  =1", "'  =1"), ("\u00a0=1", "'\u00a0=1"), ("＝1+1", "'＝1+1"), ("＠SUM(A1)", "'＠SUM(A1)"),
        ("\ufeff=1", "'\ufeff=1"),
        ("\r=1", "'\r=1"), ("plain", "plain"), (-5, -5), (None, None), ({"a": 1}, '{"a": 1}'),
    ],
)  # fmt: skip
def test_no_cell_is_a_formula(value, cell):
    assert harmless(value) == cell


def test_a_table_streams_every_record_and_says_so(trail, carl):
    record("payout.frozen", by=HOUSE, subject=("payouts.payout", "PO-99"), reason="=HYPERLINK(1)")
    answer = carl.get("/compliance/audit/export?q=payout.frozen")
    assert answer.streaming
    assert last().action == "audit.exported"
    assert (last().facts["records"], last().facts["subjects"], last().facts["format"]) == (13, 13, "csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert [int(row["id"]) for row in rows][1:] == trail[11::-1]
    assert rows[0]["reason"] == "'=HYPERLINK(1)"
    assert answer.headers["Content-Disposition"].endswith('.csv"')


def test_the_same_as_json_lines(trail, carl):
    answer = carl.get("/compliance/audit/export?q=PO-3&format=ndjson")
    found = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    assert [line["id"] for line in found] == [trail[12], trail[3]]
    assert found[0]["platform_id"] == str(platform().pk)


def test_an_unknown_format_is_refused(carl):
    assert carl.get("/compliance/audit/export?format=xls").status_code == 400


def test_the_page_and_a_record_are_read_on_record(trail, carl):
    assert carl.get("/compliance/audit?q=PO-3").status_code == 200
    assert (last().action, last().facts) == ("audit.searched", {"query": {"words": "PO-3"}, "subjects": 1})
    assert carl.get(f"/compliance/audit/{trail[0]}").status_code == 200
    assert (last().action, last().facts["query"]) == ("audit.record_read", {"words": f"#{trail[0]}"})


def test_programs_of_the_auditors_page_through_the_trail(trail, carl):
    first = carl.get("/api/v1/audit?subject_type=payouts.payout&limit=8").json()
    assert [line["id"] for line in first["data"]] == trail[:4:-1]
    assert (last().action, last().facts["subjects"]) == ("audit.searched", 8)
    second = carl.get(first["next"]).json()
    assert [line["id"] for line in second["data"]] == trail[4::-1]
    assert second["next"] is None
    assert carl.get("/api/v1/audit?since=2030-01-01T00:00:00Z").json()["data"] == []
    assert carl.get("/api/v1/audit?colour=red").status_code == 400
    assert carl.get("/api/v1/audit/999999999").status_code == 404


@pytest.mark.parametrize("name", ["ines", "fred"])
def test_others_read_nothing(name, client):
    signed_in(client, staff(name))
    assert client.get("/api/v1/audit").status_code == 403
    assert client.get("/compliance/audit/export").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_one_record_comes_with_its_proof(client):
    number = record("payout.frozen", by=HOUSE, subject=("payouts.payout", "PO-1"))
    carl = signed_in(client, staff("carl"))
    assert carl.get(f"/api/v1/audit/{number}").json()["proof"] is None
    sealed()
    proof = carl.get(f"/api/v1/audit/{number}").json()["proof"]
    assert (proof["block"], proof["is_proven"]) == (1, True)

"""Pages refuse like the API: in words for people, with one record for a known caller."""

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path

from foundation.audit.models import AuditRecord
from foundation.http import access
from foundation.http.access import EVERYONE
from tests.cast import signed_in, staff

pytestmark = pytest.mark.django_db


def failing(request):
    raise RuntimeError("secret words of a bug")


def starving(request):
    raise OperationalError("password authentication failed for secret")


class Urls:
    handler404 = "foundation.http.refusals.not_found"
    handler500 = "foundation.http.refusals.failed"
    urlpatterns = [
        path("failing", failing, name="failing"),
        path("starving", starving, name="starving"),
        path("posting", lambda request: HttpResponse("done"), name="posting"),
        path("", include("fanzmoney.urls")),
    ]


@pytest.fixture
def pages(settings, monkeypatch):
    settings.ROOT_URLCONF = Urls
    rows = {name: {"GET": EVERYONE, "POST": EVERYONE} for name in ("failing", "starving", "posting")}
    monkeypatch.setattr(access, "_rows", access._rows | rows)
    return signed_in(Client(raise_request_exception=False), staff("ines"))


def refusals():
    return list(AuditRecord.objects.filter(action="request.refused").values_list("facts__view", "facts__code"))


def test_a_page_of_another_role_is_refused_in_words_and_in_writing(pages):
    answer = pages.get("/exec/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "text/html; charset=utf-8")
    assert "You may not do this" in answer.content.decode()
    assert "ask the person who manages access" in answer.content.decode()
    assert refusals() == [("exec:home", "auth.forbidden")]
    record = AuditRecord.objects.get(action="request.refused")
    assert (record.actor, record.request_id) == (f"user:{staff('ines').pk}", answer.headers["X-Request-Id"])


def test_a_stranger_and_a_wrong_address_leave_no_row(pages):
    assert Client().get("/exec/").status_code == 302
    assert pages.get("/nowhere").status_code == 404
    assert refusals() == []


def test_a_bug_says_nothing(pages):
    answer = pages.get("/failing")
    assert answer.status_code == 500
    assert "secret" not in answer.content.decode()
    assert answer.headers["X-Request-Id"] in answer.content.decode()


def test_a_lost_database_is_said(pages):
    answer = pages.get("/starving")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert "secret" not in answer.content.decode()
    assert refusals() == []


def test_a_forged_post_is_refused(pages):
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    signed_in(browser, staff("ines"))
    answer = browser.post("/posting")
    assert (answer.status_code, refusals()) == (403, [("posting", "auth.csrf")])


def test_a_strange_host_is_refused_without_being_repeated(pages):
    answer = pages.get("/status/", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "evil" not in answer.content.decode()

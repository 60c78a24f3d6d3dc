"""A developer's pages: an endpoint from its first test message to the replay of what its broken receiver missed."""

import re
from html import unescape

import pytest
from django.test import Client

from dashboards.developers.guide import _chapters, read_guide
from foundation import clock
from foundation.hooks.forgetting import forget_old_messages
from foundation.hooks.models import Delivery, Endpoint
from foundation.hooks.services import create_endpoint
from foundation.identity.models import ApiClient
from foundation.identity.roles import Role
from foundation.identity.services import create_client
from tests.cast import HOUSE, developer, platform, signed_in, user_called
from tests.hooks.receiver import receiving
from tests.hooks.stories import authorised, later, payment, send_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("steady_copies")]


@pytest.fixture
def dev():
    return signed_in(Client(), developer())


def words(response):
    assert response.status_code == 200, response.content
    return unescape(response.content.decode())


def test_a_developer_registers_hears_breaks_the_receiver_and_replays(dev):
    with receiving() as receiver:
        told = {"url": receiver.url, "topics": ["txn.auth"], "name": "Books"}
        receiver.secret = re.search(r"whsec_[A-Za-z0-9+/=]+", words(dev.post("/developers/webhooks", told)))[0]
        one = Endpoint.objects.get()
        page = f"/developers/webhooks/{one.pk}"
        assert receiver.secret not in words(dev.get(page))

        assert "A test message is on its way" in words(dev.post(f"{page}/test", follow=True))
        sale = payment()
        authorised(sale, 2)
        send_all()
        receiver.assert_signed()
        assert [call["type"] for call in receiver.calls].count("hook.test") == 1
        assert [call["sequence"] for call in receiver.calls if call["type"] == "txn.auth"] == [1, 2]

        receiver.answers = lambda told: 500
        authorised(sale)
        send_all()
        assert "Failed, tried again" in words(dev.get(page))
        assert words(dev.get(f"{page}?state=GIVEN_UP")).count("Nothing fits") == 1
        narrowed = words(dev.get(f"{page}?type=hook.test"))
        assert narrowed.count("/developers/webhooks/deliveries/") == 2  # the message, and once more to replay it
        assert 'href="?state=DELIVERED&type=hook.test"' in narrowed
        assert '<option value="hook.test" selected>' in narrowed
        missed = Delivery.objects.get(state="DUE")
        shown = words(dev.get(f"/developers/webhooks/deliveries/{missed.pk}"))
        assert sale.reference in shown
        assert f'href="/developers/payments/{sale.pk}"' in shown
        assert "Answered 500" in shown
        assert "webhook-signature: v1," in shown

        receiver.answers = lambda told: 200
        answer = dev.post(f"/developers/webhooks/deliveries/{missed.pk}/replay", follow=True)
        assert "sent again now" in words(answer)
        send_all()
    receiver.assert_signed()
    assert receiver.calls[-1]["sequence"] == 3
    assert not Delivery.objects.exclude(state="DELIVERED").exists()
    file = b"".join(dev.get(f"{page}/deliveries.csv").streaming_content).decode()
    assert len(file.splitlines()) == 5


def test_all_that_failed_is_replayed_by_one_button_and_a_page_costs_few_questions(dev, django_assert_max_num_queries):
    with receiving(answers=lambda told: 500) as receiver:
        there = {"platform_id": platform().pk, "by": HOUSE, "at": clock.now()}
        one = create_endpoint(url=receiver.url, topics=["txn.auth"], **there).endpoint
        for _ in range(12):
            authorised(payment())
        send_all()
        page = f"/developers/webhooks/{one.pk}"
        with django_assert_max_num_queries(24):
            assert words(dev.get(page)).count("Replay<") >= 2
        receiver.answers = lambda told: 200
        assert "12 messages are sent again now" in words(dev.post(f"{page}/replay", follow=True))
        send_all()
        assert "Nothing is left to send again" in words(dev.post(f"{page}/replay", follow=True))
    assert not Delivery.objects.exclude(state="DELIVERED").exists()


def test_an_endpoint_is_changed_turned_off_and_on_given_a_secret_and_removed(dev):
    there = {"platform_id": platform().pk, "by": HOUSE, "at": clock.now()}
    one = create_endpoint(url="https://a.example/hook", topics=["txn.auth"], **there).endpoint
    page = f"/developers/webhooks/{one.pk}"
    told = {"url": "http://10.0.0.1/", "topics": ["txn.auth"], "name": ""}
    refused = dev.post(f"{page}/change", told)
    assert (refused.status_code, "public internet" in refused.content.decode()) == (422, True)
    chosen = {"url": "https://b.example/hook", "topics": ["subscription.*", "payout.paid", "subscription.ended"]}
    dev.post(f"{page}/change", told | chosen)
    one.refresh_from_db()
    assert {topic.partition(".")[0] for topic in one.topics} == {"subscription", "payout"}
    assert (len(one.topics), one.topics.count("payout.paid")) == (6, 1)
    shown = words(dev.get(page))
    assert 'value="subscription.*" id' in shown, "ticking all is an act, not a state"
    assert "Nothing is sent" in words(dev.post(f"{page}/off", follow=True))
    dev.post(f"{page}/on")
    assert "signs beside it until" in words(dev.post(f"{page}/secret"))
    assert dev.post(f"{page}/remove", {"confirm": "no"}).status_code == 400
    one.refresh_from_db()
    assert (one.state, one.url) == ("ON", "https://b.example/hook")
    dev.post(f"{page}/remove", {"confirm": "remove"})
    one.refresh_from_db()
    assert one.state == "REMOVED"
    assert dev.get(page).status_code == 404


def test_a_program_is_made_and_replaced_and_gives_itself_no_say_in_approvals(dev):
    made = words(dev.post("/developers/keys", {"name": "shop", "scopes": ["payments:write", "webhooks:read"]}))
    client = ApiClient.objects.get(name="shop")
    secret = re.search(r"sk_(test|live)_[\w-]+", made)[0]
    assert f" export CLIENT_ID={client.pk} CLIENT_SECRET={secret}\n" in made
    assert secret not in words(dev.get("/developers/keys"))
    assert dev.post("/developers/keys", {"name": "boss", "scopes": ["approvals:decide"]}).status_code == 422
    again = words(dev.post(f"/developers/keys/{client.pk}", {"do": "rotate"}))
    assert secret not in again
    dev.post(f"/developers/keys/{client.pk}", {"do": "revoke"})
    client.refresh_from_db()
    assert client.active_until is not None


def test_a_program_that_decides_for_the_house_gets_no_secret_from_a_developer(dev):
    made = create_client(platform="boyfanz", name="judge", scopes=["approvals:decide"], by=HOUSE, at=clock.now())
    page = f"/developers/keys/{made.client_id}"
    before = ApiClient.objects.get(pk=made.client_id).secret_hash
    assert dev.post(page, {"do": "rotate"}).status_code == 403
    assert ApiClient.objects.get(pk=made.client_id).secret_hash == before
    shown = words(dev.get("/developers/keys"))
    assert "judge" in shown
    assert "New secret" not in shown
    dev.post(page, {"do": "revoke"})
    assert ApiClient.objects.get(pk=made.client_id).active_until


def test_the_guide_reads_as_it_is_written():
    told = [
        "# Title", "Words with `code <b>`, [a link](https://x.example/a?b=1) and [a", "document](other.md).", "",
        "## Answers", "```bash", "curl <url> \\", "", "  -d x", "```", "| answer | do |", "|---|---|", "| `201` | go |",
    ]  # fmt: skip
    first, second = read_guide(told)
    assert first.blocks[0].words == (
        'Words with <code>code &lt;b&gt;</code>, <a href="https://x.example/a?b=1">a link</a> and a document.'
    )
    code, table = second.blocks
    assert code.code == "curl <url> \\\n\n  -d x"
    assert [column.label for column in table.table.columns] == ["Answer", "Do"]
    assert table.table.rows[0].cells == ["<code>201</code>", "go"]


def test_the_guide_names_this_place_and_its_sandbox(dev, settings, monkeypatch):
    monkeypatch.setattr("dashboards.developers.guide._chapters", _chapters.__wrapped__)
    settings.PUBLIC_URL, settings.SANDBOX_URL = "https://money.example", "http://127.0.0.1:4711/"
    shown = words(dev.get("/developers/guide"))
    assert "API=https://money.example SANDBOX=http://127.0.0.1:4711 " in shown
    assert 'href="https://money.example/developers/webhooks"' in shown
    settings.SANDBOX_URL = ""
    assert "SANDBOX=http://localhost:PORT " in words(dev.get("/developers/guide"))


@pytest.mark.parametrize("path", ["", "guide", "events", "sandbox", "changelog", "webhooks", "keys", "requests"])
def test_every_page_opens_for_developers_of_a_platform_alone(dev, path):
    words(dev.get(f"/developers/{path}"))
    homeless = signed_in(Client(), user_called("nowhere", Role.DEVELOPER))
    assert homeless.get(f"/developers/{path}").status_code == 404


def test_a_month_later_nothing_of_it_is_left_to_see(dev):
    with receiving() as receiver:
        there = {"platform_id": platform().pk, "by": HOUSE, "at": clock.now()}
        one = create_endpoint(url=receiver.url, topics=["txn.auth"], **there).endpoint
        authorised(payment())
        send_all()
    later(days=31)
    assert forget_old_messages(at=clock.now()) == 1
    assert "Nothing was told yet" in words(signed_in(Client(), developer()).get(f"/developers/webhooks/{one.pk}"))


def test_a_developer_without_a_second_factor_is_led_to_set_one_up():
    alone = signed_in(Client(), developer(), second_factor=False)
    for path in ("", "keys", "requests"):
        assert alone.get(f"/developers/{path}").headers["Location"].startswith("/account/security/totp")

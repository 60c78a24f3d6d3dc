"""What forms do can be copied as a line for a shell: it does the same, and carries no secret."""

import json
import re
import shlex
from html import unescape

import pytest
from django.test import Client

from tests.cast import developer, signed_in, staff
from tests.fanzpay.conftest import till  # noqa: F401  the provider inside the process
from tests.fanzpay.stories import paid, post

pytestmark = pytest.mark.django_db


def lines(client, path, data=None):
    response = client.post(path, data) if data else client.get(path)
    assert response.status_code == 200, response.content
    return [unescape(line) for line in re.findall(r'data-copy="([^"]*)"', response.content.decode())]


def curl(client, path):
    (line,) = (line for line in lines(client, path) if line.startswith("curl"))
    words = shlex.split(line)
    assert "Authorization: Bearer $TOKEN" in words
    return line, words


@pytest.mark.usefixtures("till")
def test_a_refund_copied_from_its_form_is_taken_by_the_api():
    made, fred = paid(), signed_in(Client(), staff("fred"))
    line, words = curl(fred, f"/ops/payments/{made['id']}/refund")
    assert '-H "Idempotency-Key: $(uuidgen)"' in line
    assert words[words.index("-X") + 2].endswith("/api/v1/refunds")
    assert post("refunds", json.loads(words[words.index("-d") + 1])).status_code == 201
    other = paid()
    _, words = curl(fred, f"/ops/payments/{other['id']}/void")
    path = words[words.index("-X") + 2].partition("/api/v1/")[2]
    assert post(path, json.loads(words[words.index("-d") + 1])).status_code == 201


def test_commands_are_copied_where_people_stop_things_and_no_line_holds_a_secret_but_once():
    fred, dev = signed_in(Client(), staff("fred")), signed_in(Client(), developer())
    assert "manage.py payouts_run --dry-run" in lines(fred, "/ops/payouts")
    stops = [line for line in lines(fred, "/crisis/switches/payouts.pause") if "crisis_switch" in line]
    assert stops[0].startswith("manage.py crisis_switch stop payouts.pause --reason")
    curl(dev, "/developers/keys")
    made = lines(dev, "/developers/keys", {"name": "books", "scopes": ["payments:read"]})
    (secret,) = (line for line in made if line.startswith("sk_"))
    (first_call,) = (line for line in made if secret in line and line != secret)
    assert first_call.startswith(" export CLIENT_ID="), "shells keep what begins with a space out of their history"
    assert not [line for line in lines(dev, "/developers/keys") if secret in line]
    hook = {"url": "https://boyfanz.example/hook", "topics": ["txn.capture"], "name": "Books"}
    told = lines(dev, "/developers/webhooks", hook)
    (secret,) = (line for line in told if line.startswith("whsec_"))
    assert not [line for line in told if secret in line and line != secret]

"""Cards planted in a few places; `manage.py faults cards` plants them in all and searches every store."""

import pytest
from django.db import connection

from fanzmoney.trials.hostile import cards
from fanzmoney.trials.hostile.entries import Entry
from foundation.faults import Run
from foundation.identity.models import User
from foundation.identity.roles import Role
from foundation.logs import holds_card
from tests.house.addresses import as_caller

pytestmark = pytest.mark.django_db


def found(planted):
    with connection.cursor() as cursor:
        rows = [f"SELECT t::text FROM {table} t" for table in ("membership", "fanz_user", "audit_personal")]
        cursor.execute(" UNION ALL ".join(rows))
        return {card for (row,) in cursor.fetchall() for card in planted.found_in(row)}


def test_a_kept_number_is_noticed_however_it_is_spelled():
    planted = cards.Planted(Run(most_trials=1))
    for spelling in cards.SPELLINGS:
        card = planted.next(f"as {spelling}")
        (number,) = planted.found_in(f'{{"note": "so {card}!"}}')
        assert planted.where[number] == f"as {spelling}"
        assert holds_card(card)
    assert planted.found_in("4000000000000000 and 1") == set()
    User.objects.create_user("x@fanzmoney.example", "secret", name=planted.next("a name"))
    assert len(found(planted)) == 1


def test_numbers_of_cards_in_the_fields_of_members_are_not_kept():
    planted = cards.Planted(Run(most_trials=1))
    body = {"members": [{"external_id": "a", "handle": "a", "name": "A B", "email": "a@trial.example"}]}
    cards.plant(Entry("POST", "/api/v1/creators", as_caller("program of boyfanz"), body=body), planted)
    cards.plant(Entry("GET", "/admin/identity/user/", as_caller(Role.ADMIN), query={"q": "a", "o": "1"}), planted)
    assert planted.sent > 10
    assert {planted.where[card] for card in found(planted)} == set()

"""Each row is sealed once, also the one whose transaction committed late."""

import pytest

from foundation.ids import uuid7
from foundation.seal.models import SealBlock
from foundation.seal.selectors import proof_of
from foundation.seal.services import seal_once
from foundation.seal.verify import verify_all
from ledger.services import post, post_many
from tests.ledger.books import as_app, pay, rows, seal_everything, wallet, world

pytestmark = pytest.mark.django_db(transaction=True)
POST = "SELECT is_new FROM ledger_post_one(%s::uuid, NULL, 'sale', %s, %s, 5, 'USD')"


def test_a_late_committer_is_in_exactly_one_block(settings, tmp_path):
    settings.STATE_DIR = tmp_path
    sam, maya, otto = wallet(100), wallet(), wallet(100)
    with as_app() as late:
        late.autocommit = False
        late.execute(POST, [uuid7(), world(), sam])
        post(pay(otto, maya, 5))
        seal_once()
        sealed_before = sum(block.count for block in SealBlock.objects.filter(source="ledger"))
        assert sealed_before < rows("SELECT count(*) FROM ledger_row")[0][0]
        late.commit()
    post(pay(otto, maya, 5))
    seal_everything()

    report = verify_all("ledger")
    assert report.findings == []
    assert report.rows == rows("SELECT count(*) FROM ledger_row")[0][0] == 5


def test_one_transfer_is_proven_by_its_neighbours_alone(settings, tmp_path):
    settings.STATE_DIR = tmp_path
    sam, maya = wallet(100), wallet()
    post_many([pay(sam, maya, 1) for _ in range(13)])
    seal_everything()
    (seq,) = rows("SELECT seq FROM ledger_row ORDER BY seq DESC OFFSET 4 LIMIT 1")[0]
    assert proof_of("ledger", seq)["is_proven"]

"""Killed between any two lines, a decision has happened wholly or not at all, and can be made again."""

import subprocess
import sys

import pytest
from django.conf import settings

from foundation.approvals.models import Approval, ApprovalDecision
from foundation.approvals.states import State
from foundation.events.models import Outbox
from foundation.identity.models import RoleGrant
from tests.approvals.stories import agree, ask_for_role
from tests.cast import staff, user_called

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE_COMMIT = [
    "approvals.voted", "approvals.approved", "approvals.rechecked", "approvals.applied", "approvals.before_commit",
]  # fmt: skip

# One program that splits into one process per crash point, so that Django starts once.
DECIDE_AND_DIE = """
import os, signal, sys
import django
django.setup()
from foundation import crash
from foundation.approvals.models import Approval
from tests.approvals.stories import agree
from tests.cast import staff

for point, approval_id in (pair.split("=") for pair in sys.argv[1:]):
    child = os.fork()
    if child == 0:
        crash._armed = frozenset([point])
        agree(Approval.objects.get(pk=approval_id), staff("petra"))
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, (point, status)
"""


def die_at(requests):
    pairs = [f"{point}={approval.pk}" for point, approval in requests.items()]
    done = subprocess.run(
        [sys.executable, "-c", DECIDE_AND_DIE, *pairs], cwd=settings.BASE_DIR, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_killed_at_each_point_the_decision_is_whole_or_not_there():
    points = [*BEFORE_COMMIT, "approvals.after_commit"]
    staff("petra")
    requests = {point: ask_for_role(user_called(f"nora{number}")) for number, point in enumerate(points)}

    die_at(requests)

    for point in BEFORE_COMMIT:
        asked = Approval.objects.get(pk=requests[point].pk)
        assert (asked.state, asked.news_seq) == (State.PENDING, 1), point
        assert not ApprovalDecision.objects.filter(approval=asked).exists()
        assert not RoleGrant.objects.filter(approval_id=asked.pk).exists()
        assert agree(asked, staff("petra")).state == State.APPLIED
        assert RoleGrant.objects.filter(approval_id=asked.pk).count() == 1
    whole = Approval.objects.get(pk=requests["approvals.after_commit"].pk)
    assert whole.state == State.APPLIED
    assert RoleGrant.objects.filter(approval_id=whole.pk).count() == 1
    assert Outbox.objects.filter(type="approval.decided").count() == len(points)

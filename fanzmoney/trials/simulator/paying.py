"""Creators are paid, change where to, are stopped and let go; people agree; the rail does as rails do."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from fanzmoney.trials.simulator.simulation import Simulation, operation
from fanzmoney.trials.simulator.world import BY
from foundation import clock
from foundation.approvals.models import Approval
from foundation.approvals.services import approve, reject
from foundation.ids import uuid7
from foundation.money import Money
from foundation.restrictions.models import Restriction
from foundation.restrictions.services import end_restriction, place_restriction
from foundation.restrictions.types import Kind
from ledger import chart
from ledger.selectors import find_account, get_balance
from payouts.freezes.models import Freeze
from payouts.freezes.services import ask_release, place_freeze, release_freeze
from payouts.freezes.states import STOPS, FreezeType, ReleasePath, Severity
from payouts.freezes.types import Scope, Why
from payouts.life.models import Payout, PayoutInstruction
from payouts.life.services import ask_emergency, ask_payout, cancel_payout, choose_method, extend_escrow, request_payout
from payouts.methods.models import PayoutMethod
from payouts.methods.services import add_method, prefer_method, prove_by_hand
from payouts.schedules.services import set_schedule

PLANS = (
    "usual", "usual", "refuse", "reject", "return", "silent", "twice", "lose_reply", "list_late", "hang_up",
)  # fmt: skip
FREEZES = (FreezeType.PAYOUT, FreezeType.PAYOUT, FreezeType.ACCOUNT, FreezeType.WALLET_SEGMENT)


@operation(12)
def request(sim: Simulation) -> str:
    """Some of what is available, or all of it, or more."""
    number, creator_id = _creator(sim)
    share = sim.random.choice((0.1, 0.3, 0.6, 1.0, 1.2))
    minor = max(int(_available(creator_id) * share), 20_00)
    sim.note(number, minor)
    payout = request_payout(creator_id=creator_id, amount=Money(minor, "USD"), by=BY, at=clock.now())
    return str(payout.state)


@operation(2)
def cancel_a_payout(sim: Simulation) -> str:
    payout = _payout(sim)
    if payout is None:
        return "nothing"
    return str(cancel_payout(payout_id=payout.pk, reason="not now", by=BY, at=clock.now()).state)


@operation(2)
def wait_longer(sim: Simulation) -> str:
    payout = _payout(sim)
    if payout is None:
        return "nothing"
    at = clock.now()
    until = at + timedelta(hours=sim.random.choice((1, 30, 200)))
    code = "CHECK_IN_PROGRESS"
    return str(extend_escrow(payout_id=payout.pk, until=until, code=code, reason="seen", by=BY, at=at).state)


@operation(6)
def freeze(sim: Simulation) -> str:
    """A payout, a part of what is available, or everything."""
    number, creator_id = _creator(sim)
    kind, at = sim.random.choice(FREEZES), clock.now()
    sim.note(number, kind)
    scope = Scope(kind, creator_id)
    if kind is FreezeType.PAYOUT:
        payout = _payout(sim)
        if payout is None:
            return "nothing"
        scope = Scope(kind, payout.creator_id, payout_id=payout.pk)
    elif kind is FreezeType.WALLET_SEGMENT:
        amount = Money(sim.random.choice((5_00, 50_00, 500_00)), "USD")
        scope = Scope(kind, creator_id, currency="USD", amount=amount)
    is_timed = sim.random.random() < 0.4
    why = Why(
        code="CHECK_IN_PROGRESS", severity=Severity.HIGH, action="nothing",
        path=ReleasePath.TIME_BASED if is_timed else ReleasePath.MANUAL_REVIEW, source=f"trial {uuid7()}",
        review_by=at + timedelta(days=3), release_at=at + timedelta(hours=20) if is_timed else None,
    )  # fmt: skip
    return str(place_freeze(scope=scope, why=why, by=BY, at=at).state)


@operation(6)
def let_go(sim: Simulation) -> str:
    """Somebody lifts a freeze, or asks a second person to."""
    row = sim.pick(list(Freeze.objects.filter(state__in=STOPS).order_by("pk")))
    if row is None:
        return "nothing"
    person, at = sim.world.person(sim.random.randrange(len(sim.world.staff))), clock.now()
    if sim.random.random() < 0.3:
        ask_release(freeze_id=row.pk, reason="looked at", was_wrong=False, by=person, at=at)
        return "asked"
    by = person if sim.random.random() < 0.5 else BY
    return str(release_freeze(freeze_id=row.pk, reason="looked at", by=by, at=at).state)


@operation(3)
def restrict(sim: Simulation) -> str:
    """A creator may not be paid for a while, or may again."""
    number, creator_id = _creator(sim)
    sim.note(number)
    standing = Restriction.objects.filter(party_id=creator_id, ended_at=None).order_by("pk").first()
    if standing is not None:
        end_restriction(restriction_id=standing.pk, reason="over", by=BY, at=clock.now())
        return "ended"
    place_restriction(
        party_id=creator_id, kind=sim.random.choice((Kind.PAYOUTS_BLOCKED, Kind.SHADOWED)), source=f"trial {uuid7()}",
        reason="a trial", by=BY, at=clock.now(),
    )  # fmt: skip
    return "restricted"


@operation(3)
def change_method(sim: Simulation) -> str:
    """Another destination is added and proved, or one of them preferred, or a payout led there."""
    number, creator_id = _creator(sim)
    mine = list(PayoutMethod.objects.filter(creator_id=creator_id).order_by("pk"))
    do = sim.random.choice(("add", "prove", "prefer", "lead"))
    sim.note(number, do)
    method, at = sim.random.choice(mine), clock.now()
    if do == "add":
        details = {"email": f"creator{number}.{len(mine)}@paxum.example"}
        added = add_method(creator_id=creator_id, rail="paxum", currency="USD", details=details, by=BY, at=at)
        return str(added.state)
    if do == "prove":
        return str(prove_by_hand(method_id=mine[-1].pk, reason="seen", by=BY, at=at).state)
    if do == "prefer":
        return str(prefer_method(method_id=method.pk, creator_id=creator_id, by=BY, at=at).state)
    payout = sim.pick(list(Payout.objects.filter(creator_id=creator_id).order_by("pk")))
    if payout is None:
        return "nothing"
    return str(choose_method(payout_id=payout.pk, method_id=method.pk, creator_id=creator_id, by=BY, at=at).state)


@operation(2)
def schedule(sim: Simulation) -> str:
    number, creator_id = _creator(sim)
    kind = sim.random.choice(("on_demand", "weekly", "threshold"))
    sim.note(number, kind)
    threshold = Money(50_00, "USD") if kind == "threshold" else None
    return str(
        set_schedule(
            creator_id=creator_id, currency="USD", kind=kind, by=BY, at=clock.now(), weekday=sim.random.randrange(7),
            threshold=threshold,
        ).kind
    )  # fmt: skip


@operation(2)
def emergency(sim: Simulation) -> str:
    number, creator_id = _creator(sim)
    sim.note(number)
    by = sim.world.person(sim.random.randrange(len(sim.world.staff)))
    ask_emergency(creator_id=creator_id, amount=Money(35_00, "USD"), reason="rent", by=by, at=clock.now())
    return "asked"


@operation(8)
def decide(sim: Simulation) -> str:
    """Somebody of the staff decides something that waits, if it is theirs to decide."""
    waiting = sim.pick(list(Approval.objects.filter(state="PENDING").order_by("pk")))
    if waiting is None:
        return "nothing"
    person = sim.random.randrange(len(sim.world.staff))
    say = approve if sim.random.random() < 0.8 else reject
    sim.note(waiting.kind, person, say.__name__)
    by = sim.world.person(person)
    seen = waiting.change_hash
    return str(say(approval_id=waiting.pk, seen_hash=seen, reason="looked at", by=by, at=clock.now()).state)


@operation(7)
def rail_plans(sim: Simulation) -> str:
    """What becomes of the next transfer."""
    plan = sim.random.choice(PLANS)
    sim.note(plan)
    sim.outside.plan(plan)
    return "planned"


@operation(3)
def rail_returns(sim: Simulation) -> str:
    """A payee gives money back."""
    sent = sim.pick(list(PayoutInstruction.objects.filter(sent_at__isnull=False).order_by("pk")))
    if sent is None:
        return "nothing"
    return sim.outside.order("/_sandbox/rails/act", {"reference": sent.reference, "do": "return"})


@operation(4)
def ask_rail(sim: Simulation) -> str:
    """Finance asks what became of a payout."""
    payout = sim.pick(list(Payout.objects.filter(sent_at__isnull=False).order_by("pk")))
    if payout is None:
        return "nothing"
    found = ask_payout(payout_id=payout.pk, by=BY)
    return str(found.state) if found else "nothing to ask"


def _creator(sim: Simulation) -> tuple[int, UUID]:
    number = sim.random.randrange(len(sim.world.creators))
    return number, sim.world.creators[number][1]


def _payout(sim: Simulation) -> Payout | None:
    payout = sim.pick(list(Payout.objects.order_by("pk")))
    if payout is not None:
        sim.note(Payout.objects.filter(pk__lte=payout.pk).count())
    return payout


def _available(creator_id: UUID) -> int:
    account = find_account(chart.creator("available", creator_id, "USD"))
    return max((get_balance(account).posted - get_balance(account).held).minor, 0) if account else 0

"""Questions about payouts."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count, QuerySet, Sum

from foundation.clock.functions import FanzNow
from foundation.money import Money
from payouts.earnings.models import EarningsLine
from payouts.life.errors import refusal
from payouts.life.models import Payout, PayoutBatch, PayoutCheck, PayoutEscrow, PayoutInstruction
from payouts.life.states import OVER, WITH_US, BatchState, EscrowStatus, InstructionState, PayoutState
from payouts.life.types import BatchView, CheckView, EscrowView, InstructionView, PayoutView, Waiting

RECENT_LINES = 200


def get_payout(payout_id: UUID, *, creator_id: UUID | None = None) -> PayoutView:
    """One payout; with a creator, only theirs: another's is not found."""
    rows = Payout.objects.filter(pk=payout_id)
    row = (rows.filter(creator_id=creator_id) if creator_id else rows).first()
    if row is None:
        raise refusal("payouts.not_found")
    return view_of(row)


def owner_of_documents(payout_id: UUID) -> tuple[UUID, bool]:
    """Whose documents about it are, and whether it still takes any."""
    payout = get_payout(payout_id)
    return payout.creator_id, payout.state not in OVER


def list_payouts(*, creator_id: UUID, states: Iterable[PayoutState] = ()) -> QuerySet[Payout]:
    """A creator's payouts, newest first."""
    rows = Payout.objects.filter(creator_id=creator_id)
    wanted = [str(state) for state in states]
    return (rows.filter(state__in=wanted) if wanted else rows).order_by("-id")


def all_payouts(*, creator_id: UUID | None = None, is_running: bool | None = None) -> QuerySet[Payout]:
    """Everybody's payouts or one creator's, for staff; in no order yet."""
    rows = Payout.objects.filter(creator_id=creator_id) if creator_id else Payout.objects.all()
    return rows if is_running is None else rows.exclude(state__in=OVER) if is_running else rows.filter(state__in=OVER)


def stoppable_of(creator_id: UUID) -> list[UUID]:
    """A creator's payouts that have not left, PREPARED ones among them: what a freeze of everything goes through."""
    rows = Payout.objects.filter(creator_id=creator_id, state__in=WITH_US).exclude(state=PayoutState.FROZEN)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def payout_asked_about(approval_id: UUID) -> UUID | None:
    """The payout that people are asked about by this request."""
    return Payout.objects.filter(asked_approval_id=approval_id).values_list("pk", flat=True).first()


def get_escrow(payout_id: UUID) -> EscrowView:
    return escrow_view(PayoutEscrow.objects.get(pk=payout_id))


def escrow_view(row: PayoutEscrow) -> EscrowView:
    return EscrowView(
        EscrowStatus(row.status), row.starts_at, row.planned_release_at, row.first_release_at, row.released_at,
        row.hours, row.extension_reason, row.score, row.score_record_id, tuple(row.risk_factors), row.sources,
        row.warning,
    )  # fmt: skip


def list_checks(payout_id: UUID) -> list[CheckView]:
    """Every look at a payout, oldest first."""
    rows = PayoutCheck.objects.filter(payout_id=payout_id).order_by("id")
    return [CheckView(row.kind, row.outcome, row.facts, row.policy, row.at) for row in rows]


def list_instructions(payout_id: UUID) -> list[InstructionView]:
    """What rails were told of a payout, oldest first."""
    rows = PayoutInstruction.objects.filter(payout_id=payout_id).order_by("number")
    return [instruction_view(row) for row in rows]


def find_instruction(reference: str) -> UUID | None:
    """The instruction with this reference of ours."""
    return PayoutInstruction.objects.filter(reference=reference).values_list("pk", flat=True).first()


def get_batch(batch_id: UUID) -> BatchView:
    row = PayoutBatch.objects.defer("file").filter(pk=batch_id).first()
    if row is None:
        raise refusal("payouts.no_batch")
    return batch_view(row)


def list_batches() -> QuerySet[PayoutBatch]:
    """Every file, newest first, without its bytes."""
    return PayoutBatch.objects.defer("file").order_by("-id")


def read_file(batch_id: UUID) -> tuple[str, bytes]:
    """A file's name and bytes, the same whenever it is read; NotFound before it is written."""
    row = PayoutBatch.objects.filter(pk=batch_id, file__isnull=False).first()
    if row is None:
        raise refusal("payouts.no_batch")
    return row.file_name, bytes(row.file or b"")


def waiting_to_leave() -> list[Waiting]:
    """What has not been handed to a rail, by currency."""
    return _counted(Payout.objects.filter(state__in=WITH_US))


def due_for_release() -> list[Waiting]:
    """What waits in escrow though its hours are over, by currency."""
    return _counted(Payout.objects.filter(state=PayoutState.IN_ESCROW, due_at__lte=FanzNow()))


def due_now(rail: str = "") -> list[Waiting]:
    """What the next run would hand over, by currency."""
    rows = Payout.objects.filter(state=PayoutState.QUEUED, due_at__lte=FanzNow())
    return _counted(rows.filter(rail=rail) if rail else rows)


def _counted(rows: QuerySet[Payout]) -> list[Waiting]:
    counted = rows.order_by("currency").values_list("currency").annotate(Count("id"), Sum("amount_minor"))
    return [Waiting(currency, count, Money(int(total), currency)) for currency, count, total in counted]


def sources_of(creator_id: UUID, amount: Money) -> dict[str, int]:
    """What an amount was earned by, product by product, in the shares of what settled last."""
    lines = EarningsLine.objects.filter(
        creator_id=creator_id, currency=amount.currency, status=EarningsLine.Status.SETTLED
    ).order_by("-settles_on", "-id")[:RECENT_LINES]
    weights: dict[str, int] = {}
    for line in lines:
        weights[line.product] = weights.get(line.product, 0) + line.amount_minor
        if sum(weights.values()) >= amount.minor:
            break
    if not weights:
        return {}
    shares = amount.allocate(*weights.values())
    return {product: share.minor for product, share in zip(weights, shares, strict=True)}


def view_of(row: Payout) -> PayoutView:
    return PayoutView(
        row.pk, row.creator_id, row.method_id, row.rail, row.amount, Money(row.fee_minor, row.currency),
        Money(row.withheld_minor, row.currency), row.origin, PayoutState(row.state), row.reason_code, row.is_disputed,
        row.needs_approval, row.approval_id, row.requested_at, row.due_at, row.promised_at, row.sent_at, row.paid_at,
        row.ended_at, row.ended_reason,
    )  # fmt: skip


def instruction_view(row: PayoutInstruction) -> InstructionView:
    return InstructionView(
        row.pk, row.payout_id, row.number, row.reference, row.rail, InstructionState(row.state), row.batch_id,
        row.provider_ref, row.code, row.provider_text, row.sent_at, row.answered_at, row.repairs, row.repair_at,
    )  # fmt: skip


def batch_view(row: PayoutBatch) -> BatchView:
    return BatchView(
        row.pk, row.rail, row.reference, BatchState(row.state), row.count, Money(row.total_minor, row.currency),
        row.file_name, bytes(row.file_sha256 or b"").hex(), row.bank_ref, row.refused_reason, row.created_at,
        row.transmitted_at, row.settled_at,
    )  # fmt: skip

"""Another back office shows and decides requests. What it sees is walled by the database, too; a change that is
applied is applied with our own rights, never with a platform's."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from foundation import clock
from foundation.approvals.api.serializers import (
    ApprovalDetailOut,
    ApprovalFilters,
    ApprovalIn,
    ApprovalOut,
    DecisionIn,
    WithdrawalIn,
)
from foundation.approvals.selectors import approvals_seen_by, find_seen_by
from foundation.approvals.services import approve, reject, request_approval, withdraw_approval
from foundation.http.api import ApiView, operation
from foundation.identity.tenancy import transaction_for
from foundation.retry import retrying


class ApprovalApi(ApiView):
    several_transactions = True

    def shown(self, approval_id: UUID, status: int = 200) -> Response:
        """The request as this caller may see it."""
        with transaction_for(self.actor):
            return Response(ApprovalDetailOut(find_seen_by(self.actor, approval_id)).data, status=status)


class ApprovalsView(ApprovalApi):
    @operation("List requests, newest first", gives=ApprovalOut, filters=ApprovalFilters, paged=True)
    def get(self, request: Request) -> Response:
        with transaction_for(self.actor):
            rows = approvals_seen_by(self.actor)
            if self.query.state:
                rows = rows.filter(state=self.query.state)
            if self.query.kind:
                rows = rows.filter(policy=self.query.kind)
            return self.page(rows, ApprovalOut)

    @operation("Ask that a change be made", takes=ApprovalIn, gives=ApprovalDetailOut, status=201)
    def post(self, request: Request) -> Response:
        body = ApprovalIn.read(request)
        asked = retrying(request_approval)(
            kind=body.kind, payload=body.payload, reason=body.reason, by=self.actor, at=clock.now()
        )
        return self.shown(asked.pk, status=201)


class ApprovalView(ApprovalApi):
    @operation("Read one request", gives=ApprovalDetailOut)
    def get(self, request: Request, approval_id: UUID) -> Response:
        return self.shown(approval_id)


class ApproveView(ApprovalApi):
    @operation("Agree to a request; the last vote needed applies the change", takes=DecisionIn, gives=ApprovalDetailOut)
    def post(self, request: Request, approval_id: UUID) -> Response:
        self.shown(approval_id)
        body = DecisionIn.read(request)
        retrying(approve)(
            approval_id=approval_id, seen_hash=body.change_hash, reason=body.reason, by=self.actor, at=clock.now()
        )
        return self.shown(approval_id)


class RejectView(ApprovalApi):
    @operation("Refuse a request", takes=DecisionIn, gives=ApprovalDetailOut)
    def post(self, request: Request, approval_id: UUID) -> Response:
        self.shown(approval_id)
        body = DecisionIn.read(request)
        retrying(reject)(
            approval_id=approval_id, seen_hash=body.change_hash, reason=body.reason, by=self.actor, at=clock.now()
        )
        return self.shown(approval_id)


class WithdrawView(ApprovalApi):
    @operation("Take back one's own request", takes=WithdrawalIn, gives=ApprovalDetailOut)
    def post(self, request: Request, approval_id: UUID) -> Response:
        self.shown(approval_id)
        body = WithdrawalIn.read(request)
        retrying(withdraw_approval)(approval_id=approval_id, reason=body.reason, by=self.actor, at=clock.now())
        return self.shown(approval_id)

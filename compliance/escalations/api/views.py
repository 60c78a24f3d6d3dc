"""Escalations for other back offices: read by four roles, worked on by two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from compliance.escalations.api.serializers import (
    ActionsOut,
    EscalationActionIn,
    EscalationActionOut,
    EscalationFilters,
    EscalationIn,
    EscalationOut,
    ResolutionIn,
)
from compliance.escalations.selectors import escalations, get_escalation, line_of, list_actions
from compliance.escalations.services import (
    assign_escalation,
    hand_higher,
    note_escalation,
    open_escalation,
    pause_clock,
    resolve_escalation,
    resume_clock,
    take_escalation,
)
from compliance.escalations.states import Act, Decision, Department, EscalationType, Severity
from compliance.escalations.types import Cause, EscalationLine
from foundation import clock
from foundation.errors import Unprocessable
from foundation.http.api import ApiView, operation
from foundation.http.serializers import Body
from foundation.ids import uuid7

WITH_NOTES: dict[str, Callable[..., EscalationLine]] = {
    Act.NOTED: note_escalation, Act.ESCALATED: hand_higher, Act.PAUSED: pause_clock, Act.RESUMED: resume_clock,
}  # fmt: skip


class EscalationsView(ApiView):
    @operation("List escalations, newest first", gives=EscalationOut, filters=EscalationFilters, paged=True)
    def get(self, request: Request) -> Response:
        asked = self.query
        rows = escalations(
            state=asked.state or "", severity=asked.severity or "", department=asked.department or "",
            type=asked.type or "", creator_id=asked.creator_id,
        )  # fmt: skip
        page = self.rows(rows)
        return page.answer(EscalationOut([line_of(row) for row in page.found], many=True).data)

    @operation(
        "Escalate; what waits about this creator and type is joined", takes=EscalationIn, gives=EscalationOut,
        status=201, idempotent="optional",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        body = EscalationIn.read(request)
        cause = Cause(
            EscalationType(body.type), Severity(body.severity), f"by hand {uuid7()}", body.description,
            department=Department(body.department) if body.department else None,
        )  # fmt: skip
        made = open_escalation(creator_id=body.creator_id, cause=cause, by=self.actor, at=clock.now())
        return Response(EscalationOut(made).data, status=201)


class EscalationView(ApiView):
    @operation("Read one escalation", gives=EscalationOut)
    def get(self, request: Request, escalation_id: UUID) -> Response:
        return Response(EscalationOut(get_escalation(escalation_id)).data)


class ActionsView(ApiView):
    @operation("Read all that was done to it, oldest first", gives=ActionsOut)
    def get(self, request: Request, escalation_id: UUID) -> Response:
        return Response({"data": EscalationActionOut(list_actions(escalation_id), many=True).data})

    @operation(
        "Take, assign, note, hand higher, or stop and restart the clock", takes=EscalationActionIn, gives=EscalationOut,
        idempotent="optional",
    )  # fmt: skip
    def post(self, request: Request, escalation_id: UUID) -> Response:
        get_escalation(escalation_id)
        done = act(escalation_id, EscalationActionIn.read(request), {"by": self.actor, "at": clock.now()})
        return Response(EscalationOut(done).data)


def act(escalation_id: UUID, body: Body, who: dict[str, Any]) -> EscalationLine:
    """One of the acts people do."""
    if body.action == Act.TAKEN:
        return take_escalation(escalation_id=escalation_id, **who)
    if body.action == Act.ASSIGNED:
        if body.assignee_id is None:
            errors = [{"field": "assignee_id", "code": "required", "detail": "Name the colleague."}]
            raise Unprocessable(errors=errors)
        return assign_escalation(
            escalation_id=escalation_id, user_id=body.assignee_id, notes=body.notes or "", **who
        )  # fmt: skip
    return WITH_NOTES[body.action](escalation_id=escalation_id, notes=body.notes or "", **who)


class ResolutionView(ApiView):
    @operation("Decide, with the reasoning", takes=ResolutionIn, gives=EscalationOut, idempotent="optional")
    def post(self, request: Request, escalation_id: UUID) -> Response:
        get_escalation(escalation_id)
        body = ResolutionIn.read(request)
        done = resolve_escalation(
            escalation_id=escalation_id, decision=Decision(body.decision), reasoning=body.reasoning,
            legal_basis=body.legal_basis or "", seen_version=body.version, by=self.actor, at=clock.now(),
        )  # fmt: skip
        return Response(EscalationOut(done).data)

"""The trail for programs of the auditors: the same search, the same proof, the same record of having looked."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.audit.reading import note_reading, subjects_of
from foundation.audit.selectors import AuditQuery, get_record, matching_records
from foundation.errors import NotFound
from foundation.http.api import ApiView, operation
from foundation.http.fields import Text
from foundation.http.serializers import StrictSerializer
from foundation.seal.selectors import proof_of

OUTCOMES = ["done", "refused", "read"]


class RecordFilters(StrictSerializer):
    actor = Text(
        max_length=120, is_kept=False, required=False, default="", help_text="Like `user:0199…` or `system:sealer`."
    )
    action = Text(max_length=100, is_kept=False, required=False, default="", help_text="Like `switch.moved`.")
    subject_type = Text(max_length=60, is_kept=False, required=False, default="")
    subject_id = Text(max_length=80, is_kept=False, required=False, default="")
    request_id = Text(max_length=64, is_kept=False, required=False, default="")
    outcome = serializers.ChoiceField(OUTCOMES, required=False, default="")
    platform_id = serializers.UUIDField(required=False, default=None)
    since = serializers.DateTimeField(required=False, default=None, help_text="From this moment on.")
    until = serializers.DateTimeField(required=False, default=None, help_text="Before this moment.")


class RecordOut(serializers.Serializer):
    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    actor = serializers.CharField()
    action = serializers.CharField()
    outcome = serializers.ChoiceField(OUTCOMES)
    subject_type = serializers.CharField()
    subject_id = serializers.CharField()
    platform_id = serializers.UUIDField(allow_null=True)
    reason = serializers.CharField()
    request_id = serializers.CharField()
    facts = serializers.DictField()


class StepOut(serializers.Serializer):
    side = serializers.ChoiceField(["left", "right"])
    hash = serializers.CharField()


class ProofOut(serializers.Serializer):
    """The way from the record's leaf to the root of its block, and the block's own hash."""

    block = serializers.IntegerField()
    leaf = serializers.CharField()
    path = StepOut(many=True)
    root = serializers.CharField()  # type: ignore[assignment]  # declared fields leave the class
    block_hash = serializers.CharField()
    sealed_at = serializers.DateTimeField()
    is_proven = serializers.BooleanField()


class ProvenRecordOut(RecordOut):
    """A record with its proof; none yet for the second in which it is not sealed."""

    proof = ProofOut(allow_null=True)


class RecordsView(ApiView):
    @operation("Search the audit trail", gives=RecordOut, filters=RecordFilters, paged=True)
    def get(self, request: Request) -> Response:
        query = AuditQuery(**{str(name): self.query[str(name)] for name in RecordFilters().fields})
        response = self.page(matching_records(query), RecordOut)
        shown = [(line["subject_type"], line["subject_id"]) for line in response.data["data"]]
        note_reading("audit.searched", query, by=self.actor, subjects=subjects_of(shown))
        return response


class RecordView(ApiView):
    @operation("Read one audit record with its proof", gives=ProvenRecordOut)
    def get(self, request: Request, number: int) -> Response:
        line = get_record(number)
        note_reading("audit.record_read", AuditQuery(words=f"#{number}"), by=self.actor, subjects=1)
        proof: dict[str, Any] | None
        try:
            found = proof_of("audit", number)
            proof = {**found, "path": [{"side": side, "hash": neighbour} for side, neighbour in found["path"]]}
        except NotFound:
            proof = None
        fields = {str(name): getattr(line, str(name)) for name in RecordOut().fields}
        return Response(ProvenRecordOut({**fields, "proof": proof}).data)

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from foundation.http.api import ApiView, operation
from ledger.api.serializers import SplitOut, WhichSplits
from ledger.splits.selectors import all_versions

PARTS = ("platform_id", "product", "creator_id")


class SplitsView(ApiView):
    @operation("List the versions of revenue splits", gives=SplitOut, filters=WhichSplits, paged=True)
    def get(self, request: Request) -> Response:
        parts = {part: self.query.get(part) for part in PARTS}
        return self.page(
            all_versions(in_force_at=self.query.in_force_at, **parts), SplitOut, order=("-active_from", "-id")
        )

"""Documents by API: the body is the file itself, whatever its name and type say."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.http import HttpResponse
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from foundation import clock
from foundation.http.api import ApiView, operation
from foundation.http.parsers import refuse_encoded
from foundation.http.rates import Rate
from foundation.uploads.api.serializers import UploadAbout, UploadOut
from foundation.uploads.handing import handed_out
from foundation.uploads.outside import document_for, owner_for, subject_types
from foundation.uploads.services import MOST_BYTES, open_document, take_document
from foundation.uploads.states import Kind

OCTETS = "application/octet-stream"
KINDS = (*Kind.values, OCTETS)


class FileParser(BaseParser):
    """One byte more than is taken is read, so that what is too large can be told from what fits."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        refuse_encoded(stream)
        content: bytes = stream.read(MOST_BYTES + 1)
        return content


def _parser(kind: str) -> type[FileParser]:
    return type("Parser", (FileParser,), {"media_type": kind})


class UploadsView(ApiView):
    """Cleaning runs outside of any transaction; who may send about what is asked before anything is read apart."""

    several_transactions = True
    rate = Rate("uploads", 30, 60)
    parser_classes = [_parser(kind) for kind in KINDS]

    @operation("Send a document about a payout", gives=UploadOut, status=201, filters=UploadAbout, takes_kinds=KINDS)
    def post(self, request: Request) -> Response:
        about = {"subject_type": self.query.about, "subject_id": self.query.id}
        owner_id = owner_for(self.actor, **about)
        taken = take_document(**about, raw=cast(bytes, request.data), by=self.actor, at=clock.now(), party_id=owner_id)
        response = Response(UploadOut(taken).data, status=201)
        response.headers["Location"] = f"/api/v1/uploads/{taken.id}"
        return response


class UploadView(ApiView):
    several_transactions = True

    @operation("Read one document's state", gives=UploadOut)
    def get(self, request: Request, upload_id: UUID) -> Response:
        return Response(UploadOut(document_for(self.actor, upload_id)).data)


class ContentView(ApiView):
    several_transactions = True

    @operation("Take one document, as a file to keep", gives_kinds=tuple(Kind.values))
    def get(self, request: Request, upload_id: UUID) -> HttpResponse:
        document_for(self.actor, upload_id)
        return handed_out(*open_document(upload_id, by=self.actor, subject_types=subject_types()))

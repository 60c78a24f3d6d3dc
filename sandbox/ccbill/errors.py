"""CCBill's REST errors."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from starlette.responses import JSONResponse, Response

from sandbox.control import Call

MEDIA_TYPE = "application/vnd.com.cwie.error.v1+json"
MESSAGES = {
    100004: (415, "Unsupported Media Type"),
    100015: (406, "Not Acceptable"),
    100020: (403, "Forbidden"),
    100100: (400, "Invalid client account"),
    100101: (404, "Invalid payment token"),
    100102: (400, "Expired payment token"),
    100103: (500, "Transaction error"),
    100104: (404, "Lookup Object Not Found"),
    100106: (500, "There was an internal error"),
    100110: (500, "Client throttled by transaction count"),
    100111: (500, "Client throttled by transaction amount"),
    100112: (500, "Unable to determine whether 3DS is required"),
    200000: (400, "Validation failed!"),
}


class Problem(Exception):
    """A refusal of the REST interface, with what is wrong with which field."""

    def __init__(self, code: int, *wrong: tuple[str, str]) -> None:
        super().__init__(code)
        self.code, self.wrong = code, wrong


def response(code: int, url: str = "", wrong: Sequence[tuple[str, str]] = ()) -> Response:
    """The error as it goes over the wire."""
    status, message = MESSAGES[code]
    body = {
        "id": str(uuid4()),
        "url": url,
        "errors": [{"field": field, "message": said} for field, said in wrong],
        "generalMessage": message,
        "errorCode": code,
    }
    return JSONResponse(body, status_code=status, media_type=MEDIA_TYPE)


def of(problem: Problem, call: Call) -> Response:
    return response(problem.code, call.request.url.path.removeprefix("/ccbill"), problem.wrong)

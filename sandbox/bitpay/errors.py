"""What BitPay answers instead of a result: six digits of method, resource and error."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

METHODS = {"POST": "01", "GET": "02", "PUT": "03", "DELETE": "04"}
GENERIC, INVOICE, REFUND, PAYOUT = "00", "01", "02", "03"
RESOURCES = {INVOICE: "Invoice", REFUND: "Refund", PAYOUT: "Payout"}


class BitPayError(Exception):
    """A refusal of a resource; `number` is its last two digits."""

    def __init__(self, resource: str, number: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.resource, self.number, self.message, self.status = resource, number, message, status

    def answer(self, method: str) -> Response:
        return failed(METHODS.get(method, "00") + self.resource + self.number, self.message, self.status)


class NotAdmitted(Exception):
    """No such token, no such key, or a signature that does not fit: said in one line."""


def missing(resource: str) -> BitPayError:
    what = RESOURCES.get(resource, "Resource")
    return BitPayError(resource, "01", f"{what} not found", 404)


def wrong(resource: str, field: str) -> BitPayError:
    return BitPayError(resource, "02", f"Invalid params: {field}")


def failed(code: str, message: str, status: int) -> Response:
    body = {"status": "error", "code": code, "data": None, "error": message, "message": message}
    return JSONResponse(body, status)


def not_admitted(message: str) -> Response:
    return JSONResponse({"error": message}, 401)


def broken() -> Response:
    return failed("000000", "Generic server error", 500)


def throttled() -> Response:
    return JSONResponse({"error": "Rate limit exceeded"}, 429)

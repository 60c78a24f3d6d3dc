"""Refusals: what a caller did not get, with a stable code and the facts to act on. A bug stays an exception."""

from __future__ import annotations

import errno
from typing import Any, ClassVar

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the system says when a file finds no room."""


class Refusal(Exception):
    """Something was asked that may not be done; nothing was stored."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = "Refused"
    default_code: ClassVar[str] = "refused"
    retryable: bool = False

    def __init__(self, code: str = "", detail: str = "", *, retryable: bool | None = None, **facts: Any) -> None:
        self.code = code or self.default_code
        self.detail = detail or self.title
        self.facts = facts
        if retryable is not None:
            self.retryable = retryable
        super().__init__(f"{self.code}: {self.detail}")


class Invalid(Refusal):
    """The request itself is wrong; `errors` lists field by field."""

    status, title, default_code = 400, "The request is not valid", "request.invalid"

    def __init__(
        self, code: str = "", detail: str = "", *, errors: list[dict[str, str]] | None = None, **facts: Any
    ) -> None:
        super().__init__(code, detail, **facts)
        self.errors = errors or []


class Unauthenticated(Refusal):
    status, title, default_code = 401, "Sign in first", "auth.required"


class Forbidden(Refusal):
    status, title, default_code = 403, "You may not do this", "auth.forbidden"


class StepUpRequired(Forbidden):
    title, default_code = "Confirm that it is you first", "auth.step_up_required"


class NotFound(Refusal):
    """Missing, or not yours: a stranger cannot tell which."""

    status, title, default_code = 404, "Not found", "not_found"


class Conflict(Refusal):
    """The thing is in a state that does not allow this now."""

    status, title, default_code = 409, "Not possible in the present state", "conflict"


class NeedsApproval(Conflict):
    """Nothing was done: a second person has to agree first."""

    title, default_code = "A second person has to agree", "approvals.needed"


class Unprocessable(Invalid):
    """Well formed, but what it names or holds does not fit together."""

    status, title, default_code = 422, "This does not fit together", "request.unprocessable"


class PayloadMismatch(Refusal):
    status, title, default_code = 422, "This key was used for another request", "idempotency.mismatch"


class TooMany(Refusal):
    status, title, default_code, retryable = 429, "Too many requests", "rate.limited", True


class Unavailable(Refusal):
    status, title, default_code, retryable = 503, "Not available at this moment", "unavailable", True

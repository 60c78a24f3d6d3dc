"""The base of every API view: it reads a declared body, makes one call in one transaction, and answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeVar, cast

from django.db.models import Model, QuerySet
from django.http import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from foundation.actors import ANONYMOUS, Actor
from foundation.errors import TooMany, Unauthenticated
from foundation.http import idempotent, rates
from foundation.http.paging import Page, Paging, read_page
from foundation.http.problems import MethodNotAllowed
from foundation.http.serializers import Body, StrictSerializer
from foundation.idempotency.services import find_earlier
from foundation.identity.actors import actor_of, address_of
from foundation.identity.login.guards import network_of
from foundation.identity.tenancy import transaction_for
from foundation.retry import retrying

M = TypeVar("M", bound=Model)
Method = TypeVar("Method", bound=Callable[..., Any])
SAFE = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Operation:
    """What one method of a view takes and gives; the schema is made of it."""

    summary: str
    takes: type[StrictSerializer] | None
    gives: type[serializers.BaseSerializer[Any]] | None
    status: int
    query: type[StrictSerializer]
    is_paged: bool
    idempotency: Literal["", "optional", "required"]
    is_edit: bool
    other_statuses: tuple[int, ...] = ()
    """The same answer, told by another status: 202 while an outcome is not known."""
    takes_kinds: tuple[str, ...] = ()
    """A body that is a file of one of these media types, instead of JSON."""
    gives_kinds: tuple[str, ...] = ()
    """An answer that is one."""


def operation(
    summary: str,
    *,
    takes: type[StrictSerializer] | None = None,
    gives: type[serializers.BaseSerializer[Any]] | None = None,
    status: int = 200,
    filters: type[StrictSerializer] | None = None,
    paged: bool = False,
    idempotent: Literal["", "optional", "required"] = "",
    edits: bool = False,
    or_status: int | None = None,
    takes_kinds: tuple[str, ...] = (),
    gives_kinds: tuple[str, ...] = (),
) -> Callable[[Method], Method]:
    """Declare a method: its body, its answer, its query, whether it pages, repeats safely, or edits a version."""
    bases = tuple(base for base in (filters, Paging if paged else None) if base) or (StrictSerializer,)
    query = bases[0] if len(bases) == 1 else type("Query", bases, {})

    def decorate(method: Method) -> Method:
        others = (or_status,) if or_status else ()
        method.operation = Operation(  # type: ignore[attr-defined]
            summary, takes, gives, status, query, paged, idempotent, edits, others, takes_kinds, gives_kinds
        )
        return method

    return decorate


class ApiView(APIView):
    """Default deny, strict input, counted callers, one transaction per request that only sees the caller's platform.

    A view whose work spans an outside call sets `several_transactions` and opens `transaction_for(actor)` itself.
    """

    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    several_transactions: ClassVar[bool] = False
    rate: ClassVar[rates.Rate | None] = None

    actor: Actor
    query: Body
    _standing: rates.Standing | None = None

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.args, self.kwargs, self.headers = args, kwargs, self.default_response_headers
        self.request = request = self.initialize_request(request, *args, **kwargs)
        try:
            self.initial(request, *args, **kwargs)
            response = self._perform(request)
        except Exception as error:  # noqa: BLE001 - the handler answers refusals and raises what is a bug
            response = self.handle_exception(error)
        self.response = self.finalize_response(request, response, *args, **kwargs)
        return self.response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.format_kwarg = None
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        try:
            self.perform_authentication(request)
        except Unauthenticated:
            self._count(ANONYMOUS)
            raise
        self.actor = actor_of(request)
        self._count(self.actor)
        self.check_permissions(request)
        self.query = self.declared(request).query.read_query(request)
        if request.method not in SAFE:
            _ = request.data  # read, and refused, before a transaction is open

    def declared(self, request: Request) -> Operation:
        handler = getattr(self, (request.method or "").lower(), None)
        if handler is None or (request.method or "").lower() not in self.http_method_names:
            raise MethodNotAllowed(allowed=[name for name in self.allowed_methods if name != "OPTIONS"])
        return cast(Operation, handler.operation)

    def page(
        self, rows: QuerySet[Any], out: type[serializers.BaseSerializer[Any]], *, order: tuple[str, ...] = ("-id",)
    ) -> Response:
        """One page of these rows, newest first unless told."""
        page = self.rows(rows, order=order)
        return page.answer(out(page.found, many=True).data)

    def rows(self, rows: QuerySet[M], *, order: tuple[str, ...] = ("-id",)) -> Page[M]:
        """The rows of one page, for answers that are made of more than rows."""
        return read_page(self.request, self.query, rows, order)

    def _perform(self, request: Request) -> HttpResponseBase:
        handler = getattr(self, cast(str, request.method).lower())
        if self.several_transactions:
            return cast(HttpResponseBase, handler(request, *self.args, **self.kwargs))
        return self._in_one_transaction(handler, request)

    @retrying
    def _in_one_transaction(self, handler: Callable[..., Any], request: Request) -> HttpResponseBase:
        key, asked = "", b""
        if handler.operation.idempotency:  # type: ignore[attr-defined]
            key = idempotent.key_of(request, is_required=handler.operation.idempotency == "required")  # type: ignore[attr-defined]
            asked = idempotent.asked_of(request) if key else b""
        with transaction_for(self.actor):
            earlier = find_earlier(by=self.actor, key=key, asked=asked) if key else None
            if earlier:
                return idempotent.replay(earlier)
            response = cast(HttpResponseBase, handler(request, *self.args, **self.kwargs))
            if key and isinstance(response, Response):
                return idempotent.keep(response, by=self.actor, key=key, asked=asked)
        return response

    def _count(self, actor: Actor) -> None:
        rate = self.rate or rates.rate_of(actor)
        try:
            self._standing = rates.spend(rate, rates.counted_as(actor, network_of(address_of(self.request))))
        except TooMany as refusal:
            self._standing = getattr(refusal, "standing", None)
            raise

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        final = super().finalize_response(request, response, *args, **kwargs)
        if self._standing:
            self._standing.write(final)
        return final

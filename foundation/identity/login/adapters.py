"""How allauth behaves in this house."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from foundation.identity.actors import actor_of, address_of
from foundation.identity.login.vetoes import refuse_vetoed
from foundation.identity.models import User
from foundation.identity.sessions import has_stepped_up


class AccountAdapter(DefaultAccountAdapter):
    """No sign-up, no mail of its own, limits and records of ours, and one way to prove oneself again."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """GuardedBackend counts the try; allauth's own limits live in the cache, which may be gone."""

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        refuse_vetoed(user)
        answer: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return answer

    def set_password(self, user: User, password: str) -> None:
        user.set_password(password)
        user.save(update_fields=["password"])  # the whole row would put back an old number of news

    def get_login_stages(self) -> list[str]:
        return ["allauth.mfa.stages.AuthenticateStage"]

    def is_safe_url(self, url: str) -> bool:
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def is_reauthentication_required(self, *, app: str, **_: Any) -> bool:
        return not has_stepped_up(actor_of(context.request))

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        url = reverse("account:confirm")
        return [{"id": "confirm", "description": "Confirm that it is you", "url": url}] if user.is_authenticated else []

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account:security")

    def add_message(self, request: HttpRequest, level: int, *args: Any, **facts: Any) -> None:
        if args[:1] not in (("account/messages/logged_in.txt",), ("account/messages/logged_out.txt",)):
            super().add_message(request, level, *args, **facts)

    def send_notification_mail(self, *_: Any, **__: Any) -> None:
        """Notices are ours: they follow from what was recorded."""

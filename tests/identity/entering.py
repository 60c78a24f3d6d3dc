"""Signing in as a browser does it: by the pages, with CSRF enforced."""

from __future__ import annotations

import re

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.utils import decrypt
from django.test import Client

from foundation import clock
from foundation.events.listening import handlers_of
from foundation.events.models import Outbox
from tests.cast import PASSWORD

STRANGER = "nobody@fanzmoney.example"


class Browser(Client):
    """A client that keeps to CSRF and answers forms with the token of its cookie."""

    def __init__(self, address="192.0.2.10", **more):
        super().__init__(enforce_csrf_checks=True, REMOTE_ADDR=address, **more)

    def send(self, path, data=None, **more):
        if "fanz_csrf" not in self.cookies:
            self.get("/login")
        token = self.cookies["fanz_csrf"].value
        return self.post(path, {**(data or {}), "csrfmiddlewaretoken": token}, **more)

    def sign_in(self, email, password=PASSWORD, **more):
        return self.send("/login", {"login": email, "password": password}, **more)

    def key(self):
        return self.cookies["fanz_session"].value

    def reaches(self, path="/account/profile"):
        return self.get(path).status_code == 200


def with_totp(user):
    """This person has an authenticator app; returns its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code_of(secret, steps=0):
    """What the app shows now, or so many half-minutes from now."""
    return format_hotp_value(hotp_value(secret, int(clock.now().timestamp()) // 30 + steps))


def secret_of(user):
    return decrypt(Authenticator.objects.get(user=user, type="totp").data["secret"])


def inside(user, *, secret=None, address="192.0.2.10"):
    """A browser in which this person signed in, with a code if they have an app."""
    browser = Browser(address)
    browser.sign_in(user.email)
    if secret:
        browser.send("/mfa", {"code": code_of(secret)})
    return browser


def carry_mail():
    """What the runner does with news of accounts: hand it to who mails it."""
    carried = set()

    def carry():
        for row in Outbox.objects.exclude(pk__in=carried).order_by("pk"):
            carried.add(row.pk)
            for handler in handlers_of("account_mail").get(row.type, []):
                handler(row)

    return carry


def link_in(mail):
    return re.search(r"http://localhost:8000(\S+)", mail.body).group(1)

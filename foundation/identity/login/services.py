"""Verbs about people's accounts: who may enter, links that let somebody choose a password, changes of address."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from foundation.actors import Actor
from foundation.audit.services import record
from foundation.errors import Conflict, Invalid, NotFound
from foundation.events import publish
from foundation.identity.events import PasswordChanged, PasswordLinkWanted
from foundation.identity.login import guards
from foundation.identity.login.links import ADDRESS_LINK, LINK_GONE, open_letter
from foundation.identity.login.mails import mail_address_link, mail_former_address
from foundation.identity.login.second_factor import remove_second_factor
from foundation.identity.models import User
from foundation.identity.sessions import end_sessions


def create_staff_user(*, email: str, name: str, by: Actor, at: datetime) -> User:
    """A new colleague without a password or role; the mailed link lets them choose a password, once."""
    address = email.strip().lower()
    _refuse_bad_address(address)
    with transaction.atomic():
        if User.objects.filter(email=address).exists():
            raise Conflict("identity.email_taken", "Somebody has this address already.")
        user = User.objects.create_user(address, None, name=name.strip())
        EmailAddress.objects.create(user=user, email=address, verified=True, primary=True)
        record("user.created", by=by, subject=user, at=at)
        publish(PasswordLinkWanted(user.pk, "invitation"), key=user)
    return user


def invite_user_again(*, user_id: UUID, by: Actor, at: datetime) -> None:
    """Another link for somebody who never chose a password. Refuses the others (`identity.already_inside`)."""
    with transaction.atomic():
        user = _locked(user_id)
        if user.has_usable_password():
            raise Conflict("identity.already_inside", "This person chose a password already.")
        record("user.invited", by=by, subject=user, at=at)
        publish(PasswordLinkWanted(user.pk, "invitation"), key=user)


def ask_for_password_reset(*, email: str, network: str) -> None:
    """Mail a link if somebody has this address; the caller learns nothing either way. TooMany beyond a few an hour."""
    guards.take(guards.RESET_ADDRESS, network)
    guards.take(guards.RESET, guards.account_of(email))
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is not None:
        with transaction.atomic():
            publish(PasswordLinkWanted(user.pk, "password_reset"), key=user)


def note_new_password(user: User, *, how: str, by: Actor, at: datetime, kept_session: str = "") -> None:
    """A password was chosen: every other session ends, the person is told, and an earlier lock is lifted."""
    with transaction.atomic():
        end_sessions(user_id=user.pk, by=by, at=at, reason="password changed", but=kept_session)
        record("user.password_changed", by=by, subject=user, how=how, at=at)
        publish(PasswordChanged(user.pk, how), key=user)
    guards.forget(guards.PASSWORD, guards.account_of(user.email))


def change_profile(*, user: User, name: str, zone: str, by: Actor, at: datetime) -> None:
    """What a person says about themselves: how they are called and in which zone they read times."""
    with transaction.atomic():
        locked = _locked(user.pk)
        locked.name, locked.preferences = name.strip(), {**locked.preferences, "zone": zone}
        locked.save(update_fields=["name", "preferences"])
        record("user.profile_changed", by=by, subject=user, at=at)


def ask_for_new_address(*, user: User, email: str, by: Actor, at: datetime) -> None:
    """Mail a link to the address somebody wants to move to; nothing changes before it is opened."""
    address = email.strip().lower()
    _refuse_bad_address(address)
    guards.take(guards.NEW_ADDRESS, str(user.pk))
    guards.take(guards.RESET, guards.account_of(address))
    mail_address_link(user, address)
    with transaction.atomic():
        record("user.new_address_asked", by=by, subject=user, at=at)


def take_new_address(*, letter: str, by: Actor, at: datetime) -> User:
    """The link was opened: the address changes, the old one is told, every session ends. NotFound for a spent link."""
    user_id, email, token = open_letter(letter)
    with transaction.atomic():
        user = _locked(user_id)
        if not ADDRESS_LINK.check_token(user, token, extra=email) or User.objects.filter(email=email).exists():
            raise NotFound("identity.link_gone", LINK_GONE)
        old, user.email = user.email, email
        user.save(update_fields=["email"])
        EmailAddress.objects.filter(user=user).delete()
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        end_sessions(user_id=user.pk, by=by, at=at, reason="address changed")
        record("user.email_changed", by=by, subject=user, at=at)
    mail_former_address(user, old)
    return user


def reset_second_factor(*, user_id: UUID, by: Actor, at: datetime) -> None:
    """For a lost phone: the person sets up a new factor when they next sign in. Never for oneself."""
    with transaction.atomic():
        user = _locked(user_id)
        if by.id == str(user.pk):
            raise Conflict("identity.not_oneself", "Somebody else has to do this for you.")
        remove_second_factor(user, by=by)
        end_sessions(user_id=user.pk, by=by, at=at, reason="second factor reset")


def _refuse_bad_address(address: str) -> None:
    try:
        validate_email(address)
    except ValidationError:
        raise Invalid(
            "identity.bad_email", errors=[{"field": "email", "code": "bad_email", "detail": "Not an e-mail address."}]
        ) from None


def _locked(user_id: UUID) -> User:
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise NotFound("identity.user_not_found")
    return user

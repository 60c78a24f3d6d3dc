"""The way into a portal: a link mailed to the address the platform gave, used once, by the person themselves."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from foundation.actors import Actor
from foundation.audit.services import record
from foundation.errors import Conflict, Invalid, NotFound, TooMany
from foundation.events import publish
from foundation.identity import keys
from foundation.identity.events import MemberInvited
from foundation.identity.models import Invitation, Membership, PersonalWord, User
from foundation.identity.personal import read_personal, word_hash
from foundation.identity.selectors import LINK_GONE, hash_of_link, open_invitation
from foundation.identity.services.members import close_links
from foundation.identity.services.parties import join_parties
from foundation.identity.services.roles import grant_role

LINK_LASTS, AN_HOUR = timedelta(hours=72), timedelta(hours=1)
MOST_IN_AN_HOUR = 3


def link_token(invitation_id: UUID) -> str:
    """The secret of a link: never stored, made again from the id when the mail goes out."""
    return base64.urlsafe_b64encode(keys.keyed_hash("invitation", str(invitation_id))).decode().rstrip("=")


def invite_member(*, membership_id: UUID, by: Actor, at: datetime) -> Invitation:
    """Mail this creator or fan a link into their portal.

    Refuses someone without an address, already inside, or sent several links within the hour (TooMany).
    """
    with transaction.atomic():
        membership = Membership.objects.locked(membership_id)
        if not membership.is_active:
            raise Conflict("identity.member_inactive", "This member is not active on the platform.")
        if membership.invitations.filter(accepted_at__isnull=False).exists():
            raise Conflict("identity.already_inside", "This member already entered their portal.")
        email = read_personal([membership.party_id]).get(membership.party_id, {}).get("email")
        if not email:
            raise Conflict("identity.no_address", "The platform gave no e-mail address for this member.")
        _refuse_flood(membership, email)
        close_links(membership, at=at)
        invitation = Invitation(membership=membership, expires_at=at + LINK_LASTS)
        invitation.token_hash = hash_of_link(link_token(invitation.pk))
        invitation.save(force_insert=True)
        record("member.invited", by=by, subject=membership, platform_id=membership.platform_id)
        publish(MemberInvited(invitation.pk, membership.pk, invitation.expires_at), key=membership)
    return invitation


def _refuse_flood(membership: Membership, email: str) -> None:
    """However many members share an address, it is mailed a few times an hour."""
    sharing = PersonalWord.objects.filter(word=word_hash(email), platform_id=membership.platform_id)
    members = [membership.pk, *sharing.values_list("membership_id", flat=True)]
    with connection.cursor() as cursor:  # of two at once the second waits, and finds the first
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(word_hash(email)[:8], signed=True)])
    lately = Invitation.objects.filter(membership__in=members, created_at__gt=Now() - AN_HOUR)
    ages = sorted(lately.annotate(age=Now() - F("created_at")).values_list("age", flat=True))
    if len(ages) >= MOST_IN_AN_HOUR:
        wait = AN_HOUR - ages[MOST_IN_AN_HOUR - 1]
        raise TooMany(
            "identity.invited_lately", "This address was sent several links within the hour.",
            retry_after=max(1, int(wait.total_seconds())),
        )  # fmt: skip


def accept_invitation(*, token: str, by: Actor, at: datetime, password: str = "", user_id: UUID | None = None) -> User:
    """Enter the portal: with a new password, or by joining this membership to the person who is signed in."""
    with transaction.atomic():
        membership = Membership.objects.locked(open_invitation(token, at=at).membership_id)
        invitation = Invitation.objects.select_for_update().get(token_hash=hash_of_link(token))
        if invitation.accepted_at is not None or invitation.expires_at <= at:
            raise NotFound("identity.invitation_gone", LINK_GONE)
        if not membership.is_active:
            raise Conflict("identity.member_inactive", "This member is not active on the platform.")
        user = _existing(user_id, membership, by, at) if user_id else _newcomer(membership, password)
        invitation.accepted_at, invitation.accepted_by = at, user
        invitation.save(update_fields=["accepted_at", "accepted_by"])
        record("member.entered_portal", by=by, subject=membership, platform_id=membership.platform_id, user=user.pk)
        if not user.role_grants.filter(role=membership.role, ended_at=None).exists():
            grant_role(user_id=user.pk, role=membership.role, by=by, at=at, reason="invitation accepted")
    return user


def _newcomer(membership: Membership, password: str) -> User:
    if hasattr(membership.party, "user"):
        raise Conflict("identity.sign_in_first", "You already have an account here. Sign in, then open the link again.")
    personal = read_personal([membership.party_id]).get(membership.party_id, {})
    email = personal.get("email", "").strip().lower()
    if not email:
        raise NotFound("identity.invitation_gone", LINK_GONE)
    if User.objects.filter(email=email).exists():
        raise Conflict("identity.sign_in_first", "You already have an account here. Sign in, then open the link again.")
    user = User(email=email, name=membership.handle or personal.get("name", ""), party=membership.party)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(
            "identity.weak_password",
            errors=[{"field": "password", "code": "weak", "detail": message} for message in error.messages],
        ) from None
    user.set_password(password)
    user.save(force_insert=True)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def _existing(user_id: UUID, membership: Membership, by: Actor, at: datetime) -> User:
    user = User.objects.select_for_update().get(pk=user_id)
    if user.is_staff:
        raise Conflict("identity.staff_apart", "Staff accounts cannot be creators or fans. Use another address.")
    if user.party_id is None:
        user.party = membership.party
        user.save(update_fields=["party"])
    elif user.party_id != membership.party_id:
        join_parties(kept_id=user.party_id, joining_id=membership.party_id, by=by, at=at)
    return user

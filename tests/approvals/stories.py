"""Scenes about requests, built with the real services."""

from __future__ import annotations

import os
from typing import Any
from uuid import UUID

import psycopg
from django.db.models import F

from foundation import clock
from foundation.actors import Actor, ActorKind
from foundation.approvals.models import Approval
from foundation.approvals.registry import approvable, approvables
from foundation.approvals.services import approve, reject, request_approval
from foundation.approvals.types import Application, Description, Effect, Payload, Side
from foundation.errors import Conflict, Unavailable
from foundation.identity.models import ApiClient, Party, RoleGrant, User
from foundation.identity.roles import Role
from foundation.money import Money
from tests.cast import actor, platform, staff, user_called

REASON = "Seen and right"


def ask_for_role(user: User | None = None, role: str = Role.FINANCE, by: User | None = None) -> Approval:
    """Adam asks that Nora be given a role."""
    return request_approval(
        kind="role.grant",
        payload={"user_id": str((user or user_called("nora")).pk), "role": str(role)},
        reason="She joins the finance desk",
        by=actor(by or staff("adam")),
        at=clock.now(),
    )


def agree(approval: Approval, by: User | Actor, *, seen_hash: str = "") -> Approval:
    return approve(**_word_on(approval, by, seen_hash))


def refuse(approval: Approval, by: User | Actor, *, seen_hash: str = "") -> Approval:
    return reject(**_word_on(approval, by, seen_hash))


def _word_on(approval: Approval, by: User | Actor, seen_hash: str) -> dict[str, Any]:
    return {
        "approval_id": approval.pk,
        "seen_hash": seen_hash or approval.change_hash,
        "reason": REASON,
        "by": actor(by) if isinstance(by, User) else by,
        "at": clock.now(),
    }


def roles_of(user: User) -> list[str]:
    return sorted(RoleGrant.objects.filter(user=user, ended_at=None).values_list("role", flat=True))


def as_owner(sql: str, *parameters: object) -> None:
    """What only a migration may write, committed at once and past every trigger."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute(sql, parameters)


class Lift:
    """A kind of change made for tests: lift a party's check; it counts how often it was applied."""

    KIND = "test.lift"
    FIELDS = {"party_id": str, "to_minor": int}
    broken = ""

    def describe(self, payload: Payload) -> Description:
        party = UUID(payload["party_id"])
        return Description(
            title="Lift a limit",
            subject=("identity.party", str(party)),
            affected=Side(principal=party),
            platform_id=platform().pk,
            amount=Money(payload["to_minor"], "USD"),
            effects=(Effect("Limit", "10.00", str(payload["to_minor"])),),
        )

    def recheck(self, payload: Payload) -> None:
        if self.broken == "moved on":
            raise Conflict("test.moved_on", "The world moved on.")

    def apply(self, payload: Payload, under: Application) -> None:
        Party.objects.filter(pk=payload["party_id"]).update(version=F("version") + 1)
        if self.broken == "late":
            raise Conflict("test.too_late", "Half of it was written already.")
        if self.broken == "busy":
            raise Unavailable("test.busy", "Try again.")
        if self.broken == "bug":
            raise ZeroDivisionError

    def offer(self, *, approvers: int = 1, clients: bool = False) -> None:
        as_owner(
            "INSERT INTO approval_policy VALUES (%s, 'For tests', '{finance,creator}', '{approver,admin}', %s, 2, 24, "
            "%s, %s, false) ON CONFLICT (kind) DO UPDATE SET approvers = excluded.approvers, "
            "clients_may_ask = excluded.clients_may_ask, clients_may_decide = excluded.clients_may_decide",
            self.KIND, approvers, clients, clients,
        )  # fmt: skip
        approvable(
            self.KIND,
            fields=self.FIELDS,
            describe=self.describe,
            recheck=self.recheck,
            apply=self.apply,
            has_amount=True,
        )

    def withdraw(self) -> None:
        approvables.remove(self.KIND)

    def ask(self, party_id: UUID, by: User | Actor | None = None, to_minor: int = 5_000) -> Approval:
        by = by or staff("fred")
        return request_approval(
            kind=self.KIND, payload={"party_id": str(party_id), "to_minor": to_minor}, reason="A good customer",
            by=actor(by) if isinstance(by, User) else by, at=clock.now(),
        )  # fmt: skip


def program(*scopes: str, slug: str = "boyfanz") -> Actor:
    """A program of this platform, with a live token."""
    there = platform(slug)
    client, _ = ApiClient.objects.get_or_create(
        platform=there, name="books", defaults={"scopes": list(scopes), "secret_hash": b"x"}
    )
    return Actor(ActorKind.CLIENT, str(client.pk), platform_id=there.pk, scopes=frozenset(scopes))

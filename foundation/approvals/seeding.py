"""Migration operations that write role policies: they change with a release, never at run time."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.migrations.operations import RunSQL

_INSERT = """
INSERT INTO approval_policy (kind, about, asking_roles, deciding_roles, approvers, sla_hours, expiry_hours,
                             clients_may_ask, clients_may_decide, may_ask_for_oneself)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (kind) DO UPDATE SET (about, asking_roles, deciding_roles, approvers, sla_hours, expiry_hours,
                                  clients_may_ask, clients_may_decide, may_ask_for_oneself)
    = (excluded.about, excluded.asking_roles, excluded.deciding_roles, excluded.approvers, excluded.sla_hours,
       excluded.expiry_hours, excluded.clients_may_ask, excluded.clients_may_decide, excluded.may_ask_for_oneself)
"""


def approval_policy(
    kind: str,
    *,
    about: str,
    asked_by: Iterable[str],
    decided_by: Iterable[str],
    approvers: int = 1,
    sla_hours: int,
    expiry_hours: int,
    clients_may_ask: bool = False,
    clients_may_decide: bool = False,
    may_ask_for_oneself: bool = False,
) -> RunSQL:
    """Say who may ask for and decide a kind of change; a later migration that says it again replaces it."""
    row = [
        kind, about, sorted(map(str, asked_by)), sorted(map(str, decided_by)), approvers, sla_hours, expiry_hours,
        clients_may_ask, clients_may_decide, may_ask_for_oneself,
    ]  # fmt: skip
    return RunSQL([(_INSERT, row)], [("DELETE FROM approval_policy WHERE kind = %s", [kind])])

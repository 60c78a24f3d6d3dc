"""What production refuses to run with."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

_ROLE = """
SELECT current_user, rolsuper, rolbypassrls,
       EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user),
       pg_has_role(current_user, 'fanz_tenant', 'MEMBER')
FROM pg_roles WHERE rolname = current_user
"""


@register(Tags.security)
def production_environment(**_: Any) -> list[CheckMessage]:
    """Switches of tests and demos that must be off where real people live."""
    if not settings.IS_PRODUCTION:
        return []
    found: list[CheckMessage] = []
    if os.environ.get("CRASH_POINTS"):
        found.append(Error("CRASH_POINTS is set.", hint="Unset it: it lets tests kill the process.", id="fanz.E001"))
    if not settings.METRICS_TOKEN:
        found.append(
            Error("METRICS_TOKEN is not set.", hint="Set a long random value; /metrics asks for it.", id="fanz.E002")
        )
    if settings.SANDBOX_MAIL_URL:
        found.append(Error("SANDBOX_MAIL_URL is set.", hint="Unset it: it points at the demo's inbox.", id="fanz.E003"))
    if settings.SANDBOX_URL:
        hint = "Unset it: payments would go to a provider that is only played."
        found.append(Error("SANDBOX_URL is set.", hint=hint, id="fanz.E010"))
    if settings.CLOCK_MAY_MOVE:
        found.append(Error("The clock may be moved.", hint="FANZ_ENV must be production.", id="fanz.E004"))
    return found


@register(Tags.database)
def database_role(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """The application's role may own nothing and see past nothing; elsewhere than in production that is a warning."""
    if not databases or "default" not in databases:
        return []
    kind = Error if settings.IS_PRODUCTION else Warning
    found: list[CheckMessage] = []
    hint = "Use the role fanz_app in DATABASE_URL; fanzmoney/launcher/roles.sql makes it."
    try:
        with connection.cursor() as cursor:
            cursor.execute(_ROLE)
            name, is_super, sees_past, owns, is_tenant = cursor.fetchone()
            cursor.execute("SELECT to_regclass('fanz_user') IS NOT NULL AND EXISTS (SELECT FROM pg_tables)")
    except DatabaseError:
        return []  # a database that does not answer is /readyz' and the doctor's business
    if os.environ.get("FANZ_AS_OWNER"):
        return []
    for is_so, what, number in (
        (is_super, "is a superuser", 5),
        (sees_past, "bypasses row-level security", 6),
        (owns, "owns tables", 7),
    ):
        if is_so:
            found.append(kind(f"The database role {name} {what}.", hint=hint, id=f"fanz.{kind.__name__[0]}00{number}"))
    if not is_tenant:
        found.append(kind(f"{name} may not act as fanz_tenant.", hint=hint, id=f"fanz.{kind.__name__[0]}008"))
    return found


@register(Tags.database)
def demo_accounts(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Production has no accounts whose password and second factor are printed in a manual."""
    if not settings.IS_PRODUCTION or not databases or "default" not in databases:
        return []
    from foundation.identity.models import User

    try:
        count = User.objects.filter(is_demo=True, is_active=True).count()
    except DatabaseError:
        return []
    hint = "This database was a demo. Production starts with a database of its own."
    return [Error(f"{count} demo accounts can sign in.", hint=hint, id="fanz.E009")] if count else []


def refuse_unsafe_production() -> None:
    """Stop a production process that would start with something the checks call an error."""
    if not settings.IS_PRODUCTION:
        return
    found = [*production_environment(), *database_role(["default"]), *demo_accounts(["default"])]
    errors = [message for message in found if isinstance(message, Error)]
    if errors:
        raise ImproperlyConfigured("\n".join(f"{error.msg} {error.hint}" for error in errors))

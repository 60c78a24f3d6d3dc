"""What a platform's program may be allowed to do; a client holds some of these, a token some of its client's."""

from django.db.models import TextChoices


class Scope(TextChoices):
    CREATORS_READ = "creators:read", "Read the platform's creators"
    CREATORS_WRITE = "creators:write", "Add and change the platform's creators"
    FANS_READ = "fans:read", "Read the platform's fans"
    FANS_WRITE = "fans:write", "Add and change the platform's fans"
    LEDGER_READ = "ledger:read", "Read the platform's accounts, balances and statements"
    APPROVALS_READ = "approvals:read", "Read the platform's requests for a second person's agreement"
    APPROVALS_ASK = "approvals:ask", "Ask for a second person's agreement"
    APPROVALS_DECIDE = "approvals:decide", "Decide requests where their policy lets programs do so"

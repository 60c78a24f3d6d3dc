"""What a platform's program may be allowed to do; a client holds some of these, a token some of its client's."""

from django.db.models import TextChoices


class Scope(TextChoices):
    CREATORS_READ = "creators:read", "Read the platform's creators"
    CREATORS_WRITE = "creators:write", "Add and change the platform's creators"
    FANS_READ = "fans:read", "Read the platform's fans"
    FANS_WRITE = "fans:write", "Add and change the platform's fans"
    LEDGER_READ = "ledger:read", "Read the platform's accounts, balances and statements"
    HANDOFFS_WRITE = "handoffs:write", "Send the platform's creators and fans into their portals"
    CONTENT_READ = "content:read", "Read the platform's content, who may see it, and what was done about it"
    CONTENT_WRITE = "content:write", "Tell of content, accesses and actions"
    PAYMENTS_READ = "payments:read", "Read the platform's payments, refunds and saved cards"
    PAYMENTS_WRITE = "payments:write", "Charge the platform's fans, cancel and void, and forget saved cards"
    REFUNDS_WRITE = "refunds:write", "Ask for refunds of the platform's payments"
    SUBSCRIPTIONS_READ = "subscriptions:read", "Read the platform's subscriptions"
    SUBSCRIPTIONS_WRITE = "subscriptions:write", "Begin and cancel the platform's subscriptions"
    PAYOUTS_READ = "payouts:read", "Read how payouts of the platform's creators go, as their creators read it"
    UPLOADS_READ = "uploads:read", "Read documents that the platform's programs sent"
    UPLOADS_WRITE = "uploads:write", "Send documents about payouts of the platform's creators"
    WEBHOOKS_READ = "webhooks:read", "Read the platform's webhook endpoints and deliveries"
    WEBHOOKS_WRITE = "webhooks:write", "Add, change, test and remove webhook endpoints, and replay deliveries"
    APPROVALS_READ = "approvals:read", "Read the platform's requests for a second person's agreement"
    APPROVALS_ASK = "approvals:ask", "Ask for a second person's agreement"
    APPROVALS_DECIDE = "approvals:decide", "Decide requests where their policy lets programs do so"

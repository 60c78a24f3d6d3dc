from django.urls import include, path

from dashboards.homes.views import home
from dashboards.ops import (
    amount_bounds,
    approvals,
    approvals_several,
    handbook,
    health,
    news,
    reconciliation,
    roles,
    trust,
)
from dashboards.ops.ledger import account, entry, splits, tree, trial

app_name = "ops"
urlpatterns = [
    path("", home, name="home"),
    path("approvals", approvals.approvals, name="approvals"),
    path("approvals/several", approvals_several.several, name="approvals_several"),
    path("approvals/amounts", amount_bounds.bounds, name="amount_bounds"),
    path("approvals/amounts/ask", amount_bounds.ask, name="ask_amount_bound"),
    path("approvals/ask/role", roles.ask, name="ask_role"),
    path("approvals/<uuid:approval_id>", approvals.approval, name="approval"),
    path("health", health.health, name="health"),
    path("health/backups", handbook.backups, name="backup_handbook"),
    path("news", news.news, name="news"),
    path("news/letters/<int:letter_id>/replay", news.replay, name="replay_letter"),
    path("ledger/", tree.ledger, name="ledger"),
    path("ledger/accounts", tree.accounts, name="ledger_accounts"),
    path("ledger/accounts/<int:account_id>", account.account, name="ledger_account"),
    path("ledger/accounts/<int:account_id>/statement.<str:form>", account.statement_file, name="ledger_statement"),
    path("ledger/entries/<uuid:transfer_id>", entry.entry, name="ledger_entry"),
    path("ledger/trial-balance", trial.trial, name="trial_balance"),
    path("ledger/trial-balance.<str:form>", trial.trial_file, name="trial_balance_file"),
    path("ledger/ageing", trial.ageing, name="ageing"),
    path("trust/limits", trust.limits, name="trust_limits"),
    path("trust/limits/ask", trust.ask, name="ask_trust_limit"),
    path("ledger/splits", splits.splits, name="splits"),
    path("ledger/splits/ask", splits.ask, name="ask_split"),
    path("reconciliation", reconciliation.reconciliation, name="reconciliation"),
    path("reconciliation/<uuid:break_id>", reconciliation.difference, name="reconciliation_break"),
    path("", include("dashboards.ops.payments.urls")),
    path("", include("dashboards.ops.payouts.urls")),
]

from django.urls import path

from ledger.api import accounts, movements, splits

urlpatterns = [
    path("ledger/accounts", accounts.AccountsView.as_view(), name="ledger-accounts"),
    path("ledger/accounts/<int:account_id>", accounts.AccountView.as_view(), name="ledger-account"),
    path("ledger/accounts/<int:account_id>/statement", movements.StatementView.as_view(), name="ledger-statement"),
    path(
        "ledger/accounts/<int:account_id>/statement.<str:form>",
        movements.StatementFileView.as_view(),
        name="ledger-statement-file",
    ),
    path("ledger/balances", accounts.BalancesView.as_view(), name="ledger-balances"),
    path("ledger/transfers", movements.TransfersView.as_view(), name="ledger-transfers"),
    path("ledger/transfers/<uuid:transfer_id>", movements.TransferView.as_view(), name="ledger-transfer"),
    path("ledger/journals/<uuid:journal_id>", movements.JournalView.as_view(), name="ledger-journal"),
    path("ledger/trial-balance", accounts.TrialBalanceView.as_view(), name="ledger-trial-balance"),
    path("ledger/splits", splits.SplitsView.as_view(), name="ledger-splits"),
]

from datetime import timedelta

import ledger.finding  # noqa: F401  joins what can be found
from foundation import clock
from foundation.actors import system
from foundation.approvals.registry import approvable
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic
from foundation.printed import PAGES
from foundation.seal.sources import Source, sources
from ledger.pages import accounts_page, flows_page
from ledger.reconciliation.services import reconcile
from ledger.services import add_up_busy_accounts
from ledger.splits import changes

sources.add("ledger", Source(table="ledger_sealed", leaf="said", is_binary=True))
PAGES.add("accounts.md", accounts_page)
PAGES.add("ledger.md", flows_page)
approvable(
    changes.KIND,
    fields=changes.FIELDS,
    describe=changes.describe,
    recheck=changes.recheck,
    apply=changes.apply,
)


@periodic("ledger.reconcile", every=timedelta(days=1), catches_up=False, lease=timedelta(minutes=10))
def reconcile_daily(_: Period) -> dict[str, int]:
    """Hold the books against themselves and against every statement that came."""
    return reconcile(by=system("ledger.reconcile"), at=clock.now())


@periodic("ledger.turnover", every=timedelta(hours=1), catches_up=False, lease=timedelta(minutes=30))
def add_up_turnover(_: Period) -> dict[str, int]:
    """Add up what moved on busy accounts, so that their statements are read by days."""
    return add_up_busy_accounts()

from foundation.approvals.registry import approvable
from foundation.printed import PAGES
from foundation.seal.sources import Source, sources
from ledger.pages import accounts_page, flows_page
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

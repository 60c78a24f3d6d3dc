from collections.abc import Iterator
from datetime import timedelta

from foundation import clock
from foundation.approvals import amounts
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic
from foundation.watch import Complaint, Gauge, probes, readings
from processors.crypto.selectors import rate_between, silent_chains, watch_ages
from processors.crypto.services import OurInvoices, fetch_all_rates, watch_once
from processors.crypto.services.paying import OurChains
from processors.crypto.setup import our_setup
from processors.gateways.base import gateways
from processors.gateways.bitpay import BitPay
from processors.gateways.onchain import OnChain
from processors.gateways.rails.base import rails
from processors.gateways.rails.coins import Coins

SILENT = timedelta(minutes=2)
gateways.add("bitpay", BitPay())
gateways.add("onchain", OnChain(OurInvoices()))
rails.add("crypto", Coins(OurChains()))


amounts.rates.add("coins", rate_between)


@periodic("crypto.watch", every=timedelta(seconds=5), catches_up=False, in_one_transaction=False)
def watch(_: Period) -> dict[str, int]:
    """One look at every chain; idle where a `crypto_watch` of its own stays at it."""
    setup = our_setup()
    looked = watch_once(setup=setup) if setup else []
    return {"chains": len(looked), "blocks": sum(one.blocks for one in looked)}


@periodic("crypto.rates", every=timedelta(minutes=1), catches_up=False, in_one_transaction=False)
def rates(_: Period) -> dict[str, int]:
    """What our coins are worth at this moment."""
    return {"rates": fetch_all_rates(at=clock.now())}


@readings.entry("crypto")
def gauges() -> Iterator[Gauge]:
    for chain, seconds in watch_ages().items():
        yield Gauge("fanz_chain_watch_age_seconds", "Since this chain was last looked at.", seconds, {"chain": chain})


@probes.entry("crypto")
def chains_are_watched() -> Iterator[Complaint]:
    for chain in silent_chains(SILENT):
        yield Complaint(f"Nobody has looked at {chain} for a while.", "Start worker and beat, or `crypto_watch`.")

from foundation.seal.sources import Source, sources

sources.add("ledger", Source(table="ledger_sealed", leaf="said", is_binary=True))

"""The audiences that have pages; each is a folder with `urls.py` and `access.py`."""

AUDIENCES = ("start", "status", "account", "exec", "ops", "mod", "compliance", "support", "starz", "wallet")

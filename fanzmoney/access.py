"""Who may open the addresses that belong to no room: the API's own pages and what machines ask."""

from foundation.http.access import EVERYONE, allow

allow("schema", GET=EVERYONE)
allow("docs", GET=EVERYONE)
allow("redoc", GET=EVERYONE)
allow("problems", GET=EVERYONE)
# The figures guard themselves: this machine, or the token.
for _asked in ("livez", "readyz", "metrics"):
    allow(_asked, GET=EVERYONE)

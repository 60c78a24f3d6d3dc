"""Who may open the addresses that belong to no room: the API's own pages."""

from foundation.http.access import EVERYONE, allow

allow("schema", GET=EVERYONE)
allow("docs", GET=EVERYONE)
allow("redoc", GET=EVERYONE)
allow("problems", GET=EVERYONE)

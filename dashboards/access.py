"""Opens what each audience's folder opens."""

from importlib import import_module

from dashboards.audiences import AUDIENCES
from foundation.http.access import ANY_STAFF, allow, stepping_up

for audience in AUDIENCES:
    import_module(f"dashboards.{audience}.access")

# What each role sees and does in the back office, its pages ask again for every model.
allow("admin:*", GET=ANY_STAFF, POST=stepping_up(ANY_STAFF))
allow("admin:logout", POST=ANY_STAFF)

"""Every audience declares its rows beside its urls; they are gathered here."""

from importlib import import_module
from pathlib import Path

from foundation.http.access import ANY_STAFF, allow, stepping_up

for _declared in sorted(Path(__file__).parent.glob("*/access.py")):
    import_module(f"dashboards.{_declared.parent.name}.access")

# What each role sees and does in the back office, its pages ask again for every model.
allow("admin:*", GET=ANY_STAFF, POST=stepping_up(ANY_STAFF))
allow("admin:logout", POST=ANY_STAFF)

from foundation.http.access import allow, clients
from foundation.identity.scopes import Scope

_READ, _WRITE = clients(Scope.WEBHOOKS_READ), clients(Scope.WEBHOOKS_WRITE)
allow("api:hook-topics", GET=_READ)
allow("api:hook-endpoints", GET=_READ, POST=_WRITE)
allow("api:hook-endpoint", GET=_READ, PATCH=_WRITE, DELETE=_WRITE)
for _verb in ("secret", "test", "off", "on", "replay"):
    allow(f"api:hook-endpoint-{_verb}", POST=_WRITE)
allow("api:hook-deliveries", GET=_READ)
allow("api:hook-delivery", GET=_READ)
allow("api:hook-delivery-replay", POST=_WRITE)

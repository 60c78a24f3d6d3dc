from foundation.http.access import allow, clients
from foundation.identity.scopes import Scope

_reading, _writing = clients(Scope.PAYMENTS_READ), clients(Scope.PAYMENTS_WRITE)
allow("api:payments", GET=_reading, POST=_writing)
allow("api:payment", GET=_reading)
allow("api:payment-cancel", POST=_writing)
allow("api:payment-void", POST=clients(Scope.REFUNDS_WRITE))
allow("api:refunds", GET=_reading, POST=clients(Scope.REFUNDS_WRITE))
allow("api:refund", GET=_reading)
allow("api:subscriptions", GET=clients(Scope.SUBSCRIPTIONS_READ), POST=clients(Scope.SUBSCRIPTIONS_WRITE))
allow("api:subscription", GET=clients(Scope.SUBSCRIPTIONS_READ))
allow("api:subscription-cancel", POST=clients(Scope.SUBSCRIPTIONS_WRITE))
allow("api:instruments", GET=_reading)
allow("api:instrument", DELETE=_writing)

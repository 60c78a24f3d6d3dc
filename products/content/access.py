from foundation.http.access import allow, clients
from foundation.identity.scopes import Scope

_reading, _writing = clients(Scope.CONTENT_READ), clients(Scope.CONTENT_WRITE)
allow("api:content", GET=_reading, POST=_writing)
allow("api:content-one", GET=_reading)
allow("api:content-accesses", GET=_reading, POST=_writing)
allow("api:content-access", GET=_reading)
allow("api:content-actions", GET=_reading, POST=_writing)

from foundation.http.access import allow, clients, people
from foundation.identity.roles import Role
from foundation.identity.scopes import Scope

_creators = people(Role.CREATOR)
allow("api:uploads", POST=_creators | clients(Scope.UPLOADS_WRITE))
allow("api:upload", GET=_creators | clients(Scope.UPLOADS_READ))
allow("api:upload-content", GET=_creators | clients(Scope.UPLOADS_READ))

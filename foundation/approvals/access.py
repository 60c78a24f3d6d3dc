from foundation.http.access import ANY_STAFF, allow, clients, stepping_up
from foundation.identity.scopes import Scope

# Which requests a caller sees, asks for and decides is asked again for each, by its policy and by who has a part in it.
_reading, _asking, _deciding = (
    clients(Scope.APPROVALS_READ),
    clients(Scope.APPROVALS_ASK),
    clients(Scope.APPROVALS_DECIDE),
)
allow("api:approvals", GET=ANY_STAFF | _reading, POST=ANY_STAFF | _asking)
allow("api:approval", GET=ANY_STAFF | _reading)
allow("api:approval-approve", POST=stepping_up(ANY_STAFF) | _deciding)
allow("api:approval-reject", POST=stepping_up(ANY_STAFF) | _deciding)
allow("api:approval-withdraw", POST=ANY_STAFF | _asking)

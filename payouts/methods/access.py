from foundation.http.access import allow, people, stepping_up
from foundation.identity.roles import Role

CREATORS = people(Role.CREATOR)

allow("api:payout-rails", GET=CREATORS)
allow("api:payout-methods", GET=CREATORS, POST=stepping_up(CREATORS))
allow("api:payout-method", GET=CREATORS, DELETE=stepping_up(CREATORS))
allow("api:payout-method-code", POST=CREATORS)
allow("api:payout-method-proof", POST=CREATORS)
allow("api:payout-method-preferred", POST=stepping_up(CREATORS))
allow("api:payout-method-disowned", POST=CREATORS)

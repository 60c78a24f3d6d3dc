from foundation.http.access import allow, people
from foundation.identity.roles import Role

CREATORS = people(Role.CREATOR)

allow("starz:payouts", GET=CREATORS, POST=CREATORS)
allow("starz:payouts_export", GET=CREATORS)
allow("starz:payout", GET=CREATORS)
allow("starz:payout_cancel", POST=CREATORS)
allow("starz:payout_method", POST=CREATORS)
allow("starz:payout_ask", POST=CREATORS)
allow("starz:payout_answer", POST=CREATORS)
allow("starz:payout_documents", POST=CREATORS)
allow("starz:document", GET=CREATORS)
allow("starz:calendar", GET=CREATORS, POST=CREATORS)
allow("starz:standing", GET=CREATORS)

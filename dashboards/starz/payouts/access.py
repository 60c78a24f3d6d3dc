from foundation.http.access import allow, also_handed_in, people
from foundation.identity.roles import Role

CREATORS = people(Role.CREATOR)

allow("starz:payouts", GET=also_handed_in(CREATORS), POST=CREATORS)
allow("starz:payouts_export", GET=CREATORS)
allow("starz:payout", GET=also_handed_in(CREATORS))
allow("starz:payout_cancel", POST=CREATORS)
allow("starz:payout_method", POST=CREATORS)
allow("starz:payout_ask", POST=CREATORS)
allow("starz:payout_answer", POST=CREATORS)
allow("starz:payout_documents", POST=CREATORS)
allow("starz:document", GET=CREATORS)
allow("starz:calendar", GET=also_handed_in(CREATORS), POST=CREATORS)
allow("starz:standing", GET=also_handed_in(CREATORS))

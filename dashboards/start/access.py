from foundation.http.access import ANY_PERSON, allow, also_handed_in

allow("start:page", GET=also_handed_in(ANY_PERSON))

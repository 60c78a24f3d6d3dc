from foundation.http.access import ANY_PERSON, allow

allow("start:page", GET=ANY_PERSON)

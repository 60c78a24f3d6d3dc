from foundation.http.access import ANY_CLIENT, ANY_PERSON, EVERYONE, allow

allow("api:token", POST=EVERYONE)
allow("api:me", GET=ANY_CLIENT | ANY_PERSON)
allow("key-set", GET=EVERYONE)

from foundation.http.access import WITHOUT_SECOND_FACTOR, allow

allow("account:profile", GET=WITHOUT_SECOND_FACTOR)
allow("account:appearance", GET=WITHOUT_SECOND_FACTOR, POST=WITHOUT_SECOND_FACTOR)

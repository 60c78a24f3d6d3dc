from foundation.http.access import EVERYONE, allow

allow("handoff:page", GET=EVERYONE, POST=EVERYONE)

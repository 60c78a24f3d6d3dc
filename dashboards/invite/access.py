from foundation.http.access import EVERYONE, allow

allow("invite:page", GET=EVERYONE, POST=EVERYONE)

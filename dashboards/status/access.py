from foundation.http.access import EVERYONE, allow

allow("status:page", GET=EVERYONE)

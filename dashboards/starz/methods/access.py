from foundation.http.access import allow, people, stepping_up
from foundation.identity.roles import Role

CREATORS = people(Role.CREATOR)

allow("starz:methods", GET=CREATORS)
allow("starz:method_add", GET=CREATORS, POST=stepping_up(CREATORS))
allow("starz:method", GET=CREATORS, POST=CREATORS)
allow("starz:method_prefer", POST=stepping_up(CREATORS))
allow("starz:method_remove", POST=stepping_up(CREATORS))
allow("starz:method_disown", POST=CREATORS)

from foundation.http.access import allow, people, stepping_up
from foundation.identity.roles import Role

CREATORS = people(Role.CREATOR)

allow("starz:tax", GET=CREATORS)
allow("starz:tax_sign", GET=CREATORS, POST=stepping_up(CREATORS))
allow("starz:tax_document", GET=CREATORS)

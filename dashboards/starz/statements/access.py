from foundation.http.access import allow, also_handed_in, people
from foundation.identity.roles import Role

allow("starz:statements", GET=also_handed_in(people(Role.CREATOR)))
allow("starz:statement_file", GET=people(Role.CREATOR))

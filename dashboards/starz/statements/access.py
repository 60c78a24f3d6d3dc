from foundation.http.access import allow, people
from foundation.identity.roles import Role

allow("starz:statements", GET=people(Role.CREATOR))
allow("starz:statement_file", GET=people(Role.CREATOR))

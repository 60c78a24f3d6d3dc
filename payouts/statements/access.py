from foundation.http.access import allow, people
from foundation.identity.roles import Role

for _name in ("statements", "statement-lines", "statement-file"):
    allow(f"api:{_name}", GET=people(Role.CREATOR))

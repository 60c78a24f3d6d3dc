from foundation.http.access import allow, people

READERS = people("auditor", "compliance", "legal", "admin")

allow("api:audit", GET=READERS)
allow("api:audit-record", GET=READERS)

from foundation.http.access import ANY_CLIENT, ANY_PERSON, EVERYONE, allow, clients

allow("api:token", POST=EVERYONE)
allow("api:me", GET=ANY_CLIENT | ANY_PERSON)
allow("api:handoffs", POST=clients("handoffs:write"))
allow("key-set", GET=EVERYONE)

for kind in ("creators", "fans"):
    member = kind.removesuffix("s")
    allow(f"api:{kind}", GET=clients(f"{kind}:read"), POST=clients(f"{kind}:write"))
    allow(f"api:{member}", GET=clients(f"{kind}:read"))
    allow(f"api:{member}-invitation", POST=clients(f"{kind}:write"))

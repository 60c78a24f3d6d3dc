from foundation.http.access import allow, people, stepping_up
from foundation.identity.roles import Role

DEVELOPERS = people(Role.DEVELOPER)

for _page in (
    "home",
    "guide",
    "events",
    "requests",
    "request",
    "requests_file",
    "payment",
    "subscription",
    "sandbox",
    "changelog",
    "delivery",
    "deliveries_file",
):
    allow(f"developers:{_page}", GET=DEVELOPERS)
# What shows a secret, or lets somebody else read what we send, asks once more who it is.
allow("developers:keys", GET=DEVELOPERS, POST=stepping_up(DEVELOPERS))
allow("developers:key", POST=stepping_up(DEVELOPERS))
allow("developers:webhooks", GET=DEVELOPERS, POST=stepping_up(DEVELOPERS))
allow("developers:webhook", GET=DEVELOPERS)
allow("developers:webhook_change", POST=stepping_up(DEVELOPERS))
allow("developers:webhook_secret", POST=stepping_up(DEVELOPERS))
allow("developers:webhook_remove", POST=stepping_up(DEVELOPERS))
for _verb in ("test", "off", "on", "replay"):
    allow(f"developers:webhook_{_verb}", POST=DEVELOPERS)
allow("developers:delivery_replay", POST=DEVELOPERS)

from foundation.http.access import ANY_PERSON, ANY_STAFF, EVERYONE, WITHOUT_SECOND_FACTOR, allow, stepping_up

for _entrance in (
    "account_login",
    "account_logout",
    "mfa_authenticate",
    "account_reset_password",
    "account_reset_password_from_key",
    "account:new_address",
):
    allow(_entrance, GET=EVERYONE, POST=EVERYONE)
for _notice in ("account_inactive", "account_reset_password_done", "account_reset_password_from_key_done"):
    allow(_notice, GET=EVERYONE)

# The back office opens by role, page by page, and has neither a door nor a password form of its own.
allow("admin:login", GET=EVERYONE, POST=EVERYONE)
allow("admin:password_change", GET=ANY_STAFF)

# Proving oneself, and setting up what staff cannot be without.
allow("account:confirm", GET=WITHOUT_SECOND_FACTOR, POST=WITHOUT_SECOND_FACTOR)
allow("account:totp", GET=WITHOUT_SECOND_FACTOR, POST=stepping_up(WITHOUT_SECOND_FACTOR))
allow("account:key_add", GET=WITHOUT_SECOND_FACTOR, POST=stepping_up(WITHOUT_SECOND_FACTOR))

allow("account:home", GET=ANY_PERSON)
allow("account:profile", GET=ANY_PERSON, POST=ANY_PERSON)
allow("account:address", GET=ANY_PERSON, POST=stepping_up(ANY_PERSON))
allow("account:appearance", GET=ANY_PERSON, POST=ANY_PERSON)
allow("account:sessions", GET=ANY_PERSON)
allow("account:end_session", POST=ANY_PERSON)
allow("account:end_other_sessions", POST=ANY_PERSON)
allow("account:security", GET=ANY_PERSON)
allow("account_change_password", GET=ANY_PERSON, POST=ANY_PERSON)
allow("account:remove_totp", POST=stepping_up(ANY_PERSON))
allow("account:recovery_codes", POST=stepping_up(ANY_PERSON))
allow("account:keys", GET=ANY_PERSON)
allow("account:key_rename", POST=ANY_PERSON)
allow("account:key_remove", POST=stepping_up(ANY_PERSON))
allow("account:notifications", GET=ANY_PERSON)
allow("account:read_notifications", POST=ANY_PERSON)
allow("account:choose_notifications", POST=ANY_PERSON)
allow("account:notification", POST=ANY_PERSON)

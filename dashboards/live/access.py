from foundation.http.access import ANY_CLIENT, ANY_PERSON, allow

# What a token then opens is asked of its holder: dashboards/live/channels.py.
allow("api:realtime-token", POST=ANY_PERSON | ANY_CLIENT)

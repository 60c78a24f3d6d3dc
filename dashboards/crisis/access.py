from foundation.http.access import ANY_STAFF, allow, stepping_up

# Everybody on the staff sees what is stopped; who may turn a switch is asked again by its declaration.
allow("crisis:switches", GET=ANY_STAFF)
allow("crisis:switch", GET=ANY_STAFF, POST=stepping_up(ANY_STAFF))

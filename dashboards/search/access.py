from foundation.http.access import ANY_PERSON, allow

# What a person may find is what they may open: each kind of thing is asked about by the row of its own page.
allow("search:page", GET=ANY_PERSON)

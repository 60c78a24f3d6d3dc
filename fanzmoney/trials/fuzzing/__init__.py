"""Generated requests against every operation of the API, by every kind of caller."""

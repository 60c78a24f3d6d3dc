-- What only a private test cluster grants: clones per worker, and wiping committed rows past the triggers.
\set ON_ERROR_STOP on
\set QUIET on
ALTER ROLE fanz_owner CREATEDB;
ALTER ROLE fanz_keys CREATEDB;
GRANT SET ON PARAMETER session_replication_role TO fanz_owner, fanz_keys;

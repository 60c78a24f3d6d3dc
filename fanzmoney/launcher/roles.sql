-- The roles and databases of the house. Safe to run again; needs a superuser and psql.
--   FANZ_OWNER_PASSWORD=… FANZ_APP_PASSWORD=… FANZ_KEYS_PASSWORD=… FANZ_BACKUP_PASSWORD=… \
--   psql -X -d postgres -f fanzmoney/launcher/roles.sql
\set ON_ERROR_STOP on
\set QUIET on
\getenv owner_password FANZ_OWNER_PASSWORD
\getenv app_password FANZ_APP_PASSWORD
\getenv keys_password FANZ_KEYS_PASSWORD
\getenv backup_password FANZ_BACKUP_PASSWORD

SELECT format('CREATE ROLE %I', name)
FROM unnest(ARRAY['fanz_owner', 'fanz_app', 'fanz_keys', 'fanz_backup', 'fanz_tenant']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

ALTER ROLE fanz_owner LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'owner_password';
ALTER ROLE fanz_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'app_password';
ALTER ROLE fanz_keys LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'keys_password';
ALTER ROLE fanz_backup LOGIN NOSUPERUSER CREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'backup_password';
ALTER ROLE fanz_tenant NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
GRANT fanz_tenant TO fanz_app;
-- Reads both databases as their owners, and makes the ones a copy is restored into.
GRANT fanz_owner, fanz_keys TO fanz_backup;

SELECT format('CREATE DATABASE %I OWNER %I', name, owner)
FROM (VALUES ('fanz', 'fanz_owner'), ('fanz_keys', 'fanz_keys')) AS wanted (name, owner)
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name) \gexec

REVOKE ALL ON DATABASE fanz, fanz_keys FROM PUBLIC;
REVOKE TEMPORARY ON DATABASE fanz FROM fanz_app;
GRANT CONNECT ON DATABASE fanz TO fanz_app;

\connect fanz
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO fanz_owner;
GRANT USAGE ON SCHEMA public TO fanz_app, fanz_tenant;

\connect fanz_keys
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO fanz_keys;

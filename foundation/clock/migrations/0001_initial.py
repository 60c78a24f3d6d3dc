"""The very first migration: privileges by default, and the functions every later table leans on."""

from django.db import migrations, models

PRIVILEGES = """
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO fanz_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO fanz_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO fanz_tenant;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO fanz_app;
GRANT USAGE ON SCHEMA public TO fanz_app, fanz_tenant;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO fanz_app;
"""

FUNCTIONS = """
CREATE FUNCTION fanz_offset() RETURNS interval LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT coalesce((SELECT ahead FROM clock_offset WHERE id = 1), interval '0') $$;

CREATE FUNCTION fanz_now() RETURNS timestamptz LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT clock_timestamp() + fanz_offset() $$;

CREATE FUNCTION fanz_platform() RETURNS uuid LANGUAGE sql STABLE
AS $$ SELECT nullif(current_setting('app.platform', true), '')::uuid $$;

CREATE FUNCTION fanz_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are written once', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION fanz_guard_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT (TG_ARGV[1]::jsonb ? NEW.state) THEN
            RAISE EXCEPTION '% cannot begin as %', TG_TABLE_NAME, NEW.state USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NEW.state IS DISTINCT FROM OLD.state THEN
        IF NOT coalesce(TG_ARGV[0]::jsonb -> OLD.state ? NEW.state, false) THEN
            RAISE EXCEPTION '% cannot move from % to %', TG_TABLE_NAME, OLD.state, NEW.state
                USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.version <= OLD.version THEN
            RAISE EXCEPTION '% moved without raising its version', TG_TABLE_NAME USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION fanz_make_partitions(parent text, months integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    first date := date_trunc('month', now() AT TIME ZONE 'UTC') - interval '1 month';
    made integer := 0;
    name text;
BEGIN
    FOR i IN 0..months LOOP
        name := parent || '_' || to_char(first + make_interval(months => i), 'YYYYMM');
        IF to_regclass(name) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', name, parent,
                (first + make_interval(months => i))::date::text || ' 00:00:00+00',
                (first + make_interval(months => i + 1))::date::text || ' 00:00:00+00');
            EXECUTE format('REVOKE ALL ON %I FROM fanz_app, fanz_tenant', name);
            made := made + 1;
        END IF;
    END LOOP;
    name := parent || '_rest';
    IF to_regclass(name) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', name, parent);
        EXECUTE format('REVOKE ALL ON %I FROM fanz_app, fanz_tenant', name);
        made := made + 1;
    END IF;
    RETURN made;
END $$;

GRANT EXECUTE ON FUNCTION fanz_offset(), fanz_now(), fanz_platform(), fanz_refuse_change(), fanz_guard_state()
TO fanz_app, fanz_tenant;
REVOKE EXECUTE ON FUNCTION fanz_make_partitions(text, integer) FROM PUBLIC, fanz_app;
"""


class Migration(migrations.Migration):
    initial = True
    run_before = [("contenttypes", "0001_initial"), ("sessions", "0001_initial")]
    dependencies = []
    operations = [
        migrations.RunSQL(PRIVILEGES, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="ClockOffset",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("ahead", models.DurationField()),
            ],
            options={"db_table": "clock_offset"},
        ),
        migrations.AddConstraint(
            model_name="clockoffset",
            constraint=models.CheckConstraint(condition=models.Q(("id", 1)), name="clock_offset_single"),
        ),
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
    ]

from django.db import migrations

from foundation.schema import only_changes

# What is in force now and for whom, without a word of why: the one view of restrictions a platform's request has.
IN_FORCE = """
CREATE FUNCTION fanz_restrictions_in_force() RETURNS TABLE (party_id uuid, kind varchar, platform_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT fanz_person(r.party_id), r.kind, r.platform_id FROM restriction r
    WHERE r.ended_at IS NULL AND r.active_from <= fanz_now() AND (r.active_until IS NULL OR r.active_until > fanz_now())
$$;
GRANT EXECUTE ON FUNCTION fanz_restrictions_in_force() TO fanz_app, fanz_tenant;
"""

# A restriction that has ended stays ended.
ENDS_ONCE = """
CREATE FUNCTION restriction_guard_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'restriction % has ended', OLD.id USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER guard_end BEFORE UPDATE ON restriction
    FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION restriction_guard_end();
"""


class Migration(migrations.Migration):
    dependencies = [("restrictions", "0001_initial"), ("identity", "0005_person")]
    operations = [
        migrations.RunSQL(IN_FORCE, "DROP FUNCTION fanz_restrictions_in_force()"),
        migrations.RunSQL(
            ENDS_ONCE, "DROP TRIGGER guard_end ON restriction; DROP FUNCTION restriction_guard_end();"
        ),
        only_changes("restriction", "ended_at", "ended_by", "ended_because"),
    ]

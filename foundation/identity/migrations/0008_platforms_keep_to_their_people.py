from django.db import migrations

# A membership shows its platform the party: so a platform makes one only for a party that is not there yet.
WALL = """
CREATE FUNCTION fanz_is_newcomer(wanted uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$ SELECT NOT EXISTS (SELECT FROM party WHERE party.id = wanted) $$;
GRANT EXECUTE ON FUNCTION fanz_is_newcomer(uuid) TO fanz_tenant;
CREATE POLICY newcomers_alone ON membership AS RESTRICTIVE FOR INSERT TO fanz_tenant
    WITH CHECK (fanz_is_newcomer(party_id));
REVOKE UPDATE ON membership, personal_record FROM fanz_tenant;
REVOKE UPDATE (key_id) ON party FROM fanz_tenant;
GRANT UPDATE (handle, is_active, updated_at, version, news_seq) ON membership TO fanz_tenant;
GRANT UPDATE (ciphertext, updated_at) ON personal_record TO fanz_tenant;
"""
BACK = """
DROP POLICY newcomers_alone ON membership;
DROP FUNCTION fanz_is_newcomer(uuid);
GRANT UPDATE ON membership, personal_record TO fanz_tenant;
GRANT UPDATE (key_id) ON party TO fanz_tenant;
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0007_pinned_search_path")]
    operations = [migrations.RunSQL(WALL, BACK)]

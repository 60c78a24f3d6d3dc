from django.db import migrations

# The party that is left when aliases are followed to their end; whatever is no party stands for itself.
PERSON = """
CREATE FUNCTION fanz_person(principal uuid) RETURNS uuid LANGUAGE sql STABLE AS $$
    WITH RECURSIVE up(id, next) AS (
        SELECT id, alias_of_id FROM party WHERE id = principal
        UNION SELECT party.id, party.alias_of_id FROM party JOIN up ON party.id = up.next
    )
    SELECT coalesce((SELECT id FROM up WHERE next IS NULL), principal)
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0004_clients_seen_by_platforms")]
    operations = [migrations.RunSQL(PERSON, "DROP FUNCTION fanz_person(uuid)")]

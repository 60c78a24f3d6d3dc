from django.db import migrations

from foundation.schema import read_only

VIEW = """
CREATE VIEW fact_creator WITH (security_invoker = true) AS
    SELECT party_id AS creator_id, min(joined_at) AS joined_at FROM membership WHERE role = 'creator' GROUP BY party_id;
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0008_platforms_keep_to_their_people")]
    operations = [migrations.RunSQL(VIEW, "DROP VIEW fact_creator;"), read_only("fact_creator")]

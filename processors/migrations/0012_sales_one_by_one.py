from django.db import migrations

from foundation.schema import read_only

VIEW = """
CREATE VIEW fact_sale WITH (security_invoker = true) AS
    SELECT id AS payment_id, platform_id, creator_id, fan_id, product, currency, amount_minor, refunds_minor,
        disputed_minor, captured_at
    FROM payment WHERE captured_at IS NOT NULL AND is_counted AND state <> 'VOIDED';
"""


class Migration(migrations.Migration):
    dependencies = [("processors", "0011_keeping_the_sums")]
    operations = [migrations.RunSQL(VIEW, "DROP VIEW fact_sale;"), read_only("fact_sale")]

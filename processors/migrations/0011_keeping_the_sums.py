from django.db import migrations

from foundation.schema import read_only
from processors.facts import statements

TRIGGER = """
CREATE FUNCTION fact_mark_sale() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO fact_mark (creator_id, fan_id, day)
    VALUES (NEW.creator_id, NEW.fan_id, (NEW.created_at AT TIME ZONE 'UTC')::date);
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION fact_mark_sale() FROM PUBLIC, fanz_tenant;
CREATE TRIGGER fact_marks_new AFTER INSERT ON payment FOR EACH ROW WHEN (NEW.captured_minor > 0)
    EXECUTE FUNCTION fact_mark_sale();
CREATE TRIGGER fact_marks_changed AFTER UPDATE OF state, captured_minor, refunds_minor, is_counted ON payment
    FOR EACH ROW WHEN ((OLD.state, OLD.captured_minor, OLD.refunds_minor, OLD.is_counted)
        IS DISTINCT FROM (NEW.state, NEW.captured_minor, NEW.refunds_minor, NEW.is_counted)
        AND (OLD.captured_minor > 0 OR NEW.captured_minor > 0))
    EXECUTE FUNCTION fact_mark_sale();
"""
UNDO = """
DROP TRIGGER fact_marks_new ON payment; DROP TRIGGER fact_marks_changed ON payment; DROP FUNCTION fact_mark_sale();
"""
VIEWS = """
CREATE VIEW fact_sale_day WITH (security_invoker = true) AS
    SELECT creator_id, day, product, currency, sales, sales_minor, refunded, refunded_minor FROM sale_day;
CREATE VIEW fact_payer_month WITH (security_invoker = true) AS
    SELECT creator_id, fan_id, month, currency, paid_minor FROM payer_month;
CREATE VIEW fact_dispute WITH (security_invoker = true) AS
    SELECT d.id AS dispute_id, d.payment_id, d.platform_id, p.creator_id, p.fan_id, p.product, d.amount_minor,
        d.currency, d.state, d.opened_at
    FROM dispute d JOIN payment p ON p.id = d.payment_id;
"""
PUBLISHED = ("fact_sale_day", "fact_payer_month", "fact_dispute")


class Migration(migrations.Migration):
    dependencies = [("processors", "0010_sums_of_sales")]
    operations = [
        migrations.RunSQL(
            [statement.format(of=statements.ALL) for statement in (statements.FILL_DAYS, statements.FILL_MONTHS)],
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(TRIGGER, UNDO),
        migrations.RunSQL(VIEWS, "".join(f"DROP VIEW {view};" for view in PUBLISHED)),
        *(read_only(view) for view in PUBLISHED),
        migrations.RunSQL("REVOKE UPDATE ON fact_mark FROM fanz_app;", "GRANT UPDATE ON fact_mark TO fanz_app;"),
    ]

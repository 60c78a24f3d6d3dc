"""How the sums are made from payments: the same for all of them, for some, and for the proof."""

TAKEN = "p.state IN ('CAPTURED', 'SETTLED', 'VOIDED') AND p.is_counted"

SALE_DAYS = f"""
SELECT p.creator_id, (p.created_at AT TIME ZONE 'UTC')::date AS day, p.product, p.currency,
    count(*)::int AS sales, sum(p.captured_minor)::bigint AS sales_minor,
    (count(*) FILTER (WHERE p.refunds_minor > 0))::int AS refunded,
    sum(least(p.refunds_minor, p.captured_minor))::bigint AS refunded_minor
FROM {{of}} WHERE {TAKEN} GROUP BY 1, 2, 3, 4
"""  # noqa: S608 - the words of this file alone
PAYER_MONTHS = f"""
SELECT p.creator_id, p.fan_id, date_trunc('month', p.created_at AT TIME ZONE 'UTC')::date AS month, p.currency,
    sum(p.captured_minor)::bigint AS paid_minor
FROM {{of}} WHERE {TAKEN} GROUP BY 1, 2, 3, 4
"""  # noqa: S608

ALL = "payment p"
DAYS = """unnest(%(creators)s::uuid[], %(days)s::date[]) AS w (creator_id, day)
JOIN payment p ON p.creator_id = w.creator_id AND p.created_at >= w.day::timestamp AT TIME ZONE 'UTC'
    AND p.created_at < (w.day + 1)::timestamp AT TIME ZONE 'UTC'"""
MONTHS = """unnest(%(creators)s::uuid[], %(fans)s::uuid[], %(months)s::date[]) AS w (creator_id, fan_id, month)
JOIN payment p ON p.fan_id = w.fan_id AND p.creator_id = w.creator_id
    AND p.created_at >= w.month::timestamp AT TIME ZONE 'UTC'
    AND p.created_at < (w.month + interval '1 month') AT TIME ZONE 'UTC'"""

CLEAR_DAYS = """DELETE FROM sale_day s USING unnest(%(creators)s::uuid[], %(days)s::date[]) AS w (creator_id, day)
WHERE s.creator_id = w.creator_id AND s.day = w.day"""
CLEAR_MONTHS = """DELETE FROM payer_month s
USING unnest(%(creators)s::uuid[], %(fans)s::uuid[], %(months)s::date[]) AS w (creator_id, fan_id, month)
WHERE s.creator_id = w.creator_id AND s.fan_id = w.fan_id AND s.month = w.month"""
FILL_DAYS = f"INSERT INTO sale_day {SALE_DAYS}"
FILL_MONTHS = f"INSERT INTO payer_month {PAYER_MONTHS}"

# Whoever makes sums again waits for whoever does already: an older look must not be written over a newer one.
ALONE = "SELECT pg_advisory_xact_lock(hashtext('processors.facts'))"
# All payments there are take longer than a request may.
PATIENT = "SET LOCAL statement_timeout = 0"
TAKE_MARKS = """
DELETE FROM fact_mark WHERE id IN (
    SELECT id FROM fact_mark WHERE {which} ORDER BY id LIMIT %(limit)s
) RETURNING creator_id, fan_id, day
"""
# One statement sees one moment: creators with a mark in it are not compared.
DIFFERENCES = """
SELECT count(*) FROM (
    (SELECT * FROM ({made}) m EXCEPT ALL SELECT {columns} FROM {table})
    UNION ALL
    (SELECT {columns} FROM {table} EXCEPT ALL SELECT * FROM ({made}) m)
) d WHERE NOT EXISTS (SELECT FROM fact_mark f WHERE f.creator_id = d.creator_id)
"""
COLUMNS = {
    "sale_day": "creator_id, day, product, currency, sales, sales_minor, refunded, refunded_minor",
    "payer_month": "creator_id, fan_id, month, currency, paid_minor",
}

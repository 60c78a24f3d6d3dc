"""`bench payouts`: how long it takes to score everybody by millions of payments, and one creator at once."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Mapping
from uuid import UUID

import psycopg
from django.db import connection

from foundation import clock
from foundation.benches import Goal, Measure, bench, percentile
from payouts.integrity.services import rescore, rescore_all
from processors.facts.services import prove_facts, rebuild_facts

FEW, MANY, SALES_EACH = 10_000, 100_000, 100
ONE_BY_ONE = 200
HOUR_OF_SALES = 5_000

payouts = bench("payouts")

# The rows alone matter here: what looks after them one by one would take most of an hour.
UNGUARDED = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT conrelid::regclass AS owner, conname FROM pg_constraint
        WHERE contype = 'f' AND conrelid IN ('payment'::regclass, 'dispute'::regclass) LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.owner, one.conname);
    END LOOP;
    FOR one IN SELECT indexrelid::regclass AS name FROM pg_index i
        WHERE indrelid = 'payment'::regclass AND NOT indisprimary
            AND indexrelid::regclass::text NOT IN ('payment_by_creator', 'payment_by_fan')
            AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid) LOOP
        EXECUTE format('DROP INDEX %s', one.name);
    END LOOP;
END $$;
ALTER TABLE payment DROP CONSTRAINT IF EXISTS payment_reference;
"""
TRIGGERS = "ALTER TABLE payment {0} TRIGGER USER; ALTER TABLE dispute {0} TRIGGER USER"
CREATORS = """
WITH new AS (
    SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS id, n
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
), party AS (
    INSERT INTO party (id, kind, verification, kyc_state, tax_state, version, news_seq)
    SELECT id, 'person', 'NONE', 'not_started', 'not_started', 1, 0 FROM new RETURNING id
)
INSERT INTO membership (id, party_id, platform_id, role, external_id, handle, is_active, joined_at, updated_at,
    news_seq, version)
SELECT gen_random_uuid(), id, (SELECT id FROM platform ORDER BY slug LIMIT 1), 'creator', 'bench-' || n, '', true,
    now() - n %% 700 * interval '1 day', now(), 0, 1
FROM new
"""
PAYMENTS = """
INSERT INTO payment (id, platform_id, fan_id, creator_id, reference, product, amount_minor, tax_minor, currency,
    jurisdiction, description, method, coin, return_url, device, state, version, news_seq, routing, decline_code,
    captured_minor, refunds_minor, disputed_minor, is_paid_back_twice, is_counted, created_at, captured_at,
    sale_journal)
SELECT ('00000000-0000-4000-a000-' || lpad(to_hex(%(first)s::bigint * %(each)s + n), 12, '0'))::uuid,
    (SELECT id FROM platform ORDER BY slug LIMIT 1),
    ('00000000-0000-4000-9000-' || lpad(to_hex(c * 8 + nth * (n %% 3 + 1) %% 25), 12, '0'))::uuid,
    ('00000000-0000-4000-8000-' || lpad(to_hex(%(first)s::bigint + c), 12, '0'))::uuid,
    'bench-' || %(first)s::bigint + c || '-' || n,
    (ARRAY['subscription', 'tip', 'ppv', 'call', 'media', 'merchandise'])[1 + (nth + c) %% (1 + c %% 6)],
    500 + n %% 4500, 0, CASE WHEN c %% 10 = 0 THEN 'EUR' ELSE 'USD' END, 'none', '', 'card', '', '', '', 'CAPTURED',
    4, 2, '[]', '', 500 + n %% 4500, CASE WHEN n %% 37 = 0 THEN 500 ELSE 0 END, 0, false, true, sold.at, sold.at,
    gen_random_uuid()
FROM generate_series(0, %(creators)s::bigint * %(each)s - 1) n,
    LATERAL (SELECT n / %(each)s AS c, n %% %(each)s AS nth) creator,
    LATERAL (SELECT now() - interval '89 days' * (1 - (nth + c::float / %(creators)s::bigint) / %(each)s) AS at) sold
"""
DISPUTES = """
INSERT INTO dispute (id, payment_id, platform_id, provider, provider_ref, amount_minor, fee_minor, currency, reason,
    state, opened_at, version, news_seq)
SELECT gen_random_uuid(), id, platform_id, 'bench', 'cb-' || id, amount_minor, 0, currency, '', 'OPENED',
    created_at + interval '1 day', 1, 0
FROM payment TABLESAMPLE BERNOULLI (0.1)
"""
AN_HOUR_LATER = """
INSERT INTO fact_mark (creator_id, fan_id, day)
SELECT creator_id, fan_id, (created_at AT TIME ZONE 'UTC')::date FROM payment
WHERE created_at > now() - interval '2 days' ORDER BY created_at DESC LIMIT %s
"""


def everybody() -> Mapping[str, float]:
    """Ten thousand creators, then a hundred thousand with ten million payments; each is scored twice."""
    few = _score(0, FEW)
    many = _score(FEW, MANY - FEW)
    proof = prove_facts()
    return {
        "RS.first": many[0],
        "RS.hourly": many[1],
        "RS.growth": many[1] / few[1] / (MANY / FEW),
        "RS.differing": proof.sale_days + proof.payer_months,
    }


def one() -> Mapping[str, float]:
    """Creators one after the other, as after a refund."""
    creators = _some()
    if not creators:
        _grow(0, ONE_BY_ONE)
        creators = _some()
    took = []
    for creator in creators:
        began = time.perf_counter()
        rescore([creator], reason="bench", at=clock.now())
        took.append((time.perf_counter() - began) * 1000)
    return {"RS.one": percentile(took, 0.95)}


def _some() -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT party_id FROM membership WHERE role = 'creator' LIMIT %s", [ONE_BY_ONE])
        return [row[0] for row in cursor.fetchall()]


def _score(first: int, creators: int) -> tuple[float, float]:
    """Seconds to score everybody for the first time, and an hour of sales later."""
    _grow(first, creators)
    return _seconds("the first time"), _seconds("an hour later", HOUR_OF_SALES)


def _seconds(reason: str, changes: int = 0) -> float:
    with connection.cursor() as cursor:
        cursor.execute(AN_HOUR_LATER, [changes])
    began = time.perf_counter()
    rescore_all(reason=reason, at=clock.now())
    return time.perf_counter() - began


def _grow(first: int, creators: int) -> None:
    _unguard()
    asked = {"first": first, "last": first + creators - 1, "creators": creators, "each": SALES_EACH}
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("SET statement_timeout = 0")
        owner.execute(TRIGGERS.format("DISABLE").encode())
        owner.execute(CREATORS, asked)
        # Written in the order of its keys: by keys at random, ten million rows would take a quarter of an hour.
        owner.execute(PAYMENTS, asked)
        owner.execute("DELETE FROM dispute")
        owner.execute(DISPUTES)
        owner.execute(TRIGGERS.format("ENABLE").encode())
        owner.execute("ANALYZE payment")
    rebuild_facts()
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("SET statement_timeout = 0")
        for table in ("sale_day", "payer_month", "membership", "dispute", "integrity_score"):
            owner.execute(f"VACUUM ANALYZE {table}".encode())


@functools.cache
def _unguard() -> None:
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute(UNGUARDED)


payouts.add(
    "rescore",
    Measure(
        everybody,
        [
            Goal("RS.first", "Scoring 100,000 creators by 10 million payments for the first time", "s", 60),
            Goal("RS.hourly", "Scoring them again an hour later", "s", 60),
            Goal("RS.growth", "Time per creator at ten times as many, against before", "times", 1.5),
            Goal("RS.differing", "Sums that differ from the payments they were made from", "sums", 0, "exactly"),
        ],
        runs=1,
    ),
)
payouts.add("rescore_one", Measure(one, [Goal("RS.one", "Scoring one creator at once, p95", "ms", 20)], runs=1))

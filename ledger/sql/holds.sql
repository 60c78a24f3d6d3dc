-- Reserved money. Always locked in this order: hold, then balance.

CREATE FUNCTION ledger_lock_hold(p_hold uuid) RETURNS ledger_hold LANGUAGE plpgsql AS $$
DECLARE
    hold ledger_hold;
BEGIN
    SELECT * INTO hold FROM ledger_hold WHERE id = p_hold FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM ledger_refuse('LG404', 'ledger.no_hold', 'There is no such hold.',
            jsonb_build_object('hold_id', p_hold));
    END IF;
    RETURN hold;
END $$;

CREATE FUNCTION ledger_refuse_hold(p_hold ledger_hold) RETURNS bigint LANGUAGE sql AS $$
    SELECT ledger_refuse('LG409', 'ledger.hold_' || (p_hold).state, 'The hold is ' || (p_hold).state || '.',
        jsonb_build_object('hold_id', (p_hold).id, 'state', (p_hold).state, 'captured_minor', (p_hold).captured))
$$;

-- Raises what is held by this much, or by as much as there is.
CREATE FUNCTION ledger_reserve(p_account bigint, p_currency text, p_amount bigint, p_at_most boolean) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    amount bigint := p_amount;
BEGIN
    IF p_at_most THEN
        SELECT least(p_amount, greatest(0, posted - held - floor)) INTO amount FROM ledger_balance
        WHERE account_id = p_account AND slot = 0 AND floor IS NOT NULL FOR NO KEY UPDATE;
    END IF;
    UPDATE ledger_balance SET held = held + amount
    WHERE account_id = p_account AND slot = 0 AND is_open AND currency = p_currency
        AND posted - held - amount >= floor;
    IF NOT FOUND THEN
        PERFORM ledger_refuse_leg(p_account, p_currency, p_amount);
    END IF;
    RETURN amount;
END $$;

CREATE FUNCTION ledger_check_amount(p_amount bigint, p_at_most boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF p_amount < 0 OR (p_amount = 0 AND NOT p_at_most) THEN
        PERFORM ledger_refuse('LG400', 'ledger.not_an_amount', 'At least 1 has to be reserved.',
            jsonb_build_object('amount_minor', p_amount));
    END IF;
END $$;

CREATE FUNCTION ledger_give_reason(p_hold uuid, p_reason text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO ledger_hold_reason (hold_id, reason) SELECT p_hold, p_reason WHERE p_reason <> ''
    ON CONFLICT (hold_id, reason) DO UPDATE SET lifted_at = NULL, given_at = clock_timestamp()
        WHERE ledger_hold_reason.lifted_at IS NOT NULL
$$;

CREATE FUNCTION ledger_place_hold(
    p_id uuid, p_account bigint, p_amount bigint, p_currency text, p_credit bigint DEFAULT NULL,
    p_expires timestamptz DEFAULT NULL, p_reason text DEFAULT '', p_at_most boolean DEFAULT false,
    OUT is_new boolean, OUT amount bigint
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    was record;
BEGIN
    SELECT h.account_id, h.credit_account, h.currency, h.expires_at, r.asked, r.amount, r.at_most, r.reason INTO was
    FROM ledger_hold h JOIN ledger_hold_raise r ON r.id = h.id WHERE h.id = p_id;
    IF FOUND THEN
        IF (was.account_id, was.credit_account, was.currency, was.expires_at, was.asked, was.at_most, was.reason)
            IS DISTINCT FROM (p_account, p_credit, p_currency::varchar, p_expires, p_amount, p_at_most, p_reason::varchar)
        THEN
            PERFORM ledger_refuse('LG422', 'ledger.other_payload', 'This id was used for another hold.',
                jsonb_build_object('hold_id', p_id));
        END IF;
        is_new := false;
        amount := was.amount;
        RETURN;
    END IF;
    PERFORM ledger_check_amount(p_amount, p_at_most);
    IF p_expires <= fanz_now() THEN
        PERFORM ledger_refuse('LG400', 'ledger.expires_in_the_past', 'A hold ends in the future.',
            jsonb_build_object('expires_at', p_expires));
    END IF;
    amount := ledger_reserve(p_account, p_currency, p_amount, p_at_most);
    INSERT INTO ledger_hold (id, account_id, credit_account, currency, amount, expires_at)
    VALUES (p_id, p_account, p_credit, p_currency, amount, p_expires) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        PERFORM ledger_race(ARRAY[p_id]);
    END IF;
    INSERT INTO ledger_hold_raise VALUES (p_id, p_id, p_amount, amount, p_at_most, p_reason);
    PERFORM ledger_give_reason(p_id, p_reason);
    is_new := true;
END $$;

-- More on the same hold, for another reason or for money that came later. A voided hold without an end stands again.
CREATE FUNCTION ledger_raise_hold(
    p_id uuid, p_hold uuid, p_amount bigint, p_reason text DEFAULT '', p_at_most boolean DEFAULT false,
    OUT is_new boolean, OUT amount bigint
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    hold ledger_hold := ledger_lock_hold(p_hold);
    was ledger_hold_raise;
BEGIN
    SELECT * INTO was FROM ledger_hold_raise WHERE id = p_id;
    IF FOUND THEN
        IF (was.hold_id, was.asked, was.at_most, was.reason)
            IS DISTINCT FROM (p_hold, p_amount, p_at_most, p_reason::varchar)
        THEN
            PERFORM ledger_refuse('LG422', 'ledger.other_payload', 'This id was used for another hold.',
                jsonb_build_object('raise_id', p_id));
        END IF;
        is_new := false;
        amount := was.amount;
        RETURN;
    END IF;
    PERFORM ledger_check_amount(p_amount, p_at_most);
    IF hold.expires_at <= fanz_now() THEN
        hold.state := 'expired';
    END IF;
    IF hold.state <> 'pending' AND NOT (hold.state = 'voided' AND hold.expires_at IS NULL) THEN
        PERFORM ledger_refuse_hold(hold);
    END IF;
    amount := ledger_reserve(hold.account_id, hold.currency, p_amount, p_at_most);
    UPDATE ledger_hold SET amount = ledger_hold.amount + ledger_raise_hold.amount, state = 'pending', settled_at = NULL
    WHERE id = p_hold;
    INSERT INTO ledger_hold_raise VALUES (p_id, p_hold, p_amount, amount, p_at_most, p_reason) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        PERFORM ledger_race(ARRAY[p_id]);
    END IF;
    PERFORM ledger_give_reason(p_hold, p_reason);
    is_new := true;
END $$;

-- The part of a capture that concerns the hold; returns by how much less is held afterwards.
CREATE FUNCTION ledger_use_hold(
    p_id uuid, p_hold uuid, p_debit bigint, p_credit bigint, p_amount bigint, p_currency text, p_keep_rest boolean
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    hold ledger_hold := ledger_lock_hold(p_hold);
    rest bigint := hold.amount - hold.captured - hold.released - p_amount;
BEGIN
    IF hold.account_id <> p_debit OR hold.currency <> p_currency OR hold.credit_account <> p_credit THEN
        RETURN ledger_refuse('LG400', 'ledger.not_its_hold', 'The hold is between other accounts.',
            jsonb_build_object('hold_id', p_hold));
    END IF;
    IF hold.state = 'pending' AND hold.expires_at <= fanz_now() THEN
        hold.state := 'expired';
    END IF;
    IF hold.state <> 'pending' THEN
        RETURN ledger_refuse_hold(hold);
    ELSIF rest < 0 THEN
        RETURN ledger_refuse('LG409', 'ledger.hold_exceeded', 'More would be captured than is held.',
            jsonb_build_object('hold_id', p_hold, 'held_minor', rest + p_amount, 'asked_minor', p_amount));
    END IF;
    IF p_keep_rest AND rest > 0 THEN
        UPDATE ledger_hold SET captured = captured + p_amount, captures = captures || p_id WHERE id = p_hold;
        RETURN p_amount;
    END IF;
    UPDATE ledger_hold SET captured = captured + p_amount, captures = captures || p_id, released = released + rest, state = 'captured',
        settled_at = clock_timestamp() WHERE id = p_hold;
    RETURN p_amount + rest;
END $$;

-- Gives back what is still held; false when that had been done before.
CREATE FUNCTION ledger_void_hold(p_hold uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    hold ledger_hold := ledger_lock_hold(p_hold);
BEGIN
    IF hold.state = 'voided' THEN
        RETURN false;
    ELSIF hold.state <> 'pending' THEN
        PERFORM ledger_refuse_hold(hold);
    END IF;
    UPDATE ledger_hold SET released = amount - captured, settled_at = clock_timestamp(),
        state = CASE WHEN captured > 0 THEN 'captured' ELSE 'voided' END WHERE id = p_hold;
    UPDATE ledger_hold_reason SET lifted_at = clock_timestamp() WHERE hold_id = p_hold AND lifted_at IS NULL;
    UPDATE ledger_balance SET held = held - (hold.amount - hold.captured - hold.released)
    WHERE account_id = hold.account_id AND slot = 0;
    RETURN true;
END $$;

-- One reason less; the last one voids the hold. Says whether this did.
CREATE FUNCTION ledger_lift_reason(p_hold uuid, p_reason text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    hold ledger_hold := ledger_lock_hold(p_hold);
BEGIN
    UPDATE ledger_hold_reason SET lifted_at = coalesce(lifted_at, clock_timestamp())
    WHERE hold_id = p_hold AND reason = p_reason;
    IF NOT FOUND THEN
        PERFORM ledger_refuse('LG404', 'ledger.no_reason', 'The hold does not stand for this reason.',
            jsonb_build_object('hold_id', p_hold, 'reason', p_reason));
    END IF;
    IF hold.state <> 'pending'
        OR EXISTS (SELECT FROM ledger_hold_reason WHERE hold_id = p_hold AND lifted_at IS NULL)
    THEN
        RETURN false;
    END IF;
    RETURN ledger_void_hold(p_hold);
END $$;

-- Ends the holds whose time is over by the database's clock; several workers never take the same one.
CREATE FUNCTION ledger_expire_holds(p_limit integer DEFAULT 500) RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    due uuid[] := ARRAY(SELECT id FROM ledger_hold WHERE state = 'pending' AND expires_at <= fanz_now()
        ORDER BY expires_at LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED);
BEGIN
    PERFORM FROM ledger_balance WHERE slot = 0 AND account_id IN (SELECT account_id FROM ledger_hold WHERE id = ANY (due))
    ORDER BY account_id FOR NO KEY UPDATE;
    UPDATE ledger_balance b SET held = held - given FROM (
        SELECT account_id, sum(amount - captured - released)::bigint AS given FROM ledger_hold WHERE id = ANY (due)
        GROUP BY account_id) AS h
    WHERE b.account_id = h.account_id AND b.slot = 0;
    UPDATE ledger_hold SET released = amount - captured, settled_at = clock_timestamp(),
        state = CASE WHEN captured > 0 THEN 'captured' ELSE 'expired' END WHERE id = ANY (due);
    RETURN QUERY SELECT unnest(due);
END $$;

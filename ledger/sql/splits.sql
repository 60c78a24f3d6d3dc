-- Splits are versions: the next begins after the last, none is without a decision of people, none changes later.
CREATE FUNCTION ledger_guard_split() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('revenue_split'),
        hashtext(concat_ws(':', NEW.platform_id, NEW.product, NEW.creator_id)));
    IF EXISTS (SELECT FROM revenue_split s
        WHERE (s.platform_id, s.creator_id) IS NOT DISTINCT FROM (NEW.platform_id, NEW.creator_id)
            AND s.product = NEW.product AND s.active_from >= NEW.active_from)
    THEN
        RAISE EXCEPTION 'a split begins after the one before it' USING ERRCODE = 'check_violation';
    ELSIF NOT EXISTS (SELECT FROM approval
        WHERE id = NEW.approval_id AND kind = 'split.change' AND state IN ('APPROVED', 'APPLIED'))
    THEN
        RAISE EXCEPTION 'a split needs an approved request' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_split BEFORE INSERT ON revenue_split FOR EACH ROW EXECUTE FUNCTION ledger_guard_split();
CREATE TRIGGER written_once BEFORE DELETE ON revenue_split FOR EACH ROW EXECUTE FUNCTION fanz_refuse_change();
CREATE TRIGGER stays_as_agreed BEFORE UPDATE OF id, platform_id, product, creator_id, creator_basis_points,
    active_from, active_until, approval_id, recorded_at ON revenue_split
    FOR EACH ROW EXECUTE FUNCTION fanz_refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON revenue_split
    FOR EACH STATEMENT EXECUTE FUNCTION fanz_refuse_change();

-- The newest version of each scope that has begun; then the most particular scope whose version has not ended.
CREATE FUNCTION revenue_split_at(p_platform uuid, p_product text, p_creator uuid, p_at timestamptz)
RETURNS TABLE (id uuid, platform_id uuid, product text, creator_id uuid, creator_basis_points smallint,
    active_from timestamptz, active_until timestamptz, approval_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id, platform_id, product, creator_id, creator_basis_points, active_from, active_until, approval_id FROM (
        SELECT DISTINCT ON (s.creator_id, s.product, s.platform_id) s.* FROM revenue_split s
        WHERE (s.platform_id = p_platform OR s.platform_id IS NULL) AND s.product IN (p_product, '')
            AND (s.creator_id = p_creator OR s.creator_id IS NULL) AND s.active_from <= p_at
        ORDER BY s.creator_id, s.product, s.platform_id, s.active_from DESC) AS newest
    WHERE active_until IS NULL OR active_until > p_at
    ORDER BY creator_id IS NULL, product = '', platform_id IS NULL LIMIT 1
$$;
REVOKE ALL ON FUNCTION ledger_guard_split, revenue_split_at FROM PUBLIC, fanz_app, fanz_tenant;
GRANT EXECUTE ON FUNCTION revenue_split_at TO fanz_app, fanz_tenant;

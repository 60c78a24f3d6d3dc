-- Limits are versions: the next begins after the last, none is without a decision of people, none changes later.
CREATE FUNCTION trust_guard_limit() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('trust_limit'), hashtext(NEW.name));
    IF EXISTS (SELECT FROM trust_limit l WHERE l.name = NEW.name AND l.active_from >= NEW.active_from) THEN
        RAISE EXCEPTION 'a limit begins after the one before it' USING ERRCODE = 'check_violation';
    ELSIF NOT EXISTS (SELECT FROM approval
        WHERE id = NEW.approval_id AND kind = 'trust.limits' AND state IN ('APPROVED', 'APPLIED'))
    THEN
        RAISE EXCEPTION 'a limit needs an approved request' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_limit BEFORE INSERT ON trust_limit FOR EACH ROW EXECUTE FUNCTION trust_guard_limit();
CREATE TRIGGER written_once BEFORE DELETE ON trust_limit FOR EACH ROW EXECUTE FUNCTION fanz_refuse_change();
CREATE TRIGGER stays_as_agreed BEFORE UPDATE OF version, name, act, subject, platform_id, currency, window_seconds,
    most_count, most_minor, verdict, is_strict, active_from, approval_id, recorded_at ON trust_limit
    FOR EACH ROW EXECUTE FUNCTION fanz_refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON trust_limit
    FOR EACH STATEMENT EXECUTE FUNCTION fanz_refuse_change();
REVOKE ALL ON FUNCTION trust_guard_limit FROM PUBLIC, fanz_app, fanz_tenant;

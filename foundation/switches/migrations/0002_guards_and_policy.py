from django.db import migrations

from foundation.approvals.seeding import approval_policy
from foundation.identity.roles import Role
from foundation.schema import append_only, grant_tenant, guard_states, only_changes
from foundation.switches.states import MOVES, State

# No switch moves without its line of history, and no line leads back without an approval that is being applied.
GUARDS = """
CREATE FUNCTION switch_guard_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.deed = 'lowered' AND (NEW.after #>> '{}')::integer >= (NEW.before #>> '{}')::integer THEN
        RAISE EXCEPTION 'the share of % was not lowered', NEW.switch_id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.approval_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM approval WHERE id = NEW.approval_id AND kind = 'switch.resume' AND state = 'APPROVED'
            AND payload ->> 'key' = NEW.switch_id AND (payload ->> 'from_version')::integer = NEW.version - 1
    ) THEN
        RAISE EXCEPTION 'two people did not agree to bring % back', NEW.switch_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_change BEFORE INSERT ON switch_change FOR EACH ROW EXECUTE FUNCTION switch_guard_change();

CREATE FUNCTION switch_guard_turn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told switch_change%ROWTYPE;
BEGIN
    SELECT * INTO told FROM switch_change WHERE switch_id = NEW.key AND version = NEW.version;
    IF told.id IS NULL
        OR (NEW.state = 'RUNNING' AND OLD.state = 'STOPPED' AND told.deed <> 'resumed')
        OR (NEW.value IS DISTINCT FROM OLD.value AND NEW.value IS DISTINCT FROM told.after)
    THEN
        RAISE EXCEPTION 'switch % was turned without its history', NEW.key USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_turn BEFORE UPDATE OF state, value, version, why, expires_at ON switch
    FOR EACH ROW EXECUTE FUNCTION switch_guard_turn();
"""


class Migration(migrations.Migration):
    dependencies = [("switches", "0001_initial"), ("approvals", "0002_guards_and_first_policy")]
    operations = [
        guard_states("switch", MOVES, [State.RUNNING]),
        migrations.RunSQL(
            GUARDS,
            "DROP TRIGGER guard_change ON switch_change; DROP FUNCTION switch_guard_change();"
            "DROP TRIGGER guard_turn ON switch; DROP FUNCTION switch_guard_turn();",
        ),
        only_changes(
            "switch", "state", "version", "news_seq", "value", "why", "expires_at", "expiry_told_at", "changed_at",
            "changed_by",
        ),
        append_only("switch_change"),
        grant_tenant("switch", "SELECT"),
        approval_policy(
            "switch.resume",
            about="Start again what was stopped, release a forced value, or let a larger share in",
            asked_by=[Role.ADMIN, Role.COMPLIANCE, Role.EXECUTIVE, Role.FINANCE, Role.FRAUD_RESPONDER],
            decided_by=[Role.ADMIN, Role.APPROVER, Role.COMPLIANCE, Role.EXECUTIVE],
            sla_hours=1,
            expiry_hours=24,
        ),
    ]

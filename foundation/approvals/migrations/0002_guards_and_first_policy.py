from django.db import migrations

from foundation.approvals.seeding import approval_policy
from foundation.approvals.states import MOVES, State
from foundation.identity.roles import Role
from foundation.schema import append_only, guard_states, only_changes, read_only

# The rules of who decides, once more where no code path goes around them.
FOUR_EYES = """
CREATE FUNCTION approval_guard_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked approval%ROWTYPE;
    person uuid := fanz_person(NEW.principal);
BEGIN
    SELECT * INTO asked FROM approval WHERE id = NEW.approval_id FOR UPDATE;
    IF asked.state <> 'PENDING' OR asked.expires_at <= fanz_now() THEN
        RAISE EXCEPTION 'approval % is not open', asked.id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.change_hash <> asked.change_hash THEN
        RAISE EXCEPTION 'a decision on another change' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.decider IN (asked.requester, asked.affected)
        OR person IN (fanz_person(asked.requester_principal), fanz_person(asked.affected_principal))
        OR EXISTS (SELECT FROM approval_decision earlier
                   WHERE earlier.approval_id = asked.id AND fanz_person(earlier.principal) = person)
    THEN
        RAISE EXCEPTION 'four eyes: this decider has a part in approval %', asked.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_decision BEFORE INSERT ON approval_decision
    FOR EACH ROW EXECUTE FUNCTION approval_guard_decision();

CREATE FUNCTION approval_guard_outcome() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    agreed integer;
    refused integer;
BEGIN
    SELECT count(*) FILTER (WHERE verdict = 'approve'), count(*) FILTER (WHERE verdict = 'reject')
        INTO agreed, refused FROM approval_decision WHERE approval_id = NEW.id AND change_hash = NEW.change_hash;
    IF NEW.state = 'APPROVED' AND (agreed < NEW.approvers_needed OR refused > 0) THEN
        RAISE EXCEPTION 'approval % lacks people who agree', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'REJECTED' AND refused = 0 THEN
        RAISE EXCEPTION 'nobody rejected approval %', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_outcome BEFORE UPDATE OF state ON approval
    FOR EACH ROW WHEN (NEW.state IN ('APPROVED', 'REJECTED')) EXECUTE FUNCTION approval_guard_outcome();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0001_initial"),
        ("identity", "0005_person"),
        ("audit", "0001_initial"),
        ("events", "0001_initial"),
    ]
    operations = [
        guard_states("approval", MOVES, [State.PENDING]),
        migrations.RunSQL(
            FOUR_EYES,
            "DROP TRIGGER guard_decision ON approval_decision; DROP FUNCTION approval_guard_decision();"
            "DROP TRIGGER guard_outcome ON approval; DROP FUNCTION approval_guard_outcome();",
        ),
        only_changes("approval", "state", "version", "news_seq", "settled_at", "failure_code", "overdue_told_at"),
        append_only("approval_decision"),
        read_only("approval_policy"),
        approval_policy(
            "role.grant",
            about="Give a person a role",
            asked_by=[Role.ADMIN, Role.COMPLIANCE, Role.EXECUTIVE],
            decided_by=[Role.ADMIN, Role.APPROVER, Role.COMPLIANCE],
            sla_hours=4,
            expiry_hours=72,
        ),
    ]

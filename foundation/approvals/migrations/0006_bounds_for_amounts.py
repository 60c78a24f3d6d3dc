import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from foundation.approvals.seeding import approval_policy
from foundation.identity.roles import Role
from foundation.schema import append_only

# The decider holds a role the amount asks for; what a request takes only ever becomes more; a bound has its approval.
ROLES = """    IF asked.deciding_roles <> '{}' AND NOT EXISTS (
        SELECT FROM role_grant WHERE 'user:' || user_id = NEW.decider AND ended_at IS NULL
        AND role = ANY (asked.deciding_roles))
    THEN
        RAISE EXCEPTION 'approval % is beyond what this decider decides', asked.id USING ERRCODE = 'check_violation';
    END IF;
"""
DECISION = """
CREATE OR REPLACE FUNCTION approval_guard_decision() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
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
""" + ROLES + """    RETURN NEW;
END $$;
"""
GUARDS = DECISION + """
CREATE FUNCTION approval_guard_demand() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.state <> 'PENDING' OR NEW.approvers_needed < OLD.approvers_needed
        OR NEW.deciding_roles = '{}' AND OLD.deciding_roles <> '{}'
        OR coalesce(NEW.amount_bound_id, 0) < coalesce(OLD.amount_bound_id, 0)
    THEN
        RAISE EXCEPTION 'approval % may only take more', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_demand BEFORE UPDATE OF approvers_needed, deciding_roles, amount_bound_id ON approval
    FOR EACH ROW EXECUTE FUNCTION approval_guard_demand();

CREATE FUNCTION approval_guard_bound() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM approval WHERE id = NEW.approval_id AND kind = 'approval.amounts'
                   AND state = 'APPROVED' AND payload ->> 'kind' = NEW.kind
                   AND payload ->> 'currency' = NEW.currency
                   AND (payload ->> 'above_minor')::bigint = NEW.above_minor
                   AND (payload ->> 'people')::smallint = NEW.people)
    THEN
        RAISE EXCEPTION 'nobody agreed to this bound' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_bound BEFORE INSERT ON approval_amount_bound
    FOR EACH ROW EXECUTE FUNCTION approval_guard_bound();

GRANT UPDATE (approvers_needed, deciding_roles, amount_bound_id, amount_why) ON approval TO fanz_app;
GRANT SELECT ON approval_amount_bound TO fanz_tenant;
"""
BACK = """
DROP TRIGGER guard_demand ON approval; DROP FUNCTION approval_guard_demand();
DROP TRIGGER guard_bound ON approval_amount_bound; DROP FUNCTION approval_guard_bound();
REVOKE UPDATE (approvers_needed, deciding_roles, amount_bound_id, amount_why) ON approval FROM fanz_app;
""" + DECISION.replace(ROLES, "")

class Migration(migrations.Migration):

    dependencies = [
        ('approvals', '0005_pinned_search_path'),
    ]

    operations = [
        migrations.CreateModel(
            name='AmountBound',
            fields=[
                ('version', models.BigAutoField(primary_key=True, serialize=False)),
                ('currency', models.CharField(max_length=5)),
                ('above_minor', models.BigIntegerField()),
                ('people', models.SmallIntegerField()),
                ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, size=None)),
                ('active_from', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'approval_amount_bound',
                'ordering': ['-version'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='approvalpolicy',
            name='approval_policy_people_only',
        ),
        migrations.AddField(
            model_name='approval',
            name='amount_why',
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name='approval',
            name='deciding_roles',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, size=None),
        ),
        migrations.AddConstraint(
            model_name='approvalpolicy',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['role.grant', 'switch.resume', 'approval.amounts']), _negated=True), ('clients_may_decide', False), _connector='OR'), name='approval_policy_people_only'),
        ),
        migrations.AddField(
            model_name='amountbound',
            name='approval',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='approvals.approval'),
        ),
        migrations.AddField(
            model_name='amountbound',
            name='policy',
            field=models.ForeignKey(db_column='kind', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='approvals.approvalpolicy'),
        ),
        migrations.AddField(
            model_name='approval',
            name='amount_bound',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='approvals.amountbound'),
        ),
        migrations.AddConstraint(
            model_name='amountbound',
            constraint=models.CheckConstraint(condition=models.Q(('above_minor__gte', 0), ('people__range', (0, 5))), name='approval_amount_bound_sane'),
        ),
        migrations.AddConstraint(
            model_name='amountbound',
            constraint=models.CheckConstraint(condition=models.Q(('policy', 'approval.amounts'), _negated=True), name='approval_amount_bound_not_its_own'),
        ),
        migrations.RunSQL(GUARDS, BACK),
        append_only("approval_amount_bound"),
        approval_policy(
            "approval.amounts",
            about="Change how many people, and which, a large amount takes",
            asked_by=[Role.FINANCE, Role.COMPLIANCE, Role.EXECUTIVE],
            decided_by=[Role.APPROVER, Role.COMPLIANCE, Role.EXECUTIVE],
            sla_hours=24,
            expiry_hours=168,
        ),
    ]

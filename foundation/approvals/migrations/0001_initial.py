import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django_fsm
import foundation.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='ApprovalPolicy',
            fields=[
                ('kind', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('about', models.CharField(max_length=200)),
                ('asking_roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None)),
                ('deciding_roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None)),
                ('approvers', models.SmallIntegerField(default=1)),
                ('sla_hours', models.SmallIntegerField()),
                ('expiry_hours', models.SmallIntegerField()),
                ('clients_may_ask', models.BooleanField(default=False)),
                ('clients_may_decide', models.BooleanField(default=False)),
                ('may_ask_for_oneself', models.BooleanField(default=False)),
            ],
            options={
                'verbose_name_plural': 'approval policies',
                'db_table': 'approval_policy',
                'ordering': ['kind'],
                'constraints': [models.CheckConstraint(condition=models.Q(('approvers__range', (1, 5))), name='approval_policy_approvers'), models.CheckConstraint(condition=models.Q(('expiry_hours__gte', models.F('sla_hours')), ('sla_hours__gte', 1)), name='approval_policy_hours'), models.CheckConstraint(condition=models.Q(('deciding_roles', []), _negated=True), name='approval_policy_deciders'), models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['role.grant', 'switch.resume']), _negated=True), ('clients_may_decide', False), _connector='OR'), name='approval_policy_people_only')],
            },
        ),
        migrations.CreateModel(
            name='Approval',
            fields=[
                ('news_seq', models.BigIntegerField(default=0, editable=False)),
                ('version', models.IntegerField(default=1, editable=False)),
                ('id', models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('payload', models.JSONField()),
                ('change_hash', models.CharField(max_length=64)),
                ('title', models.CharField(max_length=200)),
                ('effects', models.JSONField(default=list)),
                ('subject_type', models.CharField(blank=True, max_length=60)),
                ('subject_id', models.CharField(blank=True, max_length=80)),
                ('platform_id', models.UUIDField(blank=True, null=True)),
                ('amount_minor', models.BigIntegerField(blank=True, null=True)),
                ('currency', models.CharField(blank=True, max_length=5)),
                ('requester', models.CharField(max_length=120)),
                ('requester_principal', models.UUIDField(blank=True, null=True)),
                ('affected', models.CharField(blank=True, max_length=120)),
                ('affected_principal', models.UUIDField(blank=True, null=True)),
                ('reason', models.CharField(max_length=500)),
                ('approvers_needed', models.SmallIntegerField()),
                ('requested_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('state', django_fsm.FSMField(choices=[('PENDING', 'Waits for people to decide'), ('APPROVED', 'Enough people agreed; the change is being applied in the same breath'), ('APPLIED', 'The change was made'), ('FAILED', 'Enough people agreed, but the world had moved on: nothing was changed'), ('REJECTED', 'Somebody said no'), ('WITHDRAWN', 'Whoever asked took it back'), ('EXPIRED', 'Nobody decided in time')], db_index=True, default='PENDING', max_length=32, protected=True)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('failure_code', models.CharField(blank=True, max_length=80)),
                ('overdue_told_at', models.DateTimeField(blank=True, null=True)),
                ('policy', models.ForeignKey(db_column='kind', on_delete=django.db.models.deletion.PROTECT, related_name='approvals', to='approvals.approvalpolicy')),
            ],
            options={
                'db_table': 'approval',
                'ordering': ['-id'],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='ApprovalDecision',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('change_hash', models.CharField(max_length=64)),
                ('decider', models.CharField(max_length=120)),
                ('principal', models.UUIDField(null=True)),
                ('verdict', models.CharField(choices=[('approve', 'Approved'), ('reject', 'Rejected')], max_length=7)),
                ('reason', models.CharField(max_length=500)),
                ('at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('approval', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='approvals.approval')),
            ],
            options={
                'db_table': 'approval_decision',
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('approval', 'decider'), name='approval_decision_once'), models.UniqueConstraint(condition=models.Q(('principal__isnull', False)), fields=('approval', 'principal'), name='approval_decision_party'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='approval_decision_reason_given'), models.CheckConstraint(condition=models.Q(('verdict__in', ['approve', 'reject'])), name='approval_decision_verdict')],
            },
        ),
        migrations.AddIndex(
            model_name='approval',
            index=models.Index(condition=models.Q(('state', 'PENDING')), fields=['due_at'], name='approval_pending_due'),
        ),
        migrations.AddIndex(
            model_name='approval',
            index=models.Index(condition=models.Q(('state', 'PENDING')), fields=['expires_at'], name='approval_pending_expiry'),
        ),
        migrations.AddIndex(
            model_name='approval',
            index=models.Index(fields=['subject_type', 'subject_id'], name='approval_subject'),
        ),
        migrations.AddIndex(
            model_name='approval',
            index=models.Index(fields=['requester'], name='approval_requester'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'PENDING')), fields=('policy', 'change_hash'), name='approval_asked_once'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=models.CheckConstraint(condition=models.Q(('change_hash__regex', '^[0-9a-f]{64}$')), name='approval_hash'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='approval_reason_given'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=models.CheckConstraint(condition=models.Q(('approvers_needed__range', (1, 6))), name='approval_approvers'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=models.CheckConstraint(condition=models.Q(('due_at__gt', models.F('requested_at')), ('expires_at__gte', models.F('due_at'))), name='approval_times'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('settled_at', None), ('state__in', ('PENDING', 'APPROVED'))), models.Q(models.Q(('state__in', ('PENDING', 'APPROVED')), _negated=True), ('settled_at__isnull', False)), _connector='OR'), name='approval_settled_has_time'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'FAILED'), models.Q(('failure_code', ''), _negated=True)), models.Q(models.Q(('state', 'FAILED'), _negated=True), ('failure_code', '')), _connector='OR'), name='approval_failed_has_code'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount_minor', None), ('currency', '')), models.Q(('amount_minor__isnull', False), models.Q(('currency', ''), _negated=True)), _connector='OR'), name='approval_amount_has_currency'),
        ),
    ]

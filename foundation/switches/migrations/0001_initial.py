import django.db.models.deletion
import django.db.models.functions.datetime
import django_fsm
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Switch',
            fields=[
                ('news_seq', models.BigIntegerField(default=0, editable=False)),
                ('version', models.IntegerField(default=1, editable=False)),
                ('key', models.CharField(max_length=60, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('kill', 'Stops something'), ('setting', 'Forces a value'), ('rollout', 'Lets in a share of cases')], max_length=7)),
                ('state', django_fsm.FSMField(choices=[('RUNNING', 'Works as it should'), ('STOPPED', 'Stopped by a person; two people start it again')], db_index=True, default='RUNNING', max_length=32, protected=True)),
                ('value', models.JSONField(blank=True, null=True)),
                ('why', models.CharField(blank=True, max_length=500)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('expiry_told_at', models.DateTimeField(blank=True, null=True)),
                ('changed_at', models.DateTimeField(blank=True, null=True)),
                ('changed_by', models.CharField(blank=True, max_length=120)),
            ],
            options={
                'verbose_name_plural': 'switches',
                'db_table': 'switch',
                'ordering': ['key'],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['kill', 'setting', 'rollout'])), name='switch_kind'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'STOPPED'), _negated=True), models.Q(models.Q(('why', ''), _negated=True), models.Q(('changed_by', ''), _negated=True), ('changed_at__isnull', False)), _connector='OR'), name='switch_stopped_has_reason'), models.CheckConstraint(condition=models.Q(('state', 'RUNNING'), models.Q(('kind', 'kill'), ('value', None)), _connector='OR'), name='switch_only_a_kill_stops'), models.CheckConstraint(condition=models.Q(('expires_at', None), ('state', 'STOPPED'), _connector='OR'), name='switch_only_a_stop_expires')],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='SwitchChange',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('version', models.IntegerField()),
                ('deed', models.CharField(choices=[('stopped', 'Stopped'), ('prolonged', 'Kept stopped for longer'), ('forced', 'Value forced'), ('lowered', 'Share lowered'), ('resumed', 'Started again'), ('released', 'Value back to normal'), ('raised', 'Share raised')], max_length=9)),
                ('before', models.JSONField(null=True)),
                ('after', models.JSONField(null=True)),
                ('reason', models.CharField(max_length=500)),
                ('expires_at', models.DateTimeField(null=True)),
                ('by', models.CharField(max_length=120)),
                ('approval_id', models.UUIDField(null=True, unique=True)),
                ('at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('switch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='switches.switch')),
            ],
            options={
                'db_table': 'switch_change',
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(fields=('switch', 'version'), name='switch_change_version'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='switch_change_reason_given'), models.CheckConstraint(condition=models.Q(models.Q(('approval_id__isnull', False), ('deed__in', ('resumed', 'released', 'raised'))), models.Q(models.Q(('deed__in', ('resumed', 'released', 'raised')), _negated=True), ('approval_id', None)), _connector='OR'), name='switch_change_way_back_takes_two')],
            },
        ),
    ]

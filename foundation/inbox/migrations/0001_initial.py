import django.db.models.deletion
import django.db.models.functions.datetime
import django_fsm
from django.db import migrations, models

from foundation.inbox.states import MOVES
from foundation.schema import append_only, guard_states, no_delete


class Migration(migrations.Migration):

    initial = True

    dependencies = [("events", "0002_places")]

    operations = [
        migrations.CreateModel(
            name='Group',
            fields=[
                ('name', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'inbox_group',
            },
        ),
        migrations.CreateModel(
            name='InboxEntry',
            fields=[
                ('pk', models.CompositePrimaryKey('group', 'event_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('group', models.CharField(max_length=40)),
                ('event_id', models.BigIntegerField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'verbose_name_plural': 'inbox',
                'db_table': 'inbox',
            },
        ),
        migrations.CreateModel(
            name='Letter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('news_seq', models.BigIntegerField(default=0, editable=False)),
                ('version', models.IntegerField(default=1, editable=False)),
                ('group', models.CharField(max_length=40)),
                ('event_id', models.BigIntegerField()),
                ('event_type', models.CharField(max_length=60)),
                ('aggregate_type', models.CharField(max_length=60)),
                ('aggregate_id', models.CharField(max_length=80)),
                ('sequence', models.BigIntegerField()),
                ('state', django_fsm.FSMField(choices=[('trying', 'Failed, and is tried again'), ('parked', 'Failed too often: waits for a person, and later news of its aggregate wait behind it'), ('settled', 'Applied after all, with what waited behind it')], db_index=True, default='trying', max_length=32, protected=True)),
                ('tries', models.SmallIntegerField(default=1)),
                ('error', models.CharField(max_length=300)),
                ('opened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('next_try_at', models.DateTimeField()),
                ('parked_at', models.DateTimeField(null=True)),
                ('settled_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'parked_letter',
                'ordering': ['id'],
                'indexes': [models.Index(condition=models.Q(('state', 'trying')), fields=['group', 'next_try_at'], name='parked_letter_due')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'settled'), _negated=True), fields=('group', 'aggregate_type', 'aggregate_id'), name='parked_letter_open'), models.CheckConstraint(condition=models.Q(models.Q(models.Q(('state', 'parked'), _negated=True), ('parked_at__isnull', False), _connector='OR'), models.Q(models.Q(('settled_at__isnull', False), ('state', 'settled')), models.Q(('state', 'settled'), _negated=True), _connector='OR')), name='parked_letter_facts')],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='InboxCursor',
            fields=[
                ('pk', models.CompositePrimaryKey('group', 'aggregate_type', 'aggregate_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('group', models.CharField(max_length=40)),
                ('aggregate_type', models.CharField(max_length=60)),
                ('aggregate_id', models.CharField(max_length=80)),
                ('sequence', models.BigIntegerField(default=0)),
                ('letter', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inbox.letter')),
            ],
            options={
                'db_table': 'inbox_cursor',
            },
        ),
        guard_states("parked_letter", MOVES, ["trying"]),
        append_only("inbox"),
        no_delete("inbox_group"),
        no_delete("inbox_cursor"),
        no_delete("parked_letter"),
    ]

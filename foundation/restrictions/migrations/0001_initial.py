import django.db.models.deletion
import foundation.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('identity', '0005_person'),
    ]

    operations = [
        migrations.CreateModel(
            name='Restriction',
            fields=[
                ('id', models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('SUSPENDED', 'May not sign in or sell'), ('SHADOWED', 'Sales are judged but not counted until a person looked'), ('PAYOUTS_BLOCKED', 'Payouts wait'), ('STRICT_LIMITS', 'Lower limits apply')], max_length=20)),
                ('active_from', models.DateTimeField()),
                ('active_until', models.DateTimeField(blank=True, null=True)),
                ('source', models.CharField(max_length=120)),
                ('reason', models.CharField(max_length=500)),
                ('legal_basis', models.CharField(blank=True, max_length=200)),
                ('placed_by', models.CharField(max_length=120)),
                ('placed_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('ended_by', models.CharField(blank=True, max_length=120)),
                ('ended_because', models.CharField(blank=True, max_length=500)),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='restrictions', to='identity.party')),
                ('platform', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='restrictions', to='identity.platform')),
            ],
            options={
                'db_table': 'restriction',
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('ended_at', None)), fields=['active_until'], name='restriction_open_until'), models.Index(fields=['party'], name='restriction_party')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['SUSPENDED', 'SHADOWED', 'PAYOUTS_BLOCKED', 'STRICT_LIMITS'])), name='restriction_kind'), models.CheckConstraint(condition=models.Q(('active_until', None), ('active_until__gt', models.F('active_from')), _connector='OR'), name='restriction_period'), models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), _negated=True), models.Q(('source', ''), _negated=True)), name='restriction_given'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'SUSPENDED'), _negated=True), ('active_until__isnull', False), models.Q(('platform__isnull', False), models.Q(('legal_basis', ''), _negated=True)), _connector='OR'), name='restriction_for_ever_needs_basis'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ended_because', ''), ('ended_by', '')), models.Q(('ended_at__isnull', False), models.Q(('ended_by', ''), _negated=True), models.Q(('ended_because', ''), _negated=True)), _connector='OR'), name='restriction_ended_by_somebody'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('party', 'platform', 'kind', 'source'), name='restriction_once_per_source', nulls_distinct=False)],
            },
        ),
    ]

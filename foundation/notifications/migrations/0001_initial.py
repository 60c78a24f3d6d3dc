import django.db.models.deletion
import django.db.models.functions.datetime
import foundation.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Notification',
            fields=[
                ('id', models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('notice', models.CharField(max_length=60)),
                ('dedupe', models.CharField(max_length=160)),
                ('level', models.CharField(choices=[('INFO', 'For your information'), ('WARNING', 'Worth a look'), ('ACTION_REQUIRED', 'Waits for you')], max_length=15)),
                ('title', models.CharField(max_length=200)),
                ('body', models.CharField(max_length=1000)),
                ('path', models.CharField(max_length=200)),
                ('in_app', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('read_at', models.DateTimeField(blank=True, null=True)),
                ('recipient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notifications', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'notification',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.UUIDField(default=foundation.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('DUE', 'Waits for its moment'), ('SENDING', 'Held by a worker until its lease ends'), ('SENT', 'Taken by the mail server'), ('UNKNOWN', 'Handed over, and no answer came: it may have arrived'), ('FAILED', 'Refused for good, or tried too often')], default='DUE', max_length=8)),
                ('version', models.IntegerField(default=1)),
                ('due_at', models.DateTimeField()),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('handed_over_at', models.DateTimeField(blank=True, null=True)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.SmallIntegerField(default=0)),
                ('resent', models.SmallIntegerField(default=0)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('notification', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='delivery', to='notifications.notification')),
            ],
            options={
                'verbose_name_plural': 'deliveries',
                'db_table': 'notification_delivery',
                'ordering': ['-id'],
            },
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('in_app', True)), fields=['recipient', '-id'], name='notification_list'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('in_app', True), ('read_at', None)), fields=['recipient'], name='notification_unread'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('read_at', None)), fields=['dedupe'], name='notification_cause'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.UniqueConstraint(fields=('recipient', 'dedupe'), name='notification_once'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.CheckConstraint(condition=models.Q(('level__in', ['INFO', 'WARNING', 'ACTION_REQUIRED'])), name='notification_level'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('level', 'ACTION_REQUIRED'), _negated=True), ('in_app', True), _connector='OR'), name='notification_action_in_app'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.CheckConstraint(condition=models.Q(('path__startswith', '/')), name='notification_path'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state', 'DUE')), fields=['due_at', 'id'], name='delivery_due'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state', 'SENDING')), fields=['lease_until'], name='delivery_leases'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state__in', ['UNKNOWN', 'FAILED'])), fields=['state'], name='delivery_stuck'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'SENDING'), _negated=True), ('lease_until__isnull', False), _connector='OR'), name='delivery_held'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('sent_at__isnull', False), ('state', 'SENT')), models.Q(('state', 'SENT'), _negated=True), _connector='OR'), name='delivery_sent'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'UNKNOWN'), _negated=True), ('handed_over_at__isnull', False), _connector='OR'), name='delivery_unknown_was_handed_over'),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('approvals', '0003_seen_by_platforms'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='approvaldecision',
            constraint=models.CheckConstraint(condition=models.Q(('decider__startswith', 'user:'), ('decider__startswith', 'client:'), _connector='OR'), name='approval_decision_by_somebody'),
        ),
    ]

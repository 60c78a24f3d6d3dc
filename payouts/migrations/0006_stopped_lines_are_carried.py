from django.db import migrations, models

Q = models.Q


class Migration(migrations.Migration):
    dependencies = [("payouts", "0005_scores_tell_news")]
    operations = [
        migrations.AlterField(
            "earningsline",
            "status",
            models.CharField(
                choices=[
                    ("settled", "Available"),
                    ("stopped", "A freeze of this source keeps it pending"),
                    ("carried", "Was stopped; a later line of the same source settled it"),
                ],
                max_length=8,
            ),
        ),
        migrations.RemoveConstraint("earningsline", "earnings_line_settled_is_booked"),
        migrations.AddConstraint(
            "earningsline",
            models.CheckConstraint(
                name="earnings_line_settled_is_booked",
                condition=Q(amount_minor__gt=0)
                & (
                    Q(status="settled", journal_id__isnull=False)
                    | Q(status="stopped", freeze_id__isnull=False)
                    | Q(status="carried", freeze_id__isnull=False, journal_id__isnull=False)
                ),
            ),
        ),
    ]

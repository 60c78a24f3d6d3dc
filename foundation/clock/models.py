from django.db import models


class ClockOffset(models.Model):
    """How far this deployment's time runs ahead of the database's: one row, empty in production."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    ahead = models.DurationField()

    class Meta:
        db_table = "clock_offset"
        constraints = [models.CheckConstraint(name="clock_offset_single", condition=models.Q(id=1))]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("trust", "0002_guards_and_first_limits")]
    operations = [
        migrations.CreateModel(
            name="TrustNotTaken",
            fields=[
                ("payment_id", models.UUIDField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
            options={"db_table": "trust_not_taken"},
        ),
    ]

import django.db.models.deletion
import django_fsm
from django.db import migrations, models

# What stood in these is read through another index of the same table, or was never asked for alone.
GONE = {
    "payment": {
        "payment_state_16b62e19": "(state)",
        "payment_state_16b62e19_like": "(state varchar_pattern_ops)",
        "payment_creator_id_1f46b5a9": "(creator_id)",
        "payment_fan_id_5e016468": "(fan_id)",
        "payment_instrument_id_f4669522": "(instrument_id)",
        "payment_merchant_account_id_0a0ddc53": "(merchant_account_id)",
        "payment_merchant_account_id_0a0ddc53_like": "(merchant_account_id varchar_pattern_ops)",
        "payment_platform_id_f5b90fd6": "(platform_id)",
        "payment_subscription_id_5e1f4ffe": "(subscription_id)",
    },
    "payment_attempt": {
        "payment_attempt_reference_2184afdc_like": "(reference varchar_pattern_ops)",
        "payment_attempt_state_0c827752": "(state)",
        "payment_attempt_state_0c827752_like": "(state varchar_pattern_ops)",
        "payment_attempt_platform_id_99059875": "(platform_id)",
        "payment_attempt_merchant_account_id_098a9ee9": "(merchant_account_id)",
        "payment_attempt_merchant_account_id_098a9ee9_like": "(merchant_account_id varchar_pattern_ops)",
        "payment_attempt_payment_id_5de3441e": "(payment_id)",
    },
    "charge_warrant": {
        "charge_warrant_instrument_id_d81dbd1d": "(instrument_id)",
    },
    "instrument": {
        "instrument_fingerprint_77fdc394": "(fingerprint)",
        "instrument_fingerprint_77fdc394_like": "(fingerprint varchar_pattern_ops)",
        "instrument_platform_id_cc71cdce": "(platform_id)",
        "instrument_merchant_account_id_a7be1aff": "(merchant_account_id)",
        "instrument_merchant_account_id_a7be1aff_like": "(merchant_account_id varchar_pattern_ops)",
    },
    "provider_told": {
        "provider_told_state_484bb2a1": "(state)",
        "provider_told_state_484bb2a1_like": "(state varchar_pattern_ops)",
        "provider_told_merchant_account_id_a7569564": "(merchant_account_id)",
        "provider_told_merchant_account_id_a7569564_like": "(merchant_account_id varchar_pattern_ops)",
        "provider_told_payment_id_c0adc191": "(payment_id)",
    },
    "webhook_call": {
        "webhook_call_state_8e344d45": "(state)",
        "webhook_call_state_8e344d45_like": "(state varchar_pattern_ops)",
    },
}
DROP = [f"DROP INDEX {index};" for indexes in GONE.values() for index in indexes]
MAKE = [f"CREATE INDEX {index} ON {table} {of};" for table, indexes in GONE.items() for index, of in indexes.items()]
RENAME = "ALTER TABLE payment_attempt RENAME CONSTRAINT {} TO {};"
KEY, NAMED = "payment_attempt_reference_key", "attempt_reference"


class Migration(migrations.Migration):
    """Each move of a payment writes an entry into every index of its table: only those that answer a question stay.

    The indexes are dropped by name: altering the fields would check all foreign keys again.
    """

    dependencies = [("identity", "0009_creators_as_facts"), ("processors", "0013_charges_given_up_too_early")]
    operations = [
        migrations.AddIndex(
            model_name='instrument',
            index=models.Index(condition=models.Q(('fingerprint', ''), _negated=True), fields=['fingerprint'], name='instrument_fingerprint'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('subscription__isnull', False)), fields=['subscription'], name='payment_by_subscription'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('merchant_account__isnull', False)), fields=['merchant_account', '-id'], name='payment_by_account'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('state__in', ['CREATED', 'ROUTED', 'CAPTURED', 'SETTLED']), _negated=True), fields=['state', '-id'], name='payment_in_rare_state'),
        ),
        migrations.AddIndex(
            model_name='providertold',
            index=models.Index(condition=models.Q(('state__in', ['APPLIED', 'STALE']), _negated=True), fields=['state', '-id'], name='provider_told_left'),
        ),
        migrations.AddIndex(
            model_name='webhookcall',
            index=models.Index(condition=models.Q(('state', 'REJECTED')), fields=['-id'], name='webhook_call_refused'),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL([*DROP, RENAME.format(KEY, NAMED)], [RENAME.format(NAMED, KEY), *MAKE]),
            ],
            state_operations=[
                migrations.AlterField(
                    model_name='attempt',
                    name='merchant_account',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='processors.merchantaccount'),
                ),
                migrations.AlterField(
                    model_name='attempt',
                    name='payment',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='processors.payment'),
                ),
                migrations.AlterField(
                    model_name='attempt',
                    name='platform',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.platform'),
                ),
                migrations.AlterField(
                    model_name='attempt',
                    name='reference',
                    field=models.CharField(max_length=60),
                ),
                migrations.AlterField(
                    model_name='attempt',
                    name='state',
                    field=django_fsm.FSMField(choices=[('PREPARED', 'Recorded, nothing sent'), ('SENT', 'On its way; the answer is not here yet'), ('ANSWERED', 'The provider answered'), ('TIMED_OUT', 'No answer came'), ('REPAIRED', 'Asked or told afterwards, and known now')], default='PREPARED', max_length=32, protected=True),
                ),
                migrations.AlterField(
                    model_name='chargewarrant',
                    name='instrument',
                    field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='processors.instrument'),
                ),
                migrations.AlterField(
                    model_name='instrument',
                    name='fingerprint',
                    field=models.CharField(blank=True, max_length=64),
                ),
                migrations.AlterField(
                    model_name='instrument',
                    name='merchant_account',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='processors.merchantaccount'),
                ),
                migrations.AlterField(
                    model_name='instrument',
                    name='platform',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.platform'),
                ),
                migrations.AlterField(
                    model_name='payment',
                    name='creator',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.party'),
                ),
                migrations.AlterField(
                    model_name='payment',
                    name='fan',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.party'),
                ),
                migrations.AlterField(
                    model_name='payment',
                    name='instrument',
                    field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='processors.instrument'),
                ),
                migrations.AlterField(
                    model_name='payment',
                    name='merchant_account',
                    field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='processors.merchantaccount'),
                ),
                migrations.AlterField(
                    model_name='payment',
                    name='platform',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.platform'),
                ),
                migrations.AlterField(
                    model_name='payment',
                    name='state',
                    field=django_fsm.FSMField(choices=[('CREATED', 'Asked for, not judged yet'), ('ROUTED', 'Allowed, and a way was chosen'), ('REQUIRES_ACTION', 'Waits for the buyer: a page, a proof or a transfer'), ('PROCESSING', 'With the provider'), ('UNKNOWN', 'The answer was lost; we ask until we know'), ('IN_REVIEW', 'Parked before the charge until a person decided'), ('AUTHORIZED', 'Reserved at the bank, not taken yet'), ('CAPTURED', 'Taken and on the books'), ('SETTLED', 'Paid out to us by the provider'), ('DECLINED', 'Refused by a bank, a provider or our own rules'), ('FAILED', 'Never reached anybody'), ('EXPIRED', 'Not finished in time'), ('CANCELLED', 'Given up before any money moved'), ('VOIDED', 'Taken back before it settled')], default='CREATED', max_length=32, protected=True),
                ),
                migrations.AlterField(
                    model_name='payment',
                    name='subscription',
                    field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='processors.subscription'),
                ),
                migrations.AlterField(
                    model_name='providertold',
                    name='merchant_account',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='processors.merchantaccount'),
                ),
                migrations.AlterField(
                    model_name='providertold',
                    name='payment',
                    field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='told', to='processors.payment'),
                ),
                migrations.AlterField(
                    model_name='providertold',
                    name='state',
                    field=django_fsm.FSMField(choices=[('DUE', 'Waits for its turn'), ('APPLIED', 'It changed what it is about'), ('STALE', 'More was known already'), ('PARKED', 'Nothing it could be about is known yet; tried again'), ('DEAD', 'Tried often enough; a person decides')], default='DUE', max_length=32, protected=True),
                ),
                migrations.AlterField(
                    model_name='webhookcall',
                    name='state',
                    field=django_fsm.FSMField(choices=[('RECEIVED', 'Stored byte by byte, not looked at'), ('READ', 'Proved or not, and taken apart into what it tells'), ('REJECTED', 'False, not for us, or not readable')], default='RECEIVED', max_length=32, protected=True),
                ),
                migrations.AddConstraint(
                    model_name='attempt',
                    constraint=models.UniqueConstraint(fields=('reference',), name='attempt_reference'),
                ),
            ],
        ),
    ]

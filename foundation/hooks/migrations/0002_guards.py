from django.db import migrations

from foundation.hooks.states import DELIVERY_MOVES, ENDPOINT_MOVES, DeliveryState, EndpointState
from foundation.schema import APP, guard_states, no_delete, tenant_table

WRITTEN_ONCE = migrations.RunSQL(
    f"REVOKE UPDATE, TRUNCATE ON hook_message, hook_attempt FROM {APP};",
    f"GRANT UPDATE ON hook_message, hook_attempt TO {APP};",
)


class Migration(migrations.Migration):
    dependencies = [("hooks", "0001_initial")]
    operations = [
        guard_states("hook_endpoint", ENDPOINT_MOVES, [EndpointState.ON]),
        guard_states("hook_delivery", DELIVERY_MOVES, [DeliveryState.DUE]),
        no_delete("hook_endpoint"),
        WRITTEN_ONCE,
        tenant_table("hook_endpoint", rights="INSERT, SELECT, UPDATE"),
        tenant_table("hook_message", rights="INSERT, SELECT"),
        tenant_table("hook_delivery", rights="INSERT, SELECT, UPDATE"),
        tenant_table("hook_attempt", rights="SELECT"),
    ]

from django.db import migrations

from compliance.escalations.states import ESCALATION_MOVES, EscalationState
from foundation.schema import append_only, guard_states, no_delete, only_changes

KEEPS_ITS_CAUSE = """
CREATE TRIGGER keeps_its_cause BEFORE UPDATE OF id, creator_id, type, source, opened_by, opened_at ON escalation
    FOR EACH ROW EXECUTE FUNCTION fanz_refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON escalation FOR EACH STATEMENT EXECUTE FUNCTION fanz_refuse_change();
"""
UNDO = "DROP TRIGGER keeps_its_cause ON escalation; DROP TRIGGER no_truncate ON escalation;"


class Migration(migrations.Migration):
    dependencies = [("compliance", "0001_initial"), ("audit", "0001_initial"), ("events", "0001_initial")]
    operations = [
        guard_states("escalation", ESCALATION_MOVES, [EscalationState.OPEN]),
        no_delete("escalation"),
        migrations.RunSQL(KEEPS_ITS_CAUSE, UNDO),
        append_only("escalation_action"),
        append_only("sanctions_entry"),
        append_only("sanctions_clearance"),
        only_changes("sanctions_list", "is_current", "news_seq"),
    ]

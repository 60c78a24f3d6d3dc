"""What no schema can say about a body: an id stands once in a batch."""

import schemathesis


@schemathesis.hook
def filter_body(context, body):
    members = body.get("members") if isinstance(body, dict) else None
    ids = [member.get("external_id") for member in members or [] if isinstance(member, dict)] if members else []
    return len(ids) == len({str(one) for one in ids})

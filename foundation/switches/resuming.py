"""Bringing a switch back: the change two people agree on."""

from __future__ import annotations

from foundation.approvals.types import Description, Effect, Evidence, Payload
from foundation.identity.names import names_of
from foundation.switches.errors import refusal
from foundation.switches.models import Switch
from foundation.switches.registry import declaration
from foundation.switches.selectors import SUBJECT, in_words, preview_of, share_of
from foundation.switches.states import Kind, State
from foundation.switches.types import Declaration

KIND = "switch.resume"
FIELDS = {"key": str, "from_version": int, "to": str}
RUNNING, DEFAULT = "RUNNING", "DEFAULT"


def payload_for(key: str, to: str) -> Payload:
    """The exact change: this switch, as it is now, to there."""
    return {"key": key, "from_version": _row(key).version, "to": to}


def describe(payload: Payload) -> Description:
    declared, switch = declaration(payload["key"]), _row(payload["key"])
    before, after = _before_and_after(declared, switch, payload["to"])
    while_so = "While it is stopped" if declared.kind is Kind.KILL else "While it is turned"
    evidence = [Evidence(while_so, declared.consequence), Evidence("Where", declared.scope)]
    if switch.changed_at:
        evidence += [
            Evidence("Changed", f"{switch.changed_at:%-d %b %Y, %H:%M} UTC"),
            Evidence("By", names_of([switch.changed_by])[switch.changed_by]),
            Evidence("Because", switch.why),
        ]
    evidence += [
        Evidence(figure.name[:1].upper() + figure.name[1:], figure.value) for figure in preview_of(declared.key)
    ]
    return Description(
        title=f"{_verb(declared)}: {declared.title}",
        subject=(SUBJECT, declared.key),
        effects=(Effect(declared.title, before, after),),
        evidence=tuple(evidence),
    )


def recheck(payload: Payload) -> None:
    """Refuse to bring back what is as it should be, or what somebody changed since."""
    declared, switch, to = declaration(payload["key"]), _row(payload["key"]), payload["to"]
    if switch.version != payload["from_version"]:
        raise refusal("switches.changed_since")
    if declared.kind is Kind.ROLLOUT:
        if not (to.isascii() and to.isdigit() and int(to) <= 100):
            raise refusal("switches.bad_value")
        is_back = int(to) <= share_of(declared, switch.value)
    elif to != (RUNNING if declared.kind is Kind.KILL else DEFAULT):
        raise refusal("switches.bad_value")
    else:
        is_back = switch.state == State.RUNNING if declared.kind is Kind.KILL else switch.value is None
    if is_back:
        raise refusal("switches.not_stopped")


def _row(key: str) -> Switch:
    """The switch, or as it is before anybody touched it."""
    return Switch.objects.filter(pk=key).first() or Switch(key=key, kind=declaration(key).kind)


def _before_and_after(declared: Declaration, switch: Switch, to: str) -> tuple[str, str]:
    if declared.kind is Kind.KILL:
        return str(switch.state).capitalize(), to.capitalize()
    if declared.kind is Kind.ROLLOUT:
        return f"{share_of(declared, switch.value)} %", f"{to} %"
    return in_words(switch.value), in_words(declared.default)


def _verb(declared: Declaration) -> str:
    return {Kind.KILL: "Start again", Kind.SETTING: "Back to normal", Kind.ROLLOUT: "Let more in"}[declared.kind]

"""Template tags of the shell: `{% load fanz %}`."""

from __future__ import annotations

import re
import shlex
from datetime import datetime, tzinfo
from functools import lru_cache
from html import unescape
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from foundation.http import components as parts
from foundation.http.amounts import amount_in_words, amount_text, plain_amount
from foundation.http.charts import BalanceChart
from foundation.money import Money

register = template.Library()


# What is drawn again for every reader and every second of a live page, kept for the values it was drawn from.
drawn_once = lru_cache(maxsize=4_096)


@register.simple_tag
@drawn_once
def icon(name: str, label: str = "") -> SafeString:
    """A symbol of the sprite; silent for screen readers unless it is given a label."""
    href = f"{static('icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>', href)


@register.simple_tag(takes_context=True)
def money(context: template.Context, amount: Money, estimate: bool = False) -> SafeString:
    """An amount for eyes, for ears, and for the clipboard."""
    return format_html(
        '<span class="money" data-copy="{}"><span aria-hidden="true">{}{}</span><span class="sr">{}{}</span></span>',
        plain_amount(amount),
        "~" if estimate else "",
        amount_text(amount, page_currency=str(context.get("page_currency", "USD"))),
        "about " if estimate else "",
        amount_in_words(amount),
    )


@register.simple_tag
def badge(state: str | parts.Badge, word: str = "") -> SafeString:
    """Icon, word and colour of a state."""
    shown = state if isinstance(state, parts.Badge) else parts.badge_for(str(state), word)
    return format_html('<span class="badge tone-{}">{}{}</span>', shown.tone, icon(shown.icon), shown.word)


def _utc(at: datetime) -> str:
    return at.astimezone(timezone.get_fixed_timezone(0)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _full(at: datetime) -> str:
    return _full_in(at, timezone.get_current_timezone())


@drawn_once
def _full_in(at: datetime, place: tzinfo) -> str:
    local = at.astimezone(place)
    here, utc = local.strftime("%-d %b %Y, %H:%M:%S"), _utc(at).replace("T", " ").replace("Z", " UTC")
    zone = str(place)
    return f"{here} UTC" if zone == "UTC" else f"{here} {zone} = {utc}"


def _now(context: template.Context) -> datetime:
    now = getattr(context.get("shell"), "now", None)
    return now if isinstance(now, datetime) else timezone.now()


@register.simple_tag
def when(at: datetime | None, seconds: bool = False) -> SafeString:
    """A moment in the zone of the page; the whole truth in UTC on hover."""
    if at is None:
        return mark_safe('<span class="muted">never</span>')
    return format_html('<time datetime="{}" title="{}">{}</time>', _utc(at), _full(at), _shown(at, seconds))


def _shown(at: datetime, seconds: bool = False) -> str:
    return timezone.localtime(at).strftime("%-d %b %Y, %H:%M:%S" if seconds else "%-d %b %Y, %H:%M")


MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")


@register.simple_tag
def told(value: str) -> str:
    """What was written down as words; a moment among them in the zone of the page."""
    return when(datetime.fromisoformat(value)) if MOMENT.fullmatch(value) else value


def told_plainly(value: str) -> str:
    """The same where no tag can stand."""
    return _shown(datetime.fromisoformat(value)) if MOMENT.fullmatch(value) else value


BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


@register.filter
def browser(user_agent: str) -> str:
    """A browser as its owner would call it."""
    name = next((word for mark, word in BROWSERS if mark in user_agent), "")
    system = next((word for mark, word in SYSTEMS if mark in user_agent), "")
    return " on ".join(filter(None, (name, system))) or "Unknown browser"


UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def span_words(seconds: int, most: int) -> str:
    """A length of time in at most so many units: 5 h 12 min."""
    words: list[str] = []
    for unit, size in UNITS:
        if len(words) == most or (unit == "s" and words):
            break
        whole, seconds = divmod(seconds, size)
        if whole or words:
            words.append(f"{whole} {unit}")
    return " ".join(words) or "0 s"


@register.simple_tag(takes_context=True)
def ago(context: template.Context, at: datetime | None) -> SafeString:
    """An age that stays true while the page is open."""
    if at is None:
        return mark_safe('<span class="muted">never</span>')
    gone = int((_now(context) - at).total_seconds())
    words = "just now" if abs(gone) < 5 else f"in {span_words(-gone, 1)}" if gone < 0 else f"{span_words(gone, 1)} ago"
    return format_html('<time data-ago datetime="{}" title="{}">{}</time>', _utc(at), _full(at), words)


@register.simple_tag(takes_context=True)
def due(context: template.Context, at: datetime | None, soon_seconds: int = 3600) -> SafeString:
    """A deadline that counts down, in words and colour."""
    if at is None:
        return mark_safe('<span class="muted">no deadline</span>')
    left = int((at - _now(context)).total_seconds())
    words = f"{span_words(left, 2)} left" if left >= 0 else f"{span_words(-left, 1)} overdue"
    tone = "over" if left < 0 else "soon" if left < soon_seconds else ""
    return _due(at, tone, soon_seconds, words, timezone.get_current_timezone())


@drawn_once
def _due(at: datetime, tone: str, soon_seconds: int, words: str, place: tzinfo) -> SafeString:
    return format_html(
        '<span class="due {}" data-soon="{}">{}<time datetime="{}" title="{}">{}</time></span>',
        tone, soon_seconds, icon("clock"), _utc(at), _full_in(at, place), words,
    )  # fmt: skip


@register.simple_tag(name="id")
def copyable_id(value: Any, short: str = "") -> SafeString:
    """An identifier with a button that copies the whole of it."""
    text = str(value)
    return format_html(
        '<button type="button" class="id" data-copy="{0}" title="Copy {0}"><span>{1}</span>{2}'
        '<span class="sr">, copy</span></button>',
        text,
        short or text,
        icon("copy"),
    )


@register.simple_tag(takes_context=True)
def cell(context: template.Context, value: Any) -> Any:
    """Draw a value by its kind, so that a view hands over facts and no markup."""
    match value:
        case None | "":
            return mark_safe('<span class="muted">–<span class="sr">none</span></span>')
        case Money():
            return money(context, value)
        case parts.Badge():
            return badge(value)
        case parts.Id():
            return copyable_id(value.value, value.short)
        case parts.Ago():
            return ago(context, value.at)
        case parts.Due():
            return due(context, value.at, value.soon_seconds)
        case parts.Soonest():
            return format_html('{}<span class="sub">at the soonest</span>', when(value.at))
        case datetime():
            return when(value)
        case parts.Link():
            return _led(value)
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
    return value


@drawn_once
def _led(link: parts.Link) -> SafeString:
    sub = format_html('<span class="sub">{}</span>', link.sub) if link.sub else ""
    text = format_html('<a class="main" href="{}">{}</a>', link.href, link.text) if link.href else link.text
    return format_html("{}{}", text, sub)


def _draw(context: template.Context, name: str, **values: Any) -> SafeString:
    flat = {"shell": context.get("shell"), "page_currency": context.get("page_currency", "USD")}
    return render_to_string(f"components/{name}.html", {**flat, **values}, request=context.get("request"))


@register.simple_tag(takes_context=True)
def kpi(context: template.Context, tile: parts.Kpi) -> SafeString:
    return _draw(context, "kpi", kpi=tile)


@register.simple_tag(takes_context=True)
def queue(context: template.Context, table: parts.Table) -> SafeString:
    tags, has_actions = [column.cell_tag for column in table.columns], table.has_actions
    lines = mark_safe("\n".join(_line(context, table, row, tags, has_actions) for row in table.rows))  # noqa: S308
    return _draw(context, "queue", table=table, lines=lines, has_actions=has_actions)


def _line(context: template.Context, table: parts.Table, row: parts.Row, tags: list[str], has_actions: bool) -> str:
    """One row. In Python: a template takes three times as long, for every line, reader and second of a live page."""
    drawn = [_row_begin(row.total, row.pick), _pick(row.pick, table.picks, row.about) if table.picks else ""]
    for tag, value in zip(tags, row.cells, strict=True):
        shown = cell(context, value)
        drawn += (tag, shown if type(shown) is SafeString else conditional_escape(shown), "</td>")
    if has_actions:
        acts = "".join(action(context, act, small=True) for act in row.actions)
        drawn.append(f'<td class="acts-cell tight"><div class="acts">{acts}</div></td>')
    return "".join([*drawn, "</tr>"])


@drawn_once
def _row_begin(total: bool, pick: str) -> SafeString:
    begin = format_html('<tr id="row-{}"', pick) if pick else "<tr"
    return mark_safe(f"{begin}{' class=total' if total else ''}>")  # noqa: S308 - made of escaped parts


@drawn_once
def _pick(pick: str, form: str, about: str) -> SafeString:
    if not pick:
        return mark_safe('<td class="pick tight"></td>')
    return format_html(
        '<td class="pick tight"><label><input type="checkbox" name="id" value="{}" form="{}" data-key="x">'
        '<span class="sr">Choose {}</span></label></td>', pick, form, about,
    )  # fmt: skip


@register.simple_tag(takes_context=True)
def balance_chart(context: template.Context, chart: BalanceChart) -> SafeString:
    return _draw(context, "balance_chart", chart=chart)


@register.simple_tag(takes_context=True)
def action(context: template.Context, act: parts.Action, small: bool = False) -> SafeString:
    return _draw(context, "action", act=act, small=small) if act.post else _link(act, small)


@drawn_once
def _link(act: parts.Action, small: bool) -> SafeString:
    return render_to_string("components/action.html", {"act": act, "small": small})


@register.simple_tag(takes_context=True)
def job_bar(context: template.Context, job: parts.JobBar) -> SafeString:
    return _draw(context, "job_bar", job=job)


@register.simple_tag(takes_context=True)
def timeline(context: template.Context, moments: list[parts.Moment]) -> SafeString:
    return _draw(context, "timeline", moments=moments)


@register.simple_tag(takes_context=True)
def stages(context: template.Context, steps: list[parts.Stage], label: str = "Progress") -> SafeString:
    return _draw(context, "stages", steps=steps, label=label)


@register.simple_tag(takes_context=True)
def reason(context: template.Context, why: parts.Reason) -> SafeString:
    return _draw(context, "reason", reason=why)


@register.simple_tag(takes_context=True)
def diff(
    context: template.Context, before: dict[str, Any], after: dict[str, Any], caption: str = "What changes"
) -> SafeString:
    return _draw(context, "diff", changes=parts.changes(before or {}, after or {}), caption=caption)


@register.simple_tag(takes_context=True)
def empty_state(context: template.Context, empty: parts.Empty) -> SafeString:
    return _draw(context, "empty", empty=empty)


@register.simple_tag(takes_context=True)
def error_state(context: template.Context, title: str, text: str = "", retry_url: str = "") -> SafeString:
    return _draw(context, "error", title=title, text=text, retry_url=retry_url)


@register.simple_tag(takes_context=True)
def field(context: template.Context, bound: BoundField, label: str = "") -> SafeString:
    """A form field with its label, help and errors tied together."""
    kind = getattr(bound.field.widget, "input_type", "")
    words = label or bound.label
    repeats = str(words).lower() in str(bound.field.widget.attrs.get("placeholder", "")).lower()
    control = bound.as_widget(attrs={"placeholder": ""}) if repeats else str(bound)
    return _draw(context, "field", field=bound, control=control, kind=kind, label=words)


@register.simple_block_tag(takes_context=True)
def card(context: template.Context, content: str, title: str = "", flush: bool = False, id: str = "") -> SafeString:
    """A panel with a heading."""
    return _draw(context, "card", content=content, title=title, flush=flush, id=id)


@register.simple_block_tag(takes_context=True)
def snippet(context: template.Context, content: str) -> SafeString:
    """Lines to read and to take away whole."""
    text = unescape(content).strip("\n").rstrip()
    return format_html(
        '<div class="snippet"><pre tabindex="0"><code>{0}</code></pre><button type="button" class="button small" '
        'data-copy="{0}">{1}Copy</button></div>',
        text,
        icon("copy"),
    )


@register.simple_tag
def as_curl(method: str, path: str, body: str = "", once: bool = False) -> SafeString:
    """What this form does, as a program would ask for it; `once` where that needs a key. The token is the reader's."""
    key = ' -H "Idempotency-Key: $(uuidgen)"' if once else ""
    sent = f" -H 'Content-Type: application/json' -d {shlex.quote(body)}" if body else ""
    return _copied(
        f'curl -s -X {method} {settings.PUBLIC_URL}{path} -H "Authorization: Bearer $TOKEN"{key}{sent}', "curl"
    )


@register.simple_tag
def as_command(*words: Any) -> SafeString:
    """What this form does, as people at the machine would ask for it."""
    return _copied(f"manage.py {shlex.join(map(str, words))}", "command")


def _copied(line: str, kind: str) -> SafeString:
    return format_html(
        '<button type="button" class="button" data-copy="{}">{}Copy as {}</button>', line, icon("code"), kind
    )


@register.simple_block_tag(takes_context=True)
def confirm_by_typing(
    context: template.Context, content: str, id: str, title: str, phrase: str, post: str, button: str = "Do it"
) -> SafeString:
    """A dialog whose button works once the phrase is typed; the server compares `confirm` again."""
    return _draw(context, "confirm", content=content, id=id, title=title, phrase=phrase, post=post, button=button)

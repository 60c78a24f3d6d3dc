"""The parts of role homes. Each adds itself if its reader may open what it leads to."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from dashboards.compliance.audit import chain_badge
from dashboards.crisis.views import is_off_normal, switch_table
from dashboards.homes.page import Home, Panel
from dashboards.ops.approvals import waiting_table
from dashboards.ops.health import backup_tiles
from dashboards.ops.news import letter_table, may_replay
from dashboards.ops.payments.waiting import waiting_tiles
from dashboards.ops.payouts.figure_parts import figure_table
from dashboards.shell import open_url
from foundation import clock
from foundation.approvals.selectors import count_waiting_for, list_waiting
from foundation.audit.selectors import AuditQuery, search_records
from foundation.http.components import Badge, Column, Empty, JobBar, Kpi, Moment, Row, Table
from foundation.identity.actors import actor_of
from foundation.identity.names import names_of
from foundation.identity.roles import Role
from foundation.identity.selectors import count_people_by_platform, count_staff, list_memberships_held
from foundation.inbox.selectors import list_parked
from foundation.jobs.selectors import long_work
from foundation.seal.selectors import chain_state
from foundation.switches.selectors import list_switches
from payouts.life.states import PayoutState
from payouts.operations.figures import figures
from payouts.operations.lists import count_open
from payouts.operations.questions import count_waiting
from processors.webhooks.desk import count_told

FEW = 6


def approvals(request: HttpRequest, home: Home) -> None:
    """What waits for a second person."""
    viewer, url = actor_of(request), open_url("ops:approvals", request)
    if url:
        waiting, mine = list_waiting(viewer, limit=FEW), count_waiting_for(viewer)
        home.tiles.append(Kpi("Waits for you", mine, icon="inbox", href=url, note="approvals"))
        home.panels.append(Panel("Approvals", waiting_table(waiting, is_narrow=True), url=url))


def switches(request: HttpRequest, home: Home) -> None:
    """What is stopped; the switches themselves are listed only when one is turned."""
    url = open_url("crisis:switches", request)
    if url:
        lines = list_switches(actor_of(request))
        turned = [line for line in lines if is_off_normal(line)]
        word = Badge("Stopped", "frozen", "stop") if turned else Badge("Normal", "normal", "check")
        note = "turned away from normal"
        home.tiles.append(
            Kpi("Switches", len(turned), unit=f"of {len(lines)}", icon="switch", href=url, badge=word, note=note)
        )
        if turned:
            home.panels.insert(0, Panel("Stopped now", switch_table(turned), url=url))


def payments(request: HttpRequest, home: Home) -> None:
    """What of payments needs somebody: unknown ends, reviews, refunds by hand, disputes."""
    tiles, table = waiting_tiles(request)
    home.tiles += tiles
    if table:
        home.panels.append(Panel("Payments that need somebody", table, url=open_url("ops:payments", request)))


def payouts(request: HttpRequest, home: Home) -> None:
    """What of payouts needs somebody, how they go, and the way to the cash they need."""
    url = open_url("ops:payouts", request)
    if not url:
        return
    counted = count_open()
    needs = counted.late + counted.count(PayoutState.UNKNOWN)
    word = Badge("Look", "delayed", "warn") if needs else None
    home.tiles += [
        Kpi("Payouts open", sum(counted.by_state.values()), icon="arrow-up", href=url, badge=word,
            note=f"{counted.late} late, {counted.count(PayoutState.UNKNOWN)} not known"),
        Kpi("Cash needed", "14 days", icon="money", href=reverse("ops:payout_calendar"), note="per rail, as a file"),
    ]  # fmt: skip
    if asked := open_url("ops:questions", request):
        waiting = count_waiting()
        word = Badge("Answer", "delayed", "help") if waiting else None
        home.tiles.append(Kpi("Questions", waiting, icon="help", href=asked, badge=word, note="of creators, to answer"))
    found = figures()
    home.panels.append(
        Panel("How payouts go", figure_table(found.figures), url=reverse("ops:payout_figures"), is_aside=True)
    )


def provider_news(request: HttpRequest, home: Home) -> None:
    """What providers told and nobody could apply."""
    url = open_url("ops:webhooks", request)
    if url:
        counts = count_told()
        stuck = counts["PARKED"] + counts["DEAD"]
        word = Badge("Look", "delayed", "warn") if stuck else None
        home.tiles.append(Kpi("Parked webhooks", stuck, icon="mail", href=url, badge=word, note="from providers"))


def tax(request: HttpRequest, home: Home) -> None:
    """The way to creators' tax papers."""
    if url := open_url("compliance:tax", request):
        home.tiles.append(
            Kpi("Tax papers", str(clock.now().year), icon="audit", href=url, note="to be signed, documents")
        )


def audit(request: HttpRequest, home: Home) -> None:
    """The last records and the state of the chain, for those who read them."""
    url = open_url("compliance:audit", request)
    if url:
        chain, lines = chain_state("audit"), search_records(AuditQuery(), limit=FEW)
        badge = chain_badge(chain)
        home.tiles.append(Kpi("Audit blocks", chain.sealed_to, icon="chain", href=url, note=badge.word))
        names = names_of(line.actor for line in lines)
        address = "compliance:audit_record"
        moments = [
            Moment(line.at, line.action, names[line.actor], line.reason, href=reverse(address, args=[line.id]))
            for line in lines
        ]
        home.panels.append(Panel("Lately recorded", moments=moments, url=url, is_aside=True))


def backups(request: HttpRequest, home: Home) -> None:
    """How old the last copy of everything is, and the way to what a doctor asks."""
    if url := open_url("ops:health", request):
        home.tiles.append(backup_tiles(url)[0])


def letters(request: HttpRequest, home: Home) -> None:
    """News nobody could take."""
    url = open_url("ops:news", request)
    if url:
        parked = list_parked()
        word = Badge("Look", "delayed", "warn") if parked else None
        home.tiles.append(
            Kpi("Parked letters", len(parked), icon="mail", href=url, badge=word, note="news not delivered")
        )
        if parked:
            home.panels.append(
                Panel("Parked letters", letter_table(parked[:FEW], with_replay=may_replay(request)), url=url)
            )


def jobs(request: HttpRequest, home: Home) -> None:
    """What goes on in the background and takes a while."""
    home.jobs += [JobBar(one.title, one.done, one.of, one.unit, one.ends_at) for one in long_work()]


def people(request: HttpRequest, home: Home) -> None:
    """Whom the platforms have told us of."""
    counts = count_people_by_platform()
    creators, fans = sum(c.creators for c in counts), sum(c.fans for c in counts)
    home.tiles += [
        Kpi("Creators", creators, icon="people", note=f"and {fans:,} fans"),
    ]
    rows = [Row([c.name, c.cluster, c.creators, c.fans]) for c in counts]
    rows.append(Row(["All platforms", "", creators, fans], total=True))
    columns = [Column("Platform"), Column("Cluster"), Column("Creators", end=True), Column("Fans", end=True)]
    staff = count_staff()
    note = f"{staff} {'person' if staff == 1 else 'people'} on the staff"
    table = Table("People by platform", columns, rows, note=note, as_cards=False)
    home.panels.append(Panel("People by platform", table))


def find_people(request: HttpRequest, home: Home) -> None:
    """A way from what somebody wrote to who they are, for those whose work that is."""
    if actor_of(request).has_role(Role.SUPPORT):
        hint = "A whole e-mail address, whole words of a name, a whole handle, a platform's own id, or a party's number"
        home.panels.insert(0, Panel("Find a person", search=hint, url=reverse("admin:identity_party_changelist")))


def memberships(request: HttpRequest, home: Home) -> None:
    """Where a creator or fan is known."""
    held = list_memberships_held(actor_of(request).party_id)
    active, ended = Badge("Active", "normal", "check"), Badge("Ended", "neutral", "dot")
    rows = [Row([m.platform, m.role.label, m.handle, m.joined_at, active if m.is_active else ended]) for m in held]
    columns = [
        Column("Platform"),
        Column("You are"),
        Column("Name there"),
        Column("Since"),
        Column("State", tight=True),
    ]
    empty = Empty("No platform is linked to you yet", "Your platform sends you an invitation; open it to link it here.")
    home.panels.append(Panel("Your platforms", Table("Your platforms", columns, rows, empty)))

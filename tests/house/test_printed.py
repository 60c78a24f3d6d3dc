"""Pages printed from the code are current, and every piece of news has its sentence and its listeners exist."""

from django.conf import settings

from foundation import printed
from foundation.events.listening import groups, handlers_of
from foundation.events.topics import told_types


def test_printed_pages_are_current():
    assert printed.stale(settings.BASE_DIR / "docs") == [], "run manage.py docs_build"


def test_every_piece_of_news_says_when_it_is_told():
    assert [name for name, event in told_types().items() if not event.told_when] == []


def test_no_group_listens_to_news_nobody_tells():
    told = {event.type for event in told_types().values()}
    assert {type for group in groups() for type in handlers_of(group)} <= told

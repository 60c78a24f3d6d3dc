"""What the walk through hostile texts notices; `manage.py faults hostile_texts` looks at everything."""

import pytest
from django.http import HttpResponse

from fanzmoney.trials.hostile import battery
from fanzmoney.trials.hostile.crawl import Browser, Seen, _look
from foundation.faults import Run

SAFE = {"Content-Security-Policy": "script-src 'self'; style-src 'self'", "X-Content-Type-Options": "nosniff"}


def ran(page):
    browser = Browser()
    browser.feed(page)
    return browser.ran


@pytest.mark.parametrize(
    "page",
    [
        "<p><zq-x onx=1></p>",
        '<a href="javascript:zq()">x</a>',
        "<script>var a = '</script><zq-x>'</script>",
        "<b onx=1>",
    ],
)
def test_what_would_run_is_noticed(page):
    assert ran(page)


def test_escaped_words_and_our_own_links_run_nothing():
    assert (
        ran('<a href="/ops/" title="&quot;&gt;&lt;zq-x onx=1&gt;">&lt;zq-x&gt;</a><script src="/s.js"></script>') == []
    )


@pytest.mark.parametrize(("cell", "wrong"), [("=1+1", 1), ("-7.50", 0), ("'=1+1", 0), ("@A1", 1), ("plain", 0)])
def test_a_formula_in_a_sheet_is_noticed(cell, wrong):
    seen = Seen()
    _look(HttpResponse(f'"{cell}",x\r\n', content_type="text/csv"), "/ops/payments", seen)
    assert len(seen.wrong) == wrong


def test_what_is_not_for_creators_is_noticed():
    seen = Seen(pages=99)
    _look(HttpResponse("<p>a~payout.note~b ~fanz_user.name~</p>", headers=SAFE), "/starz/", seen)
    run = Run(most_trials=1)
    battery.judge(run, "creator", seen)
    battery.judge(run, "finance", seen)
    assert [said.split(": ", 1)[1] for said in run.violations] == ["creator: /starz/ shows payout.note"]

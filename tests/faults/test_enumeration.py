"""Doors that tell strangers nothing, in a few asks; `manage.py bench enumeration` also takes the time they take."""

import pytest

from fanzmoney.trials import enumeration


@pytest.mark.django_db
def test_what_others_have_is_answered_in_the_words_of_what_nobody_has(monkeypatch, settings):
    monkeypatch.setattr(enumeration, "SAMPLES", 11)
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, (10**9, 60))
    enumeration._program.cache_clear()
    doors = enumeration._of_others()
    assert {name for name, *_ in doors} == {"link", "member", "endpoint", "provider"}
    for name, ask, known, unknown in doors:
        assert known, name
        assert enumeration._difference(ask, known, unknown)[1] == 0, name
    enumeration._program.cache_clear()

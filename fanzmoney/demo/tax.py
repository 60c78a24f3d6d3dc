"""Tax forms of the demo's creators: those of the US and some other countries have signed, the others see what to do."""

from __future__ import annotations

from datetime import timedelta

from compliance.tax.selectors import current_profiles
from compliance.tax.services import sign_profile
from compliance.tax.states import Form
from fanzmoney.demo.payouts.creators import creators
from fanzmoney.demo.people import DEMO
from foundation import clock
from foundation.identity.personal import read_personal

SIGNED_AGO = timedelta(days=200)
FORMS = {"US": Form.W9, "GB": Form.W8BEN, "CA": Form.W8BEN, "NO": Form.W8BEN, "AU": Form.W8BEN}


def seed_tax() -> None:
    """Sign for whoever has not; running it again changes nothing."""
    known = creators()
    have = current_profiles(one.party_id for one in known)
    people = read_personal(one.party_id for one in known if one.party_id not in have)
    for place, one in enumerate(known):
        person = people.get(one.party_id)
        form = FORMS.get(person.get("country", "")) if person else None
        if person is None or form is None:
            continue
        given = {
            "name": person["name"], "signature": person["name"], "street": f"{place + 1} Demo Street", 
            "town": "Sampleton",
            "post_code": "10001", "country": person["country"], "birth_date": "1995-06-15",
            "tin": f"{101 + place}-{11 + place % 80}-{1001 + place}" if form is Form.W9 else "",
        }  # fmt: skip
        sign_profile(party_id=one.party_id, form=form, given=given, by=DEMO, at=clock.now() - SIGNED_AGO)

"""A passkey as a browser and a device make it: added, used to enter and to step up, refused when it is another's."""

import pytest

from foundation.identity.models import Passkey, SessionMark
from tests.cast import PASSWORD, staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def device(page):
    """A virtual authenticator in this browser."""
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    return wire, wire.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]


def test_staff_add_a_key_enter_with_it_and_step_up(open_page, live_server, settings, axe, picture):
    settings.PUBLIC_URL = live_server.url
    ines = staff("ines")
    page = open_page("ines", width=360)
    wire, held = device(page)
    page.goto("/account/security")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("My phone")
    picture(page, "passkey-add-360")
    assert axe(page) == []
    page.get_by_role("button", name="Add it").click()
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_text("My phone").first.wait_for()
    picture(page, "passkeys-360")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

    page.context.clear_cookies()
    page.goto("/login?next=/account/keys")
    page.get_by_label("Email").fill(ines.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Use a passkey").wait_for()
    picture(page, "passkey-use-360")
    assert axe(page) == []
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Passkeys").wait_for()
    assert Passkey.objects.get(user=ines).sign_count >= 2

    SessionMark.objects.update(stepped_up_at=None)
    page.goto("/account/keys/add")
    wire.send("WebAuthn.setUserVerified", {"authenticatorId": held, "isUserVerified": False})
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("Nothing came from the device").wait_for()
    wire.send("WebAuthn.setUserVerified", {"authenticatorId": held, "isUserVerified": True})
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Add a passkey").wait_for()
    page.get_by_label("Name").fill("The same")
    page.get_by_role("button", name="Add it").click()
    page.get_by_text("holds a passkey for you already").wait_for()
    assert page.complaints == []
    assert Passkey.objects.filter(user=ines).count() == 1


def test_without_scripts_the_page_says_what_to_do(open_page):
    page = open_page("maya", java_script_enabled=False)
    page.goto("/account/keys/add")
    assert page.locator("noscript p", has_text="A passkey needs JavaScript").is_visible()
    assert page.get_by_role("button", name="Add it").is_disabled()

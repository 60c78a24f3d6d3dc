from typing import Any

from django.conf import settings

from fanzmoney.demo.logins import demo_logins, present_code
from fanzmoney.demo.people import PASSWORD, TOTP_SECRET
from foundation.commands import FanzCommand


class Command(FanzCommand):
    help = "Show the demo's logins and the code their authenticator app shows right now."

    def run(self, **options: Any) -> dict[str, Any]:
        code, seconds = present_code()
        return {
            "logins": demo_logins(),
            "password": PASSWORD,
            "totp_secret": TOTP_SECRET,
            "code": code,
            "code_holds_seconds": seconds,
            "inbox": settings.SANDBOX_MAIL_URL,
        }

    def present(self, answer: dict[str, Any]) -> None:
        for login in answer["logins"]:
            self.stdout.write(f"  {login['role']:<18}{login['email']}")
        self.stdout.write(f"\n  password           {answer['password']}")
        self.stdout.write(f"  authenticator key  {answer['totp_secret']}")
        self.stdout.write(
            f"  code now           {answer['code']} (for {answer['code_holds_seconds']} s; each code once)"
        )
        if answer["inbox"]:
            self.stdout.write(f"  mails we sent      {answer['inbox']}")

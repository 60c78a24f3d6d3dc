from typing import Any

from django.conf import settings
from django.core.management import call_command

from fanzmoney.demo.logins import demo_logins
from fanzmoney.demo.people import seed_people
from foundation.commands import FanzCommand
from foundation.errors import Conflict


class Command(FanzCommand):
    help = "Fill a demo with people, one login per role among them. Running it again changes nothing."
    writes = True

    def run(self, **options: Any) -> dict[str, Any]:
        if settings.IS_PRODUCTION:
            raise Conflict("demo.not_here", "A production deployment holds no demo people.")
        seed_people()
        return {"logins": demo_logins()}

    def present(self, answer: dict[str, Any]) -> None:
        call_command("demo_logins", stdout=self.stdout)

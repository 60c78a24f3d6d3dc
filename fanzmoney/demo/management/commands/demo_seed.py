from typing import Any

from django.conf import settings
from django.core.management import call_command

from fanzmoney.demo.history.days import write_week
from fanzmoney.demo.history.memory import open_reports, remind
from fanzmoney.demo.logins import demo_logins
from fanzmoney.demo.merchants import seed_merchants
from fanzmoney.demo.payouts.rounds import begin
from fanzmoney.demo.payouts.treasury import hand_over_again
from fanzmoney.demo.people import seed_people
from fanzmoney.demo.programs import seed_platform_programs, write_secrets
from fanzmoney.demo.requests import seed_requests
from fanzmoney.demo.sanctions import seed_sanctions
from fanzmoney.demo.tax import seed_tax
from foundation import clock
from foundation.commands import FanzCommand
from foundation.errors import Conflict


class Command(FanzCommand):
    help = "Fill a demo with people, one login per role among them. Running it again changes nothing."
    writes = True

    def run(self, **options: Any) -> dict[str, Any]:
        if settings.IS_PRODUCTION:
            raise Conflict("demo.not_here", "A production deployment holds no demo people.")
        seed_people()
        seed_requests()
        seed_sanctions()
        seed_tax()
        seed_merchants()
        write_week()
        remind()
        open_reports()
        begin(at=clock.now())
        hand_over_again()
        secrets_file = settings.STATE_DIR / "demo_platforms.json"
        secrets = seed_platform_programs(are_secrets_kept=secrets_file.exists())
        if secrets and not self.is_dry_run:
            write_secrets(secrets_file, secrets)
        return {"logins": demo_logins()}

    def present(self, answer: dict[str, Any]) -> None:
        call_command("demo_logins", stdout=self.stdout)

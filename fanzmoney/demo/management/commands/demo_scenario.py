from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from fanzmoney.demo.people import PASSWORD, email_of
from fanzmoney.demo.scenarios.outside import Sandbox, refuse_without_house
from fanzmoney.demo.scenarios.stories import SCENARIOS, Scenario, differences, play
from foundation.commands import Exit, FanzCommand
from foundation.errors import Invalid
from foundation.identity.roles import Role

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


class Command(FanzCommand):
    help = "Play one of the document's five scenarios in the running demo and say what to look at."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", default="", help="; ".join(BY_NAME))
        parser.add_argument("--list", action="store_true", help="which scenarios there are")

    def run(self, **options: Any) -> dict[str, Any]:
        if options["list"]:
            return {"scenarios": [{"name": one.name, "title": one.title, "says": one.document} for one in SCENARIOS]}
        scenario = BY_NAME.get(options["name"])
        if scenario is None:
            raise Invalid("demo.no_scenario", "Name one of the scenarios.", known=list(BY_NAME))
        refuse_without_house()
        found = play(scenario, Sandbox())
        missing = list(differences(scenario, found))
        self.exit_code = Exit.FINDINGS if missing else Exit.OK
        return {
            "scenario": scenario.name,
            "title": scenario.title,
            "says": scenario.document,
            **found.as_dict(),
            "missing": missing,
            "look_at": [{"page": settings.PUBLIC_URL + page, "as": _login(scenario, role)}
                        for page, role in scenario.look_at],
            "password": PASSWORD,
        }  # fmt: skip

    def present(self, answer: dict[str, Any]) -> None:
        if "scenarios" in answer:
            for one in answer["scenarios"]:
                self.stdout.write(f"  {one['name']:<28}{one['says']}")
            return
        self.stdout.write(f"{answer['title']}\n  {answer['says']}\n")
        self.stdout.write(f"  {answer['amount']} asked for, {answer['state']}; score {answer['score']}")
        leaves = f"{answer['leaves']:%d %B %H:%M} UTC"
        self.stdout.write(f"  {answer['hours']} hours of escrow; leaves {leaves} at the soonest")
        for scope, code, path in answer["freezes"]:
            self.stdout.write(f"  frozen: {scope} for {code}, ends by {path}")
        for kind, department in answer["escalations"]:
            self.stdout.write(f"  escalation: {kind} for {department}")
        for rule in answer["notes"]:
            self.stdout.write(f"  noted for a person: {rule}")
        self.stdout.write("\n  the creator reads:")
        for sentence in answer["reads"]:
            self.stdout.write(f"    {sentence}")
        self.stdout.write("\n  look at:")
        for one in answer["look_at"]:
            self.stdout.write(f"    {one['page']}  as {one['as']}")
        self.stdout.write(f"  password {answer['password']}, codes by `manage.py demo_logins`")
        for said in answer["missing"]:
            self.stdout.write(self.style.ERROR(f"  not as the document says: {said}"))


def _login(scenario: Scenario, role: str) -> str:
    return scenario.part.email if role == Role.CREATOR else email_of(role)

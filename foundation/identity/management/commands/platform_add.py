from typing import Any

from django.core.management.base import CommandParser

from foundation import clock
from foundation.commands import FanzCommand
from foundation.identity.services import add_platform


class Command(FanzCommand):
    help = "Add a platform, or a sandbox, to a cluster. No code is needed for one."
    writes = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--name", required=True)
        parser.add_argument(
            "--cluster", required=True, help="The cluster's slug; a new one is made with --cluster-name."
        )
        parser.add_argument("--cluster-name", default="")
        parser.add_argument("--sandbox", action="store_true", help="Money here is not real.")

    def run(self, **options: Any) -> dict[str, Any]:
        platform = add_platform(
            slug=options["slug"],
            name=options["name"],
            cluster=options["cluster"],
            cluster_name=options["cluster_name"],
            is_sandbox=options["sandbox"],
            by=self.actor,
            at=clock.now(),
        )
        return {"id": str(platform.pk), "slug": platform.slug, "name": platform.name, "is_sandbox": platform.is_sandbox}

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fanzmoney.settings")
django.setup(set_prefix=False)

from dashboards.live.socket import WithSockets  # noqa: E402 - Django is ready from here on
from foundation.http.asgi import BodyLimit, LastWords  # noqa: E402
from foundation.http.checks import refuse_unsafe_production  # noqa: E402
from foundation.http.threads import InThreads  # noqa: E402

refuse_unsafe_production()
# Who calls us and who may have to stop everything wait for nobody who waits for a provider.
application = WithSockets(LastWords(BodyLimit(InThreads(apart={"/webhooks/": 4, "/ops/": 8, "/crisis/": 4}))))

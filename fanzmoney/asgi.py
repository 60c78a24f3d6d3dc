import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fanzmoney.settings")
django = get_asgi_application()

from foundation.http.asgi import BodyLimit  # noqa: E402 - Django is ready from here on
from foundation.http.checks import refuse_unsafe_production  # noqa: E402

refuse_unsafe_production()
application = BodyLimit(django)  # type: ignore[arg-type]

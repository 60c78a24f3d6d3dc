import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fanzmoney.settings")
application = get_wsgi_application()

from foundation.http.checks import refuse_unsafe_production  # noqa: E402 - Django is ready from here on

refuse_unsafe_production()

import os
import signal
from typing import Any

from celery import Celery
from celery.signals import beat_embedded_init, setup_logging, task_postrun, worker_init, worker_process_init
from django.db import connections

from fanzmoney.launcher.children import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fanzmoney.settings")
app = Celery("fanzmoney")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def _keep_together(**_: object) -> None:
    """A pool or beat process that outlives its worker would keep working unseen; unfinished tasks come again."""
    follow = die_with_parent(signal.SIGKILL)
    for began in (worker_process_init, beat_embedded_init):
        began.connect(lambda **_: follow(), weak=False)


worker_init.connect(_keep_together, weak=False)
setup_logging.connect(lambda **_: None, weak=False)  # the settings say how logs look


def _give_connections_back(sender: Any = None, **_: object) -> None:
    """To the pool, which outlives the task: a server's process of its own costs more than most tasks do."""
    if not sender.request.is_eager:
        connections.close_all()


task_postrun.connect(_give_connections_back, weak=False)


def _refuse_unsafe_production(**_: object) -> None:
    from foundation.http import checks

    checks.refuse_unsafe_production()


worker_init.connect(_refuse_unsafe_production)

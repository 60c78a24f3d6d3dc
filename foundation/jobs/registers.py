from datetime import timedelta

from foundation.jobs.registry import periodic
from foundation.jobs.services import tidy

periodic("jobs.tidy", every=timedelta(days=1), catches_up=False)(tidy)

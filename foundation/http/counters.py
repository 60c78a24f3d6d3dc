"""What the doors count."""

from prometheus_client import Counter

REFUSALS = Counter("fanz_refusals", "Requests refused, by code", ["code", "status", "caller"])
LIMITS_WITHOUT_REDIS = Counter("fanz_rate_limits_without_redis", "Requests counted in this process alone")

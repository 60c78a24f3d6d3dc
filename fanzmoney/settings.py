"""Everything that may differ between machines comes from the environment; the rest stands here."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from foundation import logs

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = os.environ.get("FANZ_ENV", "production")
IS_PRODUCTION, IS_DEMO, IS_TEST = (name == ENVIRONMENT for name in ("production", "demo", "test"))


def required(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set; docs/operations.md lists what every process needs")
    return value


def listed(name: str, default: str = "") -> list[str]:
    return [item.strip() for item in os.environ.get(name, default).split(",") if item.strip()]


def database(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    return {
        "ENGINE": "foundation.postgres",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or 5432),
    }


STATE_DIR = Path(os.environ.get("FANZ_STATE_DIR", BASE_DIR / ".fanz"))
SECRET_KEY = required("SECRET_KEY")
DEBUG = False
PUBLIC_URL = os.environ.get("PUBLIC_URL", "http://localhost:8000")
ALLOWED_HOSTS = listed(
    "ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]" if not IS_PRODUCTION else urlsplit(PUBLIC_URL).hostname or ""
)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
REQUESTS_ARE_WRITTEN_BY_A_THREAD = not IS_TEST
LIVE_PAGES = not IS_TEST  # whether pages listen; most tests look at pages that stand still
IS_TLS = PUBLIC_URL.startswith("https://")
CLOCK_MAY_MOVE = not IS_PRODUCTION
DATABASE_URL = required("DATABASE_URL")
KEYS_DATABASE_URL = required("KEYS_DATABASE_URL")
MASTER_KEY_FILE = Path(required("MASTER_KEY_FILE"))
JWT_PRIVATE_KEY_FILE = Path(required("JWT_PRIVATE_KEY_FILE"))
BACKUP_DATABASE_URL = os.environ.get("BACKUP_DATABASE_URL", "")  # only where backups are made and brought back
BACKUP_KEY_FILE = Path(os.environ.get("BACKUP_KEY_FILE", ""))
BACKUP_DIR = Path(os.environ.get("BACKUP_DIR", STATE_DIR / "backups"))
REDIS_URL = required("REDIS_URL")
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")
METRICS_DIR = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")  # where several web processes add up their counters
GATEWAYS_FILE = os.environ.get("GATEWAYS_FILE", "")  # the secrets of our accounts with providers, by their slug
CLAMD_URL = os.environ.get("CLAMD_URL", "")  # tcp://host:port or unix:///path; empty: documents are not scanned
SANDBOX_MAIL_URL = os.environ.get("SANDBOX_MAIL_URL", "")
HOOKS_MAY_CALL_HERE = not IS_PRODUCTION  # webhooks of platforms may go to this machine, without TLS
SANDBOX_URL = os.environ.get("SANDBOX_URL", "")  # where the providers are played; empty: the real ones
GATEWAYS_FILE = os.environ.get("GATEWAYS_FILE", "")  # JSON: our accounts with the payment providers
VERSION = "0.1.0"

INSTALLED_APPS = [
    "foundation.http.apps.FanzAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_fsm",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "foundation.clock",
    "foundation.seal",
    "foundation.jobs",
    "foundation.audit",
    "foundation.events",
    "foundation.inbox",
    "foundation.idempotency",
    "foundation.identity",
    "foundation.restrictions",
    "foundation.approvals",
    "foundation.switches",
    "foundation.notifications",
    "foundation.uploads",
    "foundation.http.apps.HttpConfig",
    "foundation.hooks",
    "foundation.requests",
    "ledger",
    "processors",
    "compliance",
    "trust",
    "payouts",
    "products.content",
    "products.fanzpay",
    "dashboards",
    "fanzmoney.backups",
    "fanzmoney.demo",
    "fanzmoney.trials",
]

MIDDLEWARE = [
    "foundation.http.middleware.RequestMiddleware",
    "foundation.http.watching.WatchMiddleware",
    "foundation.requests.middleware.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "foundation.identity.middleware.LiveSessionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "dashboards.shell.ZoneMiddleware",
    "foundation.http.middleware.AccessMiddleware",
]

LOGGING = logs.configure(os.environ.get("LOG_LEVEL", "WARNING" if IS_TEST else "INFO"))
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

ROOT_URLCONF = "fanzmoney.urls"
ASGI_APPLICATION = "fanzmoney.asgi.application"
WSGI_APPLICATION = "fanzmoney.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboards.shell.shell",
            ],
        },
    }
]

DATABASES = {
    "default": {
        **database(DATABASE_URL),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,  # our engine looks at a connection before it is used
        "OPTIONS": {
            "pool": {
                "min_size": 1,
                "max_idle": 30,  # a server's process for each connection: none is kept that nobody uses
                "max_size": int(os.environ.get("DATABASE_POOL", "10")),
                # Who cannot be served soon is told so; a server that comes back is found within seconds.
                "timeout": 3,
                "reconnect_timeout": 3,
            },
            # Without it psycopg prepares nothing, not even what asks for it. Django's own cursors never do.
            "prepare_threshold": 5,
            "options": "-c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s",
        },
    }
}
if os.environ.get("FANZ_AS_OWNER"):
    DATABASES["default"] |= database(required("DATABASE_OWNER_URL"))
    DATABASES["default"]["OPTIONS"] = {"options": "-c lock_timeout=2s"}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"serializer": "foundation.caches.JsonSerializer"},
    }
}

AUTH_USER_MODEL = "identity.User"
AUTHENTICATION_BACKENDS = ["foundation.identity.login.passwords.GuardedBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if IS_TEST
    else ["django.contrib.auth.hashers.ScryptPasswordHasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
)
LOGIN_URL, LOGIN_REDIRECT_URL, LOGOUT_REDIRECT_URL = "/login", "/", "/login"
SESSION_ENGINE = "foundation.identity.session_store"
SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_TLS
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = ("__Host-session", "__Host-csrf") if IS_TLS else ("fanz_session", "fanz_csrf")
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
STAFF_IDLE, STAFF_ABSOLUTE = timedelta(minutes=15), timedelta(hours=12)
HANDED_IN_LASTS = timedelta(hours=4)
STEP_UP_LASTS = timedelta(minutes=5)
LOCKOUT_FAILURES, LOCKOUT_LASTS = 5, timedelta(minutes=30)
TRUSTED_PROXIES = int(os.environ.get("TRUST_PROXY", "0"))  # how many proxies of ours stand before us

ACCOUNT_ADAPTER = "foundation.identity.login.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS, ACCOUNT_SIGNUP_FIELDS = {"email"}, ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION, ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = "none", False
ACCOUNT_RATE_LIMITS = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGIN_TIMEOUT = 600
ACCOUNT_FORMS = {
    "login": "foundation.identity.login.forms.LoginForm",
    "reset_password": "foundation.identity.login.forms.ResetPasswordForm",
    "user_token": "foundation.identity.login.forms.UserTokenForm",
    "change_password": "foundation.identity.login.forms.ChangePasswordForm",
}
MFA_ADAPTER = "foundation.identity.login.second_factor.MfaAdapter"
MFA_FORMS = {"authenticate": "foundation.identity.login.forms.AuthenticateForm"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_TOLERANCE, MFA_TOTP_ISSUER = 1, "FanzMoneyDash"
MFA_RECOVERY_CODE_COUNT = MFA_RECOVERY_CODE_DIGITS = 10

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = IS_TLS and not IS_TEST
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 31_536_000 if IS_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_TLS
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$"]
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

LANGUAGE_CODE, TIME_ZONE, USE_I18N, USE_TZ = "en", "UTC", True, True
FORMAT_MODULE_PATH = ["fanzmoney.formats"]
STATIC_URL, STATIC_ROOT = "/static/", STATE_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not IS_PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if IS_PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

_mail = urlsplit(os.environ.get("EMAIL_URL", "smtp://127.0.0.1:25"))
EMAIL_HOST, EMAIL_PORT = _mail.hostname or "127.0.0.1", _mail.port or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
EMAIL_USE_SSL, EMAIL_TIMEOUT = _mail.scheme == "smtps", 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = os.environ.get("MAIL_FROM", "FanzMoneyDash <no-reply@fanzmoney.example>")

CELERY_APP = "fanzmoney.celery"
CELERY_BROKER_URL = REDIS_URL
CELERY_DB_REUSE_MAX = 1_000  # tasks and their ends, after which Celery makes the pool of connections anew
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT, CELERY_TASK_TIME_LIMIT = 50, 60
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 10 if IS_TEST else 120,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "socket_timeout": 10,
    "socket_connect_timeout": 2,
    # Who rings a doorbell does not wait for Redis: the rows are found without it.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.2,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE, CELERY_ENABLE_UTC = "UTC", True
# The only thing beat does: what is due stands in Postgres.
CELERY_BEAT_SCHEDULE = {"jobs.tick": {"task": "jobs.tick", "schedule": 5.0, "options": {"expires": 10}}}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "foundation.http.authentication.ClientToken",
        "foundation.http.authentication.StaffSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["foundation.http.authentication.AccessTable"],
    "DEFAULT_PARSER_CLASSES": ["foundation.http.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["foundation.http.parsers.PlainJSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "foundation.http.parsers.OneFormat",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "foundation.http.schema.DoorSchema",
    "EXCEPTION_HANDLER": "foundation.http.refusals.handle",
    "URL_FORMAT_OVERRIDE": None,
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "FanzMoneyDash",
    "DESCRIPTION": "The money of a group of creator platforms. "
    "The first call is `POST /api/v1/oauth/token` with a client's id and secret; "
    "send the token as `Authorization: Bearer`.",
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": r"/api/v1/",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVERS": [{"url": PUBLIC_URL}],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "ApprovalState": "foundation.approvals.states.State",
        "PaymentState": "processors.payments.states.PaymentState.values",
        "RefundState": "processors.payments.states.RefundState.values",
        "SubscriptionState": "processors.payments.states.SubscriptionState.values",
        "PayoutRail": "payouts.methods.states.Rail.values",
        "HookEndpointState": "foundation.hooks.states.EndpointState",
        "HookDeliveryState": "foundation.hooks.states.DeliveryState",
        "ContentKind": "products.content.types.Kind.values",
    },
}
CSRF_FAILURE_VIEW = "foundation.http.refusals.forgery"
# Requests in a window of seconds, by kind of caller.
RATE_LIMITS = {"client": (1200, 60), "user": (600, 60), "anonymous": (120, 60)}

from tests.payouts.freezes.conftest import standing  # noqa: F401  the real checks and freezes, and hours as told

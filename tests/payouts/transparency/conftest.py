from tests.notifications.conftest import postbox  # noqa: F401  a mail server of the test's own
from tests.payouts.freezes.conftest import standing  # noqa: F401  the real checks and freezes, and hours as told

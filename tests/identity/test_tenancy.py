"""Inside a platform's transaction the database shows that platform and no other, and afterwards nothing remains."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction

from foundation.actors import Actor, ActorKind
from foundation.identity.models import ApiClient, Membership, Party, PersonalRecord, Platform
from foundation.identity.tenancy import as_platform, transaction_for
from tests.cast import actor, member, platform, program, staff


def run(sql, values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def role():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, session_user, current_setting('app.platform', true)")
        return cursor.fetchone()


@pytest.fixture
def two_platforms():
    return member("maya", slug="boyfanz"), member("sam", slug="girlfanz")


@pytest.mark.django_db(transaction=True)
def test_pooled_connections_come_back_as_the_app():
    for number in range(20):
        try:
            with as_platform(platform("boyfanz").pk):
                assert role()[0] == "fanz_tenant"
                if number % 2:
                    raise LookupError
        except LookupError:
            pass
        assert role() == ("fanz_app", "fanz_app", "")
        connection.close()
        assert role()[0] == "fanz_app"
        assert not role()[2]
        connection.close()


@pytest.mark.django_db
def test_an_open_transaction_goes_on_as_it_was():
    with transaction.atomic():
        with as_platform(platform("boyfanz").pk):
            pass
        assert role() == ("fanz_app", "fanz_app", "")
        with pytest.raises(LookupError), as_platform(platform("boyfanz").pk):
            raise LookupError
        assert role()[0] == "fanz_app"


@pytest.mark.django_db
def test_a_platform_reads_its_own_rows(two_platforms):
    mine, theirs = two_platforms
    program("boyfanz")
    program("girlfanz")
    with as_platform(mine.platform_id):
        assert list(Membership.objects.all()) == [mine]
        assert list(Party.objects.all()) == [mine.party]
        assert [record.membership_id for record in PersonalRecord.objects.all()] == [mine.pk]
        assert [row.slug for row in Platform.objects.only("slug")] == ["boyfanz"]
        assert ApiClient.objects.only("id").count() == 1
        assert not Membership.objects.filter(pk=theirs.pk).exists()


@pytest.mark.django_db
def test_a_platform_writes_no_row_of_another(two_platforms):
    mine, theirs = two_platforms
    with as_platform(mine.platform_id):
        assert Membership.objects.filter(pk=theirs.pk).update(handle="stolen") == 0
    for change in ({"platform_id": theirs.platform_id}, {"platform_id": uuid4()}):
        with pytest.raises(ProgrammingError, match="permission denied"), as_platform(mine.platform_id):
            Membership.objects.filter(pk=mine.pk).update(**change)
    with pytest.raises(ProgrammingError, match="row-level security"), as_platform(mine.platform_id):
        Membership.objects.create(party=mine.party, platform_id=theirs.platform_id, role="fan", external_id="x")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM fanz_user", "SELECT secret_hash FROM api_client", "SELECT * FROM audit_record",
        "SELECT payload FROM outbox", "SELECT * FROM role_grant", "SELECT * FROM django_session",
        "DELETE FROM membership", "UPDATE api_client SET active_until = NULL", "DELETE FROM idempotency_key",
        "SELECT * FROM audit_personal", "UPDATE party SET alias_of_id = id", "TRUNCATE membership",
        "SELECT * FROM audit_record_202611", "INSERT INTO clock_offset VALUES (1, '1 day')",
        "CREATE TABLE mine (x int)",
    ],
)  # fmt: skip
def test_a_platforms_transaction_may_not(statement):
    with pytest.raises(ProgrammingError, match="permission denied"), as_platform(platform().pk):
        with connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.django_db
def test_without_a_platform_nothing_is_seen(two_platforms):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('role', 'fanz_tenant', true)")
        cursor.execute("SELECT count(*) FROM membership")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT set_config('role', 'none', true)")


@pytest.mark.django_db
def test_a_person_works_as_the_app_and_a_program_must_have_a_platform():
    with transaction_for(actor(staff("fred"))):
        assert role()[0] == "fanz_app"
    with pytest.raises(RuntimeError), transaction_for(Actor(ActorKind.CLIENT, "x")):
        pass


@pytest.mark.django_db
@pytest.mark.parametrize(
    "reach",
    [
        "INSERT INTO membership (id, party_id, platform_id, role, external_id, handle, is_active, version, news_seq) "
        "VALUES (gen_random_uuid(), %(theirs)s, %(platform)s, 'fan', 'reach', '', true, 1, 0)",
        "UPDATE membership SET party_id = %(theirs)s",
        "UPDATE personal_record SET party_id = %(theirs)s",
        "UPDATE party SET key_id = gen_random_uuid()",
    ],
    ids=["joins", "moves", "seals", "rekeys"],
)
def test_a_platform_cannot_lay_hands_on_another_platforms_person(reach):
    """Whoever stands beside a person by a membership may read them: so it cannot be made for one who is there."""
    member("mine")
    theirs = member("theirs", slug="girlfanz").party_id
    with pytest.raises(DatabaseError, match=r"row-level security|permission denied"), as_platform(platform().pk):
        run(reach, {"theirs": theirs, "platform": platform().pk})

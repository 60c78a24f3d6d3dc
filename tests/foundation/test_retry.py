import pytest
from django.db import OperationalError, transaction
from psycopg import errors

from foundation.retry import retrying


def failing(times, error):
    calls = []

    @retrying
    def work():
        calls.append(1)
        if len(calls) <= times:
            raise OperationalError("aborted") from error
        return "done"

    return work, calls


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [errors.DeadlockDetected(), errors.SerializationFailure(), errors.AdminShutdown()])
def test_a_transaction_the_database_aborted_runs_again(error):
    work, calls = failing(2, error)

    assert work() == "done"
    assert len(calls) == 3


@pytest.mark.django_db(transaction=True)
def test_other_failures_are_loud_at_once_and_even_aborts_end():
    work, calls = failing(9, errors.LockNotAvailable())
    with pytest.raises(OperationalError):
        work()
    assert len(calls) == 1

    work, calls = failing(9, errors.DeadlockDetected())
    with pytest.raises(OperationalError):
        work()
    assert len(calls) == 5


@pytest.mark.django_db(transaction=True)
def test_a_door_never_repeats_half_a_transaction():
    work, calls = failing(0, errors.DeadlockDetected())

    with transaction.atomic(), pytest.raises(RuntimeError, match="inside one"):
        work()
    assert calls == []

"""What every test may ask for."""

from tests.isolation import django_db_setup

__all__ = ["django_db_setup"]

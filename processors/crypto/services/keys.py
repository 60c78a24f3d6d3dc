"""Accounts whose addresses we give, and the next address of one."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from foundation.actors import Actor
from foundation.audit.services import record
from processors.crypto.errors import refusal
from processors.crypto.models import DepositAddress, HdKey
from processors.crypto.rules.addresses import derive, fingerprint, path_of
from processors.crypto.setup import chain_of

NETWORKS = ("main", "test", "regtest", "signet")
TAKE_INDEX = """
UPDATE hd_key SET next_index = next_index + 1 WHERE chain = %s AND is_active
RETURNING id, next_index - 1, account_key, network
"""


def add_key(*, coin: str, account_key: str, network: str, by: Actor, at: datetime) -> HdKey:
    """Give addresses of this account from now on; the one before is kept for what it was given for.

    Refuses whatever is no public key of an account, and a key that is known in any spelling.
    """
    chain, mark = chain_of(coin), fingerprint(account_key)
    if network not in NETWORKS:
        raise refusal("crypto.bad_network", known=list(NETWORKS))
    with transaction.atomic():
        HdKey.objects.select_for_update().filter(chain=chain).order_by("pk").first()
        if HdKey.objects.filter(fingerprint=mark).exists():
            raise refusal("crypto.key_known")
        HdKey.objects.filter(chain=chain, is_active=True).update(is_active=False)
        key = HdKey.objects.create(
            chain=chain, network=network, account_key=account_key.strip(), fingerprint=mark, added_at=at,
            path=path_of(chain, is_main=network == "main"), added_by=by.reference,
        )  # fmt: skip
        record("hd_key.added", by=by, subject=key, at=at, chain=chain, fingerprint=mark)
    return key


def give_address(*, chain: str, at: datetime) -> DepositAddress:
    """An address nobody ever had. The key's row is held, so its numbers are given one by one, each once for ever."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE_INDEX, [chain])
        row = cursor.fetchone()
    if row is None:
        raise refusal("crypto.no_key", chain=chain)
    key_id, index, account_key, network = row
    address = derive(chain, account_key, index, network=network)
    return DepositAddress.objects.create(hd_key_id=key_id, chain=chain, index=index, address=address, given_at=at)

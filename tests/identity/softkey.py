"""A key made of software: it answers as a device does, and can be told to answer as an attacker would."""

from __future__ import annotations

import json
import os
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestedCredentialData

HOME = "http://localhost:8000"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class SoftKey:
    def __init__(self, *, verifies=True, counts=True):
        self.secret, self.id = ec.generate_private_key(ec.SECP256R1()), os.urandom(32)
        self.flags, self.count, self.step = PRESENT | VERIFIED * verifies, 0, int(counts)

    def made(self, asked, *, origin=HOME, host="localhost", kind="webauthn.create", alg=None, **said):
        """What the browser sends after `create`."""
        public = dict(ES256.from_cryptography_key(self.secret.public_key()))
        public[3] = alg or public[3]
        told = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor.encode(public)
        data = self._data(host, self.flags | ATTESTED) + (AttestedCredentialData(told) if not alg else told)
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": bytes(data)})
        client = self._client(asked, kind, origin, **said)
        return self._answer(clientDataJSON=client, attestationObject=attestation)

    def signed(self, asked, *, origin=HOME, host="localhost", kind="webauthn.get", altered=False, **said):
        """What the browser sends after `get`."""
        self.count += self.step
        client, data = self._client(asked, kind, origin, **said), self._data(host, self.flags)
        signature = self.secret.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        if altered:
            data = data[:-1] + bytes([data[-1] ^ 1])
        return self._answer(clientDataJSON=client, authenticatorData=data, signature=signature)

    def _data(self, host, flags):
        return sha256(host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, asked, kind, origin, **said):
        return json.dumps({"type": kind, "challenge": asked["challenge"], "origin": origin, **said}).encode()

    def _answer(self, **said):
        id = websafe_encode(self.id)
        response = {name: websafe_encode(value) for name, value in said.items()}
        return json.dumps({"id": id, "rawId": id, "type": "public-key", "response": response})


def with_passkey(browser, name="Blue key", **kind):
    """This browser's person adds a software key by the page; returns the key and what the page answered."""
    key = SoftKey(**kind)
    asked = browser.get("/account/keys/add").context["passkey_options"]
    return key, browser.send("/account/keys/add", {"name": name, "answer": key.made(asked)})

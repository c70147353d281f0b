"""A repository in memory, made with python-tuf, that a scenario changes step by step."""

import datetime
import hashlib
import json
import os
import urllib.parse

from securesystemslib.formats import encode_canonical
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    SuccinctRoles,
    TargetFile,
    Targets,
    Timestamp,
)

TOP = ["root", "timestamp", "snapshot", "targets"]
NOW = datetime.datetime(2030, 6, 1, tzinfo=datetime.timezone.utc)


def day(number):
    """The time `number` days after the scenario's begin."""
    return NOW + datetime.timedelta(days=number)


def signer(kind="ed25519"):
    """A new key: ed25519, ecdsa or rsa; rsa-pkcs1 signs by the older scheme."""
    if kind == "ecdsa":
        return CryptoSigner.generate_ecdsa()
    if kind == "rsa":
        return CryptoSigner.generate_rsa()
    if kind == "rsa-pkcs1":
        return CryptoSigner.generate_rsa(scheme="rsa-pkcs1v15-sha256")
    return CryptoSigner.generate_ed25519()


def file_name(role):
    return urllib.parse.quote(role, "")


class Repository:
    """All that was published, and the roles as they will be published next."""

    def __init__(self, keys="ed25519", consistent=True):
        self.keys = keys
        self.hashes = False
        self.roles = {
            "root": Root(expires=day(365), consistent_snapshot=consistent),
            "timestamp": Timestamp(expires=day(30)),
            "snapshot": Snapshot(expires=day(30)),
            "targets": Targets(expires=day(30)),
        }
        self.signers = {}
        self.metadata = {}
        self.artifacts = {}
        for role in TOP:
            self.use_key(role)
        self.publish("targets", "snapshot", "timestamp", "root")

    def __getattr__(self, role):
        try:
            return self.__dict__["roles"][role]
        except KeyError:
            raise AttributeError(role) from None

    # Keys

    def use_key(self, role, key=None, by="root"):
        """One more key for a role, which signs from now on."""
        key = key or signer(self.keys)
        self.roles[by].add_key(key.public_key, role)
        self.signers.setdefault(role, []).append(key)
        return key

    def rotate(self, role, by="root"):
        """A new key instead of all that the role had."""
        keyids = self.role_keys(role, by).keyids
        for keyid in list(keyids):
            self.roles[by].revoke_key(keyid, role)
        self.signers[role] = []
        return self.use_key(role, by=by)

    def role_keys(self, role, by="root"):
        if by == "root":
            return self.root.roles[role]
        return self.roles[by].delegations.roles[role]

    # Content

    def add_target(self, path, content, role="targets", algorithms=("sha256",)):
        self.roles[role].targets[path] = TargetFile.from_data(path, content, list(algorithms))
        self.artifacts[path] = content

    def delegate(self, name, paths=("*",), by="targets", terminating=False, threshold=1, prefixes=None, keys=1, expires=30):
        delegator = self.roles[by]
        if delegator.delegations is None:
            delegator.delegations = Delegations({}, {})
        delegator.delegations.roles[name] = DelegatedRole(
            name, [], threshold, terminating, None if prefixes else list(paths), prefixes
        )
        if name not in self.roles:
            self.roles[name] = Targets(expires=day(expires))
        for _ in range(keys):
            self.use_key(name, by=by)

    def delegate_bins(self, bits, prefix="bin"):
        """Succinct hashed bins, with one key for all."""
        key = signer(self.keys)
        succinct = SuccinctRoles([key.public_key.keyid], 1, bits, prefix)
        self.targets.delegations = Delegations({key.public_key.keyid: key.public_key}, None, succinct)
        for name in succinct.get_roles():
            self.roles[name] = Targets(expires=day(30))
            self.signers[name] = [key]
        return succinct

    # Publication

    def publish(self, *roles, bump=True):
        """Signs roles with what they hold, one version higher than before, and lists them where they are to be listed."""
        for role in roles:
            signed = self.roles[role]
            if bump and any(name.endswith(f".{file_name(role)}.json") for name in self.metadata):
                signed.version += 1
            self.put(role, self.sign(role))
        return self

    def sign(self, role):
        metadata = Metadata(self.roles[role])
        for key in self.signers[role]:
            metadata.sign(key, append=True)
        return metadata.to_bytes()

    def put(self, role, content):
        """Serves these bytes as a role's newest file, and announces its version."""
        signed = self.roles[role]
        name = file_name(role)
        self.metadata[f"{signed.version}.{name}.json"] = content
        if role != "root":
            self.metadata[f"{name}.json"] = content
        length = len(content) if self.hashes else None
        hashes = {"sha256": hashlib.sha256(content).hexdigest()} if self.hashes else None
        meta = MetaFile(signed.version, length, hashes)
        if role == "snapshot":
            self.timestamp.snapshot_meta = meta
        elif role not in TOP or role == "targets":
            self.snapshot.meta[f"{role}.json"] = meta

    def release(self, *roles):
        """Publishes targets roles and what lists them."""
        return self.publish(*roles, "snapshot", "timestamp")

    def edit(self, role, change, publish=True):
        """Publishes a role whose signed part was changed as JSON, signed again: what python-tuf would not write."""
        if publish:
            self.roles[role].version += 1
        content = json.loads(Metadata(self.roles[role]).to_bytes())
        signed = change(content["signed"]) or content["signed"]
        message = encode_canonical(signed).encode()
        signatures = []
        for key in self.signers[role]:
            signatures.append({"keyid": key.public_key.keyid, "sig": key.sign(message).signature})
        self.put(role, json.dumps({"signatures": signatures, "signed": signed}).encode())

    def raw(self, role, change):
        """Serves a role's newest file with its bytes changed."""
        self.put(role, change(self.metadata[f"{self.roles[role].version}.{file_name(role)}.json"]))

    def write(self, folder):
        """Writes all that is served now."""
        os.makedirs(f"{folder}/metadata")
        for name, content in self.metadata.items():
            with open(f"{folder}/metadata/{name}", "wb") as file:
                file.write(content)
        for path, content in self.artifacts.items():
            parent, _, name = path.rpartition("/")
            base = f"{folder}/targets/{parent}" if parent else f"{folder}/targets"
            try:
                os.makedirs(base, exist_ok=True)
                names = {name}
                for algorithm in ("sha256", "sha512"):
                    names.add(f"{hashlib.new(algorithm, content).hexdigest()}.{name}")
                    target = self.find_target(path)
                    if target is not None:
                        names.update(f"{digest}.{name}" for digest in target.hashes.values())
                for each in names:
                    with open(f"{base}/{each}", "wb") as file:
                        file.write(content)
            except (OSError, ValueError):
                pass  # A path that no file system takes.

    def find_target(self, path):
        for role in self.roles.values():
            if isinstance(role, Targets) and path in role.targets:
                return role.targets[path]
        return None


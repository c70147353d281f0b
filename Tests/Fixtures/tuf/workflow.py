"""The client's workflow: what an honest repository, or one that was taken over, may and may not do to it."""

from repository import Repository, day, signer
from script import scenario, variants

ALL = {"root": 1, "timestamp": 1, "snapshot": 1, "targets": 1}
FIRST = ["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"]


def versions(**changes):
    return {**ALL, **changes}


# Basics


@scenario
def first_refresh(s):
    s.refresh(trusted=ALL, requests=FIRST)
    s.refresh(trusted=ALL, requests=["2.root.json", "timestamp.json"])


@scenario
def a_download_refreshes_first(s):
    s.download("nothing", ok=False, cause='lists target "nothing"', trusted=ALL, requests=FIRST)


@scenario
def all_four_move_on(s):
    s.refresh(trusted=ALL)
    s.repository.release("root", "targets")
    s.refresh(
        trusted={"root": 2, "timestamp": 2, "snapshot": 2, "targets": 2},
        requests=["2.root.json", "3.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json"],
    )


@scenario
def without_consistent_snapshots(s):
    s.begin(Repository(consistent=False))
    s.repository.add_target("a", b"plain")
    s.repository.delegate("B", ["b*"])
    s.repository.add_target("b1", b"below", role="B")
    s.repository.release("targets", "B")
    s.download(
        "a", "b1", files={"a": "plain", "b1": "below"},
        requests=["2.root.json", "timestamp.json", "snapshot.json", "targets.json", "a", "B.json", "b1"],
    )


@scenario
def many_roots_in_one_refresh(s):
    for _ in range(20):
        s.repository.publish("root")
    s.refresh(trusted=versions(root=21))


@scenario
def no_more_than_256_roots_in_one_refresh(s):
    for _ in range(260):
        s.repository.publish("root")
    s.refresh(trusted=versions(root=257))
    s.refresh(trusted=versions(root=261))


@scenario
def unknown_members_are_signed_and_kept(s):
    s.refresh()
    root = s.repository.root
    root.unrecognized_fields["later"] = {"b": [1, "\u00e9\n\"\\"], "a": None}
    root.keys[root.roles["root"].keyids[0]].unrecognized_fields["owner"] = "@somebody"
    root.roles["root"].unrecognized_fields["note"] = True
    s.repository.publish("root")
    s.repository.targets.unrecognized_fields["custom"] = {"x": -1}
    s.repository.release("targets")
    s.refresh(trusted={"root": 2, "timestamp": 2, "snapshot": 2, "targets": 2})


@scenario
def metadata_with_lengths_and_digests(s):
    s.repository.hashes = True
    s.repository.release("targets")
    s.refresh(trusted={"root": 1, "timestamp": 2, "snapshot": 2, "targets": 2})
    s.repository.publish("targets")
    s.repository.snapshot.meta["targets.json"].hashes["sha256"] = "46" * 32
    s.repository.publish("snapshot", "timestamp")
    s.refresh(
        ok=False, cause='metadata "targets" is not what was announced: its SHA-256',
        trusted={"root": 1, "timestamp": 3, "snapshot": 3, "targets": 2},
    )


@scenario
def a_snapshot_of_the_same_version_with_another_digest(s):
    s.repository.hashes = True
    s.repository.release()
    s.refresh(trusted=versions(timestamp=2, snapshot=2))
    s.repository.timestamp.snapshot_meta.hashes["sha256"] = "46" * 32
    s.repository.publish("timestamp")
    s.refresh(trusted=versions(timestamp=3, snapshot=2), requests=["2.root.json", "timestamp.json"])


@scenario
def a_timestamp_with_other_content_and_the_same_version(s):
    s.refresh(trusted=ALL)
    s.repository.timestamp.snapshot_meta.version = 100
    s.repository.publish("timestamp", bump=False)
    s.refresh(trusted=ALL, requests=["2.root.json", "timestamp.json"])


@scenario
def targets_that_the_snapshot_does_not_announce(s):
    s.refresh(trusted=ALL)
    s.repository.publish("targets")
    s.refresh(trusted=ALL, requests=["2.root.json", "timestamp.json"])


# Signatures


def unsigned(role, trusted):
    def make(s):
        s.repository.signers[role] = [signer()]
        s.repository.publish(role, *[r for r in ("targets", "snapshot", "timestamp") if role != "root"])
        s.refresh(ok=False, cause=f'metadata "{role}"', trusted=trusted)

    return make


variants(
    "unsigned",
    [
        ("root", unsigned("root", {"root": 1})),
        ("timestamp", unsigned("timestamp", {"root": 1})),
        ("snapshot", unsigned("snapshot", {"root": 1, "timestamp": 2})),
        ("targets", unsigned("targets", {"root": 1, "timestamp": 2, "snapshot": 2})),
    ],
)

variants(
    "keys",
    [(kind, lambda s, kind=kind: (s.begin(Repository(kind)), s.refresh(trusted=ALL))) for kind in ("ed25519", "ecdsa", "rsa", "rsa-pkcs1")],
)


@scenario
def keys_of_all_kinds_in_one_role(s):
    for kind in ("ecdsa", "rsa", "ed25519"):
        s.repository.use_key("timestamp", signer(kind))
    s.repository.root.roles["timestamp"].threshold = 4
    s.repository.publish("root", "timestamp")
    s.refresh(trusted=versions(root=2, timestamp=2))


def root_chain(*roots, ok=True, local=None):
    """Roots one after another: (keys, threshold, signers), by number."""

    def make(s):
        repository = s.repository
        keys = [signer() for _ in range(10)]
        root = repository.root
        repository.metadata.pop("1.root.json")
        root.version = 0
        for names, threshold, signing in roots:
            root.version += 1
            for keyid in list(root.roles["root"].keyids):
                root.revoke_key(keyid, "root")
            for number in names:
                root.add_key(keys[number].public_key, "root")
            root.roles["root"].threshold = threshold
            repository.signers["root"] = [keys[number] for number in signing]
            repository.publish("root", bump=False)
        s.trust(repository.metadata["1.root.json"])
        trusted = local or len(roots)
        if ok:
            s.refresh(trusted=versions(root=trusted))
        else:
            s.refresh(ok=False, cause='metadata "root" version', trusted={"root": trusted})

    return make


FIVE = [0, 1, 2, 3, 4]
variants(
    "root-chain",
    [
        ("one-key-for-another", root_chain(([1], 1, [1]), ([2], 1, [2, 1]), ([2], 1, [2]))),
        ("with-signatures-of-strangers", root_chain(([1], 1, [3, 1, 4]), ([2], 1, [3, 2, 1, 4]), ([2], 1, [3, 2, 4]))),
        ("three-of-five-in-turns", root_chain((FIVE, 3, [0, 2, 4]), (FIVE, 3, [0, 4, 1]), (FIVE, 3, [0, 1, 3]))),
        ("one-of-five-replaced", root_chain((FIVE, 3, [0, 2, 4]), ([0, 1, 3, 4, 5], 3, [0, 4, 1]))),
        (
            "all-of-five-replaced",
            root_chain((FIVE, 3, [0, 2, 4]), ([5, 6, 7, 8, 9], 3, [0, 2, 4, 5, 6, 7]), ([5, 6, 7, 8, 9], 3, [5, 6, 7])),
        ),
        ("threshold-up", root_chain(([1, 2, 3], 1, [1]), ([1, 2, 3], 2, [1, 2]))),
        ("threshold-down", root_chain(([1, 2, 3], 2, [1, 2]), ([1, 2, 3], 1, [1, 2]), ([1, 2, 3], 1, [1]))),
        ("key-added-with-threshold", root_chain(([1], 1, [1]), ([1, 2], 2, [1, 2]))),
        ("not-signed-by-the-old-key", root_chain(([1], 1, [1]), ([2], 1, [2, 3, 4]), ok=False, local=1)),
        ("not-signed-by-the-new-key", root_chain(([1], 1, [1]), ([2], 1, [1, 3, 4]), ok=False, local=1)),
        (
            "two-of-three-new-keys",
            root_chain((FIVE, 3, [0, 2, 4]), ([0, 1, 3, 4, 5], 3, [0, 2, 4]), ok=False, local=1),
        ),
        (
            "two-of-three-old-keys",
            root_chain((FIVE, 3, [0, 2, 4]), ([0, 1, 3, 4, 5], 3, [0, 4, 5]), ok=False, local=1),
        ),
        ("new-threshold-missed", root_chain(([1, 2, 3], 1, [1]), ([1, 2, 3], 2, [2]), ok=False, local=1)),
        ("old-threshold-missed", root_chain(([1, 2, 3], 2, [1, 2]), ([1, 2, 3], 1, [1]), ok=False, local=1)),
    ],
)


def role_keys(names, threshold, signing, ok=True):
    def make(s):
        s.refresh(trusted=ALL)
        keys = [signer() for _ in range(10)]
        for role in ("timestamp", "snapshot", "targets"):
            root = s.repository.root
            for keyid in list(root.roles[role].keyids):
                root.revoke_key(keyid, role)
            for number in names:
                root.add_key(keys[number].public_key, role)
            root.roles[role].threshold = threshold
            s.repository.signers[role] = [keys[number] for number in signing]
            s.repository.release("root", "targets")
            if ok:
                s.refresh()
            else:
                s.refresh(ok=False, cause=f"of the {threshold} signatures")

    return make


variants(
    "role-keys",
    [
        ("another", role_keys([2], 1, [2])),
        ("with-strangers", role_keys([1], 1, [3, 1, 4])),
        ("not-the-new-one", role_keys([2], 1, [1, 3, 4], ok=False)),
        ("two-right-one-wrong", role_keys([0, 1, 3, 4, 5], 3, [0, 2, 4], ok=False)),
        ("two-of-three", role_keys([0, 1, 3, 4, 5], 3, [0, 4], ok=False)),
        ("the-last-three-of-five", role_keys(FIVE, 3, [2, 3, 4])),
    ],
)


@scenario
def a_threshold_no_keys_can_reach(s):
    s.refresh(trusted=ALL)
    for _ in range(4):
        s.repository.use_key("snapshot")
    s.repository.root.roles["snapshot"].threshold = 6
    s.repository.release("root")
    s.refresh(ok=False, cause="5 of the 6 signatures", trusted=versions(root=2, timestamp=2))


@scenario
def a_key_id_without_its_key(s):
    s.refresh(trusted=ALL)
    s.repository.root.roles["snapshot"].keyids.append("f" * 64)
    s.repository.root.roles["snapshot"].threshold = 2
    s.repository.release("root")
    s.refresh(ok=False, cause="1 of the 2 signatures", trusted=versions(root=2, timestamp=2))


@scenario
def an_odd_hash_algorithm_of_key_ids_does_not_matter(s):
    key = s.repository.root.roles["snapshot"].keyids[0]
    s.repository.root.keys[key].unrecognized_fields["keyid_hash_algorithms"] = ["md5"]
    s.repository.release("root")
    s.refresh(trusted=versions(root=2, timestamp=2, snapshot=2))


# Expiry


@scenario
def an_expired_root_is_kept_and_nothing_else_moves(s):
    s.refresh(trusted=ALL)
    s.repository.root.expires = day(-1)
    s.repository.release("root", "targets")
    s.refresh(ok=False, cause='metadata "root" version 2 expired at 2030-05-31T00:00:00Z', trusted=versions(root=2))
    s.repository.root.expires = day(100)
    s.repository.publish("root")
    s.refresh(trusted={"root": 3, "timestamp": 2, "snapshot": 2, "targets": 2})


@scenario
def an_expired_timestamp(s):
    s.refresh(trusted=ALL)
    s.repository.timestamp.expires = day(-5)
    s.repository.publish("timestamp")
    s.refresh(ok=False, cause='metadata "timestamp" version 2 expired', trusted=ALL)


@scenario
def an_expired_snapshot(s):
    s.refresh(trusted=ALL)
    s.repository.snapshot.expires = day(-5)
    s.repository.publish("snapshot", "timestamp")
    s.refresh(ok=False, cause='metadata "snapshot" version 2 expired', trusted=versions(timestamp=2))


@scenario
def expired_targets(s):
    s.refresh(trusted=ALL)
    s.repository.targets.expires = day(-5)
    s.repository.release("targets")
    s.refresh(ok=False, cause='metadata "targets" version 2 expired', trusted=versions(timestamp=2, snapshot=2))


@scenario
def metadata_is_over_at_its_very_expiry(s):
    s.refresh(at=29.99, trusted=ALL)
    s.refresh(ok=False, at=30, cause="expired", trusted=ALL)


@scenario
def what_expired_on_the_disk_is_still_a_base(s):
    s.repository.timestamp.expires = day(7)
    s.repository.publish("timestamp")
    s.refresh(trusted=versions(timestamp=2))
    s.repository.timestamp.expires = day(21)
    s.repository.release("targets")
    s.refresh(at=18, trusted=versions(timestamp=3, snapshot=2, targets=2))


@scenario
def what_expired_on_the_disk_still_keeps_from_going_back(s):
    s.repository.release("targets")
    s.repository.timestamp.expires = day(7)
    s.repository.release("targets")
    s.refresh(trusted=versions(timestamp=3, snapshot=3, targets=3))
    s.repository.timestamp.version = 2
    s.repository.timestamp.expires = day(21)
    s.repository.publish("timestamp", bump=False)
    s.refresh(
        ok=False, at=18, cause='metadata "timestamp" version 2 is older than version 3',
        trusted=versions(timestamp=3, snapshot=3, targets=3),
    )


# Going back, and forward again


@scenario
def a_timestamp_that_goes_back(s):
    s.repository.publish("timestamp")
    s.refresh(trusted=versions(timestamp=2))
    s.repository.timestamp.version = 1
    s.repository.publish("timestamp", bump=False)
    s.refresh(ok=False, cause="is older than version 2", trusted=versions(timestamp=2), requests=["2.root.json", "timestamp.json"])


def snapshot_back(hashes):
    def make(s):
        s.repository.hashes = hashes
        s.repository.release()
        s.refresh(trusted=versions(timestamp=2, snapshot=2))
        s.repository.snapshot.version = 1
        s.repository.publish("snapshot", bump=False)
        s.repository.publish("timestamp")
        s.refresh(
            ok=False, cause='metadata "snapshot" version 1 is older', trusted=versions(timestamp=2, snapshot=2),
            requests=["2.root.json", "timestamp.json"],
        )

    return make


def targets_back(hashes):
    def make(s):
        s.repository.hashes = hashes
        s.repository.publish("targets")
        s.repository.release("targets")
        s.refresh(trusted=versions(timestamp=2, snapshot=2, targets=3))
        s.repository.targets.version = 1
        s.repository.publish("targets", bump=False)
        s.repository.release()
        s.refresh(
            ok=False, cause='metadata "targets" version 1 is older than version 3',
            trusted=versions(timestamp=3, snapshot=2, targets=3),
        )

    return make


variants("snapshot-back", [("plain", snapshot_back(False)), ("with-digests", snapshot_back(True))])
variants("targets-back", [("plain", targets_back(False)), ("with-digests", targets_back(True))])


@scenario
def a_snapshot_of_another_version_than_announced(s):
    s.repository.snapshot.version = 7
    content = s.repository.sign("snapshot")
    s.repository.snapshot.version = 1
    s.repository.metadata["1.snapshot.json"] = content
    s.refresh(
        ok=False, cause='metadata "snapshot" is version 7, and version 1 was announced',
        trusted={"root": 1, "timestamp": 1}, requests=["2.root.json", "timestamp.json", "1.snapshot.json"],
    )


@scenario
def recovery_of_a_timestamp_that_ran_ahead(s):
    s.repository.timestamp.version = 99999
    s.repository.publish("timestamp")
    s.refresh(trusted=versions(timestamp=100000))
    s.repository.rotate("timestamp")
    s.repository.timestamp.version = 1
    s.repository.publish("root")
    s.repository.publish("timestamp", bump=False)
    s.refresh(trusted=versions(root=2, timestamp=1))


@scenario
def recovery_of_a_snapshot_that_ran_ahead(s):
    s.repository.snapshot.version = 99999
    s.repository.publish("snapshot", "timestamp")
    s.refresh(trusted=versions(timestamp=2, snapshot=100000))
    s.repository.rotate("snapshot")
    s.repository.rotate("timestamp")
    s.repository.snapshot.version = 1
    s.repository.publish("root")
    s.repository.publish("snapshot", bump=False)
    s.repository.publish("timestamp")
    s.refresh(trusted=versions(root=2, timestamp=3, snapshot=1))


@scenario
def recovery_of_targets_that_ran_ahead(s):
    s.repository.targets.version = 99999
    s.repository.release("targets")
    s.refresh(trusted=versions(timestamp=2, snapshot=2, targets=100000))
    s.repository.rotate("snapshot")
    s.repository.targets.version = 1
    s.repository.publish("root")
    s.repository.publish("targets", bump=False)
    s.repository.release()
    s.refresh(trusted=versions(root=2, timestamp=3, snapshot=3, targets=1))


# Targets


@scenario
def a_target_in_folders(s):
    s.repository.add_target("path/to/a/file.txt", b"deep", algorithms=("sha512", "sha256"))
    s.repository.release("targets")
    s.refresh(files={})
    s.download("path/to/a/file.txt", files={"path%2Fto%2Fa%2Ffile.txt": "deep"})


@scenario
def a_target_is_downloaded_once(s):
    s.repository.add_target("file", b"content")
    s.repository.release("targets")
    digest = s.repository.targets.targets["file"].hashes["sha256"]
    s.download("file", files={"file": "content"}, requests=["2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json", f"{digest}.file"])
    s.download("file", files={"file": "content"}, requests=["2.root.json", "timestamp.json"])
    s.repository.add_target("file", b"new content")
    s.repository.release("targets")
    s.download("file", files={"file": "new content"})


@scenario
def a_target_that_was_replaced_on_the_server(s):
    s.repository.add_target("one", b"first content")
    s.repository.add_target("two", b"other content")
    s.repository.release("targets")
    s.download("one", files={"one": "first content"})
    s.repository.artifacts = {"one": b"bad! content.", "two": b"bad! content."}
    s.download("one", files={"one": "first content"})
    s.download("two", ok=False, cause='target "two" is not what was announced: its SHA-256', files={"one": "first content"})
    s.repository.artifacts = {"two": b"bad"}
    s.download("two", ok=False, cause="it has 3 bytes instead of 13", files={"one": "first content"})
    s.repository.artifacts = {"two": b"bad and much longer than announced"}
    s.download("two", ok=False, cause="longer than the 13 bytes", files={"one": "first content"})


@scenario
def the_first_target_that_fails_ends_a_download(s):
    s.repository.add_target("a", b"1")
    s.repository.add_target("c", b"3")
    s.repository.release("targets")
    s.download("a", "b", "c", ok=False, cause='lists target "b"', files={"a": "1"})


@scenario
def targets_with_odd_names(s):
    names = ["with space", "q?x=1#y", "per%2Fcent", "caf\u00e9", "-dash", "a+b&c", "dir with space/\u4e2d"]
    for name in names:
        s.repository.add_target(name, name.encode())
    s.repository.release("targets")
    s.download(*names)


@scenario
def targets_whose_paths_lead_astray(s):
    for name in ("../up", "a/../../up", "/abs", "a//b", "./a", "a/."):
        s.repository.add_target(name, b"x")
    s.repository.release("targets")
    for name in ("../up", "a/../../up", "/abs", "a//b", "./a", "a/."):
        s.download(name, ok=False, cause=f'target "{name}" is not fetched', files={})

"""Metadata that no honest tool writes: each row must be refused with a cause that names the thing."""

import json

from repository import signer
from script import scenario, variants

ALL = {"root": 1, "timestamp": 1, "snapshot": 1, "targets": 1}


def refused(role, cause, before=None, **changed):
    """After a good refresh the role's next file is bad: `before` makes it, and every trusted version stays as it was but those
    of `changed`."""

    def make(s):
        s.refresh(trusted=ALL)
        before(s.repository)
        s.refresh(ok=False, cause=cause, trusted={**ALL, **changed})

    return make


def edited(role, change):
    """Signed again after the change, and announced."""

    def before(repository):
        repository.edit(role, change)
        announce(repository, role)

    return before


def mangled(role, change):
    """Published, and the bytes changed afterwards."""

    def before(repository):
        repository.publish(role)
        repository.raw(role, change)
        announce(repository, role)

    return before


def announce(repository, role):
    if role == "targets":
        repository.publish("snapshot")
    if role in ("targets", "snapshot"):
        repository.publish("timestamp")


def member(name, value):
    return lambda signed: signed.update({name: value})


def without(name):
    return lambda signed: signed.pop(name) and None


def swapped(old, new):
    return lambda content: content.replace(old, new, 1)


def in_role(role, name, value):
    return lambda signed: signed["roles"][role].update({name: value})


def in_snapshot(name, value):
    return lambda signed: signed["meta"]["snapshot.json"].update({name: value})


def signatures(change):
    def apply(content):
        file = json.loads(content)
        file["signatures"] = change(file["signatures"])
        return json.dumps(file).encode()

    return apply


# Texts that are not strict JSON.
TEXTS = [
    ("duplicate-member", swapped(b'"_type":', b'"_type":"timestamp","_type":'), 'key "_type" stands twice'),
    ("duplicate-member-escaped", swapped(b'"version":', b'"v\\u0065rsion":1,"version":'), "stands twice"),
    ("duplicate-signed", swapped(b'"signed":', b'"signed":{},"signed":'), 'key "signed" stands twice'),
    ("deep", swapped(b'"_type":', b'"x":' + b"[" * 5000 + b"]" * 5000 + b',"_type":'), "nested deeper than 32"),
    ("fraction", swapped(b'"_type":', b'"x":1.5,"_type":'), "integers only"),
    ("exponent", swapped(b'"_type":', b'"x":1e3,"_type":'), "integers only"),
    ("huge-integer", swapped(b'"_type":', b'"x":9223372036854775808,"_type":'), "64-bit"),
    ("invalid-utf-8", swapped(b'"_type":', b'"x":"\xff","_type":'), "invalid UTF-8"),
    ("overlong-utf-8", swapped(b'"_type":', b'"x":"\xc0\xaf","_type":'), "invalid UTF-8"),
    ("lone-surrogate", swapped(b'"_type":', b'"x":"\\ud800","_type":'), "surrogate"),
    ("byte-order-mark", lambda content: b"\xef\xbb\xbf" + content, "not acceptable"),
    ("text-behind", lambda content: content + b"{}", "text after the value"),
    ("two-files", lambda content: content + content, "text after the value"),
    ("cut", lambda content: content[: len(content) // 2], 'metadata "timestamp" is not acceptable'),
    ("nothing", lambda content: b"", 'metadata "timestamp" is not acceptable'),
    ("a-list", lambda content: b"[]", "expected an object"),
    ("a-page", lambda content: b"<html>404</html>", "expected an object"),
    ("nul", swapped(b'"_type":', b'"x":"\x00","_type":'), "control character"),
    ("comment", swapped(b'"_type":', b'/* */"_type":'), "expected a key"),
    ("not-a-number", swapped(b'"_type":', b'"x":NaN,"_type":'), "no value begins like this"),
    ("long", lambda content: content + b" " * 20_000, "longer than the 16384 bytes"),
]
variants(
    "hostile-text",
    [(name, refused("timestamp", cause, mangled("timestamp", change))) for name, change, cause in TEXTS],
)

# Members that are not what they must be, rightly signed.
MEMBERS = [
    ("no-type", without("_type"), '"_type" is missing'),
    ("another-type", member("_type", "snapshot"), '_type is "snapshot" and should be "timestamp"'),
    ("spec-version-2", member("spec_version", "2.0.0"), "spec_version is 2.0.0"),
    ("spec-version-word", member("spec_version", "one"), 'spec_version "one"'),
    ("no-spec-version", without("spec_version"), '"spec_version" is missing'),
    ("version-0", member("version", 0), '"version" is 0'),
    ("version-negative", member("version", -1), '"version" is -1'),
    ("version-text", member("version", "2"), '"version" must be an integer'),
    ("version-true", member("version", True), '"version" must be an integer'),
    ("version-null", member("version", None), '"version" is missing'),
    ("expires-word", member("expires", "tomorrow"), 'expires "tomorrow"'),
    ("expires-month-13", member("expires", "2030-13-01T00:00:00Z"), "2030-13-01"),
    ("expires-no-leap-day", member("expires", "2031-02-29T00:00:00Z"), "2031-02-29"),
    ("expires-with-offset", member("expires", "2031-02-01T00:00:00+01:00"), "2031-02-01"),
    ("expires-number", member("expires", 4102444800), '"expires" must be a string'),
    ("no-expires", without("expires"), '"expires" is missing'),
    ("no-meta", without("meta"), '"meta" is missing'),
    ("meta-list", member("meta", []), '"meta" must be an object'),
    ("meta-of-nothing", member("meta", {}), "does not name snapshot.json"),
    ("meta-null", member("meta", {"snapshot.json": None}), 'meta of "snapshot.json"'),
    ("meta-version-0", in_snapshot("version", 0), 'meta of "snapshot.json": member "version" is 0'),
    ("meta-length-negative", in_snapshot("length", -1), 'member "length" is -1'),
    ("meta-no-digests", in_snapshot("hashes", {}), '"hashes" must not be empty'),
    ("meta-short-digest", in_snapshot("hashes", {"sha256": "00"}), 'digest "sha256" must be 64'),
    ("meta-upper-case-digest", in_snapshot("hashes", {"sha256": "AB" * 32}), 'digest "sha256" must be 64'),
]
variants(
    "hostile-member",
    [(name, refused("timestamp", cause, edited("timestamp", change))) for name, change, cause in MEMBERS],
)

# Roots that a thief of nothing but the repository's disk could make, and roots of careless owners.
ROOTS = [
    ("threshold-0", in_role("timestamp", "threshold", 0), 'role "timestamp": member "threshold" is 0'),
    ("threshold-negative", in_role("root", "threshold", -1), 'role "root": member "threshold" is -1'),
    ("threshold-text", in_role("root", "threshold", "1"), '"threshold" must be an integer'),
    ("threshold-above-keys", in_role("root", "threshold", 9), "1 of the 9 signatures"),
    ("no-role", lambda signed: signed["roles"].pop("snapshot") and None, 'role "snapshot"'),
    ("no-keys", without("keys"), '"keys" is missing'),
    ("keys-list", member("keys", []), '"keys" must be an object'),
    ("key-without-value", lambda signed: signed["keys"].update({"x": {"keytype": "rsa", "scheme": "rsa"}}), 'key "x"'),
    ("keyids-text", in_role("root", "keyids", "abc"), '"keyids" must be an array'),
    (
        "keyids-twice",
        lambda signed: signed["roles"]["root"]["keyids"].append(signed["roles"]["root"]["keyids"][0]),
        '"keyids" names key',
    ),
    ("another-role", lambda signed: signed["roles"].update(mirrors=signed["roles"]["root"]), 'a role "mirrors"'),
    ("keyids-numbers", in_role("root", "keyids", [1]), '"keyids" must be a list of texts'),
    ("consistent-text", member("consistent_snapshot", "yes"), '"consistent_snapshot" must be true or false'),
    ("version-skipped", member("version", 3), 'metadata "root" is version 3, and version 2 was announced'),
    ("version-again", member("version", 1), 'metadata "root" is version 1, and version 2 was announced'),
    (
        "key-swapped-under-its-id",
        lambda signed: signed["keys"][signed["roles"]["root"]["keyids"][0]].update(keyval={"public": "00" * 32}),
        "0 of the 1 signatures",
    ),
]
variants("hostile-root", [(name, refused("root", cause, edited("root", change))) for name, change, cause in ROOTS])


def two_ids(repository):
    """One key under two ids, with a threshold of two."""
    key = signer()
    repository.root.keys["second"] = type(key.public_key)("second", "ed25519", "ed25519", {"public": key.public_key.keyval["public"]})
    repository.root.add_key(key.public_key, "timestamp")
    repository.root.roles["timestamp"].keyids = [key.public_key.keyid, "second"]
    repository.root.roles["timestamp"].threshold = 2
    repository.publish("root")
    repository.signers["timestamp"] = [key]
    repository.publish("timestamp")
    repository.raw("timestamp", signatures(lambda list: [*list, {"keyid": "second", "sig": list[0]["sig"]}]))


def twice(repository):
    """One signature twice, with a threshold of two."""
    repository.use_key("timestamp")
    repository.root.roles["timestamp"].threshold = 2
    repository.publish("root")
    repository.signers["timestamp"].pop()
    repository.publish("timestamp")
    repository.raw("timestamp", signatures(lambda list: list + list))


def malformed(value):
    return mangled("timestamp", signatures(lambda list: [{**list[0], "sig": value}]))


SIGNATURES = [
    ("one-key-under-two-ids", two_ids, "1 of the 2 signatures", {"root": 2}),
    ("one-signature-twice", twice, "two signatures are of key", {"root": 2}),
    ("none", mangled("timestamp", signatures(lambda list: [])), "0 of the 1 signatures", {}),
    ("empty", malformed(""), "0 of the 1 signatures", {}),
    ("odd-digits", malformed("abc"), "0 of the 1 signatures", {}),
    ("no-digits", malformed("zz" * 64), "0 of the 1 signatures", {}),
    ("zeros", malformed("00" * 64), "0 of the 1 signatures", {}),
    ("of-a-stranger", mangled("timestamp", signatures(lambda list: [{**list[0], "keyid": "x"}])), "0 of the 1", {}),
    ("missing", mangled("timestamp", lambda content: json.dumps({"signed": json.loads(content)["signed"]}).encode()), '"signatures" is missing', {}),
    ("a-number", mangled("timestamp", signatures(lambda list: [1])), "a signature must be an object", {}),
    ("without-id", mangled("timestamp", signatures(lambda list: [{"sig": "00"}])), '"keyid" is missing', {}),
    ("over-another-text", mangled("timestamp", swapped(b'"version":2}', b'"version":9}')), "0 of the 1 signatures", {}),
]
variants(
    "hostile-signature", [(name, refused("timestamp", cause, before, **changed)) for name, before, cause, changed in SIGNATURES]
)


@scenario
def hostile_signature_a_bad_one_beside_a_good_one(s):
    """A malformed signature is a wrong one: it does not take the right ones along."""
    s.refresh(trusted=ALL)
    s.repository.publish("timestamp")
    s.repository.raw("timestamp", signatures(lambda list: [{"keyid": list[0]["keyid"] + "0", "sig": ""}, *list]))
    s.refresh(trusted={**ALL, "timestamp": 2})


def delegation(**changes):
    """A delegation with members changed, or taken away where the value is None."""

    def before(repository):
        repository.delegate("A")

        def change(signed):
            role = signed["delegations"]["roles"][0]
            for name, value in changes.items():
                role.update({name: value}) if value is not None else role.pop(name)

        edited("targets", change)(repository)

    return before


def delegations(value):
    def before(repository):
        repository.delegate("A")
        edited("targets", lambda signed: signed["delegations"].update(value))(repository)

    return before


def target(**changes):
    def before(repository):
        repository.add_target("x", b"x")
        edited("targets", lambda signed: signed["targets"]["x"].update(changes))(repository)

    return before


BINS = {"keyids": [], "threshold": 1, "bit_length": 8, "name_prefix": "b"}
TARGETS = [
    ("threshold-0", delegation(threshold=0), 'delegated role "A": member "threshold" is 0'),
    ("named-root", delegation(name="root"), 'may not be named "root"'),
    ("named-snapshot", delegation(name="snapshot"), 'may not be named "snapshot"'),
    ("without-name", delegation(name=""), 'may not be named ""'),
    ("without-paths", delegation(paths=None), "either paths or path_hash_prefixes"),
    ("with-both-paths", delegation(path_hash_prefixes=["0"]), "either paths or path_hash_prefixes"),
    ("without-terminating", delegation(terminating=None), '"terminating" is missing'),
    ("paths-text", delegation(paths="*"), '"paths" must be an array'),
    ("roles-text", delegations({"roles": "A"}), '"roles" must be an array'),
    ("both-kinds-of-roles", delegations({"succinct_roles": BINS}), "either roles or succinct_roles"),
    ("bits-33", delegations({"roles": None, "succinct_roles": {**BINS, "bit_length": 33}}), "bit_length is 33"),
    ("bits-0", delegations({"roles": None, "succinct_roles": {**BINS, "bit_length": 0}}), "bit_length is 0"),
    ("length-negative", target(length=-1), 'target "x": member "length" is -1'),
    ("length-text", target(length="1"), '"length" must be an integer'),
    ("digest-short", target(hashes={"sha256": "0"}), 'target "x": digest "sha256"'),
    ("no-digest", target(hashes={}), '"hashes" must not be empty'),
    ("custom-text", target(custom="x"), '"custom" must be an object'),
    ("targets-list", edited("targets", member("targets", [])), '"targets" must be an object'),
]
variants(
    "hostile-targets",
    [(name, refused("targets", cause, before, timestamp=2, snapshot=2)) for name, before, cause in TARGETS],
)


@scenario
def hostile_targets_one_role_twice(s):
    s.repository.delegate("A")
    s.repository.edit("targets", lambda signed: signed["delegations"]["roles"].append(signed["delegations"]["roles"][0]))
    s.repository.publish("snapshot", "timestamp")
    s.refresh(ok=False, cause='delegated role "A" stands twice')


@scenario
def hostile_targets_two_spellings_of_one_name(s):
    s.repository.add_target("caf\u00e9", b"one")
    s.repository.add_target("cafe\u0301", b"two")
    s.repository.release("targets")
    s.refresh(ok=False, cause="two spellings of the same text")


@scenario
def hostile_snapshot_without_targets(s):
    s.repository.edit("snapshot", lambda signed: signed["meta"].pop("targets.json") and None)
    s.repository.publish("timestamp")
    s.refresh(ok=False, cause='the snapshot does not know metadata "targets"')


@scenario
def hostile_snapshot_that_forgets_a_role(s):
    s.repository.delegate("A")
    s.repository.release("targets", "A")
    s.refresh()
    s.repository.snapshot.meta.pop("A.json")
    s.repository.release()
    s.refresh(ok=False, cause='the new snapshot does not know metadata "A"', trusted={"root": 1, "timestamp": 3, "snapshot": 2, "targets": 2})


@scenario
def hostile_snapshot_without_a_delegated_role(s):
    s.repository.delegate("A")
    s.repository.publish("A")
    s.repository.snapshot.meta.pop("A.json")
    s.repository.release("targets")
    s.download("x", ok=False, cause='the snapshot does not know metadata "A"')


@scenario
def hostile_mix_of_an_old_targets_with_a_new_snapshot(s):
    s.refresh(trusted=ALL)
    s.repository.release("targets")
    s.repository.metadata["2.targets.json"] = s.repository.metadata["1.targets.json"]
    s.refresh(
        ok=False, cause='metadata "targets" is version 1, and version 2 was announced',
        trusted={**ALL, "timestamp": 2, "snapshot": 2},
    )


@scenario
def hostile_role_served_as_another(s):
    s.repository.delegate("A")
    s.repository.delegate("B")
    s.repository.add_target("x", b"x", role="B")
    s.repository.release("targets", "A", "B")
    s.repository.metadata["1.A.json"] = s.repository.metadata["1.B.json"]
    s.download("x", ok=False, cause='metadata "A" version 1 is not trusted: 0 of the 1 signatures that "targets"', files={})


@scenario
def hostile_role_name_of_four_kibibytes(s):
    s.repository.delegate("A" * 4096)
    s.repository.snapshot.meta["A" * 4096 + ".json"] = s.repository.snapshot.meta["targets.json"]
    s.repository.release("targets")
    s.download("x", ok=False, cause='the repository has no metadata "AAAA')


@scenario
def hostile_role_name_with_nul(s):
    s.repository.delegate("a\0b")
    s.repository.release("targets", "a\0b")
    s.download("x", ok=False, cause="lists target")


@scenario
def hostile_target_name_of_four_kibibytes(s):
    s.repository.add_target("x" * 4096, b"x")
    s.repository.release("targets")
    s.download("x" * 4096, ok=False, cause="longer than the 255 bytes", files={})


@scenario
def hostile_target_name_with_nul(s):
    s.repository.add_target("a\0b", b"x")
    s.repository.release("targets")
    s.download("a\0b", ok=False, cause="is not fetched", files={})


@scenario
def hostile_role_name_that_a_terminal_would_obey(s):
    name = "\x1b[2J\n\u202e"
    s.repository.delegate(name)
    s.repository.release("targets")
    s.repository.snapshot.meta[f"{name}.json"] = s.repository.snapshot.meta["targets.json"]
    s.repository.release()
    s.download("x", ok=False, cause='the repository has no metadata "\\u{1B}[2J\\u{A}\\u{202E}"')


@scenario
def hostile_target_without_bytes(s):
    s.repository.add_target("x", b"x")
    s.repository.release("targets")
    s.repository.artifacts = {}
    s.download("x", ok=False, cause='the repository has no target "x"', files={})


@scenario
def hostile_target_with_an_unknown_digest(s):
    s.repository.add_target("x", b"x")
    s.repository.edit("targets", lambda signed: signed["targets"]["x"]["hashes"].update({"md5": "00" * 16}))
    s.repository.publish("snapshot", "timestamp")
    s.refresh()
    s.download("x", ok=False, cause='a digest "md5", which this program does not know', files={})


@scenario
def hostile_snapshot_with_an_unknown_digest(s):
    s.repository.edit("timestamp", in_snapshot("hashes", {"md5": "00" * 16}))
    s.refresh(ok=False, cause='a digest "md5", which this program does not know', trusted={"root": 1, "timestamp": 2})


@scenario
def hostile_root_that_does_not_trust_itself(s):
    """The root that a client begins with is verified as well."""
    s.repository.raw("root", signatures(lambda list: [{**list[0], "sig": "00" * 64}]))
    s.trust(s.repository.metadata["1.root.json"])
    s.refresh(ok=False, cause="0 of the 1 signatures", requests=[])


@scenario
def hostile_root_longer_than_any(s):
    s.repository.publish("root")
    s.repository.raw("root", lambda content: content + b" " * 600_000)
    s.refresh(ok=False, cause="longer than the 512000 bytes", trusted={"root": 1})


@scenario
def hostile_snapshot_longer_than_announced(s):
    s.repository.hashes = True
    s.repository.release("targets")
    s.repository.metadata["2.snapshot.json"] += b" " * 100
    s.refresh(ok=False, cause='metadata "snapshot" version 2 is longer than the', trusted={"root": 1, "timestamp": 2})

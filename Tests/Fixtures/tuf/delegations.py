"""Delegated roles: in which order they are asked, who may speak for what, and whose signatures count."""

import hashlib

from repository import Repository, day, signer
from script import scenario, variants

TOP = ["2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json"]


def graph(*edges, order):
    """Edges: (delegator, role, more arguments of a delegation). The search for a target that nobody lists visits `order`."""

    def make(s):
        roles = {"targets"}
        for delegator, role, *more in edges:
            s.repository.delegate(role, by=delegator, **(more[0] if more else {}))
            roles.add(role)
        s.repository.release(*sorted(roles))
        s.download("missing", ok=False, cause='lists target "missing"', requests=TOP + [f"1.{role}.json" for role in order])

    return make


END = {"terminating": True}
PY = {"paths": ["*.py"]}
variants(
    "graph",
    [
        ("one", graph(("targets", "A"), order="A")),
        ("two-beside", graph(("targets", "A"), ("targets", "B"), order="AB")),
        ("two-levels", graph(("targets", "A"), ("targets", "B"), ("B", "C"), order="ABC")),
        ("depth-first", graph(("targets", "A"), ("targets", "B"), ("A", "C"), ("A", "D"), order="ACDB")),
        ("depth-first-three-levels", graph(("targets", "A"), ("targets", "B"), ("A", "C"), ("C", "D"), order="ACDB")),
        ("terminating", graph(("targets", "A"), ("targets", "B"), ("A", "C", END), ("A", "D"), order="AC")),
        ("terminating-with-roles-below", graph(("targets", "A"), ("targets", "B"), ("A", "C", END), ("C", "D"), order="ACD")),
        ("terminating-without-match", graph(("targets", "A"), ("targets", "B"), ("A", "C", {**END, **PY}), ("A", "D"), order="ADB")),
        ("no-match", graph(("targets", "A", PY), ("targets", "B"), ("A", "C"), order="B")),
        ("no-match-below", graph(("targets", "A"), ("targets", "B"), ("A", "C", PY), ("C", "D"), order="AB")),
        ("cycle", graph(("targets", "A"), ("targets", "B"), ("B", "C"), ("C", "D"), ("D", "B"), order="ABCD")),
        ("two-to-a-third", graph(("targets", "A"), ("targets", "B"), ("B", "C"), ("A", "C"), order="ACB")),
        ("two-to-a-third-one-by-path", graph(("targets", "A"), ("targets", "B"), ("B", "C"), ("A", "C", PY), order="ABC")),
    ],
)


def tree(target, found, order):
    def make(s):
        r = s.repository
        r.delegate("A", ["*.doc", "*.md"])
        r.delegate("B", ["releases/*/*"])
        r.delegate("C", ["releases/x/*"], by="B")
        r.delegate("D", ["releases/y/*.zip"], by="B")
        for role, path in [("targets", "file"), ("A", "README.md"), ("C", "releases/x/x_v1"), ("D", "releases/y/y_v1.zip"), ("D", "releases/z/z_v1.zip")]:
            r.add_target(path, path.encode(), role=role)
        r.release("targets", "A", "B", "C", "D")
        requests = TOP + [f"1.{role}.json" for role in order]
        if found:
            digest = hashlib.sha256(target.encode()).hexdigest()
            parent, slash, name = target.rpartition("/")
            s.download(target, requests=requests + [f"{parent}{slash}{digest}.{name}"], files={target.replace("/", "%2F"): target})
        else:
            s.download(target, ok=False, cause="lists target", requests=requests, files={})

    return make


variants(
    "search",
    [
        ("top", tree("file", True, "")),
        ("wildcard", tree("README.md", True, "A")),
        ("folders-x", tree("releases/x/x_v1", True, "BC")),
        ("folders-y", tree("releases/y/y_v1.zip", True, "BD")),
        ("not-delegated-all-the-way", tree("releases/z/z_v1.zip", False, "B")),
    ],
)


def pattern(pattern, path, matches):
    def make(s):
        s.repository.delegate("A", [pattern])
        s.repository.add_target(path, b"x", role="A")
        s.repository.release("targets", "A")
        if matches:
            s.download(path)
        else:
            s.download(path, ok=False, cause="lists target")

    return make


variants(
    "pattern",
    [
        ("star", pattern("a*c", "abbbc", True)),
        ("star-not-over-a-slash", pattern("*", "a/b", False)),
        ("star-matches-nothing", pattern("a*", "a", True)),
        ("question", pattern("a?c", "abc", True)),
        ("question-is-one", pattern("a?c", "ac", False)),
        ("set", pattern("v[0-9]", "v7", True)),
        ("set-negated", pattern("v[!0-9]", "v7", False)),
        ("case", pattern("A*", "abc", False)),
        ("whole", pattern("b", "abc", False)),
        ("many-stars", pattern("*a*a*a*b", "a" * 60 + "c", False)),
    ],
)


def odd_name(name):
    def make(s):
        s.repository.delegate(name)
        s.repository.release("targets", name)
        from repository import file_name

        s.download("missing", ok=False, cause="lists target", requests=TOP + [f"1.{file_name(name)}.json"])

    return make


variants(
    "role-name",
    [("question", odd_name("?")), ("hash", odd_name("#")), ("slash", odd_name("/role")), ("up", odd_name("../role")), ("dots", odd_name("..")), ("words", odd_name("caf\u00e9 \u4e2d %2F"))],
)


@scenario
def hashed_bins_by_prefix(s):
    for number in range(16):
        s.repository.delegate(f"bin-{number:x}", prefixes=[f"{number:x}"])
    paths = [f"file{number}" for number in range(6)]
    for path in paths:
        s.repository.add_target(path, path.encode(), role=f"bin-{hashlib.sha256(path.encode()).hexdigest()[0]}")
    s.repository.release("targets", *[f"bin-{number:x}" for number in range(16)])
    s.download(*paths, files={path: path for path in paths})


@scenario
def hashed_bins_succinct(s):
    bins = s.repository.delegate_bins(5)
    paths = [f"file{number}" for number in range(6)]
    for path in paths:
        s.repository.add_target(path, path.encode(), role=bins.get_role_for_target(path))
    s.repository.release("targets", *bins.get_roles())
    s.download(*paths, files={path: path for path in paths})
    s.download("missing", ok=False, cause="lists target")


@scenario
def a_threshold_of_author_and_reviewer(s):
    s.repository.delegate("app", ["apps/x/*"], terminating=True, threshold=2, keys=2)
    s.repository.add_target("apps/x/1.0.0.zip", b"app", role="app")
    s.repository.release("targets", "app")
    s.download("apps/x/1.0.0.zip")
    s.repository.signers["app"].pop()
    s.repository.add_target("apps/x/1.0.1.zip", b"app 2", role="app")
    s.repository.release("app")
    s.download("apps/x/1.0.1.zip", ok=False, cause='metadata "app" version 2 is not trusted: 1 of the 2 signatures that "targets"')


@scenario
def a_role_through_two_delegators(s):
    """C is signed with the key that A names. Through B, who names another, it must not count, cached or not."""
    r = s.repository
    r.delegate("A", ["a/*"])
    r.delegate("B", ["b/*"])
    r.delegate("C", ["a/*"], by="A")
    first = r.signers["C"]
    r.delegate("C", ["b/*"], by="B")
    second = r.signers["C"][1:]
    r.signers["C"] = first[:1]
    r.add_target("a/1", b"for a", role="C")
    r.add_target("b/1", b"for b", role="C")
    r.release("targets", "A", "B", "C")
    s.download("a/1", "b/1", ok=False, cause='0 of the 1 signatures that "B" asks for', files={"a%2F1": "for a"})
    s.download("b/1", ok=False, cause='0 of the 1 signatures that "B" asks for', files={"a%2F1": "for a"})
    r.signers["C"] = first[:1] + second
    r.release("C")
    s.download("a/1", "b/1", files={"a%2F1": "for a", "b%2F1": "for b"})


@scenario
def an_expired_delegated_role(s):
    s.repository.delegate("A", expires=-1)
    s.repository.add_target("x", b"x", role="A")
    s.repository.release("targets", "A")
    s.refresh()
    s.download("x", ok=False, cause='metadata "A" version 1 expired', files={}, trusted={"root": 1, "timestamp": 2, "snapshot": 2, "targets": 2})


@scenario
def a_delegated_role_that_expires_on_the_disk(s):
    s.repository.delegate("A", expires=7)
    s.repository.add_target("x", b"x", role="A")
    s.repository.add_target("y", b"y", role="A")
    s.repository.release("targets", "A")
    s.download("x", files={"x": "x"})
    s.download("y", ok=False, at=18, cause='metadata "A" version 1 expired', files={"x": "x"})
    s.repository.roles["A"].expires = day(21)
    s.repository.release("A")
    s.download("y", at=18, files={"x": "x", "y": "y"})


@scenario
def a_delegated_role_that_goes_back(s):
    s.repository.delegate("A")
    s.repository.add_target("x", b"x", role="A")
    s.repository.publish("A")
    s.repository.release("targets", "A")
    s.download("x")
    s.repository.roles["A"].version = 1
    s.repository.publish("A", bump=False)
    s.repository.release()
    s.refresh(ok=False, cause='metadata "A" version 1 is older than version 2')


@scenario
def a_delegation_that_was_revoked(s):
    s.repository.delegate("A")
    s.repository.add_target("x", b"x", role="A")
    s.repository.release("targets", "A")
    s.download("x", files={"x": "x"})
    s.repository.targets.delegations.roles.pop("A")
    s.repository.release("targets")
    s.download("x", ok=False, cause="lists target")


@scenario
def a_delegated_key_that_was_replaced(s):
    s.repository.delegate("A")
    s.repository.add_target("x", b"x", role="A")
    s.repository.release("targets", "A")
    s.download("x")
    s.repository.rotate("A", by="targets")
    s.repository.release("targets")
    s.download("x", ok=False, cause='metadata "A" version 1 is not trusted')
    s.repository.release("A")
    s.download("x")


@scenario
def a_role_that_lists_what_it_may_not_speak_for(s):
    s.repository.delegate("A", ["apps/a/*"])
    s.repository.delegate("B", ["apps/b/*"])
    s.repository.add_target("apps/b/1", b"by a", role="A")
    s.repository.release("targets", "A", "B")
    s.download("apps/b/1", ok=False, cause="lists target", files={})


@scenario
def the_first_role_that_lists_a_target_counts(s):
    s.repository.delegate("A")
    s.repository.delegate("B")
    s.repository.add_target("x", b"second", role="B")
    s.repository.add_target("x", b"first", role="A")
    s.repository.release("targets", "A", "B")
    s.download("x", files={"x": "first"})


@scenario
def with_ecdsa_keys_as_by_default(s):
    s.begin(Repository("ecdsa"))
    s.repository.delegate("A")
    s.repository.add_target("x", b"x", role="A")
    s.repository.release("targets", "A")
    s.download("x", files={"x": "x"})


@scenario
def thirty_two_roles_are_asked_and_no_more(s):
    for number in range(33):
        s.repository.delegate(f"r{number}")
    s.repository.add_target("last", b"x", role="r31")
    s.repository.add_target("beyond", b"x", role="r32")
    s.repository.release("targets", *[f"r{number}" for number in range(33)])
    s.download("last", files={"last": "x"})
    s.download("beyond", ok=False, cause="was not found in 32 delegated roles", files={"last": "x"})


@scenario
def ten_thousand_delegations(s):
    key = signer()
    for number in range(10_000):
        s.repository.delegate(f"app-{number}", [f"apps/{number}/*"], keys=0, terminating=True)
        s.repository.targets.delegations.roles[f"app-{number}"].keyids = [key.public_key.keyid]
    s.repository.targets.delegations.keys[key.public_key.keyid] = key.public_key
    s.repository.signers["app-9999"] = [key]
    s.repository.add_target("apps/9999/1.zip", b"x", role="app-9999")
    s.repository.release("targets", "app-9999")
    s.download("apps/9999/1.zip", files={"apps%2F9999%2F1.zip": "x"})

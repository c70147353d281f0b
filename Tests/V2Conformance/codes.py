"""Signature, permission and what nobody may send: the same at every endpoint."""

from cases import case, refusals
from client import GET, POST, Key, Wire, Wrong, is_error, seconds
from ground import UNBOUND
from shapes import equal


def call(ground):
    return {"app": "apptest", "func": "helloword", "ip": ground.ip, "param": '{"my":"toryzen"}', "timeout": "10"}


def at(timestamp):
    return lambda ground: dict(call(ground), timestamp=timestamp)


def setting(name, value):
    return lambda ground: dict(call(ground), **{name: value})


def bending(name, value):
    """Replaces, adds or (with None) leaves out a parameter after everything was signed."""
    def bend(pairs):
        kept = [pair for pair in pairs if pair[0] != name]
        return kept + ([(name, value)] if value is not None else [])
    return {"bend": bend}


def twice(name, value):
    """Adds a parameter once more."""
    return {"bend": lambda pairs: pairs + [(name, value)]}


ZEROS = "0" * 32

refusals("codes", [
    ("%s %s" % (what, name), "401.1", "rt/exec", call, bending(name, value))
    for name in ("auth_id", "timestamp", "sign_type", "sign")
    for what, value in (("no", None), ("empty", ""), ("blank", " "))
])
refusals("codes", [
    ("sha1", "401.3", "rt/exec", call, bending("sign_type", "sha1")),
    ("a sign of 31", "401.4", "rt/exec", call, bending("sign", ZEROS[1:])),
    ("a sign of 33", "401.4", "rt/exec", call, bending("sign", ZEROS + "0")),
    ("a timestamp with a letter", "401.8", "rt/exec", at("12x")),
    ("a timestamp below zero", "401.8", "rt/exec", at("-5")),
    ("a timestamp with a point", "401.8", "rt/exec", at("1.5")),
    ("a stale timestamp", "401.7", "rt/exec", lambda ground: at(seconds(-181))(ground)),
    ("a timestamp to come", "401.7", "rt/exec", lambda ground: at(seconds(200))(ground)),
    ("a timestamp in milliseconds", "401.7", "rt/exec", lambda ground: at(seconds() + "000")(ground)),
    ("a timestamp beyond 64 bits", "401.7", "rt/exec", at("9" * 20)),
    ("an unknown key", "413.1", "rt/exec", call, {"key": Key("0123456789ABCDEF", "x")}),
    ("an auth_id of another length", "413.1", "rt/exec", call, {"key": Key("7", "x")}),
    ("a revoked key", "413.1", "rt/exec", call, {"key": lambda ground: ground.revoked}),
    ("a wrong sign", "401.5", "rt/exec", call, bending("sign", ZEROS)),
    ("a wrong secret", "401.5", "rt/exec", call,
     {"key": lambda ground: Key(ground.client.key.auth_id, ground.foreign.secret)}),
    ("a parameter changed", "401.5", "rt/exec", call, bending("param", '{"my":"somebody else"}')),
    ("a parameter added", "401.5", "rt/exec", call, bending("more", "1")),
    ("a parameter taken away", "401.5", "rt/exec", call, bending("timeout", None)),
    ("the sign of another endpoint", "401.5", "rt/exec", call, {"signed_action": "info/app"}),
    # The order of the checks, pair by pair.
    ("401.1 before 401.3", "401.1", "rt/exec", call,
     {"bend": lambda pairs: [(n, "sha1" if n == "sign_type" else v) for n, v in pairs if n != "sign"]}),
    ("401.3 before 401.4", "401.3", "rt/exec", call,
     {"bend": lambda pairs: [(n, {"sign_type": "sha1", "sign": "0"}.get(n, v)) for n, v in pairs]}),
    ("401.4 before 401.8", "401.4", "rt/exec", at("12x"), bending("sign", "0")),
    ("401.8 before 413.1", "401.8", "rt/exec", at("12x"), {"key": Key("7", "x")}),
    ("401.7 before 413.1", "401.7", "rt/exec", at("5"), {"key": Key("7", "x")}),
    ("401.5 before 401.6", "401.5", "rt/exec", setting("app", "nosuch"), bending("sign", ZEROS)),
    ("401.6 before 403.7", "401.6", "rt/exec", lambda ground: dict(call(ground), app="nosuch", func="")),
    # Permission.
    ("another app", "401.6", "rt/exec", setting("app", "hostile")),
    ("an unknown app", "401.6", "rt/exec", setting("app", "nosuch")),
    ("an agent that is not bound", "401.6", "rt/exec", setting("ip", UNBOUND)),
    ("an unknown agent", "401.6", "rt/exec", setting("ip", "10.1.2.3")),
    ("detail of an agent that is not bound", "401.6", "info/agents/detail", {"ip": UNBOUND}),
    ("a caller from elsewhere", "401.6", "rt/exec", call, {"key": lambda ground: ground.foreign}),
    # A text that can be read in two ways has no signature.
    ("a parameter twice", "401.5", "rt/exec", call, twice("ip", UNBOUND)),
    ("a parameter twice, equal", "401.5", "rt/exec", call, twice("app", "apptest")),
    ("an unknown parameter twice", "401.5", "rt/exec", setting("more", "1"), twice("more", "1")),
    ("the sign twice", "401.5", "rt/exec", call, twice("sign", ZEROS)),
    ("a hidden ip", "401.5", "rt/exec", setting("func", "helloword&ip=" + UNBOUND)),
    ("a hidden parameter that was left out", "401.5", "rt/exec", setting("param", '{"my":"a&proxy=b"}')),
    ("a hidden auth_id", "401.5", "info/agents", {"more": "1&auth_id=7"}),
    ("two parameters joined in a name", "401.5", "rt/exec", lambda ground: {**call(ground), "app=x&func": "y"}),
])


@case("codes/a timestamp within three minutes counts", center=None)
def _(ground, client):
    for offset in (-170, 170):
        client.result("rt/exec", **at(seconds(offset))(ground))


@case("codes/sign and sign_type count in both cases of letters", center=None)
def _(ground, client):
    for change in (str.upper, str.lower):
        answer = client.answer("rt/exec", call(ground), lambda pairs: [
            (name, change(value) if name in ("sign", "sign_type") else value) for name, value in pairs])
        equal(answer["flag"], "true", "flag")


@case("codes/an empty parameter and an unknown one are signed and pass", center=None)
def _(ground, client):
    for more in ({"proxy": ""}, {"mode": "P"}, {"unknown": "1"}, {"unknown": ""}, {"proxy": "python|myproxy.py"}):
        client.result("rt/exec", **call(ground), **more)


@case("codes/signs that mean something elsewhere pass in values", center=None)
def _(ground, client):
    for text in ("a & b", "a=b", "a&b=c", "#", "a+b", "%41", "http://h/?x=1&y=2#z", "&ip", "&IP=1", "& ip=1", "精灵 & co"):
        param = '{"my":"%s"}' % text
        equal(client.result("rt/exec", **setting("param", param)(ground))["worker_message"], text, "worker_message")


@case("codes/equal calls within a second are all answered", wires=(GET, POST), center=None)
def _(ground, client):
    now = seconds()
    for _ in range(3):
        client.result("rt/exec", **at(now)(ground))


@case("codes/a key made with --once takes a signature once", wires=(GET,))
def _(ground, client):
    # A center that has just started refuses what may have been signed before.
    fields = at(seconds(5))(ground)
    once = client.using(key=ground.key("apptest", "--once"))
    once.result("rt/exec", **fields)
    once.refused("401.7", "rt/exec", fields)
    once.using(wire=POST).refused("401.7", "rt/exec", fields)
    once.refused("401.7", "rt/exec", fields, lambda pairs: [(n, v.upper() if n == "sign" else v) for n, v in pairs])
    once.result("rt/exec", **fields, more="1")


@case("codes/an unknown path and another method are no endpoints", wires=(GET,), center=None)
def _(ground, client):
    for status, action, method in ((404, "rt/none", "GET"), (404, "rt/exec", "PUT"), (404, "rt/exec", "DELETE")):
        wire = Wire("other", method, lambda position: True)
        found = client.using(wire=wire).send(action, call(ground))[0]
        if found != status and not (found == 405 and method != "GET"):
            raise Wrong("%s %s answered status %d" % (method, action, found))


@case("codes/a body of more than a megabyte is an illegal param", wires=(POST,), center=None)
def _(ground, client):
    answer = client.answer("rt/exec", setting("param", '{"my":"%s"}' % ("x" * (1 << 20)))(ground))
    if not is_error(answer["error"], "403.2"):
        raise Wrong("not 403.2 but %s" % answer)

"""rt/exec and info/…"""

from cases import case, order, refusals
from client import GET, POST, Wrong
from codes import call, setting
from ground import AWAY, HERE
from shapes import AGENT, APP, RUN, equal, identifier, shaped


@case("rt/a call is answered in the original's shape", center=None)
def _(ground, client):
    result = shaped(client.result("rt/exec", **call(ground)), RUN, "result")
    equal(result["worker_flag"], 1, "worker_flag")
    equal(result["worker_message"], "toryzen", "worker_message")


ANSWERS = [
    ("a text comes as it is", "helloword", '{"my":"x"}', 1, "x"),
    ("an empty text", "helloword", '{"my":""}', 1, ""),
    ("a JSON result comes as compact text", "helloword", '{"my":[1, {"a": null}]}', 1, '[1,{"a":null}]'),
    ("an object", "slow", '{"seconds":0}', 1, '{"version":"1.0.0","seconds":0}'),
    ("no param", "version", None, 1, "1.0.0"),
    ("an empty param", "version", "", 1, "1.0.0"),
    ("flag 0 of the function", "helloword", "{}", 0, None),
    ("a function that is not there", "nosuch", "{}", -1, None),
    ("any text", "helloword", '{"my":"精灵 😀 a+b 1%2B1 \\\\ <b>"}', 1, "精灵 😀 a+b 1%2B1 \\ <b>"),
]
for name, function, param, flag, message in ANSWERS:
    @case("rt/" + name, center=None)
    def _(ground, client, function=function, param=param, flag=flag, message=message):
        result = shaped(client.result("rt/exec", **dict(call(ground), func=function, param=param)), RUN, "result")
        equal(result["worker_flag"], flag, "worker_flag")
        if message is not None:
            equal(result["worker_message"], message, "worker_message")


@case("rt/every timeout that is a number counts", wires=(GET, POST), center=None)
def _(ground, client):
    for timeout in (None, "", "0", "1", "007", "2147483647"):
        client.result("rt/exec", **setting("timeout", timeout)(ground))


@case("rt/a call that takes longer than its timeout is ended", wires=(GET,), center=None)
def _(ground, client):
    fields = dict(call(ground), func="slow", param='{"seconds":60}', timeout="1")
    result = shaped(client.result("rt/exec", **fields), RUN, "result")
    equal(result["worker_flag"], -1, "worker_flag")
    if not 1000 <= result["worker_costtime"] < 30_000:
        raise Wrong("worker_costtime is %d" % result["worker_costtime"])


order("rt/exec", ["app", "func", "ip", "param", "timeout"], call)

refusals("rt", [
    ("no app", "403.3", "rt/exec", setting("app", None)),
    ("no func", "403.7", "rt/exec", setting("func", None)),
    ("a blank func", "403.7", "rt/exec", setting("func", " ")),
    ("no ip", "403.1", "rt/exec", setting("ip", None)),
    ("an agent that is away", "410.0", "rt/exec", setting("ip", AWAY), {"center": ()}),
] + [
    ("param " + param, "403.2", "rt/exec", setting("param", param))
    for param in ("{", '{"a":1,"a":2}', "nul", "{} x", "NaN", "'a'", "[1,]", '{"a":"\\ud800"}')
] + [
    ("timeout " + timeout, "403.8", "rt/exec", setting("timeout", timeout))
    for timeout in ("abc", "-1", "1.5", "1e9", "NaN", "2147483648", "99999999999", "0x10", "１")
])

for path in ("info/app", "info/apps"):
    @case("info/" + path, center=None)
    def _(ground, client, path=path):
        result = shaped(client.result(path), APP, "result")
        equal(result["app"], "apptest", "app")
        equal(result["app_ver"], "1.0.0", "app_ver")


@case("info/agents are listed, there or not")
def _(ground, client):
    equal(client.result("info/agents"), [HERE, AWAY], "result")


@case("info/an agent that is there", center=None)
def _(ground, client):
    for showcron in (None, "", "false", "TRUE"):
        result = shaped(client.result("info/agents/detail", ip=ground.ip, showcron=showcron), AGENT, "result")
        equal(result["ip"], ground.ip, "ip")


refusals("info", [
    ("detail without ip", "403.1", "info/agents/detail", {}),
    ("detail with an empty ip", "403.1", "info/agents/detail", {"ip": ""}),
    ("detail of an agent that is away", "414.1", "info/agents/detail", {"ip": AWAY}, {"center": ()}),
])


@case("rt/every call has an id of its own", wires=(GET,), center=None)
def _(ground, client):
    ids = {shaped(client.result("rt/exec", **call(ground))["id"], identifier, "id") for _ in range(5)}
    equal(len(ids), 5, "the number of ids")

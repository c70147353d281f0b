"""cron/…: schedules at the center."""

import time

from cases import case, order, refusals, until
from client import GET, POST, Wrong
from ground import UNBOUND
from shapes import AGENT, CRON, CRON_RESULT, MADE, equal, identifier, shaped

ACTIONS = ("start", "stop", "delete", "detail", "info")
NOBODYS = "0123456789ABCDEF"
NEVER_SOON = "0 0 0 1 1 ? 2099"
EVERY_SECOND = "0/1 * * * * ?"


def order_of(ground):
    return {"app": "apptest", "func": "helloword", "ip": ground.ip, "param": '{"my":"toryzen"}', "rule": NEVER_SOON}


def add(ground, client, **change):
    return shaped(client.result("cron/add", **dict(order_of(ground), **change)), MADE, "result")["id"]


def detail(client, cron, action="cron/detail"):
    """A schedule; the envelope's result and the flat fields beside it are checked to be the same."""
    answer = client.answer(action, {"cron_id": cron})
    if answer["flag"] != "true":
        raise Wrong("%s was refused: %s" % (action, answer["error"]))
    result = shaped(answer.get("result"), CRON, "result")
    equal({name: value for name, value in answer.items() if name not in ("flag", "error", "result")}, result,
          "what stands beside the result")
    if result["last_exec_result"] != {}:
        shaped(result["last_exec_result"], CRON_RESULT, "last_exec_result")
    return result


@case("cron/the worked example: add, detail, stop, start, delete", center=None)
def _(ground, client):
    cron = add(ground, client)
    for action in ("cron/detail", "cron/info"):
        found = detail(client, cron, action)
        for name, value in {**order_of(ground), "mode": "np", "proxy": "", "timeout": 90, "cron_flag": 1,
                            "last_exec_time": "", "last_exec_result": {}}.items():
            equal(found[name], value, name)
    for action, flag in (("start", 1), ("stop", 0), ("stop", 0), ("start", 1), ("start", 1)):
        client.done("cron/" + action, cron_id=cron)
        equal(detail(client, cron)["cron_flag"], flag, "cron_flag after " + action)
    client.done("cron/delete", cron_id=cron)
    for action in ACTIONS:
        client.refused("411.1", "cron/" + action, {"cron_id": cron})


@case("cron/what was added is told as it was", center=None)
def _(ground, client):
    change = {"param": '{"my": "a b"}', "timeout": "7", "mode": "P", "proxy": "python|x.py", "rule": "0 15 10 ? * 6L 2099"}
    cron = add(ground, client, **change)
    found = detail(client, cron)
    # The letter case of mode and what proxy said have no effect, and need not be kept.
    for name, value in dict(change, timeout=7, mode="p", proxy="").items():
        equal({**found, "mode": found["mode"].lower(), "proxy": ""}[name], value, name)
    client.done("cron/delete", cron_id=cron)


@case("cron/a schedule runs, and no more once it is stopped", wires=(GET, POST), center=None)
def _(ground, client):
    cron = add(ground, client, rule=EVERY_SECOND, param='{"my":{"a": 1}}')
    try:
        last = until("it ran", lambda: detail(client, cron)["last_exec_result"])
        equal((last["flag"], last["error"]), ("true", ""), "flag, error")
        equal((last["result"]["worker_flag"], last["result"]["worker_message"]), (1, '{"a":1}'), "flag, message")
        first = detail(client, cron)["last_exec_time"]
        until("it ran again", lambda: detail(client, cron)["last_exec_time"] > first)
        client.done("cron/stop", cron_id=cron)
        # One run may be under way; two seconds later there is none.
        time.sleep(2)
        at_rest = detail(client, cron)["last_exec_time"]
        time.sleep(3)
        equal(detail(client, cron)["last_exec_time"], at_rest, "last_exec_time after stop")
        client.done("cron/start", cron_id=cron)
        until("it ran after start", lambda: detail(client, cron)["last_exec_time"] > at_rest)
    finally:
        client.done("cron/delete", cron_id=cron)


@case("cron/a run that fails says how", wires=(GET,), center=None)
def _(ground, client):
    for function, param, flag in (("helloword", "{}", 0), ("nosuch", "{}", -1)):
        cron = add(ground, client, rule=EVERY_SECOND, func=function, param=param)
        last = until("it ran", lambda: detail(client, cron)["last_exec_result"])
        equal((last["flag"], last["result"]["worker_flag"]), ("true", flag), "flag, worker_flag")
        client.done("cron/delete", cron_id=cron)


RULES = (
    "0/5 * * * * ?", "0 0 12 * * ?", "0 15 10 ? * *", "0 15 10 * * ? 2099", "0 0/5 14,18 * * ?", "0 10,44 14 ? 3 WED",
    "0 15 10 ? * MON-FRI", "0 15 10 15 * ?", "0 15 10 L * ?", "0 15 10 L-3 * ?", "0 15 10 LW * ?", "0 15 10 15W * ?",
    "0 15 10 ? * 6L", "0 15 10 ? * 6#3", "0 0 22-2 * * ?", "0 0 0 ? jan-mar sun", "0 0 0 5C * ?",
)
NO_RULES = ("", " ", "x", "* * * * *", "0 0 0 * *", "* * * * * *", "0 0 0 ? * ?", "60 * * * * ?", "0 0 24 * * ?",
            "0 0 0 32 * ?", "0 0 0 ? * 8", "0 0 0 ? 13 *", "0 0 0 ? * 6#6", "0/5 * * * * ? x", "-1 * * * * ?")

for rule in RULES:
    @case("cron/the rule " + rule, wires=(GET,), center=None)
    def _(ground, client, rule=rule):
        cron = add(ground, client, rule=rule)
        equal(detail(client, cron)["rule"], rule, "rule")
        client.done("cron/delete", cron_id=cron)

refusals("cron", [
    ("no rule: %r" % rule, "403.5", "cron/add", lambda ground, rule=rule: dict(order_of(ground), rule=rule))
    for rule in NO_RULES
] + [
    ("%s %s" % (action, what), "403.9", "cron/" + action, {"cron_id": value})
    for action in ACTIONS
    for what, value in (("without a cron_id", None), ("with an empty one", ""), ("with 15", NOBODYS[1:]),
                        ("with 17", NOBODYS + "0"))
] + [
    ("%s of one that is not there" % action, "411.1", "cron/" + action, {"cron_id": NOBODYS}) for action in ACTIONS
] + [
    ("add for another app", "401.6", "cron/add", lambda ground: dict(order_of(ground), app="hostile")),
    ("add on an agent that is not bound", "401.6", "cron/add", lambda ground: dict(order_of(ground), ip=UNBOUND)),
    ("add hides a rule", "401.5", "cron/add", lambda ground: dict(order_of(ground), func="a&rule=b")),
])

order("cron/add", ["app", "func", "ip", "param", "timeout", "rule", "mode"], order_of)


@case("cron/another app's key finds no schedule that is not its own")
def _(ground, client):
    cron = add(ground, client)
    other = client.using(key=ground.other.key)
    for action in ACTIONS:
        other.refused("411.1", "cron/" + action, {"cron_id": cron})
    equal(detail(client, cron)["cron_flag"], 1, "cron_flag after it")
    client.done("cron/delete", cron_id=cron)


@case("cron/an agent's schedules are told newest first, those of the key's app", wires=(GET,))
def _(ground, client):
    first, second = add(ground, client), add(ground, client)
    theirs = shaped(client.using(key=ground.other.key).result(
        "cron/add", **dict(order_of(ground), app="hostile", func="ok", param="{}")), MADE, "result")["id"]
    found = shaped(client.result("info/agents/detail", ip=ground.ip, showcron="true"),
                   {**AGENT, "cron_list": lambda value: None if isinstance(value, list) else "no list"}, "result")
    crons = [shaped(cron, identifier, "an id in cron_list") for cron in found["cron_list"]]
    equal([cron for cron in crons if cron in (first, second)], [second, first], "the two in cron_list")
    if theirs in crons:
        raise Wrong("cron_list has another app's schedule")
    client.done("cron/delete", cron_id=first)
    client.done("cron/delete", cron_id=second)

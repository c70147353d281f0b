"""queue/…: the original's worked example, states, dependencies, stopping, and whose a queue is."""

from cases import case, order, refusals, until
from client import GET, POST, Wrong, is_error
from ground import AWAY, UNBOUND
from shapes import MADE, QUICK, TASK, equal, identifier, shaped

ACTIONS = ("addtask", "commit", "stop", "result")
NOBODYS = "0123456789ABCDEF"
# 30 s until an agent that is away is given up, and the time of the machine.
AWAY_PATIENCE = 60


def create(client, app="apptest"):
    return shaped(client.result("queue/create", app=app), MADE, "result")["id"]


def add(client, queue, ip, func="helloword", param='{"my":"toryzen"}', after=None, **more):
    fields = {"queue_id": queue, "ip": ip, "func": func, "param": param, "depend_task_id": after, **more}
    return shaped(client.result("queue/addtask", **fields), MADE, "result")["id"]


def tasks(client, queue):
    """The tasks of a queue by id, each checked to be one."""
    result = client.result("queue/result", queue_id=queue)
    if not isinstance(result, dict):
        raise Wrong("queue/result answered %r, not an object" % result)
    for name, task in result.items():
        shaped(name, identifier, "a key of result")
        shaped(task, TASK, "result.%s" % name)
        equal(task["id"], name, "id")
        known = {"pendding": [""], "running": [""], "stopped": ["", "false"], "finish": ["true", "false"]}[task["status"]]
        if task["flag"] not in known:
            raise Wrong("a task is %s with flag %r" % (task["status"], task["flag"]))
        if task["flag"] == "" and (task["worker_flag"], task["worker_message"], task["worker_costtime"]) != (0, "", 0):
            raise Wrong("a task without a flag has a result: %s" % task)
    return result


def ended(client, queue, *names, patience=None):
    """The tasks of a queue, once those named (without names, all) have ended."""
    def look():
        found = tasks(client, queue)
        return found if all(found[n]["status"] in ("finish", "stopped") for n in names or found) else None
    return until("the tasks of queue %s ended" % queue, look, *([patience] if patience else []))


def finished(task, flag=1, message=None):
    equal(task["status"], "finish", "status")
    equal((task["flag"], task["error"], task["worker_flag"]), ("true", "", flag), "flag, error, worker_flag")
    if message is not None:
        equal(task["worker_message"], message, "worker_message")


def stopped(task):
    """Ended because of another task, and says so."""
    equal(task["status"], "stopped", "status")
    if task["error"] == "":
        raise Wrong("a task was stopped without a cause in its error: %s" % task)


@case("queue/the worked example: create, add, add one that depends, commit, result", center=None)
def _(ground, client):
    queue = create(client)
    first = add(client, queue, ground.ip)
    second = add(client, queue, ground.ip, param='{"my":{"n": [1, 2]}}', after=first, timeout="10", mode="NP")
    before = tasks(client, queue)
    equal(set(before), {first, second}, "the tasks")
    for name, after in ((first, ""), (second, first)):
        equal((before[name]["status"], before[name]["depend_task_id"]), ("pendding", after), "status, depend_task_id")
    client.done("queue/commit", queue_id=queue)
    after = ended(client, queue)
    finished(after[first], 1, "toryzen")
    finished(after[second], 1, '{"n":[1,2]}')
    equal(after[second]["depend_task_id"], first, "depend_task_id")


@case("queue/a task waits for the one it depends on", wires=(GET,), center=None)
def _(ground, client):
    queue = create(client)
    first = add(client, queue, ground.ip, "slow", '{"seconds":2}')
    second = add(client, queue, ground.ip, after=first)
    client.done("queue/commit", queue_id=queue)
    until("the first runs", lambda: tasks(client, queue)[first]["status"] == "running")
    equal(tasks(client, queue)[second]["status"], "pendding", "status of the second")
    after = ended(client, queue)
    finished(after[first])
    finished(after[second], 1, "toryzen")


@case("queue/many tasks may depend on one", wires=(POST,), center=None)
def _(ground, client):
    queue = create(client)
    first = add(client, queue, ground.ip)
    others = [add(client, queue, ground.ip, param='{"my":"%d"}' % n, after=first) for n in range(10)]
    client.done("queue/commit", queue_id=queue)
    after = ended(client, queue)
    for n, other in enumerate(others):
        finished(after[other], 1, str(n))


FAILURES = [("whose function answers false", "helloword", "{}", 0), ("that has no function", "nosuch", "{}", -1),
            ("that takes too long", "slow", '{"seconds":60}', -1)]
for name, function, param, flag in FAILURES:
    @case("queue/what depends on a task %s is stopped with the cause" % name, wires=(GET, POST), center=None)
    def _(ground, client, function=function, param=param, flag=flag):
        queue = create(client)
        first = add(client, queue, ground.ip, function, param, timeout="1")
        second = add(client, queue, ground.ip, after=first)
        third = add(client, queue, ground.ip, after=second)
        apart = add(client, queue, ground.ip)
        client.done("queue/commit", queue_id=queue)
        after = ended(client, queue)
        finished(after[first], flag)
        stopped(after[second])
        stopped(after[third])
        finished(after[apart], 1, "toryzen")


@case("queue/a task for an agent that is away fails with 410.1", wires=(GET,))
def _(ground, client):
    queue = create(client)
    first = add(client, queue, AWAY)
    second = add(client, queue, ground.ip, after=first)
    apart = add(client, queue, ground.ip)
    client.done("queue/commit", queue_id=queue)
    finished(ended(client, queue, apart)[apart], 1, "toryzen")
    after = ended(client, queue, patience=AWAY_PATIENCE)
    equal((after[first]["status"], after[first]["flag"]), ("finish", "false"), "status, flag")
    if not is_error(after[first]["error"], "410.1"):
        raise Wrong("the error is %r, not 410.1" % after[first]["error"])
    stopped(after[second])


@case("queue/stop answers a map from task to state", center=None)
def _(ground, client):
    queue = create(client)
    first = add(client, queue, ground.ip, "slow", '{"seconds":1}')
    second = add(client, queue, ground.ip, after=first)
    client.done("queue/commit", queue_id=queue)
    states = client.result("queue/stop", queue_id=queue)
    equal(set(states), {first, second}, "the tasks")
    equal(states[second], "stopped", "state of the one that did not run")
    if states[first] not in ("running", "finish", "stopped"):
        raise Wrong("the one that ran is %r" % states[first])
    after = ended(client, queue)
    equal(after[second]["status"], "stopped", "status of the second")
    equal(client.result("queue/stop", queue_id=queue), {n: task["status"] for n, task in after.items()}, "a second stop")


@case("queue/stop before commit stops everything, and nothing is added or committed after it", center=None)
def _(ground, client):
    queue = create(client)
    first = add(client, queue, ground.ip)
    equal(client.result("queue/stop", queue_id=queue), {first: "stopped"}, "result")
    equal(tasks(client, queue)[first]["status"], "stopped", "status")
    client.refused("412.2", "queue/commit", {"queue_id": queue})
    client.refused("412.2", "queue/addtask", {"queue_id": queue, "ip": ground.ip, "func": "version"})


@case("queue/a queue is committed once, and takes no task after it", center=None)
def _(ground, client):
    queue = create(client)
    add(client, queue, ground.ip)
    client.done("queue/commit", queue_id=queue)
    client.refused("412.2", "queue/commit", {"queue_id": queue})
    client.refused("412.2", "queue/addtask", {"queue_id": queue, "ip": ground.ip, "func": "version"})
    ended(client, queue)
    client.refused("412.2", "queue/commit", {"queue_id": queue})


@case("queue/an empty queue has an empty result", center=None)
def _(ground, client):
    queue = create(client)
    equal(tasks(client, queue), {}, "result")
    client.done("queue/commit", queue_id=queue)
    equal(tasks(client, queue), {}, "result after commit")
    equal(client.result("queue/stop", queue_id=queue), {}, "result of stop")


@case("queue/qksqueue is create, addtask and commit in one", center=None)
def _(ground, client):
    for more in ({}, {"timeout": ""}, {"timeout": "0"}, {"mode": ""}, {"mode": "np"}, {"mode": "NP"}, {"proxy": "python|x.py"}):
        fields = {"app": "apptest", "func": "helloword", "ip": ground.ip, "param": '{"my":"quick"}', **more}
        made = shaped(client.result("queue/qksqueue", **fields), QUICK, "result")
        after = ended(client, made["id"])
        equal(list(after), [made["task_id"]], "the tasks")
        finished(after[made["task_id"]], 1, "quick")


@case("queue/mode P and an own app are accepted in addtask", wires=(GET, POST), center=None)
def _(ground, client):
    queue = create(client)
    for mode in ("P", "p", "nP"):
        add(client, queue, ground.ip, mode=mode, app="apptest")
    client.done("queue/commit", queue_id=queue)
    for task in ended(client, queue).values():
        finished(task, 1, "toryzen")


@case("queue/a task depends on one of its own queue that is there", center=None)
def _(ground, client):
    queue, elsewhere = create(client), create(client)
    foreign = add(client, elsewhere, ground.ip)
    for depend in (NOBODYS, foreign, "x"):
        fields = {"queue_id": queue, "ip": ground.ip, "func": "version", "depend_task_id": depend}
        client.refused("412.4", "queue/addtask", fields)
    equal(tasks(client, queue), {}, "the tasks")


def own_task(ground):
    return {"ip": ground.ip, "func": "version"}


refusals("queue", [
    ("%s of a queue that is not there" % action, "412.1", "queue/" + action,
     lambda ground: {"queue_id": NOBODYS, **own_task(ground)})
    for action in ACTIONS
] + [
    ("%s %s queue_id" % (action, what), "403.6", "queue/" + action,
     lambda ground, value=value: {"queue_id": value, **own_task(ground)})
    for action in ACTIONS for what, value in (("without a", None), ("with an empty", ""), ("with a blank", " "))
] + [
    ("create without an app", "403.3", "queue/create", {}),
    ("create with an empty app", "403.3", "queue/create", {"app": ""}),
    ("create for another app", "401.6", "queue/create", {"app": "hostile"}),
    ("qksqueue for another app", "401.6", "queue/qksqueue", {"app": "hostile", "func": "ok"}),
    ("qksqueue on an agent that is not bound", "401.6", "queue/qksqueue",
     {"app": "apptest", "func": "version", "ip": UNBOUND}),
    ("addtask on an agent that is not bound", "401.6", "queue/addtask",
     {"queue_id": NOBODYS, "func": "version", "ip": UNBOUND}),
    ("addtask with another app", "401.6", "queue/addtask",
     lambda ground: {"queue_id": NOBODYS, "app": "hostile", **own_task(ground)}),
    ("addtask hides a queue_id", "401.5", "queue/addtask",
     lambda ground: {"queue_id": NOBODYS, "ip": ground.ip, "func": "a&queue_id=b"}),
])

order("queue/addtask", ["queue_id", "func", "ip", "param", "timeout", "mode"],
      lambda ground: {"queue_id": NOBODYS, **own_task(ground)})

order("queue/qksqueue", ["app", "func", "ip", "param", "timeout", "mode"],
      lambda ground: {"app": "apptest", **own_task(ground)})


@case("queue/another app's key finds no queue that is not its own")
def _(ground, client):
    queue = create(client)
    first = add(client, queue, ground.ip)
    other = client.using(key=ground.other.key)
    for action in ACTIONS:
        other.refused("412.1", "queue/" + action, {"queue_id": queue, "ip": ground.ip, "func": "ok"})
    theirs = create(other, "hostile")
    fields = {"queue_id": theirs, "ip": ground.ip, "func": "ok", "depend_task_id": first}
    other.refused("412.4", "queue/addtask", fields)
    equal(list(tasks(client, queue)), [first], "the tasks after it")
    client.done("queue/commit", queue_id=queue)
    finished(ended(client, queue)[first], 1, "toryzen")

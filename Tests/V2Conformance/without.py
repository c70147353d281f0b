"""A center without a component: its endpoints say so, and nothing else notices."""

import crons
import queues
from cases import case
from client import GET, POST
from codes import call
from shapes import RUN, shaped

QUEUE = ["queue/" + action for action in ("create", "addtask", "commit", "stop", "result", "qksqueue")]
CRON = ["cron/" + action for action in ("add", "start", "stop", "delete", "detail", "info")]


def missing(code, actions):
    """Each action is refused by the code, whatever its parameters; the signature and permission are checked before."""
    def check(ground, client):
        for action in actions:
            for fields in ({}, {"app": "apptest"}, {"queue_id": "x", "cron_id": "x"}):
                client.refused(code, action, fields)
            client.refused("401.5", action, {}, lambda pairs: [(n, "0" * 32 if n == "sign" else v) for n, v in pairs])
            client.refused("401.6", action, {"app": "hostile"})
    return check


def quick_queue(ground, client):
    fields = {"app": "apptest", "func": "version", "ip": ground.ip}
    made = client.result("queue/qksqueue", **fields)
    queues.finished(queues.ended(client, made["id"])[made["task_id"]], 1, "1.0.0")


def short_cron(ground, client):
    cron = crons.add(ground, client)
    crons.detail(client, cron)
    client.done("cron/delete", cron_id=cron)


def show_cron(ground, client):
    client.refused("402.2", "info/agents/detail", {"ip": ground.ip, "showcron": "true"})


def instant(ground, client):
    shaped(client.result("rt/exec", **call(ground)), RUN, "result")
    client.result("info/app")
    client.result("info/agents")
    client.result("info/agents/detail", ip=ground.ip)


for left_out, checks in {
    "queue": [missing("402.3", QUEUE), short_cron, instant],
    "cron": [missing("402.2", CRON), show_cron, quick_queue, instant],
    "queue,cron": [missing("402.3", QUEUE), missing("402.2", CRON), show_cron, instant],
}.items():
    @case("without/" + left_out, wires=(GET, POST), center=("--without", left_out))
    def _(ground, client, checks=checks):
        for check in checks:
            check(ground, client)

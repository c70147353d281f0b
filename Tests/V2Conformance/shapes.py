"""What a field may hold. A shape is a function that says what is wrong with a value, or an object of shapes."""

import re

from client import Wrong


def text(value):
    return None if isinstance(value, str) else "no text"


def integer(value):
    return None if isinstance(value, int) and not isinstance(value, bool) else "no integer"


def matching(pattern, what):
    return lambda value: None if isinstance(value, str) and re.fullmatch(pattern, value) else "not " + what


def one_of(*values):
    return lambda value: None if any(value == v and type(value) is type(v) for v in values) else "none of %s" % (values,)


identifier = matching("[0-9A-F]{16}", "16 upper-case hexadecimal digits")
time = matching(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "a time as 2026-11-21 11:43:04")
no_time = matching(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)?", "a time or empty")
worker_flag = one_of(1, 0, -1)

RUN = {"id": identifier, "worker_flag": worker_flag, "worker_message": text, "worker_costtime": integer}
APP = {"app": text, "app_name": text, "app_ver": text, "last_update_time": no_time}
AGENT = {"ip": text, "asset": text, "last_hb_time": time}
MADE = {"id": identifier}
QUICK = {"id": identifier, "task_id": identifier}
TASK = {
    "id": identifier, "depend_task_id": matching("([0-9A-F]{16})?", "an id or empty"),
    "status": one_of("pendding", "running", "finish", "stopped"), "flag": one_of("", "true", "false"), "error": text,
    "worker_flag": worker_flag, "worker_message": text, "worker_costtime": integer,
}
CRON = {
    "ip": text, "app": text, "func": text, "param": text, "mode": text, "proxy": text, "timeout": integer, "rule": text,
    "cron_flag": one_of(0, 1), "create_time": time, "last_exec_time": no_time,
    "last_exec_result": lambda value: None if isinstance(value, dict) else "no object",
}
CRON_RESULT = {
    "flag": one_of("true", "false"), "error": text,
    "result": {"worker_flag": worker_flag, "worker_message": text, "worker_costtime": integer},
}


def shaped(value, shape, where):
    """The value, if it has exactly the fields of the shape, each as it must be."""
    if callable(shape):
        wrong = shape(value)
        if wrong:
            raise Wrong("%s is %r: %s" % (where, value, wrong))
    else:
        if not isinstance(value, dict) or set(value) != set(shape):
            raise Wrong("%s is %r: it should have the fields %s" % (where, value, ", ".join(shape)))
        for name, inner in shape.items():
            shaped(value[name], inner, "%s.%s" % (where, name))
    return value


def equal(value, expected, where):
    if value != expected or type(value) is not type(expected):
        raise Wrong("%s is %r, not %r" % (where, value, expected))

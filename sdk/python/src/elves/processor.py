"""The other half of an app: verifies what a center says about the end of a task (sdk/protocol/processor.md).

    processor = Processor([os.environ["SECRET"]])
    delivery = processor.receive(request.headers, request.body)
    if delivery.outcome is not None:
        print(delivery.outcome.instruction.function, delivery.outcome.flag, delivery.outcome.result)

A delivery may come twice, with the same `id`: remember those that were handled.
"""

import base64
import binascii
import hashlib
import hmac
from collections import namedtuple
from time import time

from elves import wire

__all__ = ["BadSecret", "Delivery", "Instruction", "Outcome", "Processor", "Refused", "TOLERANCE_SECONDS"]

# How far the time of a request may be from this machine's, in both directions.
TOLERANCE_SECONDS = 300

_DEPTH = 64
_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


class BadSecret(Exception):
    """A secret is not `whsec_` and base64, or there is none. The text does not repeat it."""


class Refused(Exception):
    """A request is not taken: answer it with 400.

    `cause` is `missing-header`, `bad-header`, `signature`, `time` or `body`; the text says more, for a log.
    """

    def __init__(self, cause, text):
        super().__init__(text)
        self.cause = cause


Delivery = namedtuple("Delivery", "id type outcome")
Delivery.__doc__ = """A verified request. `outcome` is None for a type of a later version: answer it with 204."""

Outcome = namedtuple("Outcome", "instruction flag result reason cost_ms")
Outcome.__doc__ = """How a task ended. `flag` is True, False, or None for no answer; `result` is any JSON value;
`reason` a text, or None where it was the function itself that said the flag; `cost_ms` the milliseconds it took."""

Instruction = namedtuple("Instruction", "id ip agent mode app version function param timeout")
Instruction.__doc__ = """What was to be done: where, in which mode, which function, with what, in how many seconds."""


class Processor:
    """Verifies requests with one secret, or, during a rotation, with the old one and the new one."""

    def __init__(self, secrets):
        self._keys = [_key(secret, number) for number, secret in enumerate(secrets, 1)]
        if not self._keys:
            raise BadSecret("there is no secret; the center shows it when the processor is set up")

    def receive(self, headers, body, now=None):
        """Returns the delivery of a request, or raises Refused.

        `headers` is a mapping, or pairs, of names in any case; `body` the bytes as they came, not parsed and written
        again; `now` the seconds since 1970, the system's when left out.
        """
        identifier, stamp, signatures = _needed(headers)
        if "." in identifier:
            raise Refused("bad-header", "the header webhook-id has a full stop")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 20 and str(int(stamp)) == stamp):
            raise Refused("bad-header", "the header webhook-timestamp is not the seconds since 1970")
        if not self._is_signed(("%s.%s." % (identifier, stamp)).encode("utf-8", "surrogateescape") + body, signatures):
            raise Refused("signature", "no signature fits: is the secret the center's, and the body as it came?")
        seconds = (time() if now is None else now) - int(stamp)
        if abs(seconds) > TOLERANCE_SECONDS:
            raise Refused("time", "the time is %d seconds in the %s, %d are allowed: are both clocks right?" % (
                abs(seconds), "past" if seconds > 0 else "future", TOLERANCE_SECONDS))
        try:
            message = wire.decode(body.strip(b" \t\r\n"), _DEPTH)
        except wire.Refused as error:
            raise Refused("body", "the body: %s" % error) from None
        kind = _text(message, "type")
        return Delivery(identifier, kind, _outcome(message) if kind == "task.finished" else None)

    def _is_signed(self, content, signatures):
        given = []
        for signature in signatures.split(" "):
            version, _, digest = signature.partition(",")
            if version == "v1":
                try:
                    given.append(base64.b64decode(digest, validate=True))
                except (binascii.Error, ValueError):
                    pass  # it fits no secret
        fits = False
        # All with all, so that the time says nothing about which one fits.
        for key in self._keys:
            digest = hmac.new(key, content, hashlib.sha256).digest()
            for other in given:
                fits |= hmac.compare_digest(digest, other)
        return fits


def _key(secret, number):
    head, prefix, text = str(secret).partition("whsec_")
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if head or not prefix or not key:
        raise BadSecret("secret %d is not whsec_ and base64; pass it as the center shows it" % number)
    return key


def _needed(headers):
    """Returns the values of the three headers, in the order they are signed in."""
    found = {name: [] for name in _HEADERS}
    for name, value in headers.items() if hasattr(headers, "items") else headers:
        if name.lower() in found:
            found[name.lower()].append(value)
    for name, values in found.items():
        if len(values) > 1:
            raise Refused("bad-header", "the header %s is there %d times" % (name, len(values)))
        if not values or not values[0]:
            raise Refused("missing-header", "the header %s is missing" % name)
    return [found[name][0] for name in _HEADERS]


def _outcome(message):
    data = _value(message, "data", "an object", lambda value: type(value) is dict)
    order = _value(data, "instruction", "an object", lambda value: type(value) is dict)
    instruction = Instruction(
        *[_text(order, name) for name in Instruction._fields[:-2]], order.get("param"), _number(order, "timeout"))
    flag = _value(data, "flag", "1, 0 or -1", lambda value: type(value) is int and -1 <= value <= 1)
    if "result" not in data:
        raise Refused("body", "the body has no result")
    reason = None if data.get("reason") is None else _text(data, "reason")
    return Outcome(instruction, {1: True, 0: False, -1: None}[flag], data["result"], reason, _number(data, "cost_ms"))


def _value(container, key, kind, fits):
    value = container.get(key)
    if not fits(value):
        raise Refused("body", "the body: %s is not %s" % (key, kind))
    return value


def _text(container, key):
    return _value(container, key, "a text", lambda value: type(value) is str)


def _number(container, key):
    return _value(container, key, "a number from 0 on", lambda value: type(value) in (int, float) and value >= 0)

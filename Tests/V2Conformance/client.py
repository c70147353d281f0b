"""A client of /api/v2 as the original's users wrote theirs: MD5 over path and parameters, GET or POST, nothing of v3."""

import dataclasses
import hashlib
import http.client
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request

# The texts of the original, which some clients compare. Of 412.1 it has two forms, so there the code counts alone.
TEXTS = {
    "401.1": "Unauthorized Missing Sign Param",
    "401.3": "Unauthorized SignType Is Illegal",
    "401.4": "Unauthorized Sign Length Is Illegal",
    "401.5": "Unauthorized Sign Error",
    "401.6": "Unauthorized AuthId Permission Denied",
    "401.7": "Unauthorized Sign Timeout",
    "401.8": "Unauthorized Timestamp Is Illegal",
    "402.2": "Require Module (cron) Not Enabled",
    "402.3": "Require Module (queue) Not Enabled",
    "403.1": "Request Params (ip) Illegal",
    "403.2": "Request Params (param) Illegal",
    "403.3": "Request Params (app) Illegal",
    "403.4": "Request Params (mode) Illegal",
    "403.5": "Request Params (cron-rule) Illegal",
    "403.6": "Request Params (queue_id) Illegal",
    "403.7": "Request Params (func) Illegal",
    "403.8": "Request Params (timeout) Illegal",
    "403.9": "Request Params (cron_id) Illegal",
    "410.0": "Send Job To Agent Fail",
    "410.1": "Send Job To Agent Fail",
    "411.1": "Not Find Cron Job To Operate",
    "412.1": None,
    "412.2": "Queue Status Incorrect!",
    "412.4": "Depend Task Not Found",
    "413.1": "AuthId Not Found",
    "414.1": "Agent Info Not Found",
}


class Wrong(Exception):
    """An answer that an old client would not understand, or not the one it should get."""


@dataclasses.dataclass(frozen=True)
class Wire:
    """How parameters travel."""

    name: str
    method: str
    # Which of the parameters, by position, go into the query; the others go into a form body.
    in_query: object
    blank: str = "+"


GET = Wire("GET", "GET", lambda position: True)
POST = Wire("POST", "POST", lambda position: False)
WIRES = (
    GET,
    POST,
    Wire("GET with %20", "GET", lambda position: True, "%20"),
    Wire("POST half in the query", "POST", lambda position: position % 2 == 0),
)


@dataclasses.dataclass(frozen=True)
class Key:
    auth_id: str
    secret: str


def sign(path, fields, secret):
    """The signature of decoded names and values, lower-case."""
    signed = sorted((name, value) for name, value in fields if name not in ("sign", "sign_type"))
    text = path + "?" + "&".join("%s=%s" % pair for pair in signed) + secret
    return hashlib.md5(text.encode()).hexdigest()


@dataclasses.dataclass(frozen=True)
class Client:
    """One key over one wire. Values of None are left out."""

    url: str
    key: Key
    trusted: object = None
    wire: Wire = GET

    def using(self, **change):
        return dataclasses.replace(self, **change)

    # What a case expects

    def result(self, action, **fields):
        """The `result` of a call that must succeed."""
        answer = self.answer(action, fields)
        if answer.get("flag") != "true" or "result" not in answer:
            raise Wrong("%s should answer a result, not %s" % (action, json.dumps(answer, ensure_ascii=False)))
        return answer["result"]

    def done(self, action, **fields):
        """A call that must succeed and has nothing to tell."""
        answer = self.answer(action, fields)
        if answer != {"flag": "true", "error": ""}:
            raise Wrong("%s should answer success without a result, not %s" % (action, answer))

    def refused(self, code, action, fields, bend=None, key=None, signed_action=None):
        """A call that must be refused by exactly this code."""
        answer = (self.using(key=key) if key else self).answer(action, fields, bend, signed_action)
        if answer.get("flag") != "false" or not is_error(answer.get("error"), code):
            raise Wrong("%s %s should be refused by %s, not %s" % (action, fields, code, answer))

    def answer(self, action, fields, bend=None, signed_action=None):
        """The envelope, which is checked to be one.

        `bend` changes the list of names and values after it was signed; `signed_action` is signed in place of `action`.
        """
        status, kind, body = self.send(action, fields, bend, signed_action)
        if status != 200:
            raise Wrong("%s answered status %d, not 200" % (action, status))
        if kind != "text/plain;charset=UTF-8":
            raise Wrong("%s answered Content-Type %s, not text/plain;charset=UTF-8" % (action, kind))
        return envelope(action, body)

    def send(self, action, fields, bend=None, signed_action=None):
        """Status, Content-Type and body of an exchange."""
        pairs = [(name, value) for name, value in fields.items() if value is not None]
        pairs += [(name, value) for name, value in [("auth_id", self.key.auth_id), ("timestamp", seconds())]
                  if name not in fields]
        signature = sign("/api/v2/" + (signed_action or action), pairs, self.key.secret)
        pairs += [("sign_type", "MD5"), ("sign", signature)]
        if bend:
            pairs = bend(pairs)
        query = self.encoded([pair for n, pair in enumerate(pairs) if self.wire.in_query(n)])
        body = self.encoded([pair for n, pair in enumerate(pairs) if not self.wire.in_query(n)])
        request = urllib.request.Request(
            self.url + "/api/v2/" + action + ("?" + query if query else ""), method=self.wire.method,
            data=body.encode() if self.wire.method == "POST" else None)
        if request.data is not None:
            request.add_header("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
        try:
            with urllib.request.urlopen(request, timeout=120, context=self.trusted) as response:
                return response.status, response.headers.get("Content-Type"), response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers.get("Content-Type"), error.read()
        except (OSError, http.client.HTTPException) as error:
            raise Wrong("%s got no answer: %s" % (action, error)) from error

    def encoded(self, pairs):
        quote = urllib.parse.quote_plus if self.wire.blank == "+" else (lambda text: urllib.parse.quote(text, safe=""))
        return "&".join("%s=%s" % (quote(name), quote(value)) for name, value in pairs)


def seconds(offset=0):
    return str(int(time.time()) + offset)


def is_error(text, code):
    """Whether a text is `[code]` and the words that belong to it."""
    if not isinstance(text, str) or not text.startswith("[%s]" % code):
        return False
    return TEXTS[code] is None or text == "[%s]%s" % (code, TEXTS[code])


def envelope(action, body):
    """The answer as an object, each key once, with `flag` and `error` as texts that agree."""
    def once(pairs):
        names = [name for name, _ in pairs]
        if len(set(names)) != len(names):
            raise Wrong("%s answered an object with a key twice: %s" % (action, names))
        return dict(pairs)

    try:
        answer = json.loads(body.decode("utf-8"), object_pairs_hook=once)
    except ValueError as error:
        raise Wrong("%s answered no JSON: %r" % (action, body[:300])) from error
    flag, error = (answer.get("flag"), answer.get("error")) if isinstance(answer, dict) else (None, None)
    if flag not in ("true", "false") or not isinstance(error, str):
        raise Wrong("%s answered no envelope with texts as flag and error: %r" % (action, body[:300]))
    if flag == "true":
        agrees = error == ""
    else:
        agrees = re.fullmatch(r"\[\d{3}(\.\d)?\].+", error) and "result" not in answer
    if not agrees:
        raise Wrong("%s answered a flag that its error or result denies: %r" % (action, body[:300]))
    return answer

"""The worker: takes the protocol away from descriptors 0 and 1, loads the app, and answers calls until the end."""

import os
import sys
from _thread import allocate_lock, get_ident
from time import monotonic

import elves
from elves.wire import Refused, decode, encode, encode_basestring, encode_result, shown, to_bytes

PROTOCOLS = (1,)
ISOLATIONS = ("resident", "fresh", "zygote")

# Exit codes, from sysexits.h: bad data from the host, an app that cannot be loaded (or a zygote that cannot keep its
# calls apart), a host that has gone.
EXIT_REFUSED = 65
EXIT_NOT_LOADED = EXIT_NOT_CLEAN = 70
EXIT_HOST_GONE = 74

# Until the hello has said otherwise.
LINE_BYTES = 1048576
DEPTH = 64

# What the parent of a call writes into the page of its child: the call is cancelled, a line from the host was refused.
CANCELLED, REFUSED = 1, 2

READ_BYTES = 65536
SECONDS_BETWEEN_PROGRESS = 0.1


def claim_descriptors():
    """Moves the protocol to two private descriptors and returns them as (reader, writer).

    Afterwards descriptor 0 is empty and descriptor 1 is standard error, for Python, for C libraries and for programs
    the app starts: whatever they print is a log line. The private ones are closed in programs started later.
    """
    reader, writer = os.dup(0), os.dup(1)
    os.set_blocking(reader, True)
    os.set_blocking(writer, True)
    try:
        empty = os.open("/dev/null", os.O_RDONLY)
    except OSError:  # a sandbox without devices
        empty, other_end = os.pipe()
        os.close(other_end)
    os.dup2(empty, 0)
    os.close(empty)
    os.dup2(2, 1)
    # Made anew, since the interpreter's own remembers whether its descriptor was a file, a pipe or a terminal.
    sys.stdout = sys.__stdout__ = open(1, "w", 1, "utf-8", "backslashreplace", closefd=False)
    sys.stderr.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    return reader, writer


class Worker:
    """One app behind one pair of descriptors."""

    def __init__(self, reader, writer, clock=monotonic):
        self.app_version = None
        self._reader = reader
        self._writer = writer
        self._clock = clock
        self._line_bytes = LINE_BYTES
        self._depth = DEPTH
        # Bytes read and not yet taken, from `_start` on; messages taken while a call was looking for its cancel.
        self._bytes = b""
        self._start = 0
        self._waiting = []
        self._ended = False
        self._poll = None
        self._lock = allocate_lock()
        self._thread = get_ident()
        self._functions = {}
        # The running call: its id as JSON text, or None between calls.
        self._id = None
        self._call = None
        self._until = None
        self._cancelled = False
        self._progress = None
        self._progress_at = -SECONDS_BETWEEN_PROGRESS
        self._is_child = False
        self._secrets = {}
        # Zygote: what forks the calls, and a line that was refused while one ran; in such a child, the page in which
        # its parent tells what has come from the host.
        self._zygote = None
        self._refusal = None
        self._page = None

    # The life of a worker

    def serve(self):
        """Answers calls until `bye` or the end of input and returns the exit code."""
        try:
            hello = self._next()
            if hello is None:
                return 0
            protocol = self._accept(hello)
            self._take_secrets(hello.get("secrets_descriptor"))
            os.register_at_fork(after_in_child=self._leave_to_parent)
            try:
                self._load(hello["app"], hello["entry"])
            except BaseException as error:
                self._log_failure(error, "the app cannot be loaded: " + _text(error))
                return EXIT_NOT_LOADED
            if hello.get("isolation") == "zygote":
                self._zygote = self._make_zygote(hello)
            self._write(to_bytes(encode({
                "type": "ready", "protocol": protocol, "sdk": "elves-python " + elves.__version__,
                "language": "python", "functions": sorted(self._functions),
            }))[0])
            while True:
                message = self._next()
                if message is None:
                    return 0
                kind = message["type"]
                if kind == "call" and self._zygote is not None:
                    if not self._answer_in_child(message):
                        return EXIT_NOT_CLEAN
                elif kind == "call":
                    self._answer(message)
                elif kind == "bye":
                    return 0
                elif kind == "hello":
                    raise Refused("a second hello")
        except Refused as refusal:
            self.log("refused: %s" % refusal, "error")
            return EXIT_REFUSED

    def _accept(self, hello):
        """Takes limits and names from the hello and returns the protocol to speak."""
        if hello["type"] != "hello":
            raise Refused("%s before hello" % hello["type"])
        for key in ("app", "entry"):
            if type(hello.get(key)) is not str or not hello[key]:
                raise Refused("hello without %s" % key)
        offered = hello.get("protocols")
        if type(offered) is not list:
            raise Refused("hello without protocols")
        common = [number for number in PROTOCOLS if number in offered]
        if not common:
            raise Refused("no protocol in common: the host offers %s, this worker speaks %s"
                          % (encode(offered), encode(PROTOCOLS)))
        limits = hello.get("limits")
        if limits is not None:
            if type(limits) is not dict:
                raise Refused("hello with the limits %s" % shown(limits))
            self._line_bytes = _limit(limits, "line_bytes", LINE_BYTES)
            self._depth = _limit(limits, "depth", DEPTH)
        isolation = hello.get("isolation")
        if isolation is not None and isolation not in ISOLATIONS:
            raise Refused("hello with the isolation %s; this worker offers %s"
                          % (shown(isolation), ", ".join(ISOLATIONS)))
        scratch = hello.get("scratch")
        if scratch is not None and (type(scratch) is not str or not scratch):
            raise Refused("hello with the scratch %s" % shown(scratch))
        if isolation == "zygote":
            landlock, writable = hello.get("landlock"), hello.get("writable")
            if landlock is not None and (type(landlock) is not int or landlock < 1):
                raise Refused("hello with the landlock %s" % shown(landlock))
            if writable is not None and (
                    type(writable) is not list or not all(type(path) is str and path[:1] == "/" for path in writable)):
                raise Refused("hello with the writable %s" % shown(writable))
        version = hello.get("version")
        self.app_version = version if type(version) is str else None
        return max(common)

    def _take_secrets(self, descriptor):
        if descriptor is None:
            return
        if type(descriptor) is not int or descriptor < 3 or descriptor in (self._reader, self._writer):
            raise Refused("hello with the secrets_descriptor %s" % shown(descriptor))
        from elves.secrets import read_secrets

        self._secrets = read_secrets(descriptor)

    def _load(self, app, entry):
        """Constructs the app's class, once, and lists its functions."""
        # What `importlib` wraps; importing the wrapper costs more than the rest of a worker's start.
        from _frozen_importlib import module_from_spec
        from _frozen_importlib_external import spec_from_file_location

        folder = os.getcwd()
        path = os.path.join(folder, entry)
        if not os.path.isfile(path):
            raise FileNotFoundError("the entry %s is not a file of the app" % shown(entry))
        sys.path.insert(0, os.path.dirname(path))
        if sys.path[0] != folder:
            sys.path.insert(0, folder)
        sys.argv = [path]
        name = os.path.basename(entry).rpartition(".")[0] or entry
        if name in sys.modules:  # an app may be named like a module that is loaded already
            name = "elves_app_" + name
        spec = spec_from_file_location(name, path)
        if spec is None:
            raise ImportError("the entry %s is not a Python file" % shown(entry))
        module = module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        wanted = app.replace("-", "_")
        kind = getattr(module, wanted, None)
        if not isinstance(kind, type):
            raise AttributeError("%s has no class named %s" % (entry, wanted))
        instance = kind()
        for key in dir(kind):
            if not key.startswith("_"):
                member = getattr(kind, key, None)
                if callable(member) and not isinstance(member, type):
                    self._functions[key] = getattr(instance, key)

    def _leave_to_parent(self):
        """Runs in a process forked by the app: it prints, but it does not speak for the worker."""
        if self._zygote is not None and self._zygote.forks:  # it closes what is not its own, and answers
            self._zygote.forks = False
            return
        for descriptor in (self._reader, self._writer):
            try:
                os.close(descriptor)
            except OSError:
                pass
        self._reader = self._writer = -1
        self._lock = allocate_lock()
        self._is_child = True

    # Zygote

    def _make_zygote(self, hello):
        from elves.zygote import Zygote

        domain = None
        if hello.get("landlock") is not None:
            from elves.landlock import Domain

            domain = Domain(hello["landlock"], hello.get("writable") or ())
        return Zygote(self._reader, self._line_bytes, hello.get("scratch"), domain)

    def _answer_in_child(self, message):
        """Runs the call in a forked process and hands on what it writes; returns whether the next call may come."""
        _flush()
        self._call = message["id"]
        self._cancelled = False
        identifier = encode_basestring(message["id"])
        try:
            line, status = self._zygote.run(
                lambda sink, page: self._speak_to_parent(message, identifier, sink, page), self._listen, self._write)
        except OSError as error:
            self._id = identifier
            self.log("the call is not run, since no process can be forked for it: " + _text(error), "error")
            return False
        self._call = None
        if line is None:
            if self._refusal is not None and status == EXIT_REFUSED << 8:
                self._id = identifier
                raise self._refusal
            from elves.zygote import end_like

            end_like(status)
        problem = None
        try:
            self._zygote.clean()
        except Exception as error:
            problem = "the call has left what cannot be removed: " + _text(error)
        # Only now, so that nothing of this call is there when the next one is sent.
        if line.startswith(b'{"type":"result","id":' + to_bytes(identifier)[0] + b","):
            self._write(line)
        else:
            problem = "the call has written a line that is not its own: %.80r" % line
        if problem is not None:
            self.log(problem, "error")
        return problem is None

    def _listen(self):
        """Reads what the host has written while a call runs; returns what its child has to know, and whether to go on.

        A line that is refused has its turn after those before it: it ends the call only if that asks for its cancel.
        """
        if self._refusal is None and not self._cancelled:
            try:
                self._look_ahead()
            except Refused as refusal:
                self._refusal = refusal
        if self._cancelled:
            return CANCELLED, False
        if self._refusal is not None:
            return REFUSED, False
        return 0, not self._ended and len(self._bytes) <= 2 * self._line_bytes

    def _speak_to_parent(self, message, identifier, sink, page):
        """Runs in the child: answers the call, by way of the parent."""
        os.close(self._reader)
        os.close(self._writer)
        self._reader, self._writer = -1, sink
        self._lock = allocate_lock()
        self._page = page
        self._id = identifier
        try:
            os.set_blocking(2, True)  # all calls share it, and one before may have changed that
        except OSError:
            pass  # the app has closed it
        try:
            self._zygote.enter()
        except Exception as error:
            self.log("the call is not run, since it cannot be kept apart from others: " + _text(error), "error")
            os._exit(EXIT_NOT_CLEAN)
        self._answer(message)

    # One call

    def _answer(self, message):
        name = message["function"]
        self._call = message["id"]
        self._id = identifier = encode_basestring(message["id"])
        self._cancelled = False
        milliseconds = message.get("timeout_ms")
        self._until = None if milliseconds is None else self._clock() + milliseconds / 1000
        reason = None
        function = self._functions.get(name)
        if function is None:
            flag, reason = False, "unknown-function"
            result = "no function %s; there is %s" % (shown(name), ", ".join(sorted(self._functions)) or "none")
        else:
            param = message.get("param")
            try:
                answer = function({} if param is None else param)
            except BaseException as error:
                flag, result, reason = self._failed(error)
            else:
                flag, result, reason = self._judged(name, answer)
        if self._is_child:
            _flush()
            os._exit(0 if flag else 1)
        _flush()
        self._send_result(identifier, flag, result, reason)

    def _failed(self, error):
        """Returns flag, result and reason for an exception."""
        if isinstance(error, elves.BadParam):
            return False, _message(error), "bad-param"
        if isinstance(error, elves.Cancelled):
            return False, _message(error), "cancelled"
        text = _text(error)
        self._log_failure(error, text)
        return False, text, "exception"

    def _judged(self, name, answer):
        """Returns flag, result and reason for what a function returned."""
        if isinstance(answer, (tuple, list)) and len(answer) == 2:
            flag, result = answer
            if flag is True or flag == "true":
                return True, result, None
            if flag is False or flag == "false":
                return False, result, "cancelled" if self._cancelled else None
            got = "the flag %s" % shown(flag)
        elif isinstance(answer, (tuple, list)):
            got = "%d values" % len(answer)
        else:
            got = "a value of type %s" % type(answer).__name__
        text = '%s returned %s; return (flag, result) with the flag True, False, "true" or "false"' % (name, got)
        self.log(text, "error")
        return False, text, "exception"

    def _send_result(self, identifier, flag, result, reason):
        replaced = False
        try:
            data, replaced = to_bytes(encode_result(result, self._depth - 1))
        except Exception as error:
            flag, reason = False, "exception"
            data = to_bytes(encode("the result cannot be sent as JSON: %s" % error))[0]
        if replaced:
            self.log("the result holds text that is not Unicode; it was replaced by U+FFFD", "warning")
        line = _result_line(identifier, flag, data, reason)
        if len(line) > self._line_bytes:
            text = "the result takes a line of %d bytes, the limit is %d" % (len(line), self._line_bytes)
            line = _result_line(identifier, False, encode(text).encode(), "output-limit")
        if self._progress is not None:
            self._send_progress(self._clock())
        # Nothing about this call may follow its result, not even from a thread the app has left running.
        with self._lock:
            self._id = None
            self._put(line)

    def _log_failure(self, error, text):
        """Logs an exception with its traceback, without the frames that led to the app."""
        try:
            from traceback import format_exception

            trace = error.__traceback__
            while trace and trace.tb_frame.f_code.co_filename.startswith((__file__, "<frozen importlib")):
                trace = trace.tb_next
            text = "".join(format_exception(type(error), error, trace)).rstrip("\n")
        except Exception:
            pass  # the one-line text is better than no answer at all
        self.log(text, "error")

    # What an app asks for, see the functions of the package

    def log(self, message, level="info"):
        """Sends a log line."""
        message = str(message)
        if self._is_child:
            sys.stderr.write("%s: %s\n" % (level, message))
            return
        identifier = self._id
        tail = b"}" if identifier is None else b',"id":' + to_bytes(identifier)[0] + b"}"
        head = b'{"type":"log","level":"' + level.encode() + b'","message":'
        line = head + to_bytes(encode(message))[0] + tail
        if len(line) > self._line_bytes:
            # One character takes at most six bytes, as an escape.
            room = max(0, self._line_bytes - len(head) - len(tail) - 80) // 6
            message = "%s... (cut, %d characters in all)" % (message[:room], len(message))
            line = head + to_bytes(encode(message))[0] + tail
        self._write(line)

    def progress(self, percent=None, message=None):
        """Sends a progress line, now or with the next one that may leave."""
        if self._id is None or self._is_child:
            return
        if percent is not None:
            percent = min(100, max(0, percent if type(percent) is int else round(float(percent), 1)))
        self._progress = (percent, None if message is None else str(message))
        now = self._clock()
        if now - self._progress_at >= SECONDS_BETWEEN_PROGRESS:
            self._send_progress(now)

    def _send_progress(self, now):
        progress, self._progress = self._progress, None
        identifier = self._id
        if progress is None or identifier is None:
            return
        self._progress_at = now
        percent, message = progress
        line = '{"type":"progress","id":' + identifier
        if percent is not None:
            line += ',"percent":' + encode(percent)
        if message is not None:
            # One character takes at most six bytes, as an escape.
            line += ',"message":' + encode(message[:min(1000, self._line_bytes // 8)])
        data = to_bytes(line + "}")[0]
        with self._lock:
            if self._id is identifier:
                self._put(data)

    def secret(self, name):
        """Returns the secret of that name."""
        try:
            return self._secrets[name]
        except (KeyError, TypeError):
            raise LookupError("no secret %s; there is %s" % (
                shown(name), ", ".join(map(shown, sorted(self._secrets))) or "none")) from None

    def seconds_left(self):
        """Returns the seconds until the running call's time is up."""
        until = self._until
        return float("inf") if until is None else max(0.0, until - self._clock())

    def sees_cancel(self):
        """Reads what has come in and returns whether the running call is cancelled."""
        if self._id is None or self._is_child:
            return False
        if get_ident() != self._thread:  # the input is read by one thread only
            return self._cancelled
        if self._progress is not None:
            now = self._clock()
            if now - self._progress_at >= SECONDS_BETWEEN_PROGRESS:
                self._send_progress(now)
        if self._page is not None:
            if self._page[0] == REFUSED:
                _flush()
                os._exit(EXIT_REFUSED)  # the parent says why
            self._cancelled = self._page[0] == CANCELLED
        elif not self._cancelled:
            try:
                self._look_ahead()
            except Refused as refusal:
                # Inside of the app's code there is nobody to hand an error to.
                self.log("refused: %s" % refusal, "error")
                _flush()
                os._exit(EXIT_REFUSED)
        return self._cancelled

    # Lines

    def _next(self):
        """Returns the next message, or None at the end of input."""
        if self._waiting:
            return self._waiting.pop(0)
        if self._refusal is not None:
            raise self._refusal
        parts, size = [], 0
        while True:
            line = self._take()
            if line is not None:
                if parts:
                    parts.append(line)
                    line = b"".join(parts)
                return self._parse(line)
            if self._start < len(self._bytes):
                parts.append(self._bytes[self._start:])
                size += len(parts[-1])
                self._start = len(self._bytes)
                if size > self._line_bytes:
                    raise Refused("a line longer than %d bytes" % self._line_bytes)
            data = b"" if self._ended else self._read()
            if not data:
                if parts:
                    raise Refused("the input ends in the middle of a line")
                return None
            self._bytes, self._start = data, 0

    def _take(self):
        """Takes a whole line out of the bytes read so far, or returns None."""
        end = self._bytes.find(b"\n", self._start)
        if end < 0:
            return None
        line = self._bytes[self._start:end]
        self._start = end + 1
        return line

    def _look_ahead(self):
        """Looks for the cancel of the running call in the input, without waiting; every message keeps its turn."""
        if self._poll is None:
            import select

            self._poll = select.poll()
            self._poll.register(self._reader, select.POLLIN)
        while not self._ended and self._poll.poll(0):
            data = self._read()
            if not data:
                break
            self._bytes = self._bytes[self._start:] + data
            self._start = 0
            if self._bytes.find(b"\n") < 0 and len(self._bytes) > self._line_bytes:
                raise Refused("a line longer than %d bytes" % self._line_bytes)
            if len(self._bytes) > 2 * self._line_bytes:
                break
        while True:
            line = self._take()
            if line is None:
                break
            self._waiting.append(self._parse(line))
        for message in self._waiting:
            if message["type"] == "cancel" and message["id"] == self._call:
                self._cancelled = True

    def _read(self):
        """Returns what has come in, waiting for it; nothing at the end of input."""
        try:
            data = os.read(self._reader, READ_BYTES)
        except OSError as error:
            _give_up(error)
        self._ended = not data
        return data

    def _parse(self, line):
        """Returns the message on a line after looking at what every part of the worker relies on."""
        if len(line) > self._line_bytes:
            raise Refused("a line longer than %d bytes" % self._line_bytes)
        message = decode(line, self._depth)
        kind = message.get("type")
        if kind == "call":
            if type(message.get("id")) is not str or not message["id"]:
                raise Refused("call without id")
            if type(message.get("function")) is not str:
                raise Refused("call without function")
            limit = message.get("timeout_ms")
            if limit is not None and (type(limit) not in (int, float) or limit < 0):
                raise Refused("call with the timeout_ms %s" % shown(limit))
        elif kind == "cancel":
            if type(message.get("id")) is not str:
                raise Refused("cancel without id")
        elif kind not in ("hello", "bye"):
            raise Refused("a message without type" if kind is None else "the unknown message type %s" % shown(kind))
        return message

    def _write(self, line):
        with self._lock:
            self._put(line)

    def _put(self, line):
        """Writes one line; the caller holds the lock."""
        line += b"\n"
        try:
            while True:
                written = os.write(self._writer, line)
                if written == len(line):
                    return
                line = line[written:]
        except OSError as error:
            _give_up(error)


def _limit(limits, key, default):
    value = limits.get(key, default)
    if type(value) is not int or value < 1:
        raise Refused("the limit %s is %s" % (key, shown(value)))
    return value


def _result_line(identifier, flag, data, reason):
    line = (b'{"type":"result","id":' + to_bytes(identifier)[0]
            + (b',"flag":true,"result":' if flag else b',"flag":false,"result":') + data)
    return line + (b"}" if reason is None else b',"reason":"' + reason.encode() + b'"}')


def _message(error):
    """Returns an exception's text, whatever its own code does."""
    try:
        return str(error)
    except Exception:
        return ""


def _text(error):
    """Returns `TypeName: message`, or the name alone."""
    name, message = type(error).__name__, _message(error)
    return name + ": " + message if message else name


def _give_up(error):
    """Ends the process: the host has gone, or the app has closed descriptors that are not its own."""
    _flush()
    try:
        sys.stderr.write("the worker has lost its host: %s\n" % error)
    except Exception:
        pass
    os._exit(EXIT_HOST_GONE)


def _flush():
    """Sends out what the app has printed, if it has left the stream usable."""
    try:
        sys.stdout.flush()
    except Exception:
        pass


def main():
    """Runs the worker of this process and ends the process."""
    reader, writer = claim_descriptors()
    elves._worker = worker = Worker(reader, writer)
    sys.exit(worker.serve())

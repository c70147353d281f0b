"""Lines of the worker protocol to values and back: strict on what comes in, one compact line for what goes out.

The C parts of `json` are used without the package itself, which would load `re` and double the start of a worker.
"""

try:
    from _json import encode_basestring, make_encoder, make_scanner
except ImportError:  # an interpreter without the C parts
    make_encoder = make_scanner = None
    from json.encoder import encode_basestring


class Refused(Exception):
    """A line that is no message of this protocol; the text says why. The worker ends with it."""


def _members(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        seen = set()
        for key, _ in pairs:
            if key in seen:
                raise Refused("the key %s is there twice" % shown(key))
            seen.add(key)
    return members


def _constant(name):
    raise Refused("%s is not JSON" % name)


def _stranger(value):
    raise TypeError("a value of type %s is not JSON" % type(value).__name__)


class _Scanning:
    """What the scanner wants to know, as the attributes it looks for."""

    strict = True
    object_hook = None
    object_pairs_hook = staticmethod(_members)
    parse_float = float
    parse_int = int
    parse_constant = staticmethod(_constant)


if make_scanner is not None:
    _scan = make_scanner(_Scanning)
    _open_containers = {}
    _chunks = make_encoder(
        _open_containers, _stranger, encode_basestring, None, ":", ",", False, False, False)

    def encode(value):
        """Returns the value as compact JSON text.

        Raises TypeError or ValueError for what is not JSON (NaN and infinities too), RecursionError for what is nested
        too deep for the interpreter.
        """
        try:
            return "".join(_chunks(value, 0))
        except BaseException:
            _open_containers.clear()
            raise
else:
    import json

    _scan = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_constant).scan_once
    encode = json.JSONEncoder(
        ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_stranger).encode


def shown(text):
    """Returns a text as a quoted, escaped and short form for error messages."""
    text = ascii(text)
    return text if len(text) <= 80 else text[:76] + "...'"


def decode(line, depth):
    """Returns the object on a line (bytes without the newline), or raises Refused.

    `depth` is the number of containers that may be open at once, the message itself being the first.
    """
    try:
        text = line.decode("utf-8").strip(" \t\r")
    except UnicodeDecodeError as error:
        raise Refused("the line is not UTF-8 (byte 0x%02x at offset %d)" % (line[error.start], error.start))
    try:
        value, end = _scan(text, 0)
    except StopIteration as stop:
        raise Refused("the line is not JSON (character %d)" % stop.value)
    except RecursionError:
        raise Refused("the line is nested deeper than %d" % depth)
    except ValueError as error:
        raise Refused("the line is not JSON (%s)" % error)
    except SystemError:
        # The scanner finds its exception in `json.decoder` and does not import it; most workers never need it.
        raise Refused("the line is not JSON")
    if end != len(text):
        raise Refused("the line is not JSON (text after the value, character %d)" % end)
    if type(value) is not dict:
        raise Refused("a message is a JSON object, not %s" % shown(text))
    if line.count(b"{") + line.count(b"[") > depth and is_deeper(value, depth):
        raise Refused("the line is nested deeper than %d" % depth)
    if b"\\ud" in line or b"\\uD" in line:
        try:
            encode(value).encode("utf-8")
        except UnicodeEncodeError:
            raise Refused("the line holds half of a surrogate pair")
        except ValueError:
            raise Refused("the line holds a number beyond the range of a double")
    return value


def is_deeper(value, depth):
    """Returns whether more than `depth` containers are open at once somewhere in the value."""
    level = [value] if isinstance(value, (dict, list, tuple)) else []
    while level and depth:
        depth -= 1
        level = [
            item
            for container in level
            for item in (container.values() if isinstance(container, dict) else container)
            if isinstance(item, (dict, list, tuple))
        ]
    return bool(level)


def encode_result(value, depth):
    """Returns the value as JSON text that the host will take, or raises ValueError or TypeError.

    Besides what `encode` refuses, these are more than `depth` containers inside each other, keys such as 1 and "1" that
    are the same text in JSON, and integers beyond 64 bits.
    """
    try:
        text = encode(value)
        if text.count("{") + text.count("[") > depth and is_deeper(value, depth):
            raise RecursionError
    except RecursionError:
        raise ValueError("it is nested deeper than %d" % depth)
    # Each of the two is searched for value by value only where the text says that it may be there.
    if "{" in text or _NINETEEN_DIGITS in text.translate(_DIGITS):
        _check_values(value)
    return text


_DIGITS = {ord(digit): "0" for digit in "123456789"}
_NINETEEN_DIGITS = "0" * 19


def _check_values(value):
    level = [[value]]
    while level:
        below = []
        for container in level:
            if isinstance(container, dict):
                for key in container:
                    if type(key) is not str:
                        if len({encode({key: 0}) for key in container}) != len(container):
                            raise ValueError("two keys of one object are the same text in JSON")
                        break
                container = container.values()
            for item in container:
                if isinstance(item, (dict, list, tuple)):
                    below.append(item)
                elif isinstance(item, int) and not -1 << 63 <= item < 1 << 63:
                    raise ValueError("the integer %.30s... is beyond 64 bits, send it as text" % item)
        level = below


def to_bytes(text):
    """Returns text as UTF-8, and whether halves of surrogate pairs had to be replaced by U+FFFD to get there.

    Such halves are in file names that are not UTF-8, as `os.listdir` returns them.
    """
    try:
        return text.encode("utf-8"), False
    except UnicodeEncodeError:
        whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return whole.encode("utf-8"), True

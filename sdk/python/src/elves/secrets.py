"""The secrets of an app, as the host hands them over. No text of this file repeats anything of what was read."""

import os

from elves.wire import Refused, decode

# As much as a pipe holds, so that the host can write all of it before the worker has started.
MOST_BYTES = 65536


def read_secrets(descriptor):
    """Reads the descriptor to its end, closes it, and returns names to texts; raises Refused."""
    parts, size = [], 0
    try:
        os.set_blocking(descriptor, True)
        try:
            while size <= MOST_BYTES:
                part = os.read(descriptor, 65536)
                if not part:
                    break
                parts.append(part)
                size += len(part)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise Refused("the secrets on descriptor %d cannot be read: %s" % (descriptor, error.strerror))
    if size > MOST_BYTES:
        raise Refused("the secrets take more than %d bytes" % MOST_BYTES)
    try:
        # Of white space, a line of the protocol has no line feed.
        secrets = decode(b"".join(parts).strip(b" \t\r\n"), 1)
    except Refused:
        # What was wrong would quote what was read.
        raise Refused("the secrets are not one JSON object of names to texts") from None
    if not all(type(text) is str for text in secrets.values()):
        raise Refused("the secrets hold something other than a text")
    return secrets

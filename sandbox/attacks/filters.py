"""System call filters as an agent makes them, and what they decide."""

import json
import struct
import tempfile

import seccomp

LAST = 469  # the last number of the table; what is past it does not exist
X32 = 0x40000000
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
KILL, NOTIFY, ERRNO, ALLOW = 0x80000000, 0x7FC00000, 0x00050000, 0x7FFF0000
LOAD, EQUAL, GREATER, ANY_OF, AND, RETURN = 0x20, 0x15, 0x25, 0x45, 0x54, 0x06
ENOSYS = 38


def number_of(name):
    """The number of a call by its name, or by itself."""
    if isinstance(name, int):
        return name
    number = seccomp.resolve_syscall(seccomp.Arch(), name)
    if number == -1:
        raise ValueError("no system call is named %s" % name)
    return number


def name_of(number):
    try:
        return seccomp.resolve_syscall(seccomp.Arch(), number).decode()
    except (ValueError, OverflowError):
        return str(number)


def prologue(machine):
    """Other processors' calls and those of x32 end the process; numbers past the table answer ENOSYS."""
    lines = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, ARCHITECTURE[machine]), (RETURN, 0, 0, KILL), (LOAD, 0, 0, 0)]
    if machine == "x86_64":
        # -1 has the bit of x32 and is none of its numbers.
        lines += [(EQUAL, 2, 0, 0xFFFFFFFF), (ANY_OF, 0, 1, X32), (RETURN, 0, 0, KILL)]
    lines += [(GREATER, 0, 1, LAST), (RETURN, 0, 0, ERRNO | ENOSYS)]
    return b"".join(struct.pack("HBBI", *line) for line in lines)


def compiled(path, machine):
    """An OCI LinuxSeccomp object as the program that the launcher loads.

    What the profile does not name goes to the agent, whatever the profile says: so every refusal is seen.
    """
    actions = {"SCMP_ACT_ALLOW": lambda rule: seccomp.ALLOW,
               "SCMP_ACT_NOTIFY": lambda rule: seccomp.NOTIFY,
               "SCMP_ACT_KILL_PROCESS": lambda rule: seccomp.KILL_PROCESS,
               "SCMP_ACT_ERRNO": lambda rule: seccomp.ERRNO(rule.get("errnoRet", 1))}
    with open(path, encoding="utf-8") as file:
        profile = json.load(file)
    made = seccomp.SyscallFilter(seccomp.NOTIFY)
    made.set_attr(seccomp.Attr.ACT_BADARCH, seccomp.KILL_PROCESS)
    for rule in profile["syscalls"]:
        arguments = []
        for part in rule.get("args", []):
            if part["op"] != "SCMP_CMP_MASKED_EQ":
                raise ValueError("%s: only MASKED_EQ is known, not %s" % (path, part["op"]))
            arguments.append(seccomp.Arg(part["index"], seccomp.MASKED_EQ, part["value"], part["valueTwo"]))
        for name in rule["names"]:
            number = seccomp.resolve_syscall(seccomp.Arch(), name)
            # Names of other processors are negative, and names newer than the library are left to the default.
            if number >= 0 and rule["action"] != "SCMP_ACT_NOTIFY":
                made.add_rule(actions[rule["action"]](rule), number, *arguments)
    with tempfile.TemporaryFile() as out:
        made.export_bpf(out)
        out.seek(0)
        return prologue(machine) + out.read()


def decision(program, machine, number, arguments):
    """What the program answers for a call: interprets it as the kernel does."""
    data = struct.pack("<iIQ6Q", struct.unpack("i", struct.pack("I", number & 0xFFFFFFFF))[0], ARCHITECTURE[machine], 0,
                       *(value & (1 << 64) - 1 for value in arguments))
    at = accumulator = 0
    while True:
        code, yes, no, value = struct.unpack_from("HBBI", program, at * 8)
        at += 1
        if code == LOAD:
            accumulator = struct.unpack_from("<I", data, value)[0]
        elif code == AND:
            accumulator &= value
        elif code == RETURN:
            return value
        elif code == 0x05:
            at += value
        elif code & 7 == 5:
            holds = {EQUAL: accumulator == value, GREATER: accumulator > value, 0x35: accumulator >= value,
                     ANY_OF: bool(accumulator & value)}[code]
            at += yes if holds else no
        else:
            raise ValueError("instruction 0x%x is not known here" % code)

"""Actor: names who acts on this machine, the officer as ``--by`` gives the name and the account that runs the program."""

from __future__ import annotations

import os
import pwd
import socket
from dataclasses import dataclass

from patrol.errors import InputError
from patrol.text.storage import storable

PROGRAM = "程序"
"""Stands in journals where nobody acted."""
MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class Officer:
    """Who acts: the name as the officer gives it, and the system account the program runs under."""

    name: str
    account: str = ""

    @classmethod
    def acting(cls, name: str) -> Officer:
        """Return the officer of this name at this machine's account. Raises InputError for no name, or the program's."""
        plain = " ".join(storable(name).split())
        if not plain or len(plain) > MAX_NAME or plain == PROGRAM:
            raise InputError("请写明经办人姓名，例如 --by 张三")
        return cls(plain, system_account())


SELF = Officer(PROGRAM)


def system_account() -> str:
    """Return the account that runs this program, by its number where it has no name. What the environment says
    (``LOGNAME``) does not count: anybody may set it."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def machine_name() -> str:
    """Return the name that this machine goes by in its own network."""
    return socket.gethostname()

"""Who acts on this machine: an officer's name is given, an account is not taken from what anybody may set."""

from __future__ import annotations

import os
import pwd

import pytest

from patrol.actor import PROGRAM, Officer, machine_name, system_account
from patrol.environment.probes import look_at_machine
from patrol.errors import InputError


def test_the_account_is_the_one_that_runs_the_program_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "别人")
    account = pwd.getpwuid(os.getuid()).pw_name
    assert system_account() == Officer.acting("张三").account == look_at_machine().user == account
    assert look_at_machine().name == machine_name() != ""


def test_an_account_without_a_name_goes_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 3_999_999_999)
    assert system_account() == "uid 3999999999"


def test_a_name_is_kept_as_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Officer.acting(" 张 \n三\0 ").name == "张 三"


@pytest.mark.parametrize("name", ["", " \n", "长" * 101, PROGRAM])
def test_no_name_or_the_program_s_acts_for_nobody(name: str) -> None:
    with pytest.raises(InputError, match="请写明经办人姓名，例如 --by 张三"):
        Officer.acting(name)

"""A folder that cannot keep an exchange is told before one is started."""

from __future__ import annotations

import pytest

from cli.errors import PREFLIGHT_REFUSED, PreflightRefused
from cli.main import main
from cli.state_check import check_states
from settings.config import Config

TWO = {"data": {"venue": "production"}, "execution": {"venue": "demo"}}


def test_each_state_that_cannot_be_written_has_its_line(tmp_path):
    (tmp_path / "file").touch()
    states = {"production": {"state": f"{tmp_path}/file/a"}, "demo": {"state": f"{tmp_path}/file"}}

    with pytest.raises(PreflightRefused) as refused:
        check_states(Config.model_validate({**TWO, "stand_ins": states}))

    assert refused.value.lines == (
        f"stand_ins.production.state: {tmp_path}/file is no folder; name a folder that can be written",
        f"stand_ins.demo.state: {tmp_path}/file is no folder; name a folder that can be written",
    )


def test_a_folder_that_may_not_be_written_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda _folder, _mode: False)

    with pytest.raises(PreflightRefused, match=f"^loopback.state: {tmp_path} may not be written; "):
        check_states(Config.model_validate({"loopback": {"state": f"{tmp_path}/new/one"}}))


def test_a_state_that_is_not_there_yet_is_fine_and_is_not_made(tmp_path):
    check_states(Config.model_validate({"loopback": {"state": f"{tmp_path}/new/one"}}))
    check_states(Config())

    assert list(tmp_path.iterdir()) == []


def test_check_says_it(tmp_path, capsys):
    (tmp_path / "file").touch()

    assert main(["check", "--set", f"loopback.state={tmp_path}/file/x"]) == PREFLIGHT_REFUSED
    assert capsys.readouterr().err.startswith("loopback.state: ")

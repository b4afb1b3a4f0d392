"""Each command that is used wrongly ends with its exit code and says why."""

import re
import socket
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from cli import main as main_module
from cli.errors import CLEAN, CONFIGURATION, CRASH, PREFLIGHT_REFUSED
from cli.main import COMMANDS, main
from settings.config_file import load

ROOT = Path(__file__).parents[2]

WRONG = {
    "no markets": (
        ["--markets", "0"],
        CONFIGURATION,
        r"^--markets: markets\.count: must be at least 1, not 0$",
    ),
    "half a market": (["--markets", "1.5"], CONFIGURATION, r"must be a whole number, not 1\.5$"),
    "markets that are no number": (
        ["--markets", "many"],
        CONFIGURATION,
        r"must be a whole number, not 'many'$",
    ),
    "a negative seed": (["--seed", "-1"], CONFIGURATION, r"--seed: strategy\.seed: must be at least 0"),
    "a port that is none": (["--port", "99999"], CONFIGURATION, r"^--port: web\.port: must be at most 65535"),
    "no such strategy": (
        ["--strategy", "hardcodet"],
        CONFIGURATION,
        r"^--strategy: strategy 'hardcodet' is unknown",
    ),
    "no such module": (["--strategy", "nowhere:Thing"], CONFIGURATION, r"^--strategy: .*cannot be imported"),
    "an option no strategy takes": (
        ["--set", "strategy.options.mood=good"],
        CONFIGURATION,
        r"^--set: .*does not take these options",
    ),
    "a rule that is none": (
        ["--strategy", "quantitative", "--set", "strategy.options.rules=[astrology]"],
        CONFIGURATION,
        r"^--set: option rules lists one or more of microprice, imbalance, mean_reversion, momentum",
    ),
    "no such file": (["--config", "lokal.yaml"], CONFIGURATION, r"did you mean local\.yaml\?$"),
    "no such key": (["--set", "risk.flor=1"], CONFIGURATION, r"^--set: risk\.flor: unknown key"),
    "no such section": (
        ["--set", "rsik.floor=1"],
        CONFIGURATION,
        r"^--set rsik\.floor=…: rsik: unknown key; did you mean risk",
    ),
    "a setting without a value": (["--set", "risk"], CONFIGURATION, r"must be KEY=VALUE"),
    "a duration that is none": (
        ["--duration", "soon"],
        CONFIGURATION,
        r"'soon' is not a duration such as 60s",
    ),
    "no time at all": (["--duration", "0s"], CONFIGURATION, r"is not a duration"),
    "an unknown flag": (["--hurry"], CONFIGURATION, r"unrecognized arguments: --hurry"),
    "a key as a flag": (
        ["--data.client", "picows"],
        CONFIGURATION,
        r"unrecognized arguments: --data\.client picows \(keys are set with --set KEY=VALUE\)$",
    ),
    "a flag without its value": (["--markets"], CONFIGURATION, r"expected one argument"),
    "bytes that are no text": (["why", "KX\udcff"], CONFIGURATION, r"^argument 2 is not text in UTF-8: 'KX"),
    "a copy without a name": (["db", "dump", ""], CONFIGURATION, r"'' names no file or folder"),
    "a report without a name": (["report", "s1", "--to", ""], CONFIGURATION, r"'' names no file or folder"),
    "an unknown command": (["statsu"], CONFIGURATION, r"^statsu: unknown command; did you mean status\?$"),
    "orders to production": (
        ["--set", "execution.venue=production"],
        CONFIGURATION,
        r"orders never go to production; choose demo or loopback$",
    ),
    "a configuration that is none": (["check", "README.md"], CONFIGURATION, r"^README\.md:\d+:\d+: "),
    "nothing to pause": (
        ["pause", "--set", "state_dir=/nonexistent"],
        PREFLIGHT_REFUSED,
        r"no session is running",
    ),
    "nothing to ask": (
        ["status", "--set", "state_dir=/nonexistent"],
        PREFLIGHT_REFUSED,
        r"no session is running",
    ),
}


@pytest.mark.parametrize(("argv", "code", "line"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_one_readable_line(argv, code, line, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)

    exit_code = main(argv)

    said = capsys.readouterr()
    assert exit_code == code
    assert re.search(line, said.err.strip(), re.MULTILINE)
    assert len(said.err.splitlines()) == 1
    assert said.out == ""


def test_a_strategy_that_cannot_be_read_is_told_by_its_name(capsys, tmp_path, monkeypatch):
    (tmp_path / "half_a_strategy.py").write_text("def select(")
    monkeypatch.syspath_prepend(tmp_path)

    assert main(["check", "--set", "strategy.name=half_a_strategy:Mine"]) == CONFIGURATION
    assert capsys.readouterr().err.startswith("--set: strategy 'half_a_strategy:Mine': SyntaxError: ")


def test_a_port_that_is_taken_is_refused_before_anything_starts(capsys, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        exit_code = main(["--port", str(port), "--set", f"state_dir={tmp_path}/state"])

    assert exit_code == CONFIGURATION
    assert f"cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err
    assert not (tmp_path / "state").exists()


def test_a_missing_key_is_refused_by_the_names_of_its_variables(capsys, tmp_path, monkeypatch):
    monkeypatch.delenv("KALSHI_DEMO_KEY_ID", raising=False)
    monkeypatch.setenv("KALSHI_DEMO_PRIVATE_KEY_PATH", "/nowhere.pem")

    exit_code = main(["--config", "demo.yaml", "--port", "0", "--set", f"state_dir={tmp_path}/state"])

    assert exit_code == PREFLIGHT_REFUSED
    assert capsys.readouterr().err.startswith("demo: no key id: set KALSHI_DEMO_KEY_ID;")


def test_the_keys_that_two_venues_miss_are_told_in_one_line_with_a_way_to_see_it_without(
    capsys, tmp_path, monkeypatch
):
    for name in ("KALSHI_PROD_KEY_ID", "KALSHI_PROD_PRIVATE_KEY_PATH", "KALSHI_DEMO_KEY_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KALSHI_DEMO_PRIVATE_KEY_PATH", "/nowhere.pem")

    exit_code = main(["--hybrid", "--port", "0", "--set", f"state_dir={tmp_path}/state"])

    assert exit_code == PREFLIGHT_REFUSED
    assert capsys.readouterr().err == (
        "production: no key: set KALSHI_PROD_KEY_ID and KALSHI_PROD_PRIVATE_KEY_PATH; "
        "demo: no key id: set KALSHI_DEMO_KEY_ID; "
        "--config hybrid-rehearsal.yaml shows the same on this machine without a key\n"
    )
    assert list(tmp_path.rglob("*.exchange")) == []


def test_check_and_show_config_take_the_flag_too(capsys):
    assert main(["check", "hybrid-rehearsal.yaml"]) == CLEAN
    assert "orders to demo (stand-in on this machine), 1,000 markets" in capsys.readouterr().out
    assert main(["show-config", "local.yaml", "--hybrid"]) == CLEAN
    assert "(--hybrid)" in capsys.readouterr().out


@pytest.mark.parametrize("version", [(3, 10, 9), (3, 14, 0), (4, 0, 0)])
def test_a_python_that_is_not_tested_is_refused(version, capsys, monkeypatch):
    monkeypatch.setattr(main_module.sys, "version_info", version)

    assert main(["check"]) == CONFIGURATION
    assert "Python 3.11, 3.12 or 3.13 is needed" in capsys.readouterr().err


def test_a_crash_is_a_sentence_and_with_v_a_traceback(capsys, monkeypatch):
    monkeypatch.setitem(COMMANDS, "check", ("tests.cli.no_such_module", ""))
    assert main(["check"]) == CRASH
    assert "Traceback" not in capsys.readouterr().err

    assert main(["check", "-v"]) == CRASH
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_tells_its_flags(command):
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])

    assert ended.value.code == 0


@pytest.mark.parametrize("argv", [["-h"], ["--help"], ["help"]])
def test_help_names_every_command(argv, capsys):
    assert main(argv) == CLEAN

    told = capsys.readouterr().out
    assert [name for name in COMMANDS if name not in told] == []


def test_check_says_that_a_good_configuration_is_fine(capsys):
    assert main(["check", "local.yaml"]) == CLEAN
    assert "fine; data from loopback, orders to loopback, 1,000 markets" in capsys.readouterr().out


def test_check_names_a_key_that_cannot_be_used(capsys, monkeypatch, tmp_path):
    path = tmp_path / "key.pem"
    small = rsa.generate_private_key(65_537, 1024)
    path.write_bytes(small.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o600)
    monkeypatch.setenv("KALSHI_DEMO_KEY_ID", "key-1")
    monkeypatch.setenv("KALSHI_DEMO_PRIVATE_KEY_PATH", str(path))

    assert main(["check", "demo.yaml"]) == PREFLIGHT_REFUSED
    assert f"demo: {path} is an RSA key of 1024 bits; needed is" in capsys.readouterr().err


def test_check_names_the_key_that_is_still_missing_and_that_of_an_exchange(capsys, monkeypatch):
    monkeypatch.delenv("KALSHI_DEMO_KEY_ID", raising=False)
    monkeypatch.delenv("KALSHI_DEMO_PRIVATE_KEY_PATH", raising=False)
    url = "127.0.0.1:1/x"
    exchange = {
        "rest_url": f"http://{url}",
        "ws_url": f"ws://{url}",
        "key_id": "k",
        "private_key_path": "/no.pem",
    }
    flags = [
        text for name, value in exchange.items() for text in ("--set", f"venues.loopback.{name}={value}")
    ]

    assert main(["check", "demo.yaml"]) == CLEAN
    assert "demo: no key: set KALSHI_DEMO_KEY_ID and KALSHI_DEMO_PRIVATE_KEY_PATH" in capsys.readouterr().out
    assert main(["check", *flags]) == PREFLIGHT_REFUSED
    assert capsys.readouterr().err == "loopback: /no.pem: there is no such key file\n"


def test_show_config_names_where_each_value_is_from_and_hides_the_token(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)

    main(["show-config", "demo.yaml", "--set", "web.token=hunter2"])

    shown = re.sub(r" +", " ", capsys.readouterr().out)
    assert "venue: demo # configs/demo.yaml:8:3" in shown
    assert "max_open_orders: 200 # default" in shown
    assert 'token: "***" # --set' in shown
    assert "hunter2" not in shown


def test_a_shown_configuration_can_be_started_with(tmp_path, capsys):
    settings = {
        "loopback.balance": "1e3",
        "risk.balance_floor": "0.1",
        "markets.tickers": "['0500', NO, 'a#b']",
    }
    main(["show-config", *(flag for item in settings.items() for flag in ("--set", "=".join(item)))])
    shown = tmp_path / "shown.yaml"
    shown.write_text(capsys.readouterr().out)

    config = load(str(shown)).config

    assert (config.loopback.balance, config.risk.balance_floor) == (1000, Decimal("0.1"))
    assert config.markets.tickers == ("0500", "NO", "a#b")


def test_the_program_is_quiet_when_nobody_reads_its_output():
    run = subprocess.Popen(
        [sys.executable, "run.py", "show-config"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    run.stdout.close()

    assert run.stderr.read() == b""
    run.stderr.close()
    assert run.wait(timeout=30) == CLEAN

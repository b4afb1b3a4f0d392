"""The wheel has all of the program, and runs where no checkout is."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import urllib.request
import venv
import zipfile

import pytest

from tests.tracked_files import ROOT, UNSHIPPED, packages, tracked

BUILD = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from a copy, so that nothing is left in the checkout and nothing of an earlier build is used."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in tracked(with_new=True):
        (folder / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / "source" / name)
    subprocess.run(
        [sys.executable, "-c", BUILD, str(folder)],
        cwd=folder / "source",
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def rl_trader(wheel, tmp_path_factory):
    """The console script, installed into an environment that has our dependencies and no checkout."""
    folder = tmp_path_factory.mktemp("environment")
    venv.EnvBuilder(with_pip=False, symlinks=True).create(folder)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
    install = ["install", "--quiet", "--no-deps", "--no-index", "--no-compile", str(wheel)]
    subprocess.run([*pip, *install], check=True)
    # Behind the environment's own packages; what is installed there for editing stays unknown.
    site = next(folder.glob("lib/python*/site-packages"))
    (site / "dependencies.pth").write_text(
        "\n".join(sysconfig.get_path(kind) for kind in ("purelib", "platlib"))
    )
    return folder / "bin" / "rl-trader"


@pytest.fixture
def elsewhere(tmp_path):
    """Where to start a program, and with which environment, so that nothing comes from the checkout.

    The folder has a package of its own that bears the name of one of ours.
    """
    (tmp_path / "simulator").mkdir()
    (tmp_path / "simulator" / "__init__.py").write_text("raise ImportError('somebody else')")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {"cwd": tmp_path, "env": environment, "text": True, "stdout": subprocess.PIPE}


def test_every_file_of_the_packages_is_in_the_wheel(wheel):
    shipped = packages() - UNSHIPPED
    with zipfile.ZipFile(wheel) as archive:
        missing = {name for name in tracked() if name.split("/")[0] in shipped} - set(archive.namelist())

    assert missing == set()


def test_the_installed_program_finds_the_configurations_that_ship(rl_trader, elsewhere):
    done = subprocess.run([rl_trader, "check", "local.yaml"], check=False, **elsewhere)

    assert done.returncode == 0
    assert "fine; data from loopback" in done.stdout


def test_the_installed_exchange_answers(rl_trader, elsewhere):
    exchange = subprocess.Popen([rl_trader, "exchange", "--port", "0", "--markets", "5"], **elsewhere)
    try:
        ready = json.loads(exchange.stdout.readline())
        with urllib.request.urlopen(f"{ready['rest_url']}/exchange/status", timeout=10) as answer:
            status = json.load(answer)
    finally:
        exchange.terminate()
        exchange.communicate(timeout=10)

    assert status["exchange_active"] is True
    assert exchange.returncode == 0


def test_the_installed_program_starts_an_exchange_of_its_own(rl_trader, elsewhere):
    program = (
        "import pathlib; from settings.config import Config; from cli.own_exchanges import OwnExchanges;"
        "own = OwnExchanges.start(Config(markets={'count': 5}), log=pathlib.Path('log'));"
        "own.stop(); print(own.addresses['loopback'].rest_url)"
    )
    done = subprocess.run([rl_trader.with_name("python"), "-c", program], check=False, **elsewhere)

    assert done.returncode == 0
    assert done.stdout.startswith("http://127.0.0.1:")

"""The page about the client names every message, value, command and call, and its snippets run."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from kalshi_client.rest.client import RestClient
from kalshi_client.wire import commands
from kalshi_client.wire.frames import Frame
from kalshi_client.wire.values import Message

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "client.md").read_text()
COMMANDS = [
    name
    for name, value in vars(commands).items()
    if callable(value) and value.__module__ == commands.__name__ and not name.startswith("_")
]


@pytest.mark.parametrize("frame", get_args(Frame), ids=lambda frame: frame.__name__)
def test_page_names_every_message_type(frame):
    assert f"`{frame.__struct_config__.tag}`" in PAGE


@pytest.mark.parametrize("value", get_args(Message), ids=lambda value: value.__name__)
def test_page_names_every_value(value):
    assert f"`{value.__name__}`" in PAGE


@pytest.mark.parametrize("command", COMMANDS)
def test_page_names_every_command(command):
    assert f"`{command}`" in PAGE or f"`commands.{command}`" in PAGE


@pytest.mark.parametrize("call", [name for name in dir(RestClient) if not name.startswith("_")])
def test_page_names_every_call(call):
    assert f"`{call}`" in PAGE


def test_the_snippets_run_one_after_the_other_against_the_exchange():
    command = [sys.executable, "run.py", "exchange", "--port", "0", "--markets", "5"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as exchange:
        try:
            told = json.loads(exchange.stdout.readline())
            names = "".join(f"{name} = {value!r}\n" for name, value in told.items())
            script = names + "".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))

            ran = subprocess.run(
                [sys.executable, "-W", "error", "-c", script],
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        finally:
            exchange.terminate()

    assert (ran.returncode, ran.stderr) == (0, "")
    said, *others = ran.stdout.splitlines()
    assert said == "KXRAIN-26DEC31-NYC yes 4500 -200"
    assert len(others) >= 10  # each market once as listed, once as a book

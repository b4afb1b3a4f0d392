"""The page about the client names every message, value, command and call."""

from pathlib import Path
from typing import get_args

import pytest

from kalshi_client.rest.client import RestClient
from kalshi_client.wire import commands
from kalshi_client.wire.frames import Frame
from kalshi_client.wire.values import Message

PAGE = (Path(__file__).parents[2] / "docs" / "client.md").read_text()
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

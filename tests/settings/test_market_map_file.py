"""The file of renamed markets is read whole, and each mistake in it is told at its line."""

from __future__ import annotations

import os

import pytest

from settings.config_file import load
from settings.config_tree import ConfigError
from settings.market_map_file import MOST_TOLD, parse_market_map, read_market_map


def problems_of(text):
    return [str(problem) for problem in parse_market_map(text, shown="map.txt").problems]


def test_a_line_names_a_market_at_both_venues_and_comments_are_passed_over():
    found = parse_market_map("# ours\n\nA-1  X-1\n\tB-1 Y-1  # since May\n", shown="map.txt")

    assert found.renamed == {"A-1": "X-1", "B-1": "Y-1"}
    assert found.problems == ()


@pytest.mark.parametrize(
    ("line", "shown"), [("A-1", "A-1"), ("A-1 -> X-1", "A-1 -> X-1"), ("A " * 90, "A A")]
)
def test_a_line_without_exactly_two_tickers_is_a_mistake(line, shown):
    (problem,) = problems_of(f"B-1 Y-1\n{line}\n")

    assert problem.startswith(f"map.txt:2: markets.map: must be DATA_TICKER EXECUTION_TICKER, not '{shown}")
    assert len(problem) < 200


@pytest.mark.parametrize("odd", ["kxlower-1", "KX;;BAD", "KX-", "-KX", "KX--1", "KX/1"])
def test_what_cannot_be_a_ticker_is_a_mistake(odd):
    (problem,) = parse_market_map(f"KXRAIN-1 {odd}", shown="markets.map").problems

    assert "is no ticker" in problem.text
    assert not parse_market_map("KXBTC-26NOV3022-T86999.99 KX_A-1", shown="markets.map").problems


@pytest.mark.parametrize(
    "key", ["-----BEGIN PRIVATE KEY-----\nabc", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7"]
)
def test_a_key_in_place_of_the_map_is_refused_and_not_shown(key, tmp_path):
    (tmp_path / "key.pem").write_text(key)

    (problem,) = read_market_map(tmp_path / "key.pem", shown="key.pem", given_at="local.yaml:3").problems

    assert str(problem) == "local.yaml:3: markets.map: key.pem has a key in it and no markets"


def test_a_pipe_in_place_of_the_map_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    assert read_market_map(tmp_path / "pipe", shown="pipe", given_at="x").renamed == {}


def test_of_a_file_of_mistakes_only_some_are_told():
    problems = parse_market_map("one two three\n" * 100_000, shown="markets.map").problems

    assert len(problems) == MOST_TOLD + 1


def test_a_ticker_that_is_named_twice_is_a_mistake_of_both_lines():
    data, execution = (
        "the data ticker A-1 is in line 1 already",
        "the execution ticker X-1 is in line 1 already",
    )

    assert problems_of("A-1 X-1\nA-1 X-2\nA-3 X-1\nA-1 X-1\n") == [
        f"map.txt:2: markets.map: {data}",
        f"map.txt:3: markets.map: {execution}",
        f"map.txt:4: markets.map: {data} and {execution}",
    ]


# --- the key of the configuration ------------------------------------------------------------------


def loaded_from(tmp_path, text):
    path = tmp_path / "own.yaml"
    path.write_text(text)
    return load(str(path))


def test_the_file_lies_beside_the_configuration(tmp_path, monkeypatch):
    (tmp_path / "map.txt").write_text("A-1 X-1\n")
    monkeypatch.chdir("/")

    loaded = loaded_from(tmp_path, "markets: {map: map.txt}\n")

    assert loaded.renamed == {"A-1": "X-1"}
    assert loaded.config.markets.map == "map.txt"


def test_no_file_renames_nothing(tmp_path):
    assert loaded_from(tmp_path, "").renamed == {}


def test_mistakes_of_the_file_are_told_with_those_of_the_configuration(tmp_path):
    (tmp_path / "map.txt").write_text("A-1\n")

    with pytest.raises(ConfigError) as caught:
        loaded_from(tmp_path, "markets: {map: map.txt}\nstrategy: {options: {contract: 5}}\n")

    told = [str(problem).replace(f"{tmp_path}/", "") for problem in caught.value.problems]
    assert told == [
        "own.yaml:2:22: strategy.options.contract: unknown key; did you mean contracts?",
        "map.txt:1: markets.map: must be DATA_TICKER EXECUTION_TICKER, not 'A-1'",
    ]


@pytest.mark.parametrize(
    ("raw", "why"),
    [(None, "cannot be read: No such file or directory"), (b"\xff\xfe", "is no text in UTF-8")],
    ids=["no file", "no text"],
)
def test_a_file_that_cannot_be_read_is_told_where_it_is_named(tmp_path, raw, why):
    if raw is not None:
        (tmp_path / "map.txt").write_bytes(raw)

    with pytest.raises(ConfigError) as caught:
        loaded_from(tmp_path, "markets:\n  map: map.txt\n")

    assert [str(problem) for problem in caught.value.problems] == [
        f"{tmp_path}/own.yaml:2:8: markets.map: {tmp_path}/map.txt {why}"
    ]

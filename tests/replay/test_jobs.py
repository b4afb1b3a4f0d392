"""Replays side by side: each task once, also when a process dies."""

import os

import pytest

from replay.jobs import run_all

MANY = ["1", "2", "die", "3", "fail", "4"]


def work(task):
    if task == "die":
        os._exit(9)
    if task == "fail":
        raise ValueError("no such thing")
    return int(task) * 10


@pytest.fixture(scope="module")
def ended():
    return list(run_all(work, MANY, jobs=2))


def test_each_task_ends_once(ended):
    assert sorted(each.task for each in ended) == sorted(MANY)


def test_what_came_of_a_task_is_told_with_it(ended):
    assert {each.task: each.result for each in ended if not each.failure} == {
        "1": 10,
        "2": 20,
        "3": 30,
        "4": 40,
    }


def test_a_process_that_dies_takes_its_own_task_alone_with_it(ended):
    assert {each.task: each.failure for each in ended if each.failure} == {
        "die": "its process died",
        "fail": "no such thing",
    }


def test_where_no_process_can_be_made_each_task_is_told_and_nobody_waits(monkeypatch):
    def no_process(*_, **__):
        raise OSError("too many open files")

    monkeypatch.setattr("replay.jobs.ProcessPoolExecutor", no_process)

    ended = list(run_all(work, ["1", "2", "3"], jobs=2))

    assert {each.task: each.failure for each in ended} == dict.fromkeys(
        "123", "it has no process: too many open files"
    )

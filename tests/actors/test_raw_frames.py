"""The frames of a feed go into the archive where the configuration asks for it, and cost nothing else."""

import json
import logging

from actors.raw_frames import RawFrames
from kalshi_client.stream.inbox import Connected, Frames
from persistence import raw_archive
from persistence.raw_archive import raw_files, read_raw

LOG = logging.getLogger("raw frames")


def test_nothing_is_kept_unless_it_is_asked_for(tmp_path):
    for told in ({}, {"archive_raw": False}):
        raw = RawFrames({"account_dir": str(tmp_path), "session": "s1", **told}, "books-0", LOG)
        assert raw.keep is None
        raw.close()

    assert list(tmp_path.iterdir()) == []


def test_all_frames_are_kept_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(raw_archive, "LEAST_FREE_BYTES", 0)
    raw = RawFrames({"account_dir": str(tmp_path), "session": "s1", "archive_raw": True}, "books-0", LOG)
    raw.keep([Connected(0, 1), Frames(0, 1, 17, [b"one", b"two"]), Frames(1, 4, 18, [b"three"])])
    raw.close()

    ((path,),) = raw_files(tmp_path, "s1").values()
    lines = [json.loads(line) for line in read_raw(path)]
    assert [(line["connection"], line["frame"]) for line in lines] == [(0, "one"), (0, "two"), (1, "three")]


def test_frames_that_are_dropped_are_said_once_and_that_they_are_kept_again(tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(raw_archive, "LEAST_FREE_BYTES", 2**80)
    monkeypatch.setattr(raw_archive, "FLUSH_S", 3_600.0)  # its thread does nothing
    told = {"account_dir": str(tmp_path), "session": "s1", "archive_raw": True}
    raw = RawFrames(told, "books-0", LOG)

    def keep_and_look():
        raw.keep([Frames(0, 1, 17, [b"one"])])
        raw._archive.write()
        raw.look()

    keep_and_look()
    keep_and_look()
    monkeypatch.setattr(raw_archive, "LEAST_FREE_BYTES", 0)
    keep_and_look()
    raw.close()

    folder = tmp_path / raw_archive.FOLDER
    assert [record.getMessage() for record in caplog.records] == [
        f"Frames of books-0 are dropped: {folder}: the disk is short of room",
        "Frames of books-0 are kept again",
    ]

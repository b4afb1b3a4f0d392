import pytest

from execution.halt_latch import HaltLatch, lift


@pytest.fixture
def path(tmp_path):
    return tmp_path / "account" / "halt.json"


def test_an_account_is_not_halted_before_anybody_halts_it(path):
    assert HaltLatch(path).reason == ""


def test_a_halt_outlives_the_process_that_set_it(path):
    HaltLatch(path).set("equity fell", at_us=1)

    assert HaltLatch(path).reason == "equity fell"


def test_a_halt_by_another_process_is_seen_at_the_next_look(path):
    latch = HaltLatch(path)
    HaltLatch(path).set("by hand", at_us=1)

    latch.look()

    assert latch.reason == "by hand"


def test_only_removing_the_file_lifts_a_halt(path):
    latch = HaltLatch(path)
    latch.set("by hand", at_us=1)

    assert lift(path)

    latch.look()
    assert latch.reason == ""
    assert not lift(path)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b"null", b'{"reason": ""}', b"\xff\xfe", b'"halted"']
)
def test_a_file_that_cannot_be_read_halts(path, content):
    path.parent.mkdir()
    path.write_bytes(content)

    assert HaltLatch(path).reason != ""


def test_a_halt_without_a_reason_is_a_halt(path):
    latch = HaltLatch(path)

    latch.set("", at_us=1)

    assert latch.reason != ""
    assert HaltLatch(path).reason == latch.reason


def test_the_folder_it_makes_is_private(path):
    HaltLatch(path).set("by hand", at_us=1)

    assert path.parent.stat().st_mode & 0o077 == 0


def test_a_halt_holds_at_once_though_the_disk_refuses_it_and_is_written_as_soon_as_it_can_be(
    path, monkeypatch
):
    latch = HaltLatch(path)
    write = latch._write

    def refuse(_at_us):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(latch, "_write", refuse)
    latch.set("the disk is full", at_us=1)
    latch.look()
    assert (latch.reason, HaltLatch(path).reason) == ("the disk is full", "")

    monkeypatch.setattr(latch, "_write", write)
    latch.look()
    assert HaltLatch(path).reason == "the disk is full"


def test_a_folder_in_the_place_of_the_file_halts(path):
    path.mkdir(parents=True)

    assert "cannot be read" in HaltLatch(path).reason

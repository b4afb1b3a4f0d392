"""A proof runs in pieces, goes on after a stop, and keeps a dated line."""

import json
from pathlib import Path

import pytest

from verification import proving
from verification.page import page
from verification.proof import Piece, Proof, Total
from verification.proofs import PROOFS
from verification.proving import RESULTS
from verification.unfinished import Unfinished, code_hash

DOCS = Path(__file__).parents[2] / "docs"


def piece(number, quick):
    return Piece({"tried": number}, [f"seed {number}"] if number == 3 else [], {"slope": number / 10})


@pytest.fixture
def in_process(monkeypatch):
    """Pieces run here, one after the other; the proof is stopped after so many of them, if told."""
    done: list[int] = []

    class Here:
        stop_after = -1

        def __init__(self, *_):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def terminate(self):
            pass

        def imap_unordered(self, run, left):
            for count, each in enumerate(left):
                if count == Here.stop_after:
                    raise KeyboardInterrupt
                done.append(each[1])
                yield run(each)

    monkeypatch.setattr(proving, "get_context", lambda _: type("Context", (), {"Pool": Here}))
    return Here, done


@pytest.fixture
def proof(monkeypatch):
    made = Proof("Numbers add up", pieces=4, run=piece, needs=("tried",))
    monkeypatch.setitem(PROOFS, "sums", made)
    return made


def test_a_whole_proof_adds_its_pieces_up_and_keeps_one_dated_line(in_process, proof, tmp_path):
    line = proving.prove("sums", proof, quick=False, results=tmp_path)

    assert (line["pieces"], line["counts"], line["worst"]) == (4, {"tried": 10}, {"slope": 0.4})
    assert (line["broken"], line["first"]) == (1, ["seed 3"])
    assert [json.loads(text) for text in (tmp_path / "sums.jsonl").read_text().splitlines()] == [line]
    assert not (tmp_path / "sums.unfinished").exists()


def test_a_stopped_proof_goes_on_after_the_pieces_that_are_done(in_process, proof, tmp_path, capsys):
    pool, done = in_process
    pool.stop_after = 2
    assert proving.prove("sums", proof, quick=False, results=tmp_path) is None
    pool.stop_after = -1

    line = proving.prove("sums", proof, quick=False, results=tmp_path)

    assert done == [1, 2, 3, 4]
    assert line["counts"] == {"tried": 10}
    assert "stopped after 2 of 4 pieces; the same command goes on from there" in capsys.readouterr().err


def test_pieces_of_other_code_do_not_count(in_process, proof, tmp_path):
    _, done = in_process
    Unfinished(tmp_path / "sums.unfinished", "othercode").add(1, Piece({"tried": 100}, []))

    line = proving.prove("sums", proof, quick=False, results=tmp_path)

    assert done == [1, 2, 3, 4]
    assert line["counts"] == {"tried": 10}


def test_a_piece_that_was_cut_off_while_it_was_written_is_run_again(tmp_path):
    unfinished = Unfinished(tmp_path / "sums.unfinished", "code")
    unfinished.add(1, Piece({"tried": 1}, []))
    with (tmp_path / "sums.unfinished").open("a") as file:
        file.write('[2, {"counts": {"tr')

    assert set(unfinished.read()) == {1}


def test_a_quick_proof_keeps_nothing(in_process, proof, tmp_path):
    line = proving.prove("sums", proof, quick=True, results=tmp_path)

    assert (line["pieces"], line["quick"]) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_a_proof_in_which_nothing_happened_is_broken():
    total = Total()
    total.add(Piece({"settle": 0}, []))

    assert total.line(("settle",))["first"] == ["settle never happened"]


def test_the_hash_of_the_code_changes_with_any_source_file(tmp_path):
    (tmp_path / "trading").mkdir()
    (tmp_path / "trading" / "book.py").write_text("A = 1\n")
    before = code_hash(tmp_path)
    (tmp_path / "trading" / "book.py").write_text("A = 2\n")

    assert code_hash(tmp_path) != before


def test_the_page_of_proofs_is_made_of_the_kept_results():
    assert (DOCS / "proofs.md").read_text() == page(RESULTS)

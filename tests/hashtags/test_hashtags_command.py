"""`curate hashtags`, as a program: without a workspace, one JSON line per hashtag."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

TIMEOUT = 60


def run(*arguments: str | bytes, given: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    program = [sys.executable, "-m", "curation", "hashtags"]
    return subprocess.run(
        [*program, *arguments], input=given, capture_output=True, timeout=TIMEOUT, check=False
    )


def test_each_hashtag_is_one_json_line_in_order(tmp_path: Path) -> None:
    done = run("#turning12", "мне5лет", "30daychallenge", "itsaboy")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [line["tag"] for line in lines] == ["turning12", "мне5лет", "30daychallenge", "itsaboy"]
    assert [line["age_years"] for line in lines] == [12, 5, None, None]
    assert [line["language"] for line in lines] == ["en", "ru", None, "en"]
    assert lines[0]["rule"] == "turning"
    assert lines[0]["confidence"] == 0.9
    assert lines[0]["span"] == [0, 9]
    assert lines[2]["rule"] is lines[2]["confidence"] is lines[2]["span"] is None
    assert (lines[3]["gender"], lines[3]["gender_confidence"]) == ("male", 0.5)


def test_a_file_and_standard_input_are_read_line_by_line(tmp_path: Path) -> None:
    content = "\ufeff#turning7\r\n\n  cumple40 \n二十五歳".encode()
    path = tmp_path / "tags.txt"
    path.write_bytes(content)
    for done in (
        run("--file", str(path)),
        run("--file", "-", given=content),
        run("-", given=content),
    ):
        ages = [json.loads(line)["age_years"] for line in done.stdout.splitlines()]
        assert ages == [7, 40, 25]


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    done = run("--file", str(tmp_path / "none.txt"))
    assert done.returncode == 2
    assert done.stderr.decode().startswith(
        f"error: {tmp_path / 'none.txt'} cannot be read: No such"
    )
    assert done.stderr.count(b"\n") == 1


def test_bad_utf8_names_the_line_and_what_was_read_before_is_not_lost() -> None:
    done = run("-", given=b"turning7\n\xff\xfe\n")
    assert done.returncode == 2
    assert json.loads(done.stdout)["age_years"] == 7
    assert b"standard input, line 2 is not UTF-8" in done.stderr
    assert run(os.fsencode("turning") + b"\xff").returncode == 2


def test_nothing_given_and_too_much_given_say_what_to_give(tmp_path: Path) -> None:
    assert b"give hashtags, or --file F" in run().stderr
    both = run("turning7", "--file", str(tmp_path))
    assert both.returncode == 2
    assert b"give hashtags or --file, not both" in both.stderr


def test_memory_does_not_grow_with_the_input(tmp_path: Path) -> None:
    program = (
        "import resource, subprocess, sys\n"
        "subprocess.run([sys.executable, '-m', 'curation', 'hashtags', '--file', sys.argv[1]],\n"
        "               stdout=subprocess.DEVNULL, check=True)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    peaks = []
    for times in (1, 30):
        path = tmp_path / f"{times}.txt"
        path.write_text("".join(f"#photo{number}ofmany\n" for number in range(3000)) * times)
        done = subprocess.run(
            [sys.executable, "-c", program, str(path)],
            capture_output=True, timeout=TIMEOUT, check=True,
        )  # fmt: skip
        peaks.append(int(done.stdout))
    assert peaks[1] < peaks[0] * 1.1

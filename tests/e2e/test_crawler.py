"""The real crawler over folders, into a real database."""

import json
import os
import pty
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

SCENES = 120
DEADLINE_SECONDS = 60


@pytest.fixture
def tree(sample_tree, tmp_path):
    """A copy of the sample tree that a test may change."""
    return Path(shutil.copytree(sample_tree, tmp_path / "tree"))


@pytest.fixture
def crawl(bin, fresh_database, tmp_path):
    """Runs the crawler to its end; `report` is what it summed up."""

    def run(*arguments, expect=0, database_url=fresh_database.url):
        report = tmp_path / "report.json"
        report.unlink(missing_ok=True)
        command = [bin("hayden-crawler"), *arguments, "--database-url", database_url, "--report", report]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300)
        assert done.returncode == expect, f"exit code {done.returncode}:\n{done.stderr}"
        done.report = json.loads(report.read_text()) if report.exists() else None
        return done

    run.database = fresh_database
    return run


@pytest.fixture
def start(bin, fresh_database):
    """Starts the crawler; it ends with the test."""
    started = []

    def run(*arguments):
        command = [bin("hayden-crawler"), *arguments, "--database-url", fresh_database.url]
        process = subprocess.Popen([str(part) for part in command], stderr=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
            process.communicate()


def count(database, table):
    return database.query(f"select count(*) from {table}")[0][0]


def mtls(tree, form="json"):
    return sorted(tree.rglob(f"*_MTL.{form}"))


def await_first_scenes(database):
    deadline = time.monotonic() + DEADLINE_SECONDS
    while count(database, "hayden.harvest_mark") == 0:
        assert time.monotonic() < deadline
    return count(database, "hayden.harvest_mark")


def test_harvests_a_folder_into_both_faces_and_a_second_run_writes_nothing(crawl, sample_tree):
    first = crawl(sample_tree).report
    assert first["listed"] == 2 * SCENES
    assert (first["found"], first["fetched"], first["added"]) == (SCENES, SCENES, SCENES)
    database = crawl.database
    for table in ("stac.item", "agdc.dataset", "agdc.dataset_location", "hayden.harvest_mark"):
        assert count(database, table) == SCENES, table
    before = database.query("select id, xmin::text from stac.item order by id, collection")
    datasets = database.query("select id::text, xmin::text from agdc.dataset order by id")

    second = crawl(sample_tree).report
    assert (second["skipped"], second["fetched"], second["written"]) == (SCENES, 0, 0)
    assert database.query("select id, xmin::text from stac.item order by id, collection") == before
    assert database.query("select id::text, xmin::text from agdc.dataset order by id") == datasets


def test_both_faces_hold_the_same_scene(crawl, sample_tree):
    crawl(sample_tree)
    rows = crawl.database.query(
        "select i.id, d.id::text, d.metadata ->> 'label', t.name, c.id, l.uri_scheme || ':' || l.uri_body"
        " from stac.item i join stac.collection c on c.key = i.collection"
        " join agdc.dataset d on d.id = i.dataset_id join agdc.dataset_type t on t.id = d.dataset_type_ref"
        " join agdc.dataset_location l on l.dataset_ref = d.id"
    )
    assert len(rows) == SCENES
    for item, _, _, product, collection, location in rows:
        assert collection.replace("-", "_") in product
        assert location.startswith(f"file://{sample_tree}/")
        assert location.endswith("_MTL.json")
        assert item.split("_")[2] in location


def test_reads_json_rather_than_text_and_text_where_there_is_no_json(crawl, tree):
    without_json = mtls(tree)[:10]
    for path in without_json:
        path.unlink()
    crawl(tree)
    keys = {key for (key,) in crawl.database.query("select key from hayden.harvest_mark")}
    assert len(keys) == SCENES
    assert {key for key in keys if key.endswith(".txt")} == {
        path.relative_to(tree).with_suffix(".txt").as_posix() for path in without_json
    }


def test_json_and_text_of_a_scene_give_the_same_item(crawl, tree):
    crawl(tree)
    for path in mtls(tree):
        path.unlink()
    etags = "select id, collection, properties from stac.item order by id, collection"
    before = crawl.database.query(etags)
    report = crawl(tree).report
    assert report["fetched"] == SCENES
    assert crawl.database.query(etags) == before


def test_a_broken_mtl_is_kept_aside_with_its_reason_and_the_crawl_goes_on(crawl, tree):
    cut, garbage = mtls(tree)[:2]
    whole = cut.read_bytes()
    cut.write_bytes(whole[: len(whole) // 2])
    garbage.write_bytes(b"\x00\xff not an MTL")
    report = crawl(tree, expect=1).report
    assert (report["failed"], report["added"], report["exit_code"]) == (2, SCENES - 2, 1)
    letters = crawl.database.query("select source, key, stage, reason, bytes from hayden.harvest_failure order by key")
    assert [key for _, key, *_ in letters] == [path.relative_to(tree).as_posix() for path in (cut, garbage)]
    assert {(source, stage) for source, _, stage, _, _ in letters} == {(f"file://{tree}", "parse")}
    assert all(reason for *_, reason, _ in letters)
    assert bytes(letters[0][4]) == whole[: len(whole) // 2]

    cut.write_bytes(whole)
    garbage.unlink()
    garbage.with_suffix(".txt").unlink()
    assert crawl(tree).report["added"] == 1
    assert count(crawl.database, "hayden.harvest_failure") == 0, "one is whole again, the other has left"


def test_a_scene_the_database_refuses_is_kept_aside_and_the_rest_of_its_batch_is_written(crawl, sample_tree):
    refused = mtls(sample_tree)[7]
    product = refused.parent.name
    crawl.database.query(
        "create function refuse() returns trigger language plpgsql as"
        " $$ begin raise exception 'no' using errcode = '22023'; end $$;"
        " create trigger refuse before insert on agdc.dataset for each row"
        f" when (new.metadata::text like '%%{product}%%') execute function refuse()"
    )
    report = crawl(sample_tree, expect=1).report
    assert (report["added"], report["failed"]) == (SCENES - 1, 1)
    assert count(crawl.database, "stac.item") == count(crawl.database, "agdc.dataset") == SCENES - 1
    letters = crawl.database.query("select key, stage from hayden.harvest_failure")
    assert letters == [(refused.relative_to(sample_tree).as_posix(), "write")]
    crawl.database.query("drop trigger refuse on agdc.dataset; drop function refuse()")
    assert crawl(sample_tree).report["added"] == 1
    assert count(crawl.database, "hayden.harvest_failure") == 0


def test_a_changed_file_is_read_again_and_only_it(crawl, tree):
    crawl(tree)
    path = mtls(tree)[0]
    path.touch()
    report = crawl(tree).report
    assert (report["fetched"], report["skipped"], report["unchanged"]) == (1, SCENES - 1, 1)
    document = json.loads(path.read_text())
    attributes = document["LANDSAT_METADATA_FILE"]["IMAGE_ATTRIBUTES"]
    attributes["CLOUD_COVER"] = "77.77"
    path.write_text(json.dumps(document))
    report = crawl(tree).report
    assert (report["fetched"], report["changed"]) == (1, 1)
    assert crawl.database.query("select count(*) from stac.item where properties ->> 'eo:cloud_cover' = '77.77'") == [
        (1,)
    ]


def test_force_reads_everything_again_and_changes_nothing(crawl, sample_tree):
    crawl(sample_tree)
    report = crawl(sample_tree, "--force").report
    assert (report["fetched"], report["unchanged"], report["written"]) == (SCENES, SCENES, 0)


def test_dry_run_lists_what_would_be_read_and_writes_nothing(crawl, tree):
    done = crawl(tree, "--dry-run")
    assert len(done.stdout.splitlines()) == SCENES
    assert all(line.startswith(f"add     file://{tree}/") for line in done.stdout.splitlines())
    for table in ("stac.item", "stac.collection", "agdc.dataset", "agdc.dataset_type", "hayden.harvest_mark"):
        assert count(crawl.database, table) == 0, table
    crawl(tree)
    path = mtls(tree)[0]
    path.write_text(path.read_text() + "\n")
    assert crawl(tree, "--dry-run").stdout == f"change  {path.as_uri()}\n"


def test_limit_ends_early_and_the_next_run_goes_on(crawl, sample_tree):
    assert crawl(sample_tree, "--limit", 50).report["added"] == 50
    report = crawl(sample_tree).report
    assert (report["skipped"], report["added"]) == (50, SCENES - 50)


def test_hrefs_can_be_those_of_the_original(crawl, sample_tree):
    crawl(sample_tree, "--href-base", "s3://usgs-landsat")
    locations = crawl.database.query("select uri_scheme || ':' || uri_body from agdc.dataset_location")
    expected = {f"s3://usgs-landsat/{path.relative_to(sample_tree).as_posix()}" for path in mtls(sample_tree)}
    assert {location for (location,) in locations} == expected


def test_the_same_scene_in_two_folders_is_one_scene(crawl, tree):
    one = mtls(tree)[0].parent
    shutil.copytree(one, tree / "copy" / one.name)
    report = crawl(tree).report
    assert report["found"] == SCENES + 1
    assert count(crawl.database, "stac.item") == SCENES
    assert count(crawl.database, "agdc.dataset") == SCENES
    assert crawl(tree).report["fetched"] == 0


def test_several_sources_are_harvested_and_one_that_is_missing_is_told(crawl, sample_tree, tmp_path):
    done = crawl(tmp_path / "missing", sample_tree, expect=3)
    assert f"The folder {tmp_path}/missing cannot be read: No such file or directory." in done.stderr
    assert done.report["added"] == SCENES
    assert done.report["error"]


def test_an_empty_folder_is_no_mistake(crawl, tmp_path):
    (tmp_path / "empty").mkdir()
    assert crawl(tmp_path / "empty").report["found"] == 0


def test_wrong_usage_ends_with_2(crawl, sample_tree):
    for arguments in ([], [sample_tree, "--batch", "0"], [sample_tree, "--progress", "loud"], [sample_tree, "--nope"]):
        assert crawl(*arguments, expect=2).stderr


def test_a_source_that_cannot_be_crawled_ends_with_3(crawl, sample_tree):
    for source in ("https://example.com/scenes", "s3://", mtls(sample_tree)[0]):
        done = crawl(source, expect=3)
        assert len(done.stderr.splitlines()) == 1, done.stderr


def test_a_database_that_is_away_or_empty_ends_with_4(crawl, cluster, free_port, sample_tree):
    away = f"postgresql://hayden@127.0.0.1:{free_port()}/hayden"
    for url in (away, cluster.create_database().url):
        done = crawl(sample_tree, expect=4, database_url=url)
        assert "The database cannot be used" in done.stderr
        assert done.report["listed"] == 0


def test_a_run_that_is_killed_loses_nothing_and_the_next_one_completes(crawl, start, sample_tree):
    process = start(sample_tree, "--batch", 1, "--concurrency", 1)
    await_first_scenes(crawl.database)
    process.kill()
    process.communicate()
    # The server may still be committing what the dead client sent.
    killed_at = crawl.database.query(
        "select pg_terminate_backend(pid, 10000) from pg_stat_activity where application_name = 'hayden-crawler'"
    )
    assert len(killed_at) <= 2
    survived = count(crawl.database, "hayden.harvest_mark")
    assert 0 < survived < SCENES
    assert count(crawl.database, "stac.item") == count(crawl.database, "agdc.dataset") == survived
    report = crawl(sample_tree).report
    assert (report["skipped"], report["added"]) == (survived, SCENES - survived)
    assert count(crawl.database, "stac.item") == SCENES


@pytest.mark.parametrize("name, code", [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_ends_it_with_a_summary_when_the_batch_is_written(crawl, start, sample_tree, name, code):
    process = start(sample_tree, "--batch", 1, "--concurrency", 1)
    await_first_scenes(crawl.database)
    process.send_signal(getattr(signal, name))
    _, errors = process.communicate(timeout=DEADLINE_SECONDS)
    assert process.returncode == code, errors
    assert "Stopped:" in errors
    survived = count(crawl.database, "hayden.harvest_mark")
    assert 0 < survived < SCENES
    assert f"written  {survived}: " in errors
    assert crawl(sample_tree).report["added"] == SCENES - survived


def test_a_database_that_goes_away_ends_it_with_4(crawl, start, sample_tree):
    process = start(sample_tree, "--batch", 1, "--concurrency", 1)
    await_first_scenes(crawl.database)
    crawl.database.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'hayden-crawler'"
    )
    _, errors = process.communicate(timeout=DEADLINE_SECONDS)
    assert process.returncode == 4, errors
    assert "The database cannot be used" in errors
    assert crawl(sample_tree).report["exit_code"] == 0
    assert count(crawl.database, "stac.item") == SCENES


def test_speaks_json_lines_away_from_a_terminal_and_a_summary_for_people(crawl, start, tree):
    mtls(tree)[0].write_text('{"quoted": "\\u00e9"}')
    process = start(tree)
    _, errors = process.communicate(timeout=DEADLINE_SECONDS)
    lines, summary = errors.split("Harvest:\n")
    events = [json.loads(line) for line in lines.splitlines()]
    assert any(event["event"] == "log" and mtls(tree)[0].name in event["message"] for event in events)
    assert f"written  {SCENES - 1}: {SCENES - 1} added" in summary


def test_draws_a_bar_on_a_terminal(bin, fresh_database, sample_tree):
    terminal, side = pty.openpty()
    command = [str(bin("hayden-crawler")), str(sample_tree), "--batch", "5", "--database-url", fresh_database.url]
    process = subprocess.Popen(command, stderr=side)
    os.close(side)
    shown = b""
    while True:
        try:
            shown += os.read(terminal, 65536)
        except OSError:  # the other side is closed
            break
    os.close(terminal)
    assert process.wait(DEADLINE_SECONDS) == 0
    assert b"\r[" in shown
    assert b"listed 240, scenes 120" in shown
    assert b'{"' not in shown

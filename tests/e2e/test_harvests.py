"""Runs of the real crawler as GET /harvests and /metrics show them."""

import os
import signal
import subprocess
import threading
import time

import psycopg2
import pytest
import requests

pytestmark = pytest.mark.usefixtures("described")

DEADLINE_SECONDS = 120


@pytest.fixture
def api(start_api, fresh_database):
    return start_api(database=fresh_database)


@pytest.fixture
def start(bin, fresh_database):
    """Starts the crawler; it ends with the test."""
    started = []

    def run(*arguments, **options):
        command = [bin("hayden-crawler"), *arguments, "--database-url", fresh_database.url, "--progress", "none"]
        process = subprocess.Popen([str(part) for part in command], stderr=subprocess.PIPE, text=True, **options)
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


def crawl(start, *arguments, expect=0):
    process = start(*arguments)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == expect, errors


def harvests(api, **parameters):
    answer = requests.get(f"{api.url}/harvests", params=parameters, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def metrics(api):
    lines = requests.get(f"{api.url}/metrics", timeout=30).text.splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def await_state(api, state, **match):
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        for run in harvests(api)["harvests"]:
            if run["state"] == state and all(run[name] == value for name, value in match.items()):
                return run
        assert time.monotonic() < deadline, harvests(api)
        time.sleep(0.1)


def await_metric(api, name, value):
    deadline = time.monotonic() + DEADLINE_SECONDS
    while metrics(api).get(name) != value:
        assert time.monotonic() < deadline, metrics(api)
        time.sleep(0.5)


def test_a_run_that_came_to_its_end_is_there_with_its_counters(api, start, sample_tree):
    assert harvests(api)["harvests"] == []
    crawl(start, sample_tree)
    [run] = harvests(api)["harvests"]
    assert (run["state"], run["exit_code"], run["error"]) == ("finished", 0, None)
    assert run["sources"] == [str(sample_tree)]
    assert run["host"] == os.uname().nodename
    assert run["started"] <= run["finished"]
    scenes = run["counters"]["found"]
    assert scenes > 0 and run["counters"]["written"] == scenes
    assert requests.get(run["links"][0]["href"], timeout=30).json() == run
    await_metric(api, "hayden_harvest_scenes_written", str(scenes))
    shown = metrics(api)
    assert shown['hayden_harvests{state="finished"}'] == "1"
    assert float(shown["hayden_harvest_last_success_timestamp_seconds"]) > 0
    assert shown["hayden_harvests_running"] == "0"


def test_a_run_that_fails_says_why_and_a_dry_run_leaves_no_record(api, start, tmp_path):
    crawl(start, tmp_path / "missing", expect=3)
    crawl(start, "--dry-run", tmp_path)
    [run] = harvests(api)["harvests"]
    assert (run["state"], run["exit_code"]) == ("failed", 3)
    assert "missing" in run["error"]
    await_metric(api, 'hayden_harvests{state="failed"}', "1")
    assert "hayden_harvest_last_success_timestamp_seconds" not in metrics(api)


def test_a_run_shows_while_it_runs_and_as_stopped_when_it_is_told_to(api, start):
    # It waits for keys that never come.
    process = start("--objects-at", "/", "-", stdin=subprocess.PIPE)
    process.stdin.write("a/LC08_L2SP_046028_20200904_20200906_02_T1_MTL.json\n")
    process.stdin.flush()
    run = await_state(api, "running")
    assert (run["finished"], run["exit_code"]) == (None, None)
    await_metric(api, "hayden_harvests_running", "1")
    process.send_signal(signal.SIGTERM)
    process.stdin.close()
    assert await_state(api, "stopped", id=run["id"])["exit_code"] == 143


def test_a_run_that_is_killed_shows_as_crashed_and_stays_so(api, start, sample_tree):
    process = start("--objects-at", "/", "-", stdin=subprocess.PIPE)
    run = await_state(api, "running")
    process.kill()
    crashed = await_state(api, "crashed", id=run["id"])
    assert crashed["finished"] == crashed["updated"]
    await_metric(api, 'hayden_harvests{state="crashed"}', "1")
    crawl(start, sample_tree)  # settles what is in the table
    assert [one["state"] for one in harvests(api)["harvests"]] == ["finished", "crashed"]


def test_runs_come_in_pages_the_newest_first(api, start, tmp_path):
    for _ in range(3):
        crawl(start, tmp_path)
    first = harvests(api, limit=2)
    ids = [run["id"] for run in first["harvests"]]
    assert ids == sorted(ids, reverse=True) and first["numberReturned"] == 2
    [next_page] = [link["href"] for link in first["links"] if link["rel"] == "next"]
    rest = requests.get(next_page, timeout=30).json()
    assert [run["id"] for run in rest["harvests"]] == [ids[-1] - 1]
    assert [link["rel"] for link in rest["links"]] == ["self"]


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "token=x", "token=-1", "token=99999999999999999999", "what=1"])
def test_mistakes_are_named(api, query):
    answer = requests.get(f"{api.url}/harvests?{query}", timeout=30)
    assert answer.status_code == 400
    assert query.split("=")[0] in answer.json()["description"]


@pytest.mark.parametrize("number", ["0", "1", "x", "-1", "9223372036854775807", "99999999999999999999"])
def test_what_is_not_there_is_not_found(api, number):
    assert requests.get(f"{api.url}/harvests/{number}", timeout=30).status_code == 404


def test_old_runs_are_forgotten_but_not_the_last_that_finished(api, fresh_database, start, tmp_path):
    fresh_database.query(
        "insert into hayden.harvest_run (sources, host, state, finished)"
        " select '[]', 'here', case when n = 5 then 'finished' else 'failed' end, now() from generate_series(1, 1200) n"
    )
    # While an older process holds one of the rows, others neither wait for it nor fail.
    with psycopg2.connect(fresh_database.url) as other, other.cursor() as cursor:
        cursor.execute("select from hayden.harvest_run where id = 7 for update")
        crawl(start, tmp_path / "missing", expect=3)
    kept = [row[0] for row in fresh_database.query("select id from hayden.harvest_run order by id")]
    assert kept[:2] == [5, 7]
    assert len(kept) == 2 + 1000 + 1


def test_many_runs_that_begin_at_once_settle_the_same_rows(fresh_database, start, api, tmp_path):
    fresh_database.query(
        "insert into hayden.harvest_run (sources, host) select '[]', 'gone' from generate_series(1, 1500)"
    )
    ends = []
    threads = [
        threading.Thread(target=lambda: ends.append(start(tmp_path).wait(timeout=300))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends == [0] * 6
    states = dict(fresh_database.query("select state, count(*) from hayden.harvest_run group by state"))
    assert set(states) == {"crashed", "finished"} and states["finished"] == 6

"""What the crawler promises, shown at some length: real keys in a real store, kills at any moment, every fault at once."""

import contextlib
import gzip
import json
import os
import random
import signal
import subprocess
import threading
import time

import pytest
from conftest import run as command
from fault_server import FaultServer, hang_up
from radosgw import OWNER
from test_landsat_items import FIXTURES

# HAYDEN_KILLED_SCENES=20000 takes some minutes with release programs.
KILLED_SCENES = int(os.environ.get("HAYDEN_KILLED_SCENES", 2000))
KILLS = 20
SCENES = 120
RUN_SECONDS = 3600


@pytest.fixture
def environment(fresh_database, tmp_path):
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "HAYDEN_DATABASE_URL": fresh_database.url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ACCESS_KEY_ID": OWNER[0],
        "AWS_SECRET_ACCESS_KEY": OWNER[1],
    }


@pytest.fixture
def crawl(bin, environment, tmp_path):
    """Runs the crawler to its end; `report` is what it summed up."""

    def run(*arguments, expect=0, **variables):
        report = tmp_path / "report.json"
        done = subprocess.run(
            [str(part) for part in (bin("hayden-crawler"), *arguments, "--report", report)],
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            env=environment | variables,
        )
        assert done.returncode in (expect if isinstance(expect, tuple) else (expect,)), f"exit code {done.returncode}:\n{done.stderr[-5000:]}"
        done.report = json.loads(report.read_text())
        return done

    return run


# --- real keys --------------------------------------------------------------------------------------------------------


def real_keys():
    keys = set()
    for file in (FIXTURES / "listings/dev-usgs-landsat").glob("*.csv.gz"):
        keys |= {line.replace(",", "/") for line in gzip.decompress(file.read_bytes()).decode().split()}
    return keys


@pytest.mark.skipif(not FIXTURES.is_dir() and not os.environ.get("CI"), reason="the real keys are not there")
def test_every_real_key_of_a_bucket_is_recognised_in_a_real_store_and_path_46_row_28_is_complete(crawl, gateway):
    keys = real_keys()
    of_place = {key for key in keys if "/046/028/" in key}
    assert (len(keys), len(of_place)) == (93_978, 148)
    beside = {f"{key[:-4]}_{band}.tif": b"II*" for key in of_place for band in ("sr_band1", "pixel_qa")}
    gateway.fill("dev-usgs-landsat", dict.fromkeys(keys, b"") | beside)

    def added(*arguments):
        done = crawl("s3://dev-usgs-landsat", "--endpoint-url", gateway.url, "--dry-run", *arguments)
        assert done.report["listed"] == len(keys) + len(beside)
        assert done.report["found"] == len(keys)
        return sorted(line.removeprefix("add     s3://dev-usgs-landsat/") for line in done.stdout.splitlines())

    assert added() == sorted(keys)
    assert added("--path-row", "046/028") == sorted(of_place)


# --- kills ------------------------------------------------------------------------------------------------------------


def state(database):
    """All that a crawl leaves, but for times."""
    return [
        database.query(f"select {columns} from {table} order by 1, 2")
        for columns, table in (
            ("id, etag, dataset_id::text, datetime, archived is null", "stac.item"),
            (
                "d.id::text, md5(d.metadata::text), t.name, d.archived is null",
                "agdc.dataset d join agdc.dataset_type t on t.id = d.dataset_type_ref",
            ),
            ("dataset_ref::text, uri_scheme || ':' || uri_body", "agdc.dataset_location"),
            ("key, mark, source, dataset_id::text, item_id, gone", "hayden.harvest_mark"),
            ("key, mark, stage, reason, bytes::text", "hayden.harvest_failure"),
            ("source, prefix", "hayden.crawl where finished is null"),
            ("crawl::text, after_key", "hayden.crawl_range"),
        )
    ]


def test_twenty_kills_change_nothing(bin, cluster, fresh_database, crawl, environment, gateway, tmp_path):
    tree = tmp_path / "tree"
    command(bin("hayden-samples"), tree, "--scenes", KILLED_SCENES)
    next(tree.rglob("*_MTL.json")).write_text('{"broken": ')
    objects = {path.relative_to(tree).as_posix(): path.read_bytes() for path in tree.rglob("*_MTL.*")}
    gateway.fill("kills", objects)
    arguments = ("s3://kills", "--endpoint-url", gateway.url, "--batch", 50)
    started = time.monotonic()
    undisturbed = crawl(*arguments, expect=1).report
    lasts = time.monotonic() - started
    assert (undisturbed["added"], undisturbed["failed"]) == (KILLED_SCENES - 1, 1)

    database = cluster.create_database()
    command(bin("hayden-admin"), "migrate", "--database-url", database.url)
    of_killed = environment | {"HAYDEN_DATABASE_URL": database.url}
    dice = random.Random(11)
    killed = on_the_way = 0
    while killed < KILLS:
        process = subprocess.Popen(
            [str(part) for part in (bin("hayden-crawler"), *arguments)], env=of_killed, stderr=subprocess.DEVNULL
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(dice.uniform(0.02, lasts / 10))
        process.kill()
        killed += process.wait() == -signal.SIGKILL
        on_the_way += database.query("select count(*) from hayden.harvest_mark")[0][0] < KILLED_SCENES - 1
    assert on_the_way >= KILLS / 2, "the crawl was over before most of the kills"
    # Whether the broken scene comes once more depends on where the last crawler was killed.
    crawl(*arguments, expect=(0, 1), HAYDEN_DATABASE_URL=database.url)
    assert state(database) == state(fresh_database)


# --- every fault at once ----------------------------------------------------------------------------------------------


class Weather:
    """Spoils every second request in each way once, then some by chance, and counts; the first ones are sent elsewhere."""

    FAULTS = ("error", "half", "cut", "reset", "slow", "busy")

    def __init__(self, elsewhere, missing):
        self.elsewhere, self.missing = elsewhere, missing
        self.dice = random.Random(7)
        self.asked = {"list": 0, "get": 0}
        self.burst = 0
        self.sent = dict.fromkeys(("region", "host", "busy", "error", "half", "cut", "reset", "slow", "refused"), 0)

    def at_the_door(self, handler, kind):
        if "/eu-test-1/s3/" not in handler.headers["Authorization"]:
            self.sent["region"] += 1
            handler.error(301, "PermanentRedirect", x_amz_bucket_region="eu-test-1")
        else:
            self.sent["host"] += 1
            handler.error(307, "TemporaryRedirect", Location=self.elsewhere.url + handler.path)
        return True

    def inside(self, handler, kind):
        if kind == "get" and handler.path.endswith(self.missing):
            self.sent["refused"] += 1
            handler.error(404, "NoSuchKey")
            return True
        if kind == "folders":
            return False
        if kind == "get" and self.burst > 0:
            self.burst -= 1
            return self.spoil(handler, kind, "busy")
        place, odd = divmod(self.asked[kind], 2)
        self.asked[kind] += 1
        if not odd and place < len(self.FAULTS):
            fault = self.FAULTS[place]
        elif place >= len(self.FAULTS) and self.dice.random() < 0.1:
            fault = self.dice.choice(self.FAULTS)
        else:
            return False
        if fault == "busy":
            self.burst = 5
        return self.spoil(handler, kind, fault)

    def spoil(self, handler, kind, fault):
        if fault == "half" and kind == "get":
            fault = "cut"
        self.sent[fault] += 1
        if fault == "busy":
            handler.error(503, "SlowDown")
        elif fault == "error":
            handler.answer(500, b"<html>")
        elif fault == "half":
            handler.answer(200, b"<ListBucketResult><Contents><Key>a_MTL.txt</Key></Contents><Contents>")
        elif fault == "cut":
            handler.answer(200, b"<ListBucketResult><Contents><Key>a</Key>" + b" " * 1000, cut=500)
        elif fault == "reset":
            hang_up(handler)
        else:
            return self.dribble
        return True

    @staticmethod
    def dribble(handler):
        """The right answer, a few bytes at a time."""
        write, pause = handler.wfile.write, threading.Event()

        def slowly(data):
            step = max(1, len(data) // 20)
            for start in range(0, len(data), step):
                write(data[start : start + step])
                pause.wait(0.01)

        handler.wfile.write = slowly
        try:
            handler.serve(*handler.question)
        finally:
            handler.wfile.write = write


def shuffled_and_doubled(keys):
    """Neighbours change places, and every tenth key is listed twice."""
    out = [key for pair in zip(keys[1::2], keys[::2], strict=False) for key in pair] + keys[len(keys) // 2 * 2 :]
    return [key for place, key in enumerate(out) for key in [key] * (2 if place % 10 == 0 else 1)]


def test_a_crawl_through_every_fault_is_complete_and_its_report_is_right(crawl, fresh_database, sample_tree):
    objects = {p.relative_to(sample_tree).as_posix(): p.read_bytes() for p in sample_tree.rglob("*_MTL.txt")}
    broken, missing, *whole = sorted(objects)
    objects[broken] = b"GROUP = BROKEN\n"
    inside = FaultServer(objects, page_size=10, arrange=shuffled_and_doubled)
    door = FaultServer({})
    weather = Weather(inside, missing)
    door.spoil, inside.spoil = weather.at_the_door, weather.inside
    try:
        report = crawl("s3://b", "--endpoint-url", door.url, expect=1).report
    finally:
        inside.stop()
        door.stop()
    assert all(weather.sent.values()), weather.sent
    assert (report["found"], report["added"], report["failed"]) == (SCENES, SCENES - 2, 2)
    assert report["listed"] == SCENES * 11 // 10
    assert (report["fetched"], report["parsed"], report["exit_code"], report["error"]) == (SCENES - 1, SCENES - 2, 1, None)
    requests = report["requests"]
    assert requests["throttled"] == weather.sent["busy"]
    # A connection that is reset before an answer may be tried once more below the crawler.
    asked = len(inside.requests) + len(door.requests)
    assert asked - weather.sent["reset"] <= requests["list"] + requests["get"] <= asked
    faults = sum(weather.sent.values()) - weather.sent["slow"] - weather.sent["refused"]
    assert faults - weather.sent["reset"] <= requests["repeated"] <= faults
    keys = fresh_database.query("select key from hayden.harvest_mark order by key")
    assert [key for (key,) in keys] == whole
    letters = fresh_database.query("select key, stage from hayden.harvest_failure order by key")
    assert letters == [(broken, "parse"), (missing, "read")]
    again = fresh_database.query("select count(*) from stac.item where archived is null")
    assert again == [(len(whole),)]

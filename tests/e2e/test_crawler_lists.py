"""The real crawler over lists of scenes, with filters, budgets, several crawlers at once, and dead letters."""

import gzip
import hashlib
import json
import os
import random
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit
from xml.sax.saxutils import escape

import pytest
from fault_server import FaultServer, hang_up

FIXTURES = Path(os.environ.get("HAYDEN_FIXTURES", Path(__file__).resolve().parents[2] / "../shared/fixtures"))
SCENES = 120
DEADLINE_SECONDS = 120


@pytest.fixture
def environment(fresh_database, tmp_path):
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "HAYDEN_DATABASE_URL": fresh_database.url,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@pytest.fixture
def crawl(bin, fresh_database, environment, tmp_path):
    """Runs the crawler to its end; `report` is what it summed up."""

    def run(*arguments, expect=0, input=None, report=True, **variables):
        file = tmp_path / "report.json"
        file.unlink(missing_ok=True)
        command = [bin("hayden-crawler"), *arguments, *(["--report", file] if report else [])]
        command = [str(part) for part in command]
        done = subprocess.run(
            command, capture_output=True, timeout=DEADLINE_SECONDS, input=input, env=environment | variables
        )
        assert done.returncode == expect, f"exit code {done.returncode}:\n{done.stderr.decode()}"
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        done.report = json.loads(file.read_text()) if file.exists() else None
        return done

    run.database = fresh_database
    return run


@pytest.fixture(scope="module")
def objects(sample_tree):
    """The sample tree as a bucket holds it."""
    return {path.relative_to(sample_tree).as_posix(): path.read_bytes() for path in sample_tree.rglob("*.*")}


@pytest.fixture
def serve():
    """Starts fault servers; they stop with the test."""
    started = []

    def start(objects, **options):
        started.append(FaultServer(objects, **options))
        return started[-1]

    yield start
    for server in started:
        server.stop()


def count(database, table):
    return database.query(f"select count(*) from {table}")[0][0]


def s3(server, *more):
    return ("--endpoint-url", server.url, "--no-sign-request", *more)


def texts(objects):
    return {key: body for key, body in objects.items() if key.endswith("_MTL.txt")}


def active(database):
    """Ids of the Items and labels of the datasets that are not archived."""
    items = database.query("select id from stac.item where archived is null order by id")
    datasets = database.query("select metadata ->> 'label' from agdc.dataset where archived is null order by 1")
    assert len(items) == len(datasets)
    return [item for (item,) in items]


# --- lists ----------------------------------------------------------------------------------------------------------


def test_a_scene_list_is_read_for_its_keys(crawl, serve, objects, tmp_path):
    wanted = texts(objects)
    rows = ["productId,entityId,acquisitionDate,cloudCover,processingLevel,path,row,download_url"]
    for key in sorted(wanted):
        folder = key.rsplit("/", 1)[0]
        product = folder.rsplit("/", 1)[1]
        rows.append(f"{product},E,2020-01-01,5,L1TP,1,1,https://s3-us-west-2.amazonaws.com/pds/{folder}/index.html")
    rows.append("broken,E,,,,1,1,ftp://nowhere")
    (tmp_path / "scene_list.gz").write_bytes(gzip.compress("\n".join(rows).encode()))
    server = serve(wanted)
    report = crawl(tmp_path / "scene_list.gz", *s3(server), expect=1).report
    assert (report["added"], report["failed"]) == (SCENES, 1)
    assert report["requests"] == {"list": 0, "get": SCENES, "repeated": 0, "throttled": 0, "cost": pytest.approx(SCENES * 4e-7)}
    again = crawl(tmp_path / "scene_list.gz", *s3(server), expect=1).report
    assert (again["skipped"], again["fetched"]) == (SCENES, 0)
    assert crawl.database.query("select distinct source from hayden.harvest_mark") == [("s3://pds",)]


def test_an_inventory_spares_the_listing_and_its_marks_are_those_of_the_bucket(crawl, serve, objects):
    server = serve(dict(objects))
    listed = crawl("s3://scenes", *s3(server)).report
    rows = [f'"scenes","{key}","{len(body)}","{hashlib.md5(body).hexdigest()}"' for key, body in objects.items()]
    random.Random(1).shuffle(rows)
    half = len(rows) // 2
    server.objects = dict(objects) | {
        "inventory/data/1.csv.gz": gzip.compress("\n".join(rows[:half]).encode()),
        "inventory/data/2.csv.gz": gzip.compress("\n".join(rows[half:]).encode()),
        "inventory/2024-01-01T00-00Z/manifest.json": json.dumps(
            {
                "sourceBucket": "scenes",
                "destinationBucket": "arn:aws:s3:::scenes",
                "fileFormat": "CSV",
                "fileSchema": "Bucket, Key, Size, ETag",
                "files": [{"key": f"inventory/data/{number}.csv.gz"} for number in (1, 2)],
            }
        ).encode(),
    }
    report = crawl("s3://scenes/inventory/2024-01-01T00-00Z/manifest.json", *s3(server)).report
    assert report["requests"]["list"] == 0
    # The JSON and the text of a scene may lie apart in an inventory: the text then counts as a scene of its own.
    assert report["skipped"] >= listed["added"] == SCENES
    assert report["written"] == 0


def test_keys_come_on_standard_input_and_objects_from_a_folder(crawl, sample_tree, objects):
    keys = "\n".join(sorted(objects)).encode()
    report = crawl("-", "--objects-at", sample_tree, input=keys).report
    assert (report["listed"], report["found"], report["added"]) == (2 * SCENES, SCENES, SCENES)
    # The folder shows what lies beside each scene: its size is new.
    assert crawl(sample_tree).report["changed"] == SCENES
    assert crawl("-", "--objects-at", sample_tree, input=keys).report["skipped"] == SCENES
    assert "say --objects-at" in crawl("-", input=keys, expect=3).stderr
    assert "names no object" in crawl("-", input=b"", expect=3).stderr


def test_lists_may_lie_in_a_bucket_and_their_objects_below_a_prefix_of_another(crawl, serve, objects):
    server = serve({"copy/" + key: body for key, body in objects.items()})
    server.objects["lists/all.keys"] = "\n".join(sorted(objects)).encode()
    report = crawl("s3://any/lists/all.keys", "--objects-at", "s3://mirror/copy", *s3(server)).report
    assert report["added"] == SCENES
    again = crawl("s3://any/lists/all.keys", "--objects-at", "s3://mirror/copy", *s3(server)).report
    assert again["skipped"] == SCENES


def test_what_is_no_list_is_told_in_one_sentence(crawl, tmp_path):
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    (tmp_path / "cut.keys.gz").write_bytes(gzip.compress(b"s3://b/X_MTL.json\n" * 1000)[:-4])
    assert "is no list that can be recognised" in crawl(tmp_path / "notes.csv", expect=3).stderr
    assert "has no column 'entityId'" in crawl(f"scene-list:{tmp_path}/notes.csv", expect=3).stderr
    assert "is cut short" in crawl(tmp_path / "cut.keys.gz", expect=3).stderr


# --- which scenes -----------------------------------------------------------------------------------------------------


def test_filters_pass_over_scenes_before_or_after_they_are_read(crawl, sample_tree):
    everything = crawl(sample_tree).report["added"]
    rows = crawl.database.query(
        "select properties ->> 'landsat:wrs_path', properties ->> 'landsat:wrs_row',"
        " properties ->> 'landsat:collection_category', (properties ->> 'eo:cloud_cover')::float8 from stac.item"
    )
    assert len(rows) == everything == SCENES
    path, row = rows[0][:2]
    for arguments, wanted in (
        (["--path-row", f"{path}/{row}"], [r for r in rows if r[:2] == (path, row)]),
        (["--tier", "T2"], [r for r in rows if r[2] == "T2"]),
        (["--cloud-below", "30"], [r for r in rows if r[3] is not None and r[3] < 30]),
    ):
        report = crawl(sample_tree, "--force", *arguments).report
        assert report["unchanged"] == len(wanted), arguments
        assert report["filtered"] == SCENES - len(wanted), arguments
        assert report["failed"] == 0


def test_wrong_filters_are_told_before_anything_is_done(crawl, sample_tree):
    for arguments, sentence in (
        (["--path-row", "999"], "--path-row"),
        (["--since", "yesterday"], "--since"),
        (["--bbox", "1,2"], "bbox"),
        (["--sensor", "msi"], "--sensor"),
        (["--tier", "T9"], "--tier"),
    ):
        assert sentence in crawl(sample_tree, *arguments, expect=2).stderr


def test_the_real_keys_of_a_bucket_are_recognised_and_path_46_row_28_is_complete(crawl, serve):
    if not FIXTURES.is_dir():
        pytest.skip("the fixtures are not there")
    keys = set()
    for file in (FIXTURES / "listings/dev-usgs-landsat").glob("*.csv.gz"):
        keys |= {line.replace(",", "/") for line in gzip.decompress(file.read_bytes()).decode().split()}
    server = serve(dict.fromkeys(keys, b""))
    done = crawl("s3://dev-usgs-landsat", "--dry-run", "--path-row", "046/028", *s3(server))
    assert (done.report["listed"], done.report["found"]) == (len(keys), len(keys))
    assert sorted(line.removeprefix("add     s3://dev-usgs-landsat/") for line in done.stdout.splitlines()) == sorted(
        key for key in keys if "/046/028/" in key
    )
    pages = len(keys) / 1000
    assert pages <= len(server.of_kind("list")) < 2 * pages
    starts = [query.get("start-after", "") for query, _ in server.of_kind("list") if "continuation-token" not in query]
    assert len(starts) > 8, "the listing was cut at folders"


@pytest.mark.parametrize("seed", range(8))
def test_every_key_is_listed_once_however_folders_are_named(crawl, serve, seed):
    """Where listings are cut, `a-b/` comes before `a/`, and keys lie beside folders and between them."""
    chance = random.Random(seed)
    names = ["a", "a!", "a-b", "a.b", "a/b", "ab", "b", "b+c", "é", "0"]

    def keys_below(folder, depth):
        keys = {folder + name for name in ("_x", "a.txt", "a", "zz") if chance.random() < 0.1 * (seed % 3)}
        if depth == 0 or chance.random() < 0.1:
            return keys | {f"{folder}{number}.tif" for number in range(chance.randrange(20))}
        for name in chance.sample(names, chance.randrange(1, len(names))):
            keys |= keys_below(f"{folder}{name}/", depth - 1)
        return keys

    keys = set()
    while len(keys) < 500:
        keys = keys_below("", 3)
    server = serve(dict.fromkeys(keys, b""), page_size=chance.choice([3, 7, 20]))
    mode = ["--dry-run"] if seed % 2 else []
    done = crawl("s3://bucket", "--concurrency", "8", *mode, *s3(server))
    assert (done.report["listed"], len(server.of_kind("folders")) > 0) == (len(keys), True)


def test_years_before_since_are_not_listed_and_nothing_of_them_is_taken_for_gone(crawl, serve, objects):
    mtl = next(body for key, body in sorted(objects.items()) if "/oli-tirs/" in key and key.endswith("_MTL.txt"))
    layout = "collection02/level-2/standard/{}/{}/046/{:03}/LC08_L2SP_046{:03}_{}0904_20200906_02_T1"
    many = {}
    for sensor in ("etm", "oli-tirs"):
        for year in range(2013, 2022):
            for row in range(1, 41):
                folder = layout.format(sensor, year, row, row, year)
                for ending in ("_ANG.txt", "_MTL.txt", "_SR_B1.TIF"):
                    many[f"{folder}/{folder.rsplit('/')[-1]}{ending}"] = mtl
    server = serve(many, page_size=25)
    everything = crawl("s3://b", "--dry-run", *s3(server))
    asked = len(server.of_kind("list"))
    server.requests.clear()
    recent = crawl("s3://b", "--dry-run", "--since", "2019-06-01", *s3(server))
    assert sorted(recent.stdout.splitlines()) == [
        line for line in sorted(everything.stdout.splitlines()) if line.split("/046/")[0][-4:] >= "2019"
    ]
    assert len(recent.stdout.splitlines()) == 2 * 3 * 40
    # Three of nine years are listed, and about a page of each of the others, which have six.
    assert len(server.of_kind("list")) < asked * 2 / 3
    crawl.database.query(
        "insert into hayden.harvest_mark (source, key, mark) select 's3://b', k, 'x' from unnest(%s) k",
        [key for key in many if key.endswith("_MTL.txt")] + ["collection02/level-2/standard/etm/2020/gone_MTL.txt"],
    )
    left = crawl("s3://b", "--dry-run", "--since", "2019-06-01", *s3(server)).stdout.splitlines()
    assert [line for line in left if line.startswith("gone")] == [
        "gone    s3://b/collection02/level-2/standard/etm/2020/gone_MTL.txt"
    ]


# --- a store that changes, and one that fails ----------------------------------------------------------------------------


def test_scenes_that_leave_the_bucket_are_told_archived_when_asked_and_restored_when_they_come_back(
    crawl, serve, objects
):
    kept = texts(objects)
    server = serve(dict(kept), page_size=25)
    crawl("s3://b", *s3(server))
    gone = sorted(kept)[10:40:3]
    for key in gone:
        del server.objects[key]
    changed = sorted(server.objects)[0]
    server.objects[changed] += b"\n"
    plan = crawl("s3://b", "--dry-run", *s3(server))
    assert sorted(plan.stdout.splitlines()) == sorted(
        [f"change  s3://b/{changed}"] + [f"gone    s3://b/{key}" for key in gone]
    )
    before = active(crawl.database)
    told = crawl("s3://b", *s3(server)).report
    assert (told["gone"], told["archived"], told["written"]) == (len(gone), 0, 1)
    assert active(crawl.database) == before
    done = crawl("s3://b", "--archive-removed", *s3(server)).report
    assert (done["gone"], done["archived"]) == (len(gone), len(gone))
    assert len(active(crawl.database)) == SCENES - len(gone)
    assert crawl("s3://b", "--archive-removed", *s3(server)).report["gone"] == 0
    for key in gone:
        server.objects[key] = kept[key]
    crawl("s3://b", *s3(server))
    assert active(crawl.database) == before


def test_only_what_lies_below_the_prefix_can_be_gone(crawl, serve, objects):
    server = serve(texts(objects))
    crawl("s3://b", *s3(server))
    server.objects = {key: body for key, body in server.objects.items() if "/level-2/" in key}
    assert crawl("s3://b/collection02/level-2/", "--archive-removed", *s3(server)).report["gone"] == 0
    done = crawl("s3://b/collection02/level-1/", "--archive-removed", *s3(server), expect=3)
    assert "holds no scene at all: nothing is archived" in done.stderr
    assert len(active(crawl.database)) == SCENES


def test_a_folder_that_is_gone_is_told_too(crawl, sample_tree, tmp_path):
    one = next(sample_tree.rglob("*_MTL.txt"))
    for name in ("a", "b"):
        (tmp_path / "tree" / name).mkdir(parents=True)
    (tmp_path / "tree/a" / one.name).write_bytes(one.read_bytes())
    other = next(path for path in sample_tree.rglob("*_MTL.txt") if path.name != one.name)
    (tmp_path / "tree/b" / other.name).write_bytes(other.read_bytes())
    crawl(tmp_path / "tree")
    (tmp_path / "tree/b" / other.name).unlink()
    assert crawl(tmp_path / "tree", "--archive-removed").report["archived"] == 1
    assert len(active(crawl.database)) == 1


@pytest.mark.parametrize("real_time_comes_first", [True, False])
def test_the_final_form_of_a_scene_takes_the_place_of_the_real_time_one(
    crawl, sample_tree, tmp_path, real_time_comes_first
):
    final = next(path for path in sorted(sample_tree.rglob("LC0*_02_T1_MTL.txt")))
    name = final.name.removesuffix("_MTL.txt")
    early = name.removesuffix("T1") + "RT"
    text = final.read_text()
    generated = text.split("DATE_PRODUCT_GENERATED = ")[1][:4]
    documents = {
        name: text,
        early: text.replace(name, early)
        .replace('COLLECTION_CATEGORY = "T1"', 'COLLECTION_CATEGORY = "RT"')
        .replace(f"DATE_PRODUCT_GENERATED = {generated}", "DATE_PRODUCT_GENERATED = 2010"),
    }
    for product in (early, name) if real_time_comes_first else (name, early):
        (tmp_path / "tree" / product).mkdir(parents=True)
        (tmp_path / "tree" / product / f"{product}_MTL.txt").write_text(documents[product])
        assert crawl(tmp_path / "tree").report["added"] == 1
    assert active(crawl.database) == ["_".join(name.split("_")[:4] + name.split("_")[5:])]
    assert count(crawl.database, "stac.item") == count(crawl.database, "agdc.dataset") == 2


def test_a_store_that_fails_in_every_way_is_harvested_completely_and_the_report_is_right(crawl, serve, objects):
    wanted = texts(objects)
    dice = random.Random(7)
    slowed = []

    def spoil(handler, kind):
        if kind == "folders" or dice.random() > 0.12:
            return False
        fault = dice.choice(["busy", "broken", "cut", "reset", "slow"])
        if fault == "busy":
            handler.error(503, "SlowDown")
        elif fault == "broken":
            handler.answer(500, b"<html>")
        elif fault == "cut":
            handler.answer(200, b"<ListBucketResult><Contents><Key>a</Key>" + b" " * 1000, cut=500)
        elif fault == "reset":
            hang_up(handler)
        else:
            slowed.append(kind)
            return False
        return True

    def arrange(keys):
        """Neighbours change places, and every tenth key is listed twice."""
        out = [key for pair in zip(keys[1::2], keys[::2]) for key in pair] + keys[len(keys) // 2 * 2 :]
        return [key for place, key in enumerate(out) for key in [key] * (2 if place % 10 == 0 else 1)]

    server = serve(wanted, page_size=30, spoil=spoil, arrange=arrange)
    report = crawl("s3://b", *s3(server)).report
    assert (report["found"], report["added"], report["failed"]) == (SCENES, SCENES, 0)
    assert report["listed"] == SCENES * 11 / 10
    assert report["requests"]["repeated"] > 0
    # A connection that is reset before an answer may be tried once more below the crawler.
    assert 0 < report["requests"]["list"] + report["requests"]["get"] <= len(server.requests)
    assert count(crawl.database, "stac.item") == SCENES


def test_goes_where_a_redirect_points_to(crawl, serve, objects):
    wanted = dict(list(texts(objects).items())[:5])
    home = serve(wanted)

    def away(handler, kind):
        handler.error(307, "TemporaryRedirect", Location=home.url + handler.path)
        return True

    moved = serve({}, spoil=away)
    assert crawl("s3://b", *s3(moved)).report["added"] == 5
    assert len(moved.requests) == 1

    def elsewhere(handler, kind):
        if "/eu-test-1/s3/" in handler.headers["Authorization"]:
            return False
        handler.error(301, "PermanentRedirect", x_amz_bucket_region="eu-test-1")
        return True

    keys = {"AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "s"}
    report = crawl("s3://b", "--force", "--endpoint-url", serve(wanted, spoil=elsewhere).url, **keys).report
    assert report["unchanged"] == 5


def test_a_budget_of_requests_ends_a_run_in_good_order_and_the_next_one_goes_on(crawl, serve, objects):
    server = serve(texts(objects), page_size=20)
    done = crawl("s3://b", "--max-requests", 50, "--concurrency", 2, *s3(server), expect=5)
    assert "run again to go on" in done.stderr
    assert len(server.requests) == 50 == done.report["requests"]["list"] + done.report["requests"]["get"]
    written = done.report["added"]
    assert 0 < written < SCENES
    assert crawl("s3://b", *s3(server)).report["added"] == SCENES - written


# --- several crawlers, and none -------------------------------------------------------------------------------------------


def test_several_crawlers_share_a_crawl_and_read_every_scene_once(bin, crawl, serve, objects, environment, tmp_path):
    def slow(handler, kind):
        if kind == "get":
            time.sleep(0.004)
        return False

    server = serve(texts(objects), page_size=4, spoil=slow)
    reports = [tmp_path / f"{number}.json" for number in range(3)]
    started = [
        subprocess.Popen(
            [str(part) for part in (bin("hayden-crawler"), "s3://b", "--list-threads", 2, "--concurrency", 2)]
            + [*s3(server), "--report", str(report)],
            env=environment,
            stderr=subprocess.DEVNULL,
        )
        for report in reports
    ]
    for process in started:
        assert process.wait(DEADLINE_SECONDS) == 0
    added = [json.loads(report.read_text())["added"] for report in reports]
    assert sum(added) == SCENES
    assert len(server.of_kind("get")) == SCENES
    assert crawl.database.query("select count(*) from hayden.crawl where finished is null") == [(0,)]
    assert count(crawl.database, "hayden.crawl_range") == 0


def test_a_crawler_that_is_killed_leaves_its_ranges_to_the_next(bin, crawl, serve, objects, environment):
    def slow(handler, kind):
        if kind == "get":
            time.sleep(0.01)
        return False

    server = serve(texts(objects), page_size=10, spoil=slow)
    command = [bin("hayden-crawler"), "s3://b", "--batch", 1, "--concurrency", 1, *s3(server)]
    process = subprocess.Popen([str(part) for part in command], env=environment, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + DEADLINE_SECONDS
    while count(crawl.database, "hayden.harvest_mark") < 30:
        assert time.monotonic() < deadline
    process.kill()
    process.wait()
    report = crawl("s3://b", *s3(server)).report
    assert report["listed"] < SCENES, "it goes on where the other was"
    assert count(crawl.database, "stac.item") == SCENES


# --- dead letters -----------------------------------------------------------------------------------------------------


def test_failures_are_listed_shown_and_tried_again(crawl, serve, objects):
    wanted = dict(list(texts(objects).items())[:6])
    broken, missing, *_ = sorted(wanted)
    server = serve(wanted | {broken: b"GROUP = BROKEN\n"})

    def refuse(handler, kind):
        if kind != "get" or missing not in handler.path:
            return False
        handler.error(404, "NoSuchKey")
        return True

    server.spoil = refuse
    crawl("s3://b", *s3(server), expect=1)
    listed = [json.loads(line) for line in crawl("failures", "list", report=False).stdout.splitlines()]
    assert [(letter["source"], letter["key"], letter["stage"]) for letter in listed] == [
        ("s3://b", broken, "parse"),
        ("s3://b", missing, "read"),
    ]
    assert all(letter["reason"] for letter in listed)
    assert crawl("failures", "list", "--key", missing, report=False).stdout.count("\n") == 1
    assert crawl("failures", "list", "--source", "s3://other", report=False).stdout == ""
    assert crawl("failures", "show", "s3://b", broken, report=False).stdout == "GROUP = BROKEN\n"
    assert "there is no failure" in crawl("failures", "show", "s3://b", "x", expect=1, report=False).stderr

    assert crawl("failures", "retry", *s3(server), expect=1).report["failed"] == 2
    server.spoil = lambda handler, kind: False
    server.objects[broken] = wanted[broken]
    assert crawl("failures", "retry", *s3(server)).report["added"] == 2
    assert crawl("failures", "list", report=False).stdout == ""


class Queue(BaseHTTPRequestHandler):
    """SQS with one queue, as far as the crawler asks it. A message that is received is hidden."""

    messages, hidden, deleted = {}, set(), []

    def log_message(self, *_):
        pass

    def do_GET(self):
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        body = "<Response/>"
        if "/sqs/aws4_request" not in self.headers["Authorization"]:
            body = "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"
        elif query["Action"] == "ReceiveMessage":
            given = [handle for handle in self.messages if handle not in self.hidden][:10]
            self.hidden.update(given)
            parts = [
                f"<Message><ReceiptHandle>{handle}</ReceiptHandle><Body>{escape(self.messages[handle])}</Body></Message>"
                for handle in given
            ]
            body = "<R><ReceiveMessageResult>" + "".join(parts) + "</ReceiveMessageResult></R>"
        else:
            self.deleted.append(query["ReceiptHandle"])
        self.send_response(200)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())


def test_events_of_a_queue_are_deleted_once_their_scenes_are_committed(crawl, serve, objects):
    server = serve(objects)
    wanted = sorted(key for key in objects if key.endswith("_MTL.json"))[:15]

    def event(key, bucket="b"):
        record = {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": bucket}, "object": {"key": quote(key)}}}
        return json.dumps({"Records": [record]})

    Queue.messages = {f"scene+{place}/=": event(key) for place, key in enumerate(wanted)}
    Queue.messages |= {"text": event(wanted[0].replace(".json", ".txt")), "tif": event("a/X_B1.TIF")}
    good = set(Queue.messages)
    Queue.messages |= {"broken": "hello", "other": event(wanted[0], "other")}
    queue = ThreadingHTTPServer(("127.0.0.1", 0), Queue)
    thread = threading.Thread(target=queue.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        keys = {"AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "s"}
        source = f"sqs:http://127.0.0.1:{queue.server_port}/1/scenes"
        crawl(source, "--dry-run", "--objects-at", "s3://b", "--endpoint-url", server.url, expect=1, **keys)
        assert not Queue.deleted
        Queue.hidden.clear()
        report = crawl(source, "--objects-at", "s3://b", "--endpoint-url", server.url, expect=1, **keys).report
        assert (report["added"], report["failed"]) == (len(wanted), 2)
        assert set(Queue.deleted) == good
        assert "wants --objects-at" in crawl(source, expect=3, **keys).stderr
    finally:
        queue.shutdown()
        thread.join()
        queue.server_close()


def test_watches_a_source_until_it_is_told_to_stop(bin, crawl, serve, objects, environment):
    wanted = texts(objects)
    late = sorted(wanted)[0]
    server = serve({key: body for key, body in wanted.items() if key != late})
    command = [str(part) for part in (bin("hayden-crawler"), "s3://b", "--watch", 1, *s3(server))]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + DEADLINE_SECONDS
    for scenes in (SCENES - 1, SCENES):
        while count(crawl.database, "stac.item") < scenes:
            assert time.monotonic() < deadline
        server.objects = wanted
    process.terminate()
    _, errors = process.communicate(timeout=DEADLINE_SECONDS)
    assert process.returncode == 143, errors


def test_help_has_examples(crawl):
    assert "Examples:" in crawl("--help", report=False).stdout
    assert "retry" in crawl("failures", "--help", report=False).stdout
    crawl("failures", expect=2, report=False)

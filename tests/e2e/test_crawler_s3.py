"""The real crawler against S3: a real radosgw, and a server that misbehaves as none can be made to."""

import hashlib
import json
import os
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from botocore.exceptions import ClientError
from fault_server import FaultServer, hang_up, once_each
from radosgw import OWNER, PAYER

SCENES = 120
AWKWARD_FOLDER = "awkward/LC08_é x+00&=%41"


@pytest.fixture(scope="module")
def server(gateway):
    return gateway


@pytest.fixture(scope="module")
def owner(server):
    return server.client(OWNER)


def fill(owner, bucket, tree, further_assets=0):
    objects = {path.relative_to(tree).as_posix(): path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    for key in list(objects):
        if key.endswith("_MTL.json"):
            for number in range(further_assets):
                objects[key.removesuffix("_MTL.json") + f"_SR_B{number}.TIF"] = b"II*"
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda item: owner.put_object(Bucket=bucket, Key=item[0], Body=item[1]), objects.items()))
    return objects


@pytest.fixture(scope="module")
def scenes(owner, sample_tree):
    """The name of a private bucket with the sample tree; more than one page of keys."""
    owner.create_bucket(Bucket="scenes")
    objects = fill(owner, "scenes", sample_tree, further_assets=10)
    assert len(objects) > 1000
    return "scenes"


@pytest.fixture
def crawl(bin, fresh_database, tmp_path):
    """Runs the crawler to its end against a server; nothing of this machine's AWS set-up is seen."""

    def run(endpoint, *arguments, keys=None, expect=0, **environment):
        report = tmp_path / "report.json"
        report.unlink(missing_ok=True)
        command = [bin("hayden-crawler"), *arguments, "--endpoint-url", endpoint, "--report", report]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "AWS_EC2_METADATA_DISABLED": "true",
            "HAYDEN_DATABASE_URL": fresh_database.url,
        } | environment
        if keys:
            environment |= {"AWS_ACCESS_KEY_ID": keys[0], "AWS_SECRET_ACCESS_KEY": keys[1]}
        command = [str(part) for part in command]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
        assert done.returncode == expect, f"exit code {done.returncode}:\n{done.stderr}"
        for _, secret in (OWNER, PAYER):
            assert secret not in done.stdout + done.stderr
        done.report = json.loads(report.read_text())
        return done

    run.database = fresh_database
    return run


def count(database, table):
    return database.query(f"select count(*) from {table}")[0][0]


# --- a real server -------------------------------------------------------------------------------------------


def test_harvests_a_private_bucket_with_keys_and_a_second_run_reads_nothing(crawl, server, scenes):
    first = crawl(server.url, f"s3://{scenes}", keys=OWNER).report
    assert (first["listed"], first["found"], first["added"]) == (12 * SCENES, SCENES, SCENES)
    assert count(crawl.database, "stac.item") == count(crawl.database, "agdc.dataset") == SCENES
    locations = crawl.database.query("select uri_scheme || ':' || uri_body from agdc.dataset_location")
    assert all(location.startswith(f"s3://{scenes}/collection02/") for (location,) in locations)
    second = crawl(server.url, f"s3://{scenes}", keys=OWNER).report
    assert (second["skipped"], second["fetched"], second["written"]) == (SCENES, 0, 0)


def test_marks_are_the_etags(crawl, server, scenes, sample_tree):
    crawl(server.url, f"s3://{scenes}", keys=OWNER)
    for key, mark in crawl.database.query("select key, mark from hayden.harvest_mark"):
        # And a fingerprint of what lies beside.
        assert mark.split(" ")[0] == hashlib.md5((sample_tree / key).read_bytes()).hexdigest()


def test_reads_only_below_the_prefix_and_knows_its_scenes_from_a_wider_crawl(crawl, server, scenes):
    level_1 = crawl(server.url, f"s3://{scenes}/collection02/level-1/", keys=OWNER).report
    assert 0 < level_1["added"] < SCENES
    all_levels = crawl(server.url, f"s3://{scenes}", keys=OWNER).report
    assert (all_levels["skipped"], all_levels["added"]) == (level_1["added"], SCENES - level_1["added"])


def test_keys_come_from_a_profile(crawl, server, scenes, tmp_path):
    folder = tmp_path / ".aws"
    folder.mkdir()
    (folder / "credentials").write_text(
        f"[work]\naws_access_key_id = {OWNER[0]}\naws_secret_access_key = {OWNER[1]}\n"
    )
    assert crawl(server.url, f"s3://{scenes}", "--profile", "work", "--limit", 3).report["added"] == 3
    assert crawl(server.url, f"s3://{scenes}", "--limit", 3, AWS_PROFILE="work").report["added"] == 3
    done = crawl(server.url, f"s3://{scenes}", "--profile", "home", expect=3)
    assert "The AWS profile 'home' is neither" in done.stderr


def test_harvests_a_public_bucket_anonymously(crawl, server, owner, sample_tree):
    owner.create_bucket(Bucket="public", ACL="public-read")
    key = next(path for path in sample_tree.rglob("*_MTL.txt"))
    owner.put_object(Bucket="public", Key=f"a/{key.name}", Body=key.read_bytes(), ACL="public-read")
    assert crawl(server.url, "s3://public", "--no-sign-request").report["added"] == 1
    assert crawl(server.url, "s3://public", "--force").report["unchanged"] == 1


def test_reads_keys_with_any_characters(crawl, server, owner, sample_tree):
    owner.create_bucket(Bucket="awkward")
    mtl = next(path for path in sample_tree.rglob("*_MTL.txt"))
    key = f"{AWKWARD_FOLDER}/{mtl.name}"
    owner.put_object(Bucket="awkward", Key=key, Body=mtl.read_bytes())
    assert crawl(server.url, f"s3://awkward/{AWKWARD_FOLDER}/", keys=OWNER).report["added"] == 1
    assert crawl.database.query("select key from hayden.harvest_mark") == [(key,)]


def test_an_object_that_changes_is_read_again(crawl, server, owner, sample_tree):
    owner.create_bucket(Bucket="changing")
    mtl = next(path for path in sample_tree.rglob("*_MTL.json"))
    owner.put_object(Bucket="changing", Key=mtl.name, Body=mtl.read_bytes())
    crawl(server.url, "s3://changing", keys=OWNER)
    document = json.loads(mtl.read_text())
    document["LANDSAT_METADATA_FILE"]["IMAGE_ATTRIBUTES"]["CLOUD_COVER"] = "77.77"
    owner.put_object(Bucket="changing", Key=mtl.name, Body=json.dumps(document).encode())
    assert crawl(server.url, "s3://changing", keys=OWNER).report["changed"] == 1


def test_pays_for_a_requester_pays_bucket_when_told_to(crawl, server, owner, sample_tree):
    owner.create_bucket(Bucket="paid")
    fill(owner, "paid", next(iter(sample_tree.rglob("*_MTL.json"))).parent)
    owner.put_bucket_request_payment(Bucket="paid", RequestPaymentConfiguration={"Payer": "Requester"})
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": ["arn:aws:s3:::paid", "arn:aws:s3:::paid/*"],
    }
    owner.put_bucket_policy(Bucket="paid", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    done = crawl(server.url, "s3://paid", keys=PAYER, expect=3)
    assert "refuses these credentials; a bucket whose requester pays wants credentials and --request-payer." in done.stderr
    assert crawl(server.url, "s3://paid", "--request-payer", keys=PAYER).report["added"] == 1


def test_tells_in_one_sentence_why_a_bucket_cannot_be_read(crawl, server, scenes, free_port):
    nowhere = f"http://127.0.0.1:{free_port()}"
    for endpoint, bucket, keys, sentence in (
        (server.url, scenes, (OWNER[0], "wrong"), "The secret access key does not belong to the access key"),
        (server.url, scenes, ("AKNOBODY", "wrong"), "The access key is not known at 127.0.0.1"),
        (server.url, scenes, PAYER, "The bucket 'scenes' refuses these credentials"),
        (server.url, scenes, None, "The bucket 'scenes' refuses anonymous requests"),
        (server.url, "missing", OWNER, "The bucket 'missing' does not exist at 127.0.0.1"),
        (nowhere, scenes, OWNER, "cannot be read: Couldn't connect to server."),
        ("127.0.0.1:1", scenes, OWNER, "is not of the form http(s)://host[:port]."),
    ):
        done = crawl(endpoint, f"s3://{bucket}", keys=keys, expect=3)
        assert sentence in done.stderr
        assert len(done.stderr.splitlines()) == 1, done.stderr
    assert count(crawl.database, "hayden.harvest_failure") == 0


class MetadataService(BaseHTTPRequestHandler):
    """The metadata service of an instance, version 2, whose role has the owner's keys."""

    def log_message(self, *_):
        pass

    def answer(self, status, text=""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_PUT(self):
        good = self.path == "/latest/api/token" and "X-aws-ec2-metadata-token-ttl-seconds" in self.headers
        self.answer(200, "TOKEN") if good else self.answer(400)

    def do_GET(self):
        folder = "/latest/meta-data/iam/security-credentials/"
        if self.headers["X-aws-ec2-metadata-token"] != "TOKEN":
            return self.answer(401)
        if self.path == folder:
            return self.answer(200, "crawler")
        # Keys that end at once are fetched again before every request.
        keys = {"AccessKeyId": OWNER[0], "SecretAccessKey": OWNER[1], "Expiration": "2001-01-01T00:00:00Z"}
        self.answer(200, json.dumps(keys)) if self.path == folder + "crawler" else self.answer(404)


def test_keys_come_from_the_instance(crawl, server, scenes):
    service = ThreadingHTTPServer(("127.0.0.1", 0), MetadataService)
    thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        environment = {
            "AWS_EC2_METADATA_DISABLED": "false",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://127.0.0.1:{service.server_port}/",
        }
        assert crawl(server.url, f"s3://{scenes}", "--limit", 3, **environment).report["added"] == 3
    finally:
        service.shutdown()
        thread.join()
        service.server_close()


def test_the_client_that_fills_the_buckets_is_checked_too(server, scenes):
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        server.client((OWNER[0], "wrong")).list_objects_v2(Bucket=scenes)


# --- a server that misbehaves --------------------------------------------------------------------------------


@pytest.fixture
def objects(sample_tree):
    """The text MTL of twelve scenes."""
    paths = sorted(sample_tree.rglob("*_MTL.txt"))[:12]
    return {path.relative_to(sample_tree).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture
def misbehave(objects):
    started = []

    def start(**options):
        started.append(FaultServer(objects, **options))
        return started[-1]

    yield start
    for server in started:
        server.stop()


def test_walks_short_pages_by_opaque_tokens(crawl, misbehave, objects):
    server = misbehave(page_size=5)
    assert crawl(server.url, "s3://bucket").report["added"] == len(objects)
    assert [query.get("continuation-token") for query, _ in server.of_kind("list")] == [
        None,
        "opaque/+=5|",
        "opaque/+=10|",
    ]


def test_walks_the_pages_of_a_server_without_tokens(crawl, misbehave, objects):
    assert crawl(misbehave(page_size=5, version_1=True).url, "s3://bucket").report["added"] == len(objects)


def test_tries_again_what_passes(crawl, misbehave, objects):
    server = misbehave(
        spoil=once_each(
            lambda handler: handler.error(503, "SlowDown"),
            lambda handler: handler.answer(500, b"<html>"),
            lambda handler: handler.answer(200, b"<ListBucketResult>" + b" " * 1000, cut=500),
            hang_up,
        )
    )
    report = crawl(server.url, "s3://bucket", "--concurrency", 1).report
    assert (report["added"], report["failed"]) == (len(objects), 0)
    assert len(server.requests) == 1 + len(objects) + 2 * 4


def test_follows_a_bucket_to_its_region(crawl, misbehave, objects):
    busy = once_each(lambda handler: handler.error(503, "SlowDown"))

    def elsewhere(handler, kind):
        if busy(handler, kind):
            return True
        if "/eu-test-1/s3/" in handler.headers["Authorization"]:
            return False
        handler.error(400, "AuthorizationHeaderMalformed", "<Region>eu-test-1</Region>")
        return True

    server = misbehave(spoil=elsewhere)
    assert crawl(server.url, "s3://bucket", keys=OWNER).report["added"] == len(objects)
    assert len(server.of_kind("list")) == 3


def test_an_object_that_cannot_be_read_is_kept_aside(crawl, misbehave, objects):
    gone, refused, *_ = sorted(objects)

    def spoil(handler, kind):
        if kind == "get" and handler.path.endswith(gone):
            handler.error(404, "NoSuchKey")
            return True
        if kind == "get" and handler.path.endswith(refused):
            handler.error(403, "AccessDenied")
            return True
        return False

    report = crawl(misbehave(spoil=spoil).url, "s3://bucket", expect=1).report
    assert (report["added"], report["failed"]) == (len(objects) - 2, 2)
    letters = crawl.database.query("select key, stage, reason from hayden.harvest_failure order by key")
    assert letters == [
        (gone, "read", f"s3://bucket/{gone} is no longer there."),
        (refused, "read", f"s3://bucket/{refused} may not be read (AccessDenied)."),
    ]


def test_keys_that_expire_on_the_way_end_the_run_and_what_was_read_is_kept(crawl, misbehave, objects):
    def spoil(handler, kind):
        if len(handler.server.of_kind("get")) <= 4:
            return False
        handler.error(403, "ExpiredToken")
        return True

    done = crawl(misbehave(spoil=spoil).url, "s3://bucket", "--concurrency", 1, keys=OWNER, expect=3)
    assert "The session token has expired" in done.stderr
    assert done.report["added"] == 4
    assert count(crawl.database, "hayden.harvest_failure") == 0


@pytest.mark.parametrize(
    "answer, sentence",
    [
        (lambda handler: handler.error(403, "RequestTimeTooSkewed"), "The clock of this machine differs too much"),
        (
            lambda handler: handler.error(301, "PermanentRedirect", "<Endpoint>b.s3.example</Endpoint>"),
            "is not served by 127.0.0.1:{port} but by b.s3.example: give its --region or --endpoint-url.",
        ),
        (lambda handler: handler.error(400, "InvalidArgument"), "answers 400 InvalidArgument: m."),
    ],
)
def test_tells_in_one_sentence_what_a_server_refuses(crawl, misbehave, answer, sentence):
    def spoil(handler, kind):
        answer(handler)
        return True

    server = misbehave(spoil=spoil)
    done = crawl(server.url, "s3://bucket", keys=OWNER, expect=3)
    assert sentence.format(port=server.server_port) in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr

"""The real crawler against S3: a real radosgw, and a server that misbehaves as none can be made to."""

import hashlib
import json
import os
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

import boto3
import pytest
import radosgw
from botocore.config import Config
from botocore.exceptions import ClientError

OWNER = ("AKOWNER", "owner/secret+with=signs")
PAYER = ("AKPAYER", "payer-secret")
SCENES = 120
AWKWARD_FOLDER = "awkward/LC08_é x+00&=%41"


def client(server, keys):
    return boto3.client(
        "s3",
        endpoint_url=server.url,
        region_name=server.region,
        aws_access_key_id=keys[0],
        aws_secret_access_key=keys[1],
        config=Config(s3={"addressing_style": "path"}, max_pool_connections=16),
    )


@pytest.fixture(scope="module")
def server():
    if not radosgw.is_installed():
        assert not os.environ.get("CI"), "radosgw, ceph-mon and ceph-osd are not installed"
        pytest.skip("radosgw, ceph-mon and ceph-osd are not installed")
    with radosgw.RadosGateway() as gateway:
        gateway.add_user("owner", *OWNER)
        gateway.add_user("payer", *PAYER)
        yield gateway


@pytest.fixture(scope="module")
def owner(server):
    return client(server, OWNER)


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
        assert mark == hashlib.md5((sample_tree / key).read_bytes()).hexdigest()


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


def test_the_client_that_fills_the_buckets_is_checked_too(server, scenes):
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        client(server, (OWNER[0], "wrong")).list_objects_v2(Bucket=scenes)


# --- a server that misbehaves --------------------------------------------------------------------------------


class Misbehaving(ThreadingHTTPServer):
    """An S3 server with one bucket. Each request may be spoilt first: `spoil(handler, kind)` answers it and returns
    True, or leaves it to the server."""

    daemon_threads = True

    def __init__(self, objects, page_size=1000, spoil=lambda handler, kind: False, version_1=False):
        super().__init__(("127.0.0.1", 0), MisbehavingHandler)
        self.objects, self.page_size, self.spoil, self.version_1 = objects, page_size, spoil, version_1
        self.requests = []
        self.lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def stop(self):
        self.shutdown()
        self.thread.join()
        self.server_close()


class MisbehavingHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", cut=0, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) - cut])
        if cut:
            self.close_connection = True

    def error(self, status, code, more="", **headers):
        self.answer(status, f"<Error><Code>{code}</Code><Message>m</Message>{more}</Error>".encode(), **headers)

    def do_GET(self):
        target = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(target.query, keep_blank_values=True).items()}
        kind = "list" if "list-type" in query else "get"
        with self.server.lock:
            self.server.requests.append((kind, query, dict(self.headers)))
            if self.server.spoil(self, kind):
                return
        if kind == "list":
            self.answer(200, self.listing(query))
        else:
            body = self.server.objects.get(unquote(target.path).removeprefix("/bucket/"))
            if body is None:
                self.error(404, "NoSuchKey")
            else:
                self.answer(200, body, ETag=f'"{hashlib.md5(body).hexdigest()}"')

    def listing(self, query):
        keys = sorted(self.server.objects)
        first = 0
        if "continuation-token" in query:
            first = int(query["continuation-token"].removeprefix("opaque/+="))
        elif "start-after" in query:
            first = keys.index(query["start-after"]) + 1
        page = keys[first : first + self.server.page_size]
        last = first + len(page)
        parts = ["<ListBucketResult><EncodingType>url</EncodingType>"]
        for key in page:
            etag = hashlib.md5(self.server.objects[key]).hexdigest()
            size = len(self.server.objects[key])
            parts.append(f"<Contents><Key>{quote(key)}</Key><ETag>&quot;{etag}&quot;</ETag><Size>{size}</Size></Contents>")
        parts.append(f"<IsTruncated>{str(last < len(keys)).lower()}</IsTruncated>")
        if last < len(keys) and not self.server.version_1:
            parts.append(f"<NextContinuationToken>{escape(f'opaque/+={last}')}</NextContinuationToken>")
        return ("".join(parts) + "</ListBucketResult>").encode()


@pytest.fixture
def objects(sample_tree):
    """The text MTL of twelve scenes."""
    paths = sorted(sample_tree.rglob("*_MTL.txt"))[:12]
    return {path.relative_to(sample_tree).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture
def misbehave(objects):
    started = []

    def start(**options):
        started.append(Misbehaving(objects, **options))
        return started[-1]

    yield start
    for server in started:
        server.stop()


def once_each(*answers):
    """Spoils the first requests of each kind, one after another."""
    left = {"list": list(answers), "get": list(answers)}

    def spoil(handler, kind):
        if not left[kind]:
            return False
        left[kind].pop(0)(handler)
        return True

    return spoil


def hang_up(handler):
    handler.close_connection = True


def test_walks_short_pages_by_opaque_tokens(crawl, misbehave, objects):
    server = misbehave(page_size=5)
    assert crawl(server.url, "s3://bucket").report["added"] == len(objects)
    tokens = [query.get("continuation-token") for kind, query, _ in server.requests if kind == "list"]
    assert tokens == [None, "opaque/+=5", "opaque/+=10"]


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
    assert sum(kind == "list" for kind, *_ in server.requests) == 3


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
        if sum(request[0] == "get" for request in handler.server.requests) <= 4:
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

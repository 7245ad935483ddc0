"""Signed URLs as clients use them: real clients, a real S3 server, and URLs that must not be signed."""

import calendar
import json
import math
import os
import re
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs, quote, urlsplit

import boto3
import numpy
import odc.stac
import pystac
import pytest
import radosgw
import rasterio
import rasterio.windows
import requests
import schemas_offline
from botocore.config import Config
from conftest import ROOT, Server, binary, run
from credential_services import CredentialService
from jsonschema import Draft7Validator
from odc.geo.geobox import GeoBox
from pystac_client import Client
from rasterio.io import MemoryFile

pytestmark = pytest.mark.usefixtures("described")

OWNER = ("AKSIGNOWNER", "owner/secret+with=signs")
NEXT = ("AKSIGNNEXT", "the-next-secret")
PAYER = ("AKSIGNPAYER", "payer-secret")
SECRETS = [secret for _, secret in (OWNER, NEXT, PAYER)]
COLLECTION = "landsat-c2-l2"
WINDOW = rasterio.windows.Window(3000, 2000, 160, 120)
WAIT_SECONDS = 120
DOCUMENT = (ROOT / "docs/signing.md").read_text()


def pixels():
    rows, columns = numpy.mgrid[2000:2120, 3000:3160]
    return (7000 + (rows * 31 + columns * 17) % 20000).astype("uint16")


def s3_client(gateway, keys):
    return boto3.client(
        "s3", endpoint_url=gateway.url, region_name=gateway.region, aws_access_key_id=keys[0],
        aws_secret_access_key=keys[1], config=Config(s3={"addressing_style": "path"}),
    )  # fmt: skip


def await_that(condition, what):
    deadline = time.monotonic() + WAIT_SECONDS
    while not (result := condition()):
        assert time.monotonic() < deadline, f"{what} does not come about"
        time.sleep(0.1)
    return result


# --- what the tests share ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def gateway():
    if not radosgw.is_installed():
        assert not os.environ.get("CI"), "radosgw, ceph-mon and ceph-osd are not installed"
        pytest.skip("radosgw, ceph-mon and ceph-osd are not installed")
    with radosgw.RadosGateway() as server:
        server.add_user("owner", *OWNER)
        server.add_key("owner", *NEXT)
        server.add_user("payer", *PAYER)
        yield server


def landsat_scenes(tree):
    return sorted(path.parent for path in tree.rglob("LC0*_L2SP_*_MTL.json"))


@pytest.fixture(scope="module")
def world(gateway, module_database, sample_tree, bin, tmp_path_factory):
    """Two crawled scenes, one in a private bucket and one in a bucket whose requester pays, with pixels."""
    owner = s3_client(gateway, OWNER)
    home = tmp_path_factory.mktemp("home")
    crawl_environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "AWS_ACCESS_KEY_ID": OWNER[0],
        "AWS_SECRET_ACCESS_KEY": OWNER[1],
    }
    private, paid = landsat_scenes(sample_tree)[:2]
    for bucket, scene in (("scenes", private), ("paid", paid)):
        owner.create_bucket(Bucket=bucket)
        for path in scene.iterdir():
            owner.put_object(Bucket=bucket, Key=path.relative_to(sample_tree).as_posix(), Body=path.read_bytes())
        run(
            bin("hayden-crawler"), f"s3://{bucket}/", "--endpoint-url", gateway.url,
            "--database-url", module_database.url, env=crawl_environment,
        )  # fmt: skip
    owner.put_bucket_request_payment(Bucket="paid", RequestPaymentConfiguration={"Payer": "Requester"})
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:GetObject"],
        "Resource": ["arn:aws:s3:::paid/*"],
    }
    owner.put_bucket_policy(Bucket="paid", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    owner.create_bucket(Bucket="foreign")
    owner.put_object(Bucket="foreign", Key="collection02/secret.TIF", Body=b"secret")
    owner.put_object(Bucket="scenes", Key="other/secret.TIF", Body=b"secret")
    token = run(
        bin("hayden-admin"), "token", "create", "--role", "agdc_user", "--name", "reader",
        "--database-url", module_database.url,
    ).strip()  # fmt: skip
    return SimpleNamespace(
        gateway=gateway, owner=owner, database=module_database, home=home, token=token,
        private_id=item_id(private), paid_id=item_id(paid),
    )  # fmt: skip


def item_id(scene):
    """Of a folder's name, which has the processing date, too."""
    parts = scene.name.split("_")
    return "_".join(parts[:4] + parts[5:])


def policy_of(gateway, **changes):
    bucket = {"endpoint": gateway.url, "prefixes": ["collection02/"]}
    scenes = {"bucket": "scenes", "access_key_id_variable": "SCENES_KEY", "secret_access_key_variable": "SCENES_SECRET"}
    paid = {"bucket": "paid", "requester_pays": True, "profile": "payer"}
    return {"anonymous": True, "expiry": "10m", "buckets": [bucket | scenes, bucket | paid]} | changes


def environment_of(world):
    credentials = world.home / "credentials"
    credentials.write_text(f"[payer]\naws_access_key_id = {PAYER[0]}\naws_secret_access_key = {PAYER[1]}\n")
    return {
        "SCENES_KEY": OWNER[0],
        "SCENES_SECRET": OWNER[1],
        "AWS_SHARED_CREDENTIALS_FILE": str(credentials),
        "AWS_CONFIG_FILE": str(world.home / "config"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "HOME": str(world.home),
    }


@pytest.fixture(scope="module")
def start(folder, world, tmp_path_factory):
    """Starts services that sign: start(policy, environment). They stop with the module, and none has told a secret."""
    started = []

    def start(policy, environment=None, **options):
        path = tmp_path_factory.mktemp("signing") / "policy.json"
        path.write_text(json.dumps(policy))
        environment = environment_of(world) | (environment or {})
        started.append(Server(folder, world.database, environment=environment, signing=path, **options))
        return started[-1]

    yield start
    for server in started:
        server.stop()
        for secret in [*SECRETS, "X-Amz-Signature", world.token]:
            assert secret not in server.log


@pytest.fixture(scope="module")
def open_api(start, world):
    """Signs for everyone."""
    return start(policy_of(world.gateway))


@pytest.fixture(scope="module")
def closed_api(start, world):
    """Signs for those with a token."""
    return start(policy_of(world.gateway, anonymous=False))


@pytest.fixture(scope="module")
def redirecting(start, world):
    """The same two for a collection whose output is redirect, by whether a token is needed."""
    collections = {COLLECTION: "redirect"}
    return {
        needs_token: start(policy_of(world.gateway, anonymous=not needs_token, collections=collections))
        for needs_token in (False, True)
    }


def stored_item(api, item_id):
    return requests.get(f"{api.url}/collections/{COLLECTION}/items/{item_id}", timeout=60).json()


@pytest.fixture(scope="module", params=["private", "paid"])
def scene(request, world, open_api):
    """An Item as it is stored, with a real raster behind its asset red."""
    item = stored_item(open_api, getattr(world, f"{request.param}_id"))
    red = item["assets"]["red"]
    bucket, _, key = red["href"].removeprefix("s3://").partition("/")
    assert bucket == {"private": "scenes", "paid": "paid"}[request.param]
    described = item["properties"] | red
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff", dtype="uint16", count=1, tiled=True, blockxsize=256, blockysize=256, compress="deflate",
            sparse_ok=True, nodata=0, height=described["proj:shape"][0], width=described["proj:shape"][1],
            crs=f"EPSG:{described['proj:epsg']}", transform=rasterio.Affine(*described["proj:transform"][:6]),
        ) as raster:  # fmt: skip
            raster.write(pixels(), 1, window=WINDOW)
        world.owner.put_object(Bucket=bucket, Key=key, Body=memory.read())
    name = key.rpartition("/")[2]
    return SimpleNamespace(
        item=item, id=item["id"], bucket=bucket, key=key, name=name, href=red["href"],
        url=f"{world.gateway.url}/{bucket}/{key}", crs=f"EPSG:{described['proj:epsg']}",
        transform=rasterio.Affine(*described["proj:transform"][:6]),
        path=f"/collections/{COLLECTION}/items/{item['id']}/assets/red/{name}",
    )  # fmt: skip


# --- which door for which client: each row of the table ------------------------------------------------------


def table():
    lines = DOCUMENT.partition("## Which door for which client")[2].partition("\n## ")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("|")]
    return {row[0].strip(): row[1].strip() for row in rows[2:]}


def header(token):
    return {"Authorization": f"Bearer {token}"} if token else {}


def pixel_by_gdal(path, **environment):
    return int(run("gdallocationinfo", "-valonly", path, 3010, 2005, env=os.environ | environment))


def read_by_rasterio(href):
    with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"), rasterio.open(href) as raster:
        return raster.read(1, window=WINDOW)


def read_by_requests(href, token):
    response = requests.get(href, headers=header(token), timeout=60)
    assert response.status_code == 200, response.text
    with MemoryFile(response.content) as memory, memory.open() as raster:
        return raster.read(1, window=WINDOW)


def items_of(url, scene, token, **options):
    client = Client.open(url, headers=header(token), **options)
    items = list(client.search(collections=[COLLECTION], ids=[scene.id]).items())
    assert [item.id for item in items] == [scene.id]
    return items


def load_by_odc(items, scene, **options):
    window = scene.transform @ rasterio.Affine.translation(WINDOW.col_off, WINDOW.row_off)
    geobox = GeoBox((WINDOW.height, WINDOW.width), window, scene.crs)
    return odc.stac.load(items, bands=["red"], geobox=geobox, **options).red[0].values


def curl(api, scene, token):
    arguments = ["-H", f"Authorization: Bearer {token}"] if token else []
    body = subprocess.run(
        ["curl", "--silent", "--fail", "--location", *arguments, api.url + scene.path], capture_output=True, check=True
    ).stdout
    with MemoryFile(body) as memory, memory.open() as raster:
        assert (raster.read(1, window=WINDOW) == pixels()).all()


def curl_head(api, scene, token):
    arguments = ["-H", f"Authorization: Bearer {token}"] if token else []
    headers = run("curl", "--silent", "--head", "--location", *arguments, api.url + scene.path)
    first, last = headers.strip().split("\n\n")
    assert "302" in first.splitlines()[0] and "200" in last.splitlines()[0]
    assert int(re.search(r"(?i)content-length: (\d+)", last)[1]) > 1000


def python_requests(api, scene, token):
    response = requests.get(api.url + scene.path, headers=header(token), timeout=60)
    assert response.status_code == 200 and response.content[:2] == b"II"
    assert requests.head(api.url + scene.path, headers=header(token), allow_redirects=True, timeout=60).status_code == 200


def gdal(api, scene, _):
    assert pixel_by_gdal(f"/vsicurl/{api.url}{scene.path}") == pixels()[5, 10]


def gdal_with_pc_url_signing(api, scene, _):
    path = f"/vsicurl?pc_url_signing=yes&list_dir=no&url={quote(scene.url, safe='')}"
    assert pixel_by_gdal(path, VSICURL_PC_SAS_SIGN_HREF_URL=f"{api.url}/sas/v1/sign?href=") == pixels()[5, 10]


def client_of_redirects(api, scene, token):
    [item] = items_of(api.url, scene, token)
    assert item.assets["red"].href == api.url + scene.path
    assert item.assets["red"].extra_fields["alternate"]["s3"]["href"] == scene.href
    href = item.assets["red"].href
    assert ((read_by_requests(href, token) if token else read_by_rasterio(href)) == pixels()).all()


def pystac_client_and_rasterio(api, scene, token):
    [item] = items_of(api.url, scene, token, parameters={"sign": "true"})
    assert (read_by_rasterio(item.assets["red"].href) == pixels()).all()


def pystac_client_and_odc(api, scene, token):
    items = items_of(api.url, scene, token, parameters={"sign": "true"})
    assert (load_by_odc(items, scene) == pixels()).all()


def pystac_client_with_modifier(api, scene, token):
    code = DOCUMENT.partition("```python\n")[2].partition("```")[0].replace("http://localhost:8080", api.url)
    namespace = {}
    exec(code, namespace)
    if token:
        namespace["requests"] = requests.Session()
        namespace["requests"].headers.update(header(token))
    [item] = items_of(api.url, scene, token, modifier=namespace["sign"])
    assert (read_by_rasterio(item.assets["red"].href) == pixels()).all()


def odc_with_patch_url(api, scene, token):
    def sign(href):
        return requests.get(
            f"{api.url}/sas/v1/sign", params={"href": href}, headers=header(token), timeout=60
        ).json()["href"]

    assert (load_by_odc(items_of(api.url, scene, token), scene, patch_url=sign) == pixels()).all()


def many_hrefs(api, scene, token):
    hrefs = [scene.href, scene.url, "s3://foreign/collection02/secret.TIF"]
    answer = requests.post(f"{api.url}/sas/v1/sign", json={"hrefs": hrefs}, headers=header(token), timeout=60)
    assert answer.status_code == 200
    results = answer.json()["hrefs"]
    assert [result["source"] for result in results] == hrefs
    assert all(requests.get(result["href"], timeout=60).status_code == 200 for result in results[:2])
    assert results[2]["error"]["code"] == "NotSignable" and "href" not in results[2]


CLIENTS = {
    "`curl -L`, browsers": curl,
    "`curl -I`": curl_head,
    "Python requests": python_requests,
    "GDAL `/vsicurl/`": gdal,
    "GDAL with `pc_url_signing`": gdal_with_pc_url_signing,
    "any client of a collection whose output is `redirect`": client_of_redirects,
    "pystac-client and rasterio": pystac_client_and_rasterio,
    "pystac-client and odc.stac": pystac_client_and_odc,
    "pystac-client with `modifier=`": pystac_client_with_modifier,
    "odc.stac with `patch_url=`": odc_with_patch_url,
    "scripts with many hrefs": many_hrefs,
}
# GDAL sends its headers to the bucket, too, which takes one way of proving oneself.
WITHOUT_TOKEN_ONLY = {"GDAL `/vsicurl/`", "GDAL with `pc_url_signing`"}


def test_every_row_of_the_table_is_tried():
    assert list(table()) == list(CLIENTS)


@pytest.mark.parametrize(
    ("client", "with_token"),
    [(client, False) for client in CLIENTS] + [(client, True) for client in CLIENTS if client not in WITHOUT_TOKEN_ONLY],
)
def test_client_reads_by_its_door(open_api, closed_api, redirecting, world, scene, client, with_token):
    api = closed_api if with_token else open_api
    if client.startswith("any client"):
        api = redirecting[with_token]
    before = doors_of(api)
    CLIENTS[client](api, scene, world.token if with_token else None)
    assert set(doors_of(api)[len(before) :]) == {table()[client]}


def audit_lines(api):
    lines = [json.loads(line) for line in api.log.splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("event") == "sign"]


def doors_of(api):
    return [line["door"] for line in audit_lines(api)]


# --- the doors -----------------------------------------------------------------------------------------------


def test_redirect_is_signed_for_its_method_and_kept_no_longer_than_it_lives(open_api, world):
    item = stored_item(open_api, world.private_id)
    name = item["assets"]["red"]["href"].rpartition("/")[2]
    link = f"{open_api.url}/collections/{COLLECTION}/items/{item['id']}/assets/red/{name}"
    for method, other in (("GET", "HEAD"), ("HEAD", "GET")):
        answer = requests.request(method, link, params={"expires_in": "300"}, allow_redirects=False, timeout=60)
        assert answer.status_code == 302 and answer.content == b""
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Location" in answer.headers["Access-Control-Expose-Headers"]
        kind, seconds = answer.headers["Cache-Control"].split(", max-age=")
        assert kind == "private" and 0 < int(seconds) <= 150
        location = answer.headers["Location"]
        query = parse_qs(urlsplit(location).query)
        assert query["X-Amz-Expires"] == ["300"] and query["X-Amz-SignedHeaders"] == ["host"]
        assert requests.request(method, location, timeout=60).status_code in (200, 404)
        assert requests.request(other, location, timeout=60).status_code == 403


def test_redirect_does_not_know_other_names(open_api, world):
    item = stored_item(open_api, world.private_id)
    folder = f"{open_api.url}/collections/{COLLECTION}/items/{item['id']}/assets"
    name = item["assets"]["red"]["href"].rpartition("/")[2]
    for path in (f"red/{name}.aux.xml", f"red/{name}.ovr", f"none/{name}", f"blue/{name}", f"red/..%2F{name}", "red/x"):
        answer = requests.get(f"{folder}/{path}", allow_redirects=False, timeout=60)
        assert (answer.status_code, answer.json()["code"]) == (404, "NotFound")
    assert requests.get(f"{folder}/red/", allow_redirects=False, timeout=60).status_code == 404
    none = f"{open_api.url}/collections/{COLLECTION}/items/none/assets/red/{name}"
    assert requests.get(none, allow_redirects=False, timeout=60).status_code == 404


def pages(api, world, **options):
    """The private scene through every door of its own, asked to be signed."""
    ids = {"ids": world.private_id, "sign": "true"} | options
    items = f"{api.url}/collections/{COLLECTION}/items"
    query = {key: value for key, value in ids.items() if key != "ids"}
    yield requests.get(f"{api.url}/search", params=ids, timeout=60)
    yield requests.post(f"{api.url}/search", params=query, json={"ids": [world.private_id]}, timeout=60)
    yield requests.get(items, params=ids, timeout=60)
    yield requests.get(f"{items}/{world.private_id}", params=query, timeout=60)


def test_inline_signs_every_asset_and_keeps_the_original(open_api, world):
    stored = stored_item(open_api, world.private_id)
    for answer in pages(open_api, world):
        assert answer.status_code == 200, answer.text
        assert answer.headers["Cache-Control"] == "private, no-store" and "ETag" not in answer.headers
        body = answer.json()
        [item] = body.get("features", [body])
        ends = item["properties"].pop("msft:expiry")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", ends)
        assert len(item["assets"]) == len(stored["assets"]) >= 20
        for key, asset in item["assets"].items():
            original = stored["assets"][key]
            assert asset["href"].startswith(f"{world.gateway.url}/scenes/collection02/")
            assert "&X-Amz-Signature=" in asset["href"]
            assert asset.pop("alternate")["s3"]["href"] == original["href"]
            assert asset | {"href": original["href"]} == {k: v for k, v in original.items() if k != "alternate"}
        for member in set(stored) - {"assets", "stac_extensions", "links"}:
            assert item[member] == stored[member], member
        assert requests.get(item["assets"]["mtl.json"]["href"], timeout=60).json()["LANDSAT_METADATA_FILE"]


def test_inline_goes_together_with_fields(open_api, world):
    answer = requests.get(
        f"{open_api.url}/search",
        params={"ids": world.private_id, "sign": "true", "fields": "id,assets.red.href,-properties,-links"},
        timeout=60,
    )
    [item] = answer.json()["features"]
    assert "X-Amz-Signature" in item["assets"]["red"]["href"] and "properties" not in item


def test_further_pages_ask_for_signed_urls_too(open_api):
    first = requests.get(f"{open_api.url}/search", params={"limit": 1, "sign": "true"}, timeout=60).json()
    [link] = [link for link in first["links"] if link["rel"] == "next"]
    second = requests.get(link["href"], timeout=60).json()
    assert "X-Amz-Signature" in second["features"][0]["assets"]["red"]["href"]
    first = requests.post(f"{open_api.url}/search?sign=true", json={"limit": 1}, timeout=60).json()
    [link] = [link for link in first["links"] if link["rel"] == "next"]
    second = requests.post(link["href"], json={"limit": 1} | link["body"], timeout=60).json()
    assert "X-Amz-Signature" in second["features"][0]["assets"]["red"]["href"]
    twice = requests.get(f"{open_api.url}/search?limit=1&sign=true&sign=true", timeout=60)
    assert twice.status_code == 200


def test_what_is_not_asked_for_is_as_it_is_stored(open_api, api, world):
    item = stored_item(open_api, world.private_id)
    assert all(asset["href"].startswith("s3://scenes/") for asset in item["assets"].values())
    assert "msft:expiry" not in item["properties"] and "auth:schemes" not in item["properties"]
    for answer in (
        requests.get(f"{open_api.url}/search?sign=perhaps&expires_in=0", timeout=60),
        requests.get(f"{api.url}/search?sign=true", timeout=60),
    ):
        assert answer.status_code == 400 and "sign: " in answer.json()["description"]
    assert requests.get(f"{api.url}/sas/v1/sign?href=s3://scenes/x", timeout=60).status_code == 404


def complaints(document):
    found = []
    for url in document["stac_extensions"]:
        schema = schemas_offline.find(url)
        if schema and ("authentication" in url or "alternate" in url or "storage" in url):
            found += [f"{url}: {error.message[:300]}" for error in Draft7Validator(json.loads(schema)).iter_errors(document)]
    return found


@pytest.mark.parametrize("output", ["redirect", "alternate"])
def test_output_says_how_its_hrefs_are_used(start, world, output):
    api = start(policy_of(world.gateway, output=output, anonymous=False))
    item = stored_item(api, world.private_id)
    red = item["assets"]["red"]
    link = f"{api.url}/collections/{COLLECTION}/items/{item['id']}/assets/red/"
    if output == "redirect":
        assert red["href"].startswith(link) and red["auth:refs"] == ["token"]
        assert red["alternate"]["s3"]["href"].startswith("s3://scenes/")
        assert red["alternate"]["s3"]["auth:refs"] == ["signed_url"]
        assert red["alternate"]["s3"]["storage:platform"] == "OTHER"
    else:
        assert red["href"].startswith("s3://scenes/") and red["auth:refs"] == ["signed_url"]
        assert red["alternate"]["https"]["href"].startswith(link)
        assert red["alternate"]["https"]["auth:refs"] == ["token"]
    collection = requests.get(f"{api.url}/collections/{COLLECTION}", timeout=60).json()
    for document in (item["properties"], collection):
        schemes = document["auth:schemes"]
        flow = schemes["signed_url"]["flows"]["authorizationCode"]
        assert flow["authorizationApi"] == f"{api.url}/sas/v1/sign" and schemes["token"]["scheme"] == "bearer"
    for document in (item, collection):
        assert any("/authentication/v1.1.0/" in url for url in document["stac_extensions"])
        assert complaints(document) == []
    pystac.Item.from_dict(item)
    etag = requests.get(f"{api.url}/search?limit=1", timeout=60).headers["ETag"]
    assert requests.get(f"{api.url}/search?limit=1", headers={"If-None-Match": etag}, timeout=60).status_code == 304


STORED = {
    "plain": {"href": "s3://scenes/collection02/a.tif", "type": "image/tiff", "roles": ["data"]},
    "as a URL": {"href": "{gateway}/scenes/collection02/b%20c.tif"},
    "with its s3": {
        "href": "{gateway}/paid/collection02/d.tif",
        "alternate": {"s3": {"href": "s3://paid/collection02/d.tif", "file:size": 7}, "gs": {"href": "gs://x/d.tif"}},
    },
    "with its https": {
        "href": "s3://scenes/collection02/e.tif",
        "alternate": {"https": {"href": "https://example.org/e.tif"}},
    },
    "elsewhere": {"href": "https://example.org/collections/x/assets/y.tif"},
    "signed by others": {"href": "https://example.org/z.tif?X-Amz-Signature=00"},
}


@pytest.fixture
def read_back(world, open_api):
    """Makes Items in a collection of their own; returns their names, and what reads them as they are stored."""
    token = run(
        binary("hayden-admin"), "token", "create", "--role", "agdc_admin", "--name", "writer",
        "--database-url", world.database.url,
    ).strip()  # fmt: skip
    headers = {"Authorization": f"Bearer {token}"}
    assets = json.loads(json.dumps(STORED).replace("{gateway}", world.gateway.url))
    described = {"auth:schemes": {"mine": {"type": "http", "scheme": "basic"}}}
    extensions = ["https://stac-extensions.github.io/alternate-assets/v1.2.0/schema.json", "https://example.org/x.json"]
    items = [
        SENT_ITEM | {"id": "bare", "assets": assets},
        SENT_ITEM | {"id": "extended", "assets": assets, "stac_extensions": extensions},
        SENT_ITEM | {"id": "itself", "assets": assets, "properties": SENT_ITEM["properties"] | described},
    ]
    url = f"{open_api.url}/collections"
    assert requests.post(url, json=SENT_COLLECTION, headers=headers, timeout=60).status_code == 201
    for item in items:
        answer = requests.post(f"{url}/sent/items", json=item, headers=headers, timeout=60)
        assert answer.status_code == 201, answer.text

    def stored(path):
        document = requests.get(f"{url}/sent{path}", timeout=60).json()
        own = ("self", "root", "parent", "collection", "items", "child", "aggregate", "aggregations")
        document["links"] = [link for link in document["links"] if link["rel"] not in own]
        return json.dumps(document)

    ids = [item["id"] for item in items]
    yield SimpleNamespace(ids=ids, stored=stored, headers=headers)
    for path in [f"/sent/items/{name}" for name in ids] + ["/sent"]:
        assert requests.delete(url + path, headers=headers, timeout=60).status_code == 204


SENT_ITEM = {
    "type": "Feature",
    "stac_version": "1.0.0",
    "id": "",
    "geometry": {"type": "Point", "coordinates": [1, 2]},
    "bbox": [1, 2, 1, 2],
    "properties": {"datetime": "2024-01-01T00:00:00Z"},
    "links": [],
    "assets": {},
}
SENT_COLLECTION = {
    "type": "Collection",
    "stac_version": "1.0.0",
    "id": "sent",
    "description": "Items that are sent back.",
    "license": "CC0-1.0",
    "extent": {"spatial": {"bbox": [[-180, -90, 180, 90]]}, "temporal": {"interval": [[None, None]]}},
    "links": [],
}


@pytest.mark.parametrize("output", ["redirect", "alternate", "signed"])
def test_what_a_client_has_read_it_may_send_back(start, world, read_back, output):
    signed = output == "signed"
    api = start(policy_of(world.gateway, output="original" if signed else output))
    address, headers = f"{api.url}/collections/sent", read_back.headers
    query = {"sign": "true"} if signed else {}
    before = [read_back.stored(f"/items/{name}") for name in read_back.ids]
    for name, stored in zip(read_back.ids, before):
        item = requests.get(f"{address}/items/{name}", params=query, timeout=60).json()
        assert item["assets"] != json.loads(stored)["assets"]
        answer = requests.put(f"{address}/items/{name}", json=item, headers=headers, timeout=60)
        assert answer.status_code == 204, answer.text
        assert read_back.stored(f"/items/{name}") == stored
        for part in ("assets", "properties"):
            patch = {part: item[part]}
            answer = requests.patch(f"{address}/items/{name}", json=patch, headers=headers, timeout=60)
            assert answer.status_code == 204, answer.text
            assert read_back.stored(f"/items/{name}") == stored
    page = requests.get(f"{address}/items", params=query, timeout=60).json()
    answer = requests.post(f"{address}/bulk_items?method=upsert", json=page, headers=headers, timeout=60)
    assert answer.status_code == 200 and answer.json()["updated"] == len(before), answer.text
    gateway = world.gateway.url
    for name, stored in zip(read_back.ids, before):
        # Without a look at what is there, a URL of an object becomes its URI.
        as_uris = stored.replace(f"{gateway}/scenes/collection02/b%20c.tif", "s3://scenes/collection02/b c.tif")
        as_uris = as_uris.replace(f"{gateway}/paid/", "s3://paid/")
        assert read_back.stored(f"/items/{name}") == (stored if output == "alternate" else as_uris)
        item = json.loads(stored)
        assert requests.put(f"{address}/items/{name}", json=item, headers=headers, timeout=60).status_code == 204
    collection = requests.get(address, timeout=60).json()
    assert ("auth:schemes" in collection) == (not signed)
    stored = read_back.stored("")
    assert requests.put(address, json=collection, headers=headers, timeout=60).status_code == 204
    assert read_back.stored("") == stored
    moved = requests.get(f"{address}/items/bare", params=query, timeout=60).json()
    moved["assets"]["plain"]["href"] = "s3://scenes/collection02/other.tif"
    moved["assets"]["elsewhere"]["href"] = f"{address}/items/bare/assets/elsewhere/y.tif"
    assert requests.put(f"{address}/items/bare", json=moved, headers=headers, timeout=60).status_code == 204
    changed = json.loads(read_back.stored("/items/bare"))["assets"]
    assert changed["plain"] == STORED["plain"] | {"href": "s3://scenes/collection02/other.tif"}
    assert changed["elsewhere"]["href"] == moved["assets"]["elsewhere"]["href"]
    put_back = json.loads(before[0])
    assert requests.put(f"{address}/items/bare", json=put_back, headers=headers, timeout=60).status_code == 204


def test_sas_answers_like_the_planetary_computer(open_api, world):
    href = stored_item(open_api, world.private_id)["assets"]["mtl.json"]["href"]
    url = href.replace("s3://", f"{world.gateway.url}/")
    for asked in (href, url):
        answer = requests.get(f"{open_api.url}/sas/v1/sign", params={"href": asked, "expires_in": "2m"}, timeout=60)
        assert answer.headers["Cache-Control"] == "no-store"
        assert set(answer.json()) == {"msft:expiry", "href"}
        assert answer.json()["href"].startswith(url + "?X-Amz-Algorithm=AWS4-HMAC-SHA256")
        assert "X-Amz-Expires=120" in answer.json()["href"]
        assert requests.get(answer.json()["href"], timeout=60).status_code == 200
    head = requests.get(f"{open_api.url}/sas/v1/sign", params={"href": href, "method": "HEAD"}, timeout=60).json()["href"]
    assert requests.head(head, timeout=60).status_code == 200


def test_awkward_keys_are_signed(open_api, world):
    for name in ("é x+00&=%41.TIF", "a b/~c/(d)!*'.TIF", "//twice"):
        world.owner.put_object(Bucket="scenes", Key=f"collection02/{name}", Body=name.encode())
        answer = requests.get(f"{open_api.url}/sas/v1/sign", params={"href": f"s3://scenes/collection02/{name}"}, timeout=60)
        assert requests.get(answer.json()["href"], timeout=60).content == name.encode()
        as_written = f"{world.gateway.url}/scenes/collection02/{quote(name, safe='/+')}"
        answer = requests.get(f"{open_api.url}/sas/v1/sign", params={"href": as_written}, timeout=60).json()["href"]
        assert answer.startswith(as_written + "?")
        assert requests.get(answer, timeout=60).content == name.encode()


# --- what the store refuses ----------------------------------------------------------------------------------


def test_store_refuses_what_is_expired_tampered_with_or_of_another_method(open_api, world):
    href = stored_item(open_api, world.private_id)["assets"]["mtl.json"]["href"]

    def sign(**options):
        return requests.get(f"{open_api.url}/sas/v1/sign", params={"href": href} | options, timeout=60).json()["href"]

    good = sign()
    assert requests.get(good, timeout=60).status_code == 200
    last = "0" if good[-1] != "0" else "1"
    for bad in (
        good[:-1] + last,
        good.replace("_MTL.json", "_MTL.txt"),
        good.replace("X-Amz-Expires=600", "X-Amz-Expires=6000"),
        good.replace("X-Amz-Date=2", "X-Amz-Date=3"),
    ):
        assert bad != good and requests.get(bad, timeout=60).status_code == 403
    assert requests.head(good, timeout=60).status_code == 403
    assert requests.put(good, data=b"x", timeout=60).status_code == 403
    assert requests.delete(good, timeout=60).status_code == 403
    short = sign(expires_in="1")
    await_that(lambda: requests.get(short, timeout=60).status_code == 403, "the end of a URL of one second")


def test_requester_pays_is_part_of_the_signed_query(open_api, world):
    href = stored_item(open_api, world.paid_id)["assets"]["mtl.json"]["href"]
    good = requests.get(f"{open_api.url}/sas/v1/sign", params={"href": href}, timeout=60).json()["href"]
    assert "x-amz-request-payer=requester" in good and f"Credential={PAYER[0]}" in good
    assert requests.get(good, timeout=60).status_code == 200
    assert requests.get(good.replace("&x-amz-request-payer=requester", ""), timeout=60).status_code == 403


# --- what is not signed --------------------------------------------------------------------------------------


def confused_deputies(gateway):
    host = gateway.url.removeprefix("http://")
    good = "collection02/x.TIF"
    yield 403, f"s3://foreign/{good}"
    yield 403, f"s3://scenes2/{good}"
    yield 403, f"s3://Scenes/{good}"
    yield 403, "s3://scenes/other/secret.TIF"
    yield 403, "s3://scenes/collection02x/secret.TIF"
    yield 403, f"s3://scene/{good}"
    yield 400, f"S3://scenes/{good}"
    for path in (
        "collection02/../other/secret.TIF",
        "collection02/./x.TIF",
        "collection02/..",
        "collection02%2Fx.TIF",
        "collection02/..%2Fother/secret.TIF",
        "collection02/%2e%2e/other/secret.TIF",
        "collection02/..%5Cother/secret.TIF",
        "collection02\\x.TIF",
        "collection02/x\r\nHost: evil",
    ):
        yield 400, f"s3://scenes/{path}"
        yield 400, f"{gateway.url}/scenes/{path}"
    yield 400, f"{gateway.url}/scenes/collection02/%zz"
    yield 403, f"{gateway.url}/foreign/{good}"
    yield 403, f"{gateway.url}/scenesx/foreign/{good}"
    yield 400, f"{gateway.url}/scenes%2F../foreign/{good}"
    yield 403, f"http://{host}.evil.example/scenes/{good}"
    yield 403, f"http://evil.example/scenes/{good}"
    yield 403, f"https://{host}/scenes/{good}"
    yield 403, f"http://127.0.0.1:1/scenes/{good}"
    yield 403, f"http://127.0.0.1/scenes/{good}"
    yield 403, f"http://LOCALHOST:{host.split(':')[1]}/scenes/{good}"
    yield 403, f"http://scenes.s3.amazonaws.com/{good}"
    yield 403, f"https://scenes.s3.amazonaws.com.evil.example/{good}"
    yield 400, f"http://user:password@{host}/scenes/{good}"
    yield 400, f"http://scenes@{host}/scenes/{good}"
    yield 400, f"{gateway.url}/scenes/{good}?versionId=1"
    yield 400, f"{gateway.url}/scenes/{good}?X-Amz-Signature=00"
    yield 400, f"{gateway.url}/scenes/{good}#fragment"
    yield 400, "file:///etc/passwd"
    yield 400, "ftp://scenes/collection02/x"
    yield 400, "gs://scenes/collection02/x"
    yield 400, "/collections"
    yield 400, ""
    yield 400, "s3://scenes"
    yield 400, "s3://scenes/"


def test_nobody_is_confused_into_signing_for_another_place(open_api, gateway):
    before = len(audit_lines(open_api))
    cases = list(confused_deputies(gateway))
    for status, href in cases:
        answer = requests.get(f"{open_api.url}/sas/v1/sign", params={"href": href}, timeout=60)
        assert answer.status_code == status, (href, answer.text)
        assert "href" in answer.json()["description"] and "password" not in answer.text
    answer = requests.post(f"{open_api.url}/sas/v1/sign", json={"hrefs": [href for _, href in cases]}, timeout=60)
    codes = {400: "InvalidHref", 403: "NotSignable"}
    assert [one["error"]["code"] for one in answer.json()["hrefs"]] == [codes[status] for status, _ in cases]
    assert "X-Amz" not in answer.text.replace("X-Amz-Signature=00", "")
    assert len(audit_lines(open_api)) == before


def test_items_cannot_widen_the_policy(start, world):
    """An Item whose hrefs lead out of the policy: nothing of it is signed by any door."""
    policy = policy_of(world.gateway)
    policy["buckets"][0]["prefixes"] = ["elsewhere/"]
    api = start(policy)
    stored = stored_item(api, world.private_id)
    for answer in pages(api, world):
        body = answer.json()
        assert body.get("features", [body])[0]["assets"] == stored["assets"]
    name = stored["assets"]["red"]["href"].rpartition("/")[2]
    link = f"{api.url}/collections/{COLLECTION}/items/{world.private_id}/assets/red/{name}"
    assert requests.get(link, allow_redirects=False, timeout=60).status_code == 404


def test_mistakes_of_sas_requests_are_told(open_api):
    url = f"{open_api.url}/sas/v1/sign"
    for answer in (
        requests.get(url, timeout=60),
        requests.get(url, params={"href": "s3://scenes/collection02/x", "method": "PUT"}, timeout=60),
        requests.get(url, params={"href": "s3://scenes/collection02/x", "expires_in": "8d"}, timeout=60),
        requests.post(url, json={}, timeout=60),
        requests.post(url, json=[], timeout=60),
        requests.post(url, json={"hrefs": []}, timeout=60),
        requests.post(url, json={"hrefs": [7]}, timeout=60),
        requests.post(url, json={"hrefs": ["x"] * 10_001}, timeout=60),
        requests.post(url, data="{", timeout=60),
    ):
        assert answer.status_code == 400 and set(answer.json()) == {"code", "description"}, answer.text
    assert requests.post(url, data="x", headers={"Content-Type": "text/plain"}, timeout=60).status_code == 415


# --- who may, and how often ----------------------------------------------------------------------------------


def doors(api, world):
    """One request to each door, as (door, function of headers)."""
    name = stored_item(api, world.private_id)["assets"]["red"]["href"].rpartition("/")[2]
    link = f"{api.url}/collections/{COLLECTION}/items/{world.private_id}/assets/red/{name}"
    href = f"s3://scenes/collection02/{name}"
    return {
        "redirect": lambda headers: requests.get(link, headers=headers, allow_redirects=False, timeout=60),
        "inline": lambda headers: requests.get(f"{api.url}/search?limit=1&sign=true", headers=headers, timeout=60),
        "sas": lambda headers: requests.get(f"{api.url}/sas/v1/sign", params={"href": href}, headers=headers, timeout=60),
    }


def test_anonymous_callers_sign_only_where_they_may(closed_api, world):
    for ask in doors(closed_api, world).values():
        answer = ask({})
        assert answer.status_code == 401 and answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert "token" in answer.json()["description"]
        answer = ask(header(world.token))
        assert answer.status_code in (200, 302)
        assert answer.headers["Cache-Control"].startswith(("private", "no-store"))


def test_a_role_that_is_too_low_is_refused(start, world):
    api = start(policy_of(world.gateway, role="agdc_manage"))
    for ask in doors(api, world).values():
        answer = ask(header(world.token))
        assert answer.status_code == 403 and "agdc_manage" in answer.json()["description"]


def test_buckets_have_rules_of_their_own(start, world):
    policy = policy_of(world.gateway)
    policy["buckets"][1]["anonymous"] = False
    api = start(policy)
    page = requests.get(f"{api.url}/search?sign=true", timeout=60).json()["features"]
    signed = {item["id"]: "X-Amz" in item["assets"]["red"]["href"] for item in page}
    assert signed == {world.private_id: True, world.paid_id: False}
    assert requests.get(f"{api.url}/sas/v1/sign?href=s3://paid/collection02/x", timeout=60).status_code == 401


def test_limits_are_kept(start, world):
    api = start(policy_of(world.gateway, limits={"per_day": 2}, anonymous_limits={"per_day": 1}))
    for headers, most in (({}, 1), (header(world.token), 2)):
        ask = doors(api, world)["sas"]
        assert [ask(headers).status_code for _ in range(most)] == [200] * most
        for door in doors(api, world).values():
            answer = door(headers)
            assert answer.status_code == 429 and answer.json()["code"] == "TooManySignatures"
            assert 0 < int(answer.headers["Retry-After"]) <= 86_400
    assert requests.get(f"{api.url}/search?limit=1", timeout=60).status_code == 200
    assert "hayden_signing_refused_total 6" in requests.get(f"{api.url}/metrics", timeout=60).text


def test_addresses_are_those_that_a_trusted_proxy_tells(start, world):
    api = start(policy_of(world.gateway, limits={"per_day": 1}), trust_proxy=True)
    ask = doors(api, world)["sas"]
    statuses = [ask({"X-Forwarded-For": address}).status_code for address in ("9.9.9.9, 1.1.1.1", "9.9.9.9, 2.2.2.2", "1.1.1.1")]
    assert statuses == [200, 200, 429]


def test_each_signature_is_in_the_log_without_what_makes_it_work(start, world):
    api = start(policy_of(world.gateway))
    for ask in doors(api, world).values():
        assert ask(header(world.token) | {"X-Request-Id": "the-request"}).status_code in (200, 302)
    lines = await_that(lambda: len(found := audit_lines(api)) == 3 and found, "an audit line for each door")
    for line, door in zip(lines, ("redirect", "inline", "sas")):
        assert line["door"] == door and line["caller"] == "reader" and line["method"] == "GET"
        assert line["request_id"] == "the-request" and line["remote"] == "127.0.0.1"
    assert lines[0]["object"].startswith("s3://scenes/collection02/") and lines[0]["signatures"] == 1
    assert lines[1]["signatures"] == len(lines[1]["assets"]) >= 20
    metrics = requests.get(f"{api.url}/metrics", timeout=60).text
    assert 'hayden_signatures_total{door="redirect"} 1' in metrics
    assert f'hayden_signatures_total{{door="inline"}} {lines[1]["signatures"]}' in metrics


# --- keys ----------------------------------------------------------------------------------------------------


def default_chain(gateway):
    return policy_of(gateway, buckets=[{"bucket": "scenes", "endpoint": gateway.url, "prefixes": ["collection02/"]}])


def signing_state(api):
    answer = requests.get(f"{api.url}/health/ready", timeout=60)
    assert answer.status_code == 200 and answer.json()["status"] == "ready"
    return answer.json()["signing"]["status"]


def test_keys_change_under_load_and_no_request_fails(start, world):
    service = CredentialService([OWNER, NEXT], seconds=24)
    try:
        environment = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{service.url}/keys"}
        api = start(default_chain(world.gateway), environment)
        href = stored_item(api, world.private_id)["assets"]["mtl.json"]["href"]
        link = f"{api.url}/collections/{COLLECTION}/items/{world.private_id}/assets/mtl.json/{href.rpartition('/')[2]}"
        failures, accounts, done = [], set(), threading.Event()

        def load():
            session = requests.Session()
            while not done.is_set():
                answer = session.get(link, timeout=60)
                if answer.status_code != 200 or b"LANDSAT" not in answer.content:
                    failures.append((answer.status_code, answer.text[:500]))
                accounts.add(re.search(r"Credential=(\w+)%2F", answer.url)[1] if "Credential=" in answer.url else answer.url)

        threads = [threading.Thread(target=load) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            await_that(lambda: service.given >= 4 and len(accounts) > 1, "the change of keys")
        finally:
            done.set()
            for thread in threads:
                thread.join()
        assert failures == [] and accounts == {OWNER[0], NEXT[0]}
    finally:
        service.stop()


def test_files_of_keys_are_read_again(start, world, tmp_path):
    path = tmp_path / "credentials"

    def write(keys):
        fresh = tmp_path / "fresh"
        fresh.write_text(f"[default]\naws_access_key_id={keys[0]}\naws_secret_access_key={keys[1]}\n")
        fresh.rename(path)

    write(OWNER)
    environment = {"AWS_SHARED_CREDENTIALS_FILE": str(path)}
    api = start(default_chain(world.gateway) | {"reread": 1}, environment)
    ask = doors(api, world)["sas"]
    assert OWNER[0] in ask({}).json()["href"]
    write(NEXT)
    await_that(lambda: NEXT[0] in ask({}).json()["href"], "the new key")


def test_metadata_service_that_goes_away_and_comes_back(start, world, free_port):
    port = free_port()
    environment = {
        "AWS_EC2_METADATA_DISABLED": "false",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://127.0.0.1:{port}",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    }
    api = start(default_chain(world.gateway), environment)
    ask = doors(api, world)["sas"]
    assert signing_state(api) == "degraded"
    answer = ask({})
    assert answer.status_code == 503 and answer.json()["code"] == "SigningUnavailable"
    assert int(answer.headers["Retry-After"]) > 0
    service = CredentialService([OWNER], seconds=24, port=port)
    try:
        await_that(lambda: signing_state(api) == "ok", "the first keys")
        assert requests.get(ask({}).json()["href"], timeout=60).status_code in (200, 404)
    finally:
        service.stop()
    seen = set()

    def both_seen():
        state, status = signing_state(api), ask({}).status_code
        seen.add((state, status))
        return ("degraded", 503) in seen

    await_that(both_seen, "the end of the keys")
    # The keys at hand were used to their end.
    assert ("degraded", 200) in seen and ("ok", 503) not in seen
    assert requests.get(f"{api.url}/search?limit=1", timeout=60).status_code == 200
    assert all(answer.status_code == 503 for answer in pages(api, world))
    service = CredentialService([OWNER], seconds=3600, port=port)
    try:
        await_that(lambda: signing_state(api) == "ok" and ask({}).status_code == 200, "keys again")
        assert "secret" not in requests.get(f"{api.url}/health/ready", timeout=60).text
    finally:
        service.stop()


def test_life_of_a_url_ends_with_its_keys(start, world):
    service = CredentialService([OWNER], seconds=100)
    try:
        api = start(default_chain(world.gateway), {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{service.url}/keys"})
        answer = doors(api, world)["sas"]({}).json()
        query = parse_qs(urlsplit(answer["href"]).query)
        signed = time.strptime(query["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ")
        ends = time.strptime(answer["msft:expiry"], "%Y-%m-%dT%H:%M:%SZ")
        assert calendar.timegm(ends) - calendar.timegm(signed) == int(query["X-Amz-Expires"][0])
        assert calendar.timegm(ends) <= math.ceil(time.time()) + 100
    finally:
        service.stop()


# --- the policy ----------------------------------------------------------------------------------------------


def check(bin, world, tmp_path, text, expect):
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    done = subprocess.run(
        [bin("hayden-api"), "--signing", path, "--check-signing"],
        capture_output=True, text=True, env=os.environ | environment_of(world),
    )  # fmt: skip
    assert done.returncode == expect, done.stderr
    return done


def test_check_names_every_mistake_of_the_policy_at_once(bin, world, tmp_path):
    text = """
        expiry: soon
        limit: 3
        role: agdc_boss
        limits: {per_minute: 0}
        output: signed
        collections: {a: original, b: none}
        buckets:
          - bucket: UPPER
            prefixes: [data]
            region: US West
            endpoint: https://user@host/path
          - bucket: fine-one
            profile: nobody
          - bucket: fine-two
            access_key_id_variable: NOT_SET
            secret_access_key_variable: NOT_SET_EITHER
          - bucket: fine-three
            session_token_variable: X
            secret_access_key_variable: Y
            requester_pays: maybe
    """
    said = check(bin, world, tmp_path, text, expect=1).stderr
    for mistake in (
        "expiry: must be", "limit: is not known", "role: must be", "limits.per_minute: must be", "output: must be",
        "collections.b: must be", "buckets[0].bucket: must be", "buckets[0].prefixes: must be", "buckets[0].region: must be",
        "buckets[0].endpoint: must be", "buckets[3].access_key_id_variable: is needed",
        "buckets[3].requester_pays: must be",
    ):  # fmt: skip
        assert mistake in said, mistake
    good = "buckets:\n  - {bucket: fine-one, region: us-west-2, profile: nobody}\n" \
           "  - {bucket: fine-two, region: us-west-2, access_key_id_variable: NOT_SET, secret_access_key_variable: B}\n"
    said = check(bin, world, tmp_path, good, expect=1).stderr
    assert "buckets[0]: The AWS profile 'nobody'" in said and "buckets[1]: The environment variable NOT_SET" in said


def test_check_tells_which_keys_are_there(bin, world, tmp_path):
    policy = json.dumps(policy_of(world.gateway))
    told = json.loads(check(bin, world, tmp_path, policy, expect=0).stdout)
    assert told["status"] == "ok"
    assert [key["source"] for key in told["keys"]] == ["the environment variables SCENES_KEY and SCENES_SECRET", "profile payer"]


def test_example_of_the_documentation_is_a_policy(bin, world, tmp_path):
    example = DOCUMENT.partition("```yaml\n")[2].partition("```")[0]
    example = example.replace("endpoint: https://s3.example.org:9000", "region: us-east-1")  # nobody is there
    said = check(bin, world, tmp_path, example, expect=1).stderr
    assert said.count("buckets[") == 1 and "buckets[0]: The AWS profile 'usgs'" in said


def test_a_service_with_a_wrong_policy_does_not_start(bin, world, tmp_path):
    path = tmp_path / "policy.yaml"
    path.write_text("buckets: []\n")
    command = [bin("hayden-api"), "--signing", path, "--database-url", world.database.url, "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1 and f"the signing policy {path}: buckets: must be" in done.stderr


def test_region_of_a_bucket_is_asked_for(start, world):
    """A store that names a region in its answer to HEAD is signed for with that one."""
    asked = []

    class Store(BaseHTTPRequestHandler):
        def do_HEAD(self):
            asked.append(self.path)
            self.send_response(403)
            self.send_header("x-amz-bucket-region", "eu-north-1")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    store = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    thread = threading.Thread(target=store.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        policy = policy_of(world.gateway)
        policy["buckets"] = [policy["buckets"][0] | {"endpoint": f"http://127.0.0.1:{store.server_port}"}]
        api = start(policy)
        for _ in range(3):
            answer = doors(api, world)["sas"]({}).json()
            assert "%2Feu-north-1%2Fs3%2F" in answer["href"]
        assert asked == ["/scenes"]
    finally:
        store.shutdown()
        thread.join()
        store.server_close()

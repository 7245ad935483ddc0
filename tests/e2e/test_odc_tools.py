"""The tools around the Open Data Cube on databases that hayden-admin made: odc-tools, odc.stac and Explorer."""

import json
import os
import subprocess
from pathlib import Path

import boto3
import pytest
import requests
import yaml
from shapely.geometry import shape

import eo3_documents
import geotiffs
import radosgw
from conftest import Server, run
from datacube_client import Datacube
from test_datacube import superuser_query

PRODUCT = "landsat_c2_l2_oli_tirs"
KEYS = {"AWS_ACCESS_KEY_ID": "AKTOOLS", "AWS_SECRET_ACCESS_KEY": "tools-secret", "AWS_DEFAULT_REGION": "us-east-1"}

# Reads {"url", "id", "crs", "transform", "window"}; finds the Item by pystac-client and loads the window of two bands in the
# scene's own grid by odc.stac. Prints the values.
LOAD = """
import json, sys, warnings
warnings.simplefilter("ignore")
import odc.stac
from odc.geo.geobox import GeoBox
from affine import Affine
from pystac_client import Client

asked = json.load(sys.stdin)
items = list(Client.open(asked["url"]).search(ids=[asked["id"]]).items())
window = asked["window"]
grid = Affine(*asked["transform"][:6]) * Affine.translation(window["column"], window["row"])
data = odc.stac.load(items, bands=["red", "nir08", "qa_pixel"],
                     geobox=GeoBox((window["height"], window["width"]), grid, asked["crs"]))
print(json.dumps({
    "items": len(items), "sizes": dict(data.sizes), "dtype": str(data.red.dtype), "nodata": data.red.attrs.get("nodata"),
    "red": data.red[0].values.tolist(), "nir": data.nir08[0].values.tolist(), "time": str(data.time.values[0]),
}))
"""


def programs(variable):
    """The folder of an environment's programs, which scripts/test names."""
    if not os.environ.get(variable) and not os.environ.get("CI"):
        pytest.skip(f"{variable} does not name the folder of the tools")
    folder = Path(os.environ.get(variable, ""))
    assert folder.is_dir(), f"{variable} must name the folder of the tools' programs"
    return folder


class Tools:
    """Programs of one environment, run with a login of the database."""

    def __init__(self, variable, home):
        self.folder = programs(variable)
        self.home = home

    def call(self, program, *arguments, login, **environment):
        settings = {"ODC_DEFAULT_DB_URL": login, "ODC_DEFAULT_INDEX_DRIVER": "postgres", "HOME": str(self.home)}
        return subprocess.run(
            [self.folder / program, *map(str, arguments)],
            env=os.environ | settings | {"OMP_NUM_THREADS": "1"} | environment,
            capture_output=True,
            text=True,
        )

    def run(self, program, *arguments, login, **environment):
        done = self.call(program, *arguments, login=login, **environment)
        assert done.returncode == 0, f"{program} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def tools(folder):
    home = folder / "odc-tools"
    home.mkdir()
    return Tools("HAYDEN_ODC_TOOLS", home)


@pytest.fixture(scope="module")
def bucket():
    """(endpoint, client, name) of a bucket in a real S3 server."""
    if not radosgw.is_installed():
        assert not os.environ.get("CI"), "radosgw, ceph-mon and ceph-osd are not installed"
        pytest.skip("radosgw, ceph-mon and ceph-osd are not installed")
    with radosgw.RadosGateway() as gateway:
        gateway.add_user("tools", KEYS["AWS_ACCESS_KEY_ID"], KEYS["AWS_SECRET_ACCESS_KEY"])
        client = boto3.client(
            "s3",
            endpoint_url=gateway.url,
            region_name=gateway.region,
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        )
        client.create_bucket(Bucket="scenes")
        yield gateway.url, client, "scenes"


def items_of(url, collection):
    found = requests.get(f"{url}/collections/{collection}/items", params={"limit": 1000}, timeout=60)
    assert found.status_code == 200, found.text
    return {feature["id"]: feature for feature in found.json()["features"]}


def scenes_of_product(url):
    """Items that the product PRODUCT serves."""
    return [
        item
        for item in items_of(url, "landsat-c2-l2").values()
        if item["properties"]["instruments"] == ["oli", "tirs"]
        and item["properties"]["landsat:correction"] == "L2SP"
    ]


def scene_id(item):
    return item["properties"]["landsat:scene_id"]


def add_product(tools, database, definition, folder):
    """By the real client; 1.9 takes agdc_admin for it (docs/odc.md)."""
    path = folder / "product.yaml"
    path.write_text(yaml.safe_dump(definition))
    tools.run("datacube", "product", "add", path, login=database.login("agdc_admin"))


def test_stac_to_dc_indexes_items_of_our_api_which_show_again(tools, api, fresh_database, start_api, tmp_path):
    """From one of our databases into another: Item, dataset, Item."""
    definition = yaml.safe_load(requests.get(f"{api.url}/odc/products/{PRODUCT}?f=yaml", timeout=60).text)
    add_product(tools, fresh_database, definition, tmp_path)
    target = start_api(database=fresh_database)
    sent = {item["id"]: item for item in scenes_of_product(api.url)[:3]}
    command = [
        "stac-to-dc", "--catalog-href", api.url, "--collections", "landsat-c2-l2", "--rename-product", PRODUCT,
        "--options", f"ids={json.dumps(list(sent))}",
    ]  # fmt: skip
    login = fresh_database.login("agdc_ingest")
    assert "Added 3 Datasets, failed 0 Datasets, skipped 0 Datasets" in tools.run(*command, login=login)

    shown = {scene_id(item): item for item in await_items(target.url, PRODUCT, 3).values()}
    assert shown.keys() == {scene_id(item) for item in sent.values()}
    for item in sent.values():
        again = shown[scene_id(item)]
        assert again["properties"]["datetime"][:19] == item["properties"]["datetime"][:19]
        assert again["properties"]["proj:shape"] == item["properties"]["proj:shape"]
        assert {name: asset["href"] for name, asset in again["assets"].items() if name in ("red", "qa_pixel")} == {
            name: item["assets"][name]["href"] for name in ("red", "qa_pixel")
        }
        overlap = shape(again["geometry"]).intersection(shape(item["geometry"])).area
        assert overlap / shape(item["geometry"]).area > 0.99
    assert "skipped 3" in tools.run(*command, login=login)


def await_items(url, collection, count):
    """The worker projects within a second of the commit; polls for a machine that does much else."""
    for _ in range(600):
        answer = requests.get(f"{url}/collections/{collection}/items", params={"limit": 1000}, timeout=60)
        if answer.status_code == 200 and len(answer.json()["features"]) == count:
            return items_of(url, collection)
        requests.get(f"{url}/health", timeout=60)
    raise AssertionError(f"no {count} Items in {collection}: {answer.status_code} {answer.text[:1000]}")


def test_s3_to_dc_indexes_datasets_of_a_bucket(tools, bucket, fresh_database, start_api, tmp_path):
    endpoint, client, name = bucket
    add_product(tools, fresh_database, eo3_documents.product("ls_bucket", "eo3"), tmp_path)
    target = start_api(database=fresh_database)
    documents = [eo3_documents.dataset("ls_bucket", f"2023-05-0{day}") for day in (1, 2, 3)]
    for number, document in enumerate(documents):
        key = f"ls/{number}/scene.odc-metadata.yaml"
        client.put_object(Bucket=name, Key=key, Body=yaml.safe_dump(document).encode())
    said = tools.run(
        "s3-to-dc", f"s3://{name}/ls/**/*.odc-metadata.yaml", "ls_bucket",
        login=fresh_database.login("agdc_ingest"), AWS_ENDPOINT_URL=endpoint, **KEYS,
    )  # fmt: skip
    assert "Added 3 datasets, skipped 0 datasets and failed 0 datasets" in said
    shown = await_items(target.url, "ls_bucket", 3)
    assert shown.keys() == {document["id"] for document in documents}
    first = shown[documents[0]["id"]]
    assert first["assets"]["red"]["href"] == f"s3://{name}/ls/0/red.tif"

    changed = documents[0] | {"label": "changed"}
    client.put_object(Bucket=name, Key="ls/0/scene.odc-metadata.yaml", Body=yaml.safe_dump(changed).encode())
    tools.run(
        "s3-to-dc", "--update-if-exists", "--allow-unsafe", f"s3://{name}/ls/0/scene.odc-metadata.yaml", "ls_bucket",
        login=fresh_database.login("agdc_admin"), AWS_ENDPOINT_URL=endpoint, **KEYS,
    )  # fmt: skip
    for _ in range(600):
        title = items_of(target.url, "ls_bucket")[changed["id"]]["properties"]["title"]
        if title == "changed":
            break
    assert title == "changed"


def test_s3_to_dc_indexes_our_items_in_a_bucket(tools, bucket, api, fresh_database, start_api, tmp_path):
    endpoint, client, name = bucket
    definition = yaml.safe_load(requests.get(f"{api.url}/odc/products/{PRODUCT}?f=yaml", timeout=60).text)
    add_product(tools, fresh_database, definition, tmp_path)
    target = start_api(database=fresh_database)
    item = scenes_of_product(api.url)[0]
    client.put_object(Bucket=name, Key="items/scene.json", Body=json.dumps(item).encode())
    said = tools.run(
        "s3-to-dc", "--stac", "--rename-product", PRODUCT, f"s3://{name}/items/*.json", PRODUCT,
        login=fresh_database.login("agdc_ingest"), AWS_ENDPOINT_URL=endpoint, **KEYS,
    )  # fmt: skip
    assert "Added 1 datasets, skipped 0 datasets and failed 0 datasets" in said
    (shown,) = await_items(target.url, PRODUCT, 1).values()
    assert shown["assets"]["red"]["href"] == item["assets"]["red"]["href"]


def test_odc_stac_loads_pixels_of_a_crawled_scene(tools, bin, fresh_database, start_api, tmp_path):
    run(bin("hayden-samples"), tmp_path / "scenes", "--scenes", 40)
    run(bin("hayden-crawler"), tmp_path / "scenes", "--database-url", fresh_database.url)
    service = start_api(database=fresh_database)
    client = Datacube("1.9", tools.folder / "datacube", tools.home)
    try:
        asked = {"product": PRODUCT, "window": geotiffs.WINDOW}
        written = json.loads(client.python(geotiffs.WRITE, asked, login=fresh_database.reader_url))
        ((scene,),) = fresh_database.query("select id from stac.item where dataset_id = %s", written["id"])
        asked = asked | written | {"url": service.url, "id": scene}
        loaded = json.loads(client.python(LOAD, asked, login=fresh_database.reader_url))
    finally:
        client.stop()
    window = geotiffs.WINDOW
    rows = range(window["row"], window["row"] + window["height"])
    columns = range(window["column"], window["column"] + window["width"])
    assert loaded["items"] == 1
    assert loaded["red"] == [[7000 + (r * 31 + c * 17) % 20000 for c in columns] for r in rows]
    assert loaded["nir"] == [[7000 + (r * 13 + c * 29) % 20000 for c in columns] for r in rows]
    assert loaded["dtype"] == "uint16" and loaded["nodata"] == 0
    assert loaded["time"][:19] == written["datetime"][:19]


def test_explorer_summarises_what_both_doors_wrote(tools, bin, fresh_database, folder, sample_tree, tmp_path):
    run(bin("hayden-crawler"), sample_tree, "--database-url", fresh_database.url)
    add_product(tools, fresh_database, eo3_documents.product("ls_explored", "eo3"), tmp_path)
    path = tmp_path / "dataset.yaml"
    path.write_text(yaml.safe_dump(eo3_documents.dataset("ls_explored", "2023-05-01")))
    tools.run("datacube", "dataset", "add", "--ignore-lineage", path, login=fresh_database.login("agdc_ingest"))
    home = folder / "explorer"
    home.mkdir()
    explorer = Tools("HAYDEN_EXPLORER", home)
    generate = ("cubedash-gen", "--all", "--jobs", "1")
    # Its types go into schema public, where nobody but a superuser may create.
    refused = explorer.call(*generate, "--init", login=fresh_database.login("agdc_admin"))
    assert refused.returncode != 0 and "permission denied for schema public" in refused.stdout
    explorer.run(*generate, "--init", login=fresh_database.superuser_url)
    path.write_text(yaml.safe_dump(eo3_documents.dataset("ls_explored", "2023-05-02")))
    tools.run("datacube", "dataset", "add", "--ignore-lineage", path, login=fresh_database.login("agdc_ingest"))
    explorer.run(*generate, login=fresh_database.login("agdc_manage"))
    counts = superuser_query(
        fresh_database,
        "select t.name, count(*), (select count(*) from cubedash.dataset_spatial s where s.dataset_type_ref = t.id),"
        " (select p.dataset_count from cubedash.product p where p.name = t.name)"
        " from agdc.dataset_type t join agdc.dataset d on d.dataset_type_ref = t.id group by t.id, t.name",
    )
    assert dict((name, count) for name, count, _, _ in counts)["ls_explored"] == 2
    assert all(count == spatial == summary for _, count, spatial, summary in counts), counts
    missing = superuser_query(fresh_database, "select count(*) from cubedash.dataset_spatial where footprint is null")
    assert missing == [(0,)]
    # Explorer has its own schema; ours stays as it is, and both faces still agree.
    verified = run(bin("hayden-admin"), "verify", "--database-url", fresh_database.url)
    assert "0 differences" in verified

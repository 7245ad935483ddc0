"""The STAC API's transactions: Items and Collections written over HTTP, on both faces."""

import contextlib
import copy
import json
import random
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest
import requests

from conftest import Server, binary, run

pytestmark = pytest.mark.usefixtures("described")

ROLES = ("user", "ingest", "manage", "admin")
GEOJSON = {"Content-Type": "application/geo+json"}
PATCH = {"Content-Type": "application/merge-patch+json"}


class Stac:
    """The service with a token for each role."""

    def __init__(self, url, database):
        self.url = url
        self.database = database
        self.tokens = {
            role: run(
                binary("hayden-admin"), "token", "create", "--role", f"agdc_{role}", "--name", role,
                "--database-url", database.url,
            ).strip()
            for role in ROLES
        }  # fmt: skip

    def call(self, method, path, role="admin", headers=None, **options):
        headers = {"Authorization": f"Bearer {self.tokens[role]}"} | (headers or {})
        path = path.removeprefix(self.url)
        return requests.request(method, self.url + path, headers=headers, timeout=60, **options)

    def expect(self, status, method, path, role="admin", **options):
        answer = self.call(method, path, role, **options)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text[:2000]}"
        return answer

    def told(self, status, method, path, role="admin", **options):
        return self.expect(status, method, path, role, **options).json()["description"]

    def get(self, path):
        return self.expect(200, "GET", path)

    def add_collection(self, **changes):
        made = collection(**changes)
        self.expect(201, "POST", "/collections", "manage", json=made)
        return f"/collections/{made['id']}"

    def verify(self):
        """The differences between both faces that hayden-admin finds."""
        done = subprocess.run(
            [binary("hayden-admin"), "verify", "--json", "--database-url", self.database.url], capture_output=True, text=True
        )
        *differences, summary = [json.loads(line) for line in done.stdout.splitlines()]
        assert done.returncode == (1 if differences else 0), done.stderr
        return differences


@pytest.fixture(scope="module")
def stac(folder, module_database):
    server = Server(folder, module_database)
    yield Stac(server.url, module_database)
    server.stop()


def collection(**changes):
    return {
        "type": "Collection",
        "stac_version": "1.0.0",
        "id": f"scenes-{uuid.uuid4().hex[:8]}",
        "description": "Scenes",
        "license": "proprietary",
        "extent": {"spatial": {"bbox": [[-180, -90, 180, 90]]}, "temporal": {"interval": [["2020-01-01T00:00:00Z", None]]}},
        "links": [{"rel": "license", "href": "https://example.org/license"}],
    } | changes


def item(**changes):
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": f"scene-{uuid.uuid4().hex[:12]}",
        "geometry": {"type": "Polygon", "coordinates": [[[10, 50], [11, 50], [11, 51], [10, 51], [10, 50]]]},
        "bbox": [10, 50, 11, 51],
        "properties": {"datetime": "2023-05-01T10:00:00Z"},
        "links": [],
        "assets": {"data": {"href": "https://example.org/data.tif"}},
    } | changes


def projected_item(**changes):
    """An Item that has an EO3 form."""
    cog = "image/tiff; application=geotiff; profile=cloud-optimized"
    band = {"data_type": "uint16", "nodata": 0, "unit": "1"}
    scene = item(**changes)
    scene["properties"] = {
        "datetime": "2023-05-01T10:00:00Z",
        "proj:epsg": 32632,
        "proj:shape": [100, 120],
        "proj:transform": [30, 0, 500000, 0, -30, 5600000],
        "platform": "sentinel-2a",
    } | scene["properties"]
    scene["geometry"] = {
        "type": "Polygon",
        "coordinates": [[[9.0, 50.5], [9.1, 50.5], [9.1, 50.6], [9.0, 50.6], [9.0, 50.5]]],
    }
    scene["bbox"] = [9.0, 50.5, 9.1, 50.6]
    scene["assets"] = {
        "red": {"href": "s3://bucket/x/red.tif", "type": cog, "roles": ["data"], "raster:bands": [band],
                "eo:bands": [{"name": "B04", "common_name": "red"}]},
        "nir": {"href": "s3://bucket/x/nir.tif", "type": cog, "roles": ["data"], "raster:bands": [band]},
    }  # fmt: skip
    return scene


def without_links(document):
    """What the client sent, of what it gets: the service's links are its own."""
    own = {"self", "root", "parent", "collection", "items", "http://www.opengis.net/def/rel/ogc/1.0/queryables",
           "http://www.opengis.net/def/rel/ogc/1.0/sortables", "aggregate", "aggregations"}  # fmt: skip
    links = [link for link in document["links"] if link["rel"] not in own]
    return document | {"links": [link for link in links if not (link["rel"] == "child" and link["href"].endswith("/browse"))]}


# Items


def test_an_item_is_added_read_replaced_patched_and_deleted(stac):
    items = stac.add_collection() + "/items"
    sent = item(collection=items.split("/")[2])
    made = stac.expect(201, "POST", items, "ingest", json=sent, headers=GEOJSON)
    where = made.headers["Location"]
    assert where == f"{stac.url}{items}/{sent['id']}"
    assert made.headers["Content-Type"] == "application/geo+json"
    assert made.headers["Hayden-Dataset"] == "none"
    read = stac.get(where)
    assert read.json() == made.json() and read.headers["ETag"] == made.headers["ETag"]
    assert without_links(read.json()) == sent
    assert [link["rel"] for link in read.json()["links"]] == ["self", "parent", "collection", "root"]
    found = requests.post(f"{stac.url}/search", json={"ids": [sent["id"]]}, timeout=30).json()["features"]
    assert found == [read.json()]

    sent["properties"]["eo:cloud_cover"] = "3.14"
    put = stac.expect(204, "PUT", where, json=sent)
    assert "Content-Type" not in put.headers and put.headers["ETag"] != made.headers["ETag"]
    assert stac.get(where).headers["ETag"] == put.headers["ETag"]

    change = {"properties": {"eo:cloud_cover": None, "new": {"a": [1, None]}}, "assets": {"data": {"title": "Data"}}}
    patched = stac.expect(204, "PATCH", where, json=change, headers=PATCH)
    assert "Content-Type" not in patched.headers
    expected = copy.deepcopy(sent)
    del expected["properties"]["eo:cloud_cover"]
    expected["properties"]["new"] = {"a": [1, None]}
    expected["assets"]["data"]["title"] = "Data"
    assert without_links(stac.get(where).json()) == expected

    assert "Content-Type" not in stac.expect(204, "DELETE", where).headers
    stac.expect(404, "GET", where)
    stac.expect(204, "DELETE", where)
    assert stac.verify() == []


def test_what_is_read_can_be_written_back_and_changes_nothing(stac):
    items = stac.add_collection() + "/items"
    where = stac.expect(201, "POST", items, "ingest", json=item()).headers["Location"]
    before = stac.get(where)
    stac.expect(204, "PUT", where, data=before.content, headers=GEOJSON)
    assert stac.get(where).content == before.content


FAITHFUL = """{
  "stac_version": "1.1.0", "type": "Feature", "id": "faithful/%s",
  "geometry": null,
  "properties": {
    "zulu": null, "datetime": null, "start_datetime": "2023-05-01T10:00:00.123456789Z",
    "end_datetime": "2023-05-01T10:00:00.123456790+00:00",
    "alpha": [1, 1.0, 1e400000000000000000000, -0.0, 12345678901234567890123456789, -9223372036854775808,
      18446744073709551615, 18446744073709551616, 0.1234567890123456789012345, 3.0000000000000001, {"b": null, "a": {}}],
    "text": "\\u00e9\\ud83d\\ude00 \\"quoted\\" \\\\u0000 \\t", "": "empty name", "nested": [[[]]]
  },
  "assets": {}, "extra": {"z": 1, "a": 2}, "bbox": null
}"""


def test_what_goes_in_comes_out_as_it_was(stac):
    items = stac.add_collection() + "/items"
    name = uuid.uuid4().hex
    text = (FAITHFUL % name).replace("1e400000000000000000000", "1e300")
    where = stac.expect(201, "POST", items, "ingest", data=text.encode(), headers=GEOJSON).headers["Location"]

    def exactly(text):
        # Numbers as they are written, members in their order.
        return json.loads(text, parse_int=str, parse_float=str, object_pairs_hook=list)

    read = stac.get(where).text
    members = dict(exactly(read))
    for key, value in exactly(text):
        if key != "links":
            assert_written(members[key], value)
    order = [key for key, _ in exactly(read) if key not in ("links", "collection")]
    assert order == [key for key, _ in exactly(text)]

    stac.expect(204, "PATCH", where, data=b'{"properties": {"more": 98765432109876543210.5}}', headers=PATCH)
    changed = dict(dict(exactly(stac.get(where).text))["properties"])
    assert changed.pop("more") == "98765432109876543210.5"
    assert_written(list(changed.items()), dict(exactly(text))["properties"])
    assert stac.verify() == []

    too_large = text.replace("1e300", "1e4000")
    assert "out of range" in stac.told(400, "POST", items, "ingest", data=too_large.encode(), headers=GEOJSON)


def assert_written(read, sent):
    """The same values in the same order; a number that a double holds may be written otherwise."""
    if isinstance(sent, (list, tuple)):
        assert len(read) == len(sent)
        for one, other in zip(read, sent):
            assert_written(one, other)
    elif read != sent:
        assert float(read) == float(sent) and len(sent) <= 17, (read, sent)


def test_times_of_nanoseconds_are_kept_and_found(stac):
    items = stac.add_collection() + "/items"
    time = "2021-02-03T04:05:06.123456789Z"
    sent = item(properties={"datetime": time})
    where = stac.expect(201, "POST", items, "ingest", json=sent).headers["Location"]
    assert stac.get(where).json()["properties"]["datetime"] == time
    assert [one["id"] for one in stac.get(f"{items}?datetime={time}").json()["features"]] == [sent["id"]]


BROKEN = [
    ({"type": "Item"}, ["type: must be 'Feature'"]),
    ({"stac_version": "0.9.0"}, ["stac_version"]),
    ({"id": ""}, ["id: expected a string"]),
    ({"id": "x" * 513}, ["id: must be 512 bytes"]),
    ({"id": "a\u0007b"}, ["id: must hold no control characters"]),
    ({"collection": "other"}, ["collection: is 'other'"]),
    ({"geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]}}, ["geometry"]),
    ({"geometry": {"type": "Point", "coordinates": ["a", 1]}}, ["geometry"]),
    ({"bbox": [1, 2]}, ["bbox"]),
    ({"properties": {}}, ["properties.datetime: required"]),
    ({"properties": {"datetime": "2023-05-01"}}, ["properties.datetime: expected an RFC 3339"]),
    ({"properties": {"datetime": None}}, ["start_datetime", "end_datetime"]),
    (
        {"properties": {"datetime": "2023-01-01T00:00:00Z", "start_datetime": "2023-01-02T00:00:00Z",
                        "end_datetime": "2023-01-01T00:00:00Z"}},
        ["end_datetime: is before"],
    ),
    ({"properties": {"datetime": "2023-01-01T00:00:00Z", "end_datetime": "2023-01-01T00:00:00Z"}}, ["must come together"]),
    ({"properties": {"datetime": "2023-01-01T00:00:00Z", "created": "yesterday"}}, ["properties.created"]),
    ({"assets": {"a": {"title": 7, "href": "x", "roles": "data"}}}, ["assets.a.title", "assets.a.roles"]),
    ({"assets": {"a": {}}}, ["assets.a"]),
    ({"links": [{"rel": "x"}]}, ["links"]),
    ({"stac_extensions": "eo"}, ["stac_extensions"]),
]  # fmt: skip


@pytest.mark.parametrize("changes, said", BROKEN, ids=lambda value: "")
def test_each_fault_of_an_item_is_named(stac, broken_collection, changes, said):
    told = stac.told(400, "POST", broken_collection, "ingest", json=item(**changes))
    assert all(one in told for one in said), told


@pytest.fixture(scope="module")
def broken_collection(stac):
    return stac.add_collection() + "/items"


def test_all_faults_of_all_items_are_named_at_once(stac, broken_collection):
    worst = item()
    for changes, _ in BROKEN:
        if "properties" not in changes and "id" not in changes:
            worst |= changes
    told = stac.told(400, "POST", broken_collection, "ingest", json=worst)
    for word in ("type", "stac_version", "collection", "geometry", "bbox", "assets.a", "links", "stac_extensions"):
        assert word in told
    features = [item(), item(id=""), item(assets=7)]
    told = stac.told(400, "POST", broken_collection, "ingest", json={"type": "FeatureCollection", "features": features})
    assert "features[1]: id" in told and "features[2]: assets" in told and "features[0]" not in told
    assert stac.get(broken_collection).json()["features"] == []


def test_bodies_that_are_no_documents_are_refused(stac, broken_collection):
    for method, path in (("POST", broken_collection), ("POST", "/collections"), ("PUT", broken_collection + "/x"),
                         ("PATCH", broken_collection + "/x"), ("PUT", broken_collection.removesuffix("/items"))):  # fmt: skip
        for body, status in ((b"{", 400), (b"[]", 400), (b"7", 400), (b"", 400), (b'{"a":"\\u0000"}', 400), (b"\xff", 400)):
            stac.expect(status, method, path, data=body, headers={"Content-Type": "application/json"})
        stac.expect(415, method, path, data=b"{}", headers={"Content-Type": "text/plain"})
        stac.expect(415, method, path, data=b"{}", headers={"Content-Encoding": "gzip"})
    where = stac.expect(201, "POST", broken_collection, "ingest", json=item()).headers["Location"]
    wide = {str(number): None for number in range(6000)}
    assert "1000 members" in stac.told(400, "PATCH", where, json={"properties": wide})
    assert "collection" in stac.told(400, "PATCH", where, json={"collection": "other"})
    assert "id" in stac.told(400, "PATCH", where, json={"id": "other"})
    assert "datetime" in stac.told(400, "PATCH", where, json={"properties": {"datetime": None}})
    stac.expect(204, "DELETE", where)


def test_what_is_not_there_and_what_is_twice(stac):
    items = stac.add_collection() + "/items"
    sent = item()
    assert "no collection" in stac.told(404, "POST", "/collections/none/items", json=sent)
    assert "no collection" in stac.told(404, "POST", "/collections/none/bulk_items", json=[sent])
    for method in ("PUT", "PATCH", "DELETE"):
        assert "no collection" in stac.told(404, method, "/collections/none/items/x", json=item(id="x"))
    assert "no item 'x'" in stac.told(404, "PUT", f"{items}/x", json=item(id="x"))
    assert "no item 'x'" in stac.told(404, "PATCH", f"{items}/x", json={})
    stac.expect(201, "POST", items, json=sent)
    assert sent["id"] in stac.told(409, "POST", items, json=sent)
    other = item()
    assert sent["id"] in stac.told(409, "POST", items, json={"type": "FeatureCollection", "features": [other, sent]})
    assert other["id"] in stac.told(409, "POST", items, json={"type": "FeatureCollection", "features": [other, other]})
    stac.expect(404, "GET", f"{items}/{other['id']}")


def test_an_item_collection_is_added_whole(stac):
    items = stac.add_collection() + "/items"
    features = [item(), projected_item(), item()]
    made = stac.expect(201, "POST", items, "ingest", json={"type": "FeatureCollection", "features": features})
    assert "Location" not in made.headers
    assert [one["status"] for one in made.json()["items"]] == ["added"] * 3
    assert {one["id"] for one in stac.get(items).json()["features"]} == {one["id"] for one in features}


def test_the_same_id_may_stand_in_two_collections(stac):
    first, second = (stac.add_collection() + "/items" for _ in range(2))
    sent = projected_item()
    for items in (first, second):
        assert stac.expect(201, "POST", items, json=sent).headers["Hayden-Dataset"] != "none"
    stac.expect(204, "DELETE", f"{first}/{sent['id']}")
    stac.get(f"{second}/{sent['id']}")
    assert stac.verify() == []


# Conditions


def test_writes_happen_only_while_their_conditions_hold(stac):
    path = stac.add_collection()
    where = stac.expect(201, "POST", path + "/items", json=item()).headers["Location"].removeprefix(stac.url)
    for target, method, body in ((where, "PUT", lambda: stac.get(where).json()), (where, "PATCH", dict),
                                 (path, "PUT", lambda: stac.get(path).json()), (path, "PATCH", dict)):  # fmt: skip
        etag = stac.get(target).headers["ETag"]
        stac.expect(412, method, target, json=body(), headers={"If-Match": '"other"'})
        stac.expect(412, method, target, json=body(), headers={"If-None-Match": "*"})
        stac.expect(412, method, target, json=body(), headers={"If-None-Match": etag})
        stac.expect(204, method, target, json=body(), headers={"If-Match": f'"other", {etag}'})
        stac.expect(204, method, target, json=body(), headers={"If-Match": "*", "If-None-Match": '"other"'})
    stac.expect(412, "DELETE", where, headers={"If-Match": '"other"'})
    stac.expect(204, "DELETE", where, headers={"If-Match": stac.get(where).headers["ETag"]})
    stac.expect(412, "DELETE", where, headers={"If-Match": "*"})
    stac.expect(412, "PUT", where, json=item(id=where.split("/")[-1]), headers={"If-Match": "*"})
    stac.expect(412, "DELETE", path, headers={"If-Match": '"other"'})
    stac.expect(204, "DELETE", path, headers={"If-Match": stac.get(path).headers["ETag"]})


def test_of_writers_with_one_etag_one_wins(stac):
    items = stac.add_collection() + "/items"
    where = stac.expect(201, "POST", items, json=item()).headers["Location"]
    etag = stac.get(where).headers["ETag"]

    def write(number):
        return stac.call("PATCH", where, json={"properties": {"winner": number}}, headers={"If-Match": etag}).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(write, range(8)))
    assert sorted(statuses) == [204] + [412] * 7
    assert stac.get(where).json()["properties"]["winner"] == statuses.index(204)


def test_of_patches_at_once_none_is_lost(stac):
    path = stac.add_collection(summaries={})
    plain, projected = (stac.expect(201, "POST", path + "/items", json=one).headers["Location"] for one in (item(), projected_item()))

    def write(number):
        for where in (plain, projected):
            stac.expect(204, "PATCH", where, json={"properties": {f"p{number}": number}})
        stac.expect(204, "PATCH", path, json={"summaries": {f"p{number}": [number]}})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(16)))
    for where in (plain, projected):
        properties = stac.get(where).json()["properties"]
        assert {number: properties.get(f"p{number}") for number in range(16)} == {number: number for number in range(16)}
    assert stac.get(path).json()["summaries"] == {f"p{number}": [number] for number in range(16)}
    assert stac.verify() == []


def test_whatever_meets_at_one_item_ends_well(stac):
    path = stac.add_collection()
    ids = [f"met-{number}" for number in range(3)]

    def live(seed):
        chance = random.Random(seed)
        seen = []
        for _ in range(30):
            name = chance.choice(ids)
            one = (item if chance.random() < 0.5 else projected_item)(id=name)
            where = f"{path}/items/{name}"
            method, address, body = chance.choice(
                [
                    ("POST", path + "/items", one),
                    ("PUT", where, one),
                    ("PATCH", where, {"properties": {"eo:cloud_cover": chance.randrange(100)}}),
                    ("DELETE", where, None),
                    ("POST", path + "/bulk_items?method=upsert", [one]),
                ]
            )
            seen.append((method, stac.call(method, address, json=body).status_code))
        return seen

    with ThreadPoolExecutor(8) as pool:
        seen = {answer for some in pool.map(live, range(8)) for answer in some}
    assert seen <= {
        ("POST", 201), ("POST", 409), ("POST", 200),
        ("PUT", 204), ("PUT", 404), ("PUT", 409), ("PATCH", 204), ("PATCH", 404), ("PATCH", 409),
        ("DELETE", 204), ("DELETE", 409),
    }  # fmt: skip
    assert stac.verify() == []


def test_many_add_the_same_at_once_and_one_of_them_does(stac):
    items = stac.add_collection() + "/items"
    scenes = [projected_item() for _ in range(10)]

    def add(number):
        order = scenes if number % 2 else scenes[::-1]
        return [stac.call("POST", items, "ingest", json=one).status_code for one in order]

    with ThreadPoolExecutor(6) as pool:
        statuses = [status for one in pool.map(add, range(6)) for status in one]
    assert statuses.count(201) == 10 and set(statuses) == {201, 409}
    assert stac.verify() == []


# Many


def test_a_bulk_request_tells_what_became_of_each_item(stac):
    path = stac.add_collection()
    there, fresh, projected, broken = item(), item(), projected_item(), item(assets=[])
    stac.expect(201, "POST", path + "/items", "ingest", json=there)
    bulk = path + "/bulk_items"
    report = stac.expect(207, "POST", bulk, "ingest", json=[there, fresh, broken, projected, fresh, 7]).json()
    assert [one["status"] for one in report["items"]] == ["exists", "added", "failed", "added", "exists", "failed"]
    assert [one["position"] for one in report["items"]] == list(range(6))
    assert (report["added"], report["exists"], report["updated"], report["failed"]) == (2, 2, 0, 2)
    assert "assets" in report["items"][2]["fault"] and report["items"][2]["id"] == broken["id"]
    assert report["items"][1]["dataset"] is None and "proj:epsg" in report["items"][1]["no_dataset"]
    assert uuid.UUID(report["items"][3]["dataset"])
    assert stac.get(report["items"][3]["href"]).json()["id"] == projected["id"]

    assert stac.expect(400, "POST", bulk, "ingest", json=[broken]).json()["items"][0]["status"] == "failed"
    assert stac.expect(200, "POST", bulk, "ingest", json=[there]).json()["exists"] == 1
    assert "no Item" in stac.told(400, "POST", bulk, "ingest", json=[])
    assert "no Item" in stac.told(400, "POST", bulk, "ingest", json={"type": "FeatureCollection", "features": []})
    assert "features" in stac.told(400, "POST", bulk, "ingest", json={"type": "FeatureCollection", "features": {}})
    assert "FeatureCollection" in stac.told(400, "POST", bulk, "ingest", json={"type": "Feature", "features": [item()]})
    cut = {"type": "FeatureCollection", "features": [item()]}
    assert "not valid JSON" in stac.told(400, "POST", bulk, "ingest", data=json.dumps(cut)[:-1])
    assert stac.call("GET", f"{path}/items/{cut['features'][0]['id']}").status_code == 404
    assert "method" in stac.told(400, "POST", bulk + "?method=replace", json=[there])
    assert "agdc_admin" in stac.told(403, "POST", bulk + "?method=upsert", "ingest", json=[there])
    there["properties"]["changed"] = True
    report = stac.expect(201, "POST", bulk + "?method=upsert", json=[there, item()]).json()
    assert [one["status"] for one in report["items"]] == ["updated", "added"]
    assert stac.get(f"{path}/items/{there['id']}").json()["properties"]["changed"] is True


def test_items_come_one_a_line_in_a_collection_or_by_their_id(stac):
    path = stac.add_collection()
    bulk = path + "/bulk_items"
    scenes = [item() for _ in range(4)]
    lines = [json.dumps(scenes[0]), "", "{", json.dumps(scenes[1]) + "\r", "\x1e" + json.dumps(scenes[2])]
    report = stac.expect(
        207, "POST", bulk, "ingest", data="\n".join(lines).encode(), headers={"Content-Type": "application/x-ndjson"}
    ).json()
    assert [one["status"] for one in report["items"]] == ["added", "failed", "added", "added"]
    assert "byte" in report["items"][1]["fault"]
    body = {"type": "FeatureCollection", "features": scenes}
    assert stac.expect(201, "POST", bulk, "ingest", json=body).json()["added"] == 1
    body = {"items": {one["id"]: one for one in scenes} | {"wrong key": item()}, "method": "insert"}
    report = stac.expect(207, "POST", bulk, "ingest", json=body).json()
    assert [one["status"] for one in report["items"]] == ["exists"] * 4 + ["failed"]
    body = {"items": {scenes[0]["id"]: scenes[0]}, "method": "upsert"}
    assert stac.expect(200, "POST", bulk, json=body).json()["updated"] == 1


def test_many_items_get_a_dictionary_and_stay_what_they_are(stac):
    path = stac.add_collection()
    scenes = [item(properties={"datetime": "2023-05-01T10:00:00Z", "number": number}) for number in range(300)]
    for start in range(0, 300, 100):
        stac.expect(201, "POST", path + "/bulk_items", "ingest", json=scenes[start : start + 100])
    key = "select dictionary is not null from stac.collection where id = %s"
    assert stac.database.query(key, path.split("/")[2]) == [(True,)]
    read = stac.get(path + "/items?limit=1000").json()["features"]
    assert {one["id"]: one["properties"] for one in read} == {one["id"]: one["properties"] for one in scenes}
    assert stac.verify() == []


# The other face


def dataset_of(stac, made):
    return stac.get(f"/odc/datasets/{made.headers['Hayden-Dataset']}").json()


def test_an_item_with_a_projection_is_a_dataset_of_its_collections_product(stac):
    path = stac.add_collection()
    name = path.split("/")[2].replace("-", "_")
    sent = projected_item()
    made = stac.expect(201, "POST", path + "/items", "ingest", json=sent)
    dataset = dataset_of(stac, made)
    assert dataset["product"] == name and dataset["document"]["crs"] == "epsg:32632"
    product = stac.get(f"/odc/products/{name}").json()["definition"]
    assert product["measurements"] == [
        {"name": "red", "dtype": "uint16", "nodata": 0, "units": "1"},
        {"name": "nir", "dtype": "uint16", "nodata": 0, "units": "1"},
    ]
    assert [one["uri"] for one in dataset["locations"]] == ["s3://bucket/x/"]
    # The second takes the product that is there; one without its bands is in STAC alone.
    second = projected_item()
    assert dataset_of(stac, stac.expect(201, "POST", path + "/items", "ingest", json=second))["product"] == name
    poor = projected_item()
    del poor["assets"]["nir"]
    report = stac.expect(201, "POST", path + "/bulk_items", "ingest", json=[poor]).json()["items"][0]
    assert report["dataset"] is None and "measurements that are missing: nir" in report["no_dataset"]
    assert stac.verify() == []


def test_a_changed_product_counts_for_the_next_item(stac):
    path = stac.add_collection()
    name = path.split("/")[2].replace("-", "_")
    for _ in range(2):
        assert dataset_of(stac, stac.expect(201, "POST", path + "/items", "ingest", json=projected_item()))
    definition = stac.get(f"/odc/products/{name}").json()["definition"]
    definition["measurements"].append({"name": "swir", "dtype": "uint16", "nodata": 0, "units": "1"})
    stac.expect(200, "PUT", f"/odc/products/{name}?allow-unsafe=true", "manage", json=definition)
    for _ in range(2):
        report = stac.expect(201, "POST", path + "/bulk_items", "ingest", json=[projected_item()]).json()["items"][0]
        assert report["dataset"] is None and "measurements that are missing: swir" in report["no_dataset"]


def test_a_change_of_an_item_changes_its_dataset_and_back(stac):
    path = stac.add_collection()
    sent = projected_item()
    made = stac.expect(201, "POST", path + "/items", "ingest", json=sent)
    where, url = made.headers["Location"], f"/odc/datasets/{made.headers['Hayden-Dataset']}"
    stac.expect(204, "PATCH", where, json={"properties": {"eo:cloud_cover": 12.5, "datetime": "2024-01-01T00:00:00Z"}})
    properties = stac.get(url).json()["document"]["properties"]
    assert properties["eo:cloud_cover"] == 12.5 and properties["datetime"].startswith("2024-01-01")
    assert stac.verify() == []

    # What the dataset's door changes shows in the Item, which then can be replaced again.
    document = stac.get(url).json()["document"]
    document["properties"]["eo:cloud_cover"] = 99.0
    stac.expect(200, "PUT", url + "?allow=properties", json=document)
    assert stac.get(where).json()["properties"]["eo:cloud_cover"] == 99.0
    stac.expect(204, "PUT", where, json=sent)
    assert without_links(stac.get(where).json()) == sent | {"collection": path.split("/")[2]}
    assert "eo:cloud_cover" not in stac.get(url).json()["document"]["properties"]
    assert stac.verify() == []

    # Without a projection the Item has no dataset, with one it has one again.
    alone = stac.expect(204, "PATCH", where, json={"properties": {"proj:epsg": None}})
    assert alone.headers["Hayden-Dataset"] == "none"
    stac.expect(404, "GET", url)
    assert stac.verify() == []
    again = stac.expect(204, "PATCH", where, json={"properties": {"proj:epsg": 32632}})
    assert url.endswith(again.headers["Hayden-Dataset"])
    stac.get(url)
    assert stac.verify() == []

    stac.expect(204, "DELETE", where)
    stac.expect(404, "GET", url)
    assert stac.verify() == []


def test_archived_with_its_dataset_an_item_is_out_of_sight_and_its_id_taken(stac):
    path = stac.add_collection()
    sent = projected_item()
    made = stac.expect(201, "POST", path + "/items", json=sent)
    url = f"/odc/datasets/{made.headers['Hayden-Dataset']}"
    stac.expect(200, "POST", url + "/archive")
    where = made.headers["Location"]
    for method in ("PUT", "PATCH"):
        stac.expect(404, method, where, json=sent)
    stac.expect(409, "POST", path + "/items", json=sent)
    stac.expect(200, "POST", url + "/restore")
    stac.get(where)
    assert stac.verify() == []


def test_lineage_keeps_the_source_of_a_dataset(stac):
    path = stac.add_collection()
    source = stac.expect(201, "POST", path + "/items", json=projected_item())
    source_id = source.headers["Hayden-Dataset"]
    derived = projected_item()
    derived["properties"]["odc:lineage"] = {"level1": [source_id], "unknown": [str(uuid.uuid4())]}
    made = stac.expect(201, "POST", path + "/items", json=derived)
    edges = stac.get(f"/odc/datasets/{made.headers['Hayden-Dataset']}/lineage").json()["sources"]
    assert [(one["classifier"], one["source"]) for one in edges] == [("level1", source_id)]
    where = source.headers["Location"]
    assert made.headers["Hayden-Dataset"] in stac.told(409, "DELETE", where)
    assert "derived" in stac.told(409, "PATCH", where, json={"properties": {"proj:epsg": None}})
    stac.expect(204, "PATCH", made.headers["Location"], json={"properties": {"odc:lineage": None}})
    stac.expect(204, "DELETE", where)
    assert stac.verify() == []


def test_the_real_client_finds_what_stac_added(stac, datacube):
    path = stac.add_collection()
    made = stac.expect(201, "POST", path + "/items", "ingest", json=projected_item())
    product = path.split("/")[2].replace("-", "_")
    query = {"product": product, "time": "2023-05-01", "lat": [50.0, 51.0], "lon": [8.5, 9.5]}
    (found,) = datacube.find([query], login=stac.database.reader_url)
    assert set(found) == {made.headers["Hayden-Dataset"]}


# Collections


def test_a_collection_is_added_replaced_patched_and_deleted(stac):
    sent = collection(title="First", summaries={"big": [12345678901234567890123]}, keywords=[])
    made = stac.expect(201, "POST", "/collections", "manage", json=sent)
    where = made.headers["Location"]
    assert where == f"{stac.url}/collections/{sent['id']}"
    read = stac.get(where)
    assert read.content == made.content and read.headers["ETag"] == made.headers["ETag"]
    assert without_links(read.json()) == sent | {"itemType": "feature"}
    assert sent["id"] in stac.told(409, "POST", "/collections", "manage", json=sent)
    assert "id: is" in stac.told(400, "PUT", where, "manage", json=collection())
    stac.expect(204, "PUT", where, "manage", json=sent | {"title": "Second"})
    changed = stac.expect(204, "PATCH", where, "manage", json={"title": None, "description": "Third"}, headers=PATCH)
    read = stac.get(where)
    assert read.headers["ETag"] == changed.headers["ETag"]
    assert "title" not in read.json() and read.json()["description"] == "Third"

    stac.expect(201, "POST", where + "/items", json=projected_item(id="one"))
    assert "Items" in stac.told(409, "DELETE", where, "manage")
    stac.expect(204, "DELETE", where + "/items/one")
    product = f"/odc/products/{sent['id'].replace('-', '_')}"
    stac.get(product)
    stac.expect(204, "DELETE", where, "manage")
    for gone in (where, product):
        stac.expect(404, "GET", gone)
    for method in ("PUT", "PATCH", "DELETE"):
        assert "no collection" in stac.told(404, method, where, "manage", json=sent)
    assert stac.verify() == []


def test_every_fault_of_a_collection_is_named(stac):
    broken = collection(type="Catalog", stac_version="0.9.0", id="", description="", license=7, title=1, summaries=[],
                        links=[{"href": "x"}], extent={"spatial": {"bbox": [[1, 2]]}, "temporal": {"interval": [["now", None]]}})  # fmt: skip
    told = stac.told(400, "POST", "/collections", "manage", json=broken)
    for word in ("type", "stac_version", "id", "description", "license", "title", "summaries", "links",
                 "extent.spatial.bbox[0]", "extent.temporal.interval[0]"):  # fmt: skip
        assert word + ":" in told, word
    for extent in (None, {}, {"spatial": {"bbox": []}, "temporal": {"interval": []}}):
        assert "extent" in stac.told(400, "POST", "/collections", "manage", json=collection(extent=extent))


def test_the_collection_of_a_product_stays_as_it_was_replaced_and_goes_with_the_product(stac):
    from eo3_documents import product

    name = f"ls_{uuid.uuid4().hex[:8]}"
    stac.expect(201, "POST", "/odc/products", json=product(name, "eo3"))
    path = f"/collections/{name}"
    assert "delete the product" in stac.told(409, "DELETE", path, "manage")
    stac.expect(204, "PATCH", path, "manage", json={"title": "Mine"})
    stac.expect(200, "PUT", f"/odc/products/{name}", json=product(name, "eo3") | {"description": "other"})
    assert stac.get(path).json()["title"] == "Mine"
    assert stac.verify() == []
    stac.expect(204, "DELETE", path, "manage")
    stac.expect(404, "GET", f"/odc/products/{name}")


# Who may


def test_the_database_itself_lets_in_only_whom_the_ladder_does(stac):
    let_in = {
        "select stac.enter_collection('x')": "ingest",
        "select stac.enter_collection('x', '{}', '{}')": "ingest",
        "select * from stac.lock_item('x', 'x')": "admin",
        "select * from stac.lock_collection('x')": "manage",
        "select stac.manage_collections()": "manage",
        "select stac.add_items('[]')": "admin",
        "select stac.replace_item('{}')": "admin",
        "select stac.remove_item(0, 'x')": "admin",
        "select stac.remove_collection(0)": "admin",
        "select hayden.settle_datasets('{}')": "admin",
        "select stac.summaries_due()": "admin",
        "select stac.summarize(0, '{}', '{}')": "admin",
        "delete from stac.item": None,
        "update stac.collection set id = id": None,
    }
    for role in ROLES:
        with contextlib.closing(psycopg2.connect(stac.database.login(f"agdc_{role}"))) as connection:
            for statement, least in let_in.items():
                with connection.cursor() as cursor:
                    try:
                        cursor.execute(statement)
                        may = True
                    except psycopg2.errors.InsufficientPrivilege:
                        may = False
                connection.rollback()
                assert may == (least is not None and ROLES.index(role) >= ROLES.index(least)), (role, statement)


def test_too_low_a_role_hears_what_it_needs(stac):
    path = stac.add_collection()
    where = stac.expect(201, "POST", path + "/items", json=item()).headers["Location"]
    for method, target, least in (("POST", path + "/items", 1), ("POST", path + "/bulk_items", 1), ("PUT", where, 3),
                                  ("PATCH", where, 3), ("DELETE", where, 3), ("POST", "/collections", 2),
                                  ("PUT", path, 2), ("PATCH", path, 2), ("DELETE", path, 2)):  # fmt: skip
        assert requests.request(method, stac.url + target.removeprefix(stac.url), json={}, timeout=30).status_code == 401
        for role in ROLES[:least]:
            assert f"agdc_{ROLES[least]}" in stac.told(403, method, target, role, json={})


# Both together


def test_a_mixed_workload_leaves_both_faces_the_same(stac, datacube_bin, tmp_path):
    path = stac.add_collection()
    scenes = [projected_item() if number % 3 else item() for number in range(30)]

    def live(number):
        scene = scenes[number]
        where = stac.expect(201, "POST", path + "/items", "ingest", json=scene).headers["Location"]
        for cover in range(3):
            stac.expect(204, "PATCH", where, json={"properties": {"eo:cloud_cover": cover}})
        made = stac.expect(204, "PUT", where, json=scene).headers["Hayden-Dataset"]
        if made != "none" and number % 2:
            stac.expect(200, "POST", f"/odc/datasets/{made}/archive")
        elif number % 5 == 0:
            stac.expect(204, "DELETE", where)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(live, range(30)))
    environment = {"DATACUBE_DB_URL": stac.database.login("agdc_admin"), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    ids = [row[0] for row in stac.database.query(
        "select d.id::text from agdc.dataset d join stac.item i on i.dataset_id = d.id join stac.collection c"
        " on c.key = i.collection where c.id = %s order by 1 limit 4", path.split("/")[2])]  # fmt: skip
    for action, some in (("archive", ids[:2]), ("restore", ids[2:])):
        done = subprocess.run([datacube_bin, "dataset", action, *some], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert stac.verify() == []
    assert stac.database.query("select count(*) from hayden.projection_error") == [(0,)]


def test_stac_api_validator_has_nothing_to_say_of_transactions(stac, validator_command):
    from schemas_offline import is_available

    if not is_available():
        pytest.skip("the JSON Schemas are not here and no test uses the network: set HAYDEN_SCHEMAS")
    name = stac.add_collection().split("/")[2]
    done = subprocess.run(
        [*validator_command, "--root-url", stac.url, "--conformance", "core", "--conformance", "transaction",
         "--transaction-collection", name, "--auth-bearer-token", stac.tokens["admin"]],
        capture_output=True, text=True, timeout=600, cwd=sys.path[0] if sys.path[0].endswith("e2e") else None,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert "Errors: none" in said.splitlines(), said
    assert "Failed." not in said, said

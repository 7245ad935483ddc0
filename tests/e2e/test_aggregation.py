"""Aggregations are what one gets by counting the Items of the search oneself (STAC API Aggregation 0.3.0)."""

import collections
import datetime as dt
import json
import math
import random

import pytest
import requests
from shapely import transform
from shapely.geometry import MultiPolygon, box, mapping, shape

FRAME = b"\x28\xb5\x2f\xfd\xa0"
EXTENSION = "https://api.stacspec.org/v0.3.0/aggregation"
BASE32 = "0123456789bcdefghjkmnpqrstuvwxyz"
GRIDS = ("centroid_geohash_grid", "grid_geohash", "centroid_geotile_grid", "grid_geotile")
LARGEST_LATITUDE = 85.0511287798066


# --- the same, independently ------------------------------------------------------------------------------------


def geohash(longitude, latitude, length):
    ranges = [[-180.0, 180.0], [-90.0, 90.0]]
    bits = ""
    for i in range(5 * length):
        one = ranges[i % 2]
        middle = sum(one) / 2
        upper = (longitude, latitude)[i % 2] >= middle
        one[0 if upper else 1] = middle
        bits += "1" if upper else "0"
    return "".join(BASE32[int(bits[i : i + 5], 2)] for i in range(0, len(bits), 5))


def geotile(longitude, latitude, zoom):
    tiles = 2**zoom
    latitude = max(-LARGEST_LATITUDE, min(LARGEST_LATITUDE, latitude))
    x = math.floor((longitude + 180) / 360 * tiles)
    y = math.floor((1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * tiles)
    return "/".join(str(value) for value in (zoom, min(x, tiles - 1), max(0, min(y, tiles - 1))))


def middle(item):
    if item["geometry"] is None:
        return None
    footprint = shape(item["geometry"])
    if isinstance(footprint, MultiPolygon):  # here only those split at the antimeridian are
        footprint = transform(footprint, lambda points: [(x + 360 if x < 0 else x, y) for x, y in points])
    point = footprint.centroid
    return (point.x - 360 if point.x > 180 else point.x), point.y


def begin_of(when, interval):
    when = dt.datetime.fromisoformat(when.replace("Z", "+00:00"))
    when = when.replace(microsecond=0)
    if interval == "second":
        return when
    when = when.replace(second=0)
    if interval == "minute":
        return when
    when = when.replace(minute=0)
    if interval == "hour":
        return when
    when = when.replace(hour=0)
    if interval == "day":
        return when
    if interval == "week":
        return when - dt.timedelta(days=when.weekday())
    month = {"month": when.month, "quarter": (when.month - 1) // 3 * 3 + 1, "year": 1}[interval]
    return when.replace(day=1, month=month)


def time_of(item):
    return item["properties"]["datetime"] or item["properties"]["start_datetime"]


def counted(keys):
    return dict(collections.Counter(key for key in keys if key is not None))


def cloud_range(item):
    cover = item["properties"].get("eo:cloud_cover")
    if not isinstance(cover, (int, float)):
        return None
    return next(name for name, to in (("*-5.0", 5), ("5.0-15.0", 15), ("15.0-40.0", 40), ("40.0-*", math.inf)) if cover < to)


def text_of(item, name):
    value = item["properties"].get(name)
    return value if isinstance(value, str) else None


# --- the Items ---------------------------------------------------------------------------------------------------


def make_items():
    random.seed(20)
    items = []
    for number in range(400):
        properties = {"datetime": f"{random.randint(2018, 2021)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}T"}
        properties["datetime"] += f"{random.randint(0, 23):02}:{random.randint(0, 59):02}:{random.randint(0, 59):02}.123456Z"
        if number % 9 == 0:
            start = properties["datetime"]
            properties |= {"datetime": None, "start_datetime": start, "end_datetime": "2022-01-01T00:00:00Z"}
        cover = random.choice([0, 4.99, 5, 15, 39.9, 40, 100, None, "cloudy"])
        properties |= {} if cover is None else {"eo:cloud_cover": cover}
        platform = random.choice(["landsat-8", "landsat-9", "Sentinel-2a", None, 7])
        properties |= {} if platform is None else {"platform": platform}
        properties["grid:code"] = f"WRS2-{number % 5:03}"
        west, south = random.uniform(-180, 170), random.uniform(-90, 80)
        width, height = random.uniform(0.1, 10), random.uniform(0.1, 10)
        geometry = mapping(box(west, south, west + width, south + height))
        if number % 7 == 0:
            geometry = None
        elif number % 5 == 0:  # across the antimeridian
            east = random.uniform(0.1, 9)
            halves = [box(180 - width, south, 180, south + height), box(-180, south, -180 + east, south + height)]
            geometry = mapping(MultiPolygon(halves))
        items.append({"type": "Feature", "id": f"item-{number}", "collection": "abc"[number % 3], "geometry": geometry,
                      "properties": properties, "links": [], "assets": {}})  # fmt: skip
    # Ends of the earth, its whole, and what is wide but crosses no antimeridian.
    for number, wide in enumerate([box(-180, -90, 180, 90), box(-100, 0, 100, 10), box(170, 80, 180, 90)]):
        items.append({"type": "Feature", "id": f"wide-{number}", "collection": "a", "geometry": mapping(wide),
                      "properties": {"datetime": "2020-02-29T00:00:00Z"}, "links": [], "assets": {}})  # fmt: skip
    return items


def store(database, items):
    for name in sorted({item["collection"] for item in items}):
        text = json.dumps({"type": "Collection", "stac_version": "1.0.0", "id": name, "description": "", "license": "other",
                           "extent": {"spatial": {"bbox": [[-180, -90, 180, 90]]},
                                      "temporal": {"interval": [["2000-01-01T00:00:00Z", None]]}}, "links": []})  # fmt: skip
        database.query("select stac.ensure_collection(%s, %s, md5(%s))", name, text, text)
    for item in items:
        text = json.dumps(item, separators=(",", ":")).encode()
        frame = FRAME + len(text).to_bytes(4, "little") + (len(text) << 3 | 1).to_bytes(3, "little") + text
        database.query(
            "insert into stac.item (collection, id, origin, geometry, datetime, end_datetime, properties, content, links_at, "
            "etag) select key, %s, 'stac', st_geomfromgeojson(%s), %s, %s, %s, %s, %s, %s from stac.collection where id = %s",
            *(item["id"], item["geometry"] and json.dumps(item["geometry"]), time_of(item)),
            *(item["properties"].get("end_datetime", time_of(item)), json.dumps(item["properties"]), frame),
            *(text.index(b'"links":[') + 9, item["id"], item["collection"]),
        )


@pytest.fixture(scope="module")
def server(module_database, folder):
    from conftest import Server

    store(module_database, make_items())
    server = Server(folder, module_database)
    yield server
    server.stop()


def answer(response):
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "application/json"
    body = response.json()
    assert body["type"] == "AggregationCollection"
    return {one["name"]: one for one in body["aggregations"]}


def get(server, path="/aggregate", **parameters):
    return answer(requests.get(server.url + path, params=parameters, timeout=60))


def post(server, body, path="/aggregate"):
    return answer(requests.post(server.url + path, json=body, timeout=60))


def buckets(aggregation):
    found = {one["key"]: one["frequency"] for one in aggregation["buckets"]}
    assert len(found) == len(aggregation["buckets"])
    kind = aggregation["frequency_distribution_data_type"]
    assert all(one["data_type"] == kind for one in aggregation["buckets"])
    assert aggregation["data_type"] == "frequency_distribution"
    return found


def everything(interval, geohash_length, zoom):
    parameters = {"datetime_frequency_interval": interval}
    for grid in GRIDS:
        parameters[f"{grid}_frequency_precision"] = geohash_length if "geohash" in grid else zoom
    return parameters


def check(found, items, interval="month", geohash_length=1, zoom=0):
    """Whether all aggregations are those of these Items."""
    assert found["total_count"] == {"name": "total_count", "data_type": "integer", "value": len(items)}
    times = sorted(dt.datetime.fromisoformat(time_of(item).replace("Z", "+00:00")) for item in items)
    for name, expected in (("datetime_min", times[:1]), ("datetime_max", times[-1:])):
        value = found[name]["value"]
        assert [dt.datetime.fromisoformat(value.replace("Z", "+00:00"))] if value else [] == expected
        assert found[name]["data_type"] == "datetime"
    middles = [middle(item) for item in items]
    expected = {
        "collection_frequency": counted(item["collection"] for item in items),
        "platform_frequency": counted(text_of(item, "platform") for item in items),
        "grid_code_frequency": counted(text_of(item, "grid:code") for item in items),
        "datetime_frequency": counted(begin_of(time_of(item), interval).strftime("%Y-%m-%dT%H:%M:%SZ") for item in items),
        "cloud_cover_frequency": {name: 0 for name in ("*-5.0", "5.0-15.0", "15.0-40.0", "40.0-*")}
        | counted(cloud_range(item) for item in items),
    }
    for grid in GRIDS:
        cell, precision = (geohash, geohash_length) if "geohash" in grid else (geotile, zoom)
        expected[f"{grid}_frequency"] = counted(point and cell(*point, precision) for point in middles)
    assert set(found) == set(expected) | {"total_count", "datetime_min", "datetime_max"}
    for name, frequencies in expected.items():
        assert buckets(found[name]) == frequencies, name
        assert found[name]["overflow"] == len(items) - sum(frequencies.values()), name


def names(server, path="/aggregations"):
    return list(answer(requests.get(server.url + path, timeout=30)))


# --- the tests ---------------------------------------------------------------------------------------------------


def test_links_lead_to_them(server):
    landing = requests.get(server.url, timeout=30).json()
    assert {EXTENSION, EXTENSION + "#query", EXTENSION + "#filter"} <= set(landing["conformsTo"])
    collection = requests.get(server.url + "/collections/a", timeout=30).json()
    for document, base in ((landing, server.url), (collection, server.url + "/collections/a")):
        links = [link for link in document["links"] if link["rel"] in ("aggregate", "aggregations")]
        found = [(link["rel"], link["href"], link.get("method")) for link in links]
        assert found == [
            ("aggregate", base + "/aggregate", "GET"),
            ("aggregate", base + "/aggregate", "POST"),
            ("aggregations", base + "/aggregations", None),
        ]
        available = answer(requests.get(base + "/aggregations", timeout=30))
        assert {"total_count", "datetime_min", "datetime_max", "datetime_frequency", "collection_frequency"} <= set(available)
        body = requests.get(base + "/aggregate", params={"aggregations": ",".join(available)}, timeout=30).json()
        shared = ("name", "data_type", "frequency_distribution_data_type")
        given = [{name: one[name] for name in shared if name in one} for one in body["aggregations"]]
        assert given == list(available.values())
        assert {link["rel"]: link["href"] for link in body["links"]}["root"] == server.url + "/"


@pytest.mark.parametrize("interval", ["year", "quarter", "month", "week", "day", "hour", "minute", "second"])
def test_all_items(server, interval):
    zoom = {"year": 0, "quarter": 1, "month": 2, "week": 4, "day": 8, "hour": 12, "minute": 20, "second": 29}[interval]
    length = {"year": 1, "quarter": 2, "month": 3, "week": 4, "day": 5, "hour": 6, "minute": 8, "second": 10}[interval]
    asked = {"aggregations": names(server)} | everything(interval, length, zoom)
    found = post(server, asked)
    check(found, make_items(), interval, length, zoom)
    assert get(server, **asked | {"aggregations": ",".join(asked["aggregations"])}) == found


def test_all_that_a_search_can_ask_for(server):
    items = {(item["collection"], item["id"]): item for item in make_items()}
    square = {"type": "Polygon", "coordinates": [[[-60, -60], [60, -60], [60, 60], [-60, 60], [-60, -60]]]}
    cloudy = {"op": ">", "args": [{"property": "eo:cloud_cover"}, 4]}
    for search in (
        {"collections": ["a", "c"]},
        {"collections": "b", "ids": ["item-1", "item-2", "item-4"]},
        {"collections": ["none"]},
        {"bbox": [160, -40, -160, 40]},
        {"intersects": square, "datetime": "2019-03-01T00:00:00Z/2020-03-01T00:00:00Z"},
        {"query": {"platform": {"in": ["landsat-8", "landsat-9"]}}},
        {"filter": cloudy, "query": {"platform": {"eq": "landsat-8"}}, "bbox": [-180, -90, 180, 90]},
        {"filter": "eo:cloud_cover > 4 AND S_INTERSECTS(geometry, BBOX(0,0,90,90))", "datetime": "../2020-01-01T00:00:00Z"},
        {"q": ["sentinel"]},
    ):
        page = requests.post(server.url + "/search", json=search | {"limit": 10000}, timeout=60).json()
        matching = [items[item["collection"], item["id"]] for item in page["features"]]
        assert ("none" in search.get("collections", "")) == (not matching)
        check(post(server, search | {"aggregations": names(server)}), matching)
        for collection in "ab":
            path = f"/collections/{collection}/aggregate"
            of_it = [item for item in items.values() if item["collection"] == collection]
            if "collections" not in search:
                of_it = [item for item in of_it if item in matching]
                check(post(server, search | {"aggregations": names(server)}, path), of_it)
    found = get(server, "/collections/b/aggregate", aggregations="total_count", filter="eo:cloud_cover > 4", collections="a")
    assert found["total_count"]["value"] == len(
        [item for item in items.values() if item["collection"] == "b" and (cloud_range(item) or "*-5.0") != "*-5.0"]
    ) + len([i for i in items.values() if i["collection"] == "b" and i["properties"].get("eo:cloud_cover") == 4.99])


def test_buckets_come_in_an_order_of_use(server):
    found = get(server, aggregations="datetime_frequency,platform_frequency,cloud_cover_frequency")
    keys = [one["key"] for one in found["datetime_frequency"]["buckets"]]
    assert keys == sorted(keys)
    frequencies = [one["frequency"] for one in found["platform_frequency"]["buckets"]]
    assert frequencies == sorted(frequencies, reverse=True)
    ranges = [(one.get("from"), one.get("to")) for one in found["cloud_cover_frequency"]["buckets"]]
    assert ranges == [(None, 5), (5, 15), (15, 40), (40, None)]


def test_only_what_is_asked_for_is_given(server):
    assert get(server) == {} and post(server, {}) == {} and get(server, aggregations="") == {}
    assert list(get(server, aggregations="datetime_max,total_count")) == ["datetime_max", "total_count"]
    found = get(server, aggregations="datetime_min,datetime_max,collection_frequency", ids="none")
    assert found["datetime_min"]["value"] is None and found["collection_frequency"]["buckets"] == []


def test_archived_items_are_not_counted(fresh_database, start_api):
    store(fresh_database, make_items()[:9])
    server = start_api(database=fresh_database)
    assert get(server, aggregations="total_count")["total_count"]["value"] == 9
    fresh_database.query("update stac.item set archived = now() where id = 'item-3'")
    assert get(server, aggregations="total_count")["total_count"]["value"] == 8


def test_more_than_ten_thousand_buckets_overflow(fresh_database, start_api):
    store(fresh_database, make_items()[:1])
    fresh_database.query(
        "insert into stac.item (collection, id, origin, datetime, end_datetime, properties, content, links_at, etag) "
        "select i.collection, 'n-' || n, 'stac', t, t, i.properties, i.content, i.links_at, 'n' from stac.item i, "
        "generate_series(0, 10499) n, lateral (select timestamptz '2010-01-01Z' + mod(n, 10400) * interval '1 s' as t) times"
    )
    server = start_api(database=fresh_database)
    found = get(server, aggregations="datetime_frequency,total_count", datetime_frequency_interval="second")
    assert found["total_count"]["value"] == 10_501
    # Those with two Items come before those with one.
    assert len(found["datetime_frequency"]["buckets"]) == 10_000
    assert sum(buckets(found["datetime_frequency"]).values()) == 10_100
    assert found["datetime_frequency"]["overflow"] == 401


def test_mistakes_are_named_at_once(server):
    text = "aggregations=total,total_count&grid_geohash_frequency_precision=13&datetime_frequency_interval=eon&bbox=1&filter=a="
    response = requests.get(f"{server.url}/aggregate?{text}", timeout=30)
    assert response.status_code == 400 and response.json()["code"] == "InvalidParameterValue"
    for part in ("aggregations: 'total'", "grid_geohash_frequency_precision: ", "datetime_frequency_interval: ", "bbox: ", "filter, "):
        assert part in response.json()["description"]
    body = {"aggregations": 5, "centroid_geotile_grid_frequency_precision": "x", "limit": 0, "query": {"a": {"b": 1}}}
    response = requests.post(f"{server.url}/collections/a/aggregate", json=body, timeout=30)
    assert response.status_code == 400
    for part in ("aggregations: ", "centroid_geotile_grid_frequency_precision: ", "limit: ", "query/a/b: "):
        assert part in response.json()["description"]
    for method, path in (("GET", "aggregate"), ("POST", "aggregate"), ("GET", "aggregations")):
        url = f"{server.url}/collections/none/{path}"
        response = requests.request(method, url, params={"aggregations": "total_count"}, json={}, timeout=30)
        assert response.status_code == 404 and response.json()["code"] == "NotFound"
    response = requests.post(server.url + "/aggregate", data="a=b", headers={"Content-Type": "text/plain"}, timeout=30)
    assert response.status_code == 415


def test_what_takes_too_long_is_a_503_that_says_so(fresh_database, start_api):
    store(fresh_database, make_items()[:1])
    fresh_database.query(
        "create or replace function stac.number_of(value jsonb) returns numeric language sql as 'select pg_sleep(60)::text::numeric'"
    )
    slow = start_api(database=fresh_database, statement_timeout=1)
    response = requests.get(slow.url + "/aggregate?aggregations=cloud_cover_frequency", timeout=30)
    assert response.status_code == 503 and response.json()["code"] == "QueryTimeout", response.text
    assert int(response.headers["Retry-After"]) > 0


def test_an_answer_that_is_known_is_not_sent_again(server):
    url = server.url + "/aggregate?aggregations=total_count"
    etag = requests.get(url, timeout=30).headers["ETag"]
    assert requests.get(url, headers={"If-None-Match": etag}, timeout=30).status_code == 304

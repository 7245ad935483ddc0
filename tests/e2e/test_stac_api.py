"""What the STAC API answers over HTTP, request by request: parameters, media types, headers, errors."""

import gzip
import json
import socket
import subprocess
import zlib

import pytest
import requests

pytestmark = pytest.mark.usefixtures("described")

LANDSAT = "landsat-c2-l2"
GEOJSON = "application/geo+json"


def get(api, path, expect=200, **options):
    response = requests.get(api.url + path, timeout=30, **options)
    assert response.status_code == expect, response.text
    return response


def post(api, body, expect=200, **options):
    response = requests.post(api.url + "/search", json=body, timeout=30, **options)
    assert response.status_code == expect, response.text
    return response


def search(api, **parameters):
    """The ids a search finds, by GET and by POST, which must agree."""
    query = {
        name: json.dumps(value) if name == "intersects" else ",".join(map(str, value)) if isinstance(value, list) else value
        for name, value in parameters.items()
    }
    found = get(api, "/search", params=query).json()
    posted = post(api, parameters).json()
    ids = [feature["id"] for feature in found["features"]]
    assert ids == [feature["id"] for feature in posted["features"]]
    assert found["numberMatched"] == posted["numberMatched"]
    assert found["numberReturned"] == len(ids)
    return ids


def assert_mistake(response, *words):
    assert response.status_code == 400, response.text
    assert response.headers["Content-Type"] == "application/json"
    body = response.json()
    assert set(body) == {"code", "description"}
    for word in words:
        assert word in body["description"], body


@pytest.fixture(scope="module")
def items(api):
    features = get(api, "/search", params={"limit": 10000}).json()["features"]
    assert len(features) >= 20
    return features


@pytest.fixture(scope="module")
def item(items):
    return items[len(items) // 2]


def box_around(item, margin=0.01):
    west, south, east, north = item["bbox"]
    return [west - margin, south - margin, east + margin, north + margin]


# --- landing page and collections ------------------------------------------------------------------------------


def links_of(document, rel):
    return [link for link in document["links"] if link["rel"] == rel]


def test_landing_page_has_every_link_that_clients_look_for(api):
    landing = get(api, "/").json()
    assert landing["type"] == "Catalog" and landing["stac_version"] == "1.0.0"
    for rel in ("self", "root"):
        (link,) = links_of(landing, rel)
        assert link["href"] == api.url + "/" and link["type"] == "application/json"
    searches = links_of(landing, "search")
    assert [link["method"] for link in searches] == ["GET", "POST"]
    assert {(link["href"], link["type"]) for link in searches} == {(api.url + "/search", GEOJSON)}
    assert links_of(landing, "data")[0]["href"] == api.url + "/collections"
    assert links_of(landing, "conformance")[0]["href"] == api.url + "/conformance"
    for rel in ("service-desc", "service-doc", "http://www.opengis.net/def/rel/ogc/1.0/queryables"):
        (link,) = links_of(landing, rel)
        assert requests.get(link["href"], timeout=30).headers["Content-Type"] == link["type"]
    collections = get(api, "/collections").json()["collections"]
    assert {link["title"] for link in links_of(landing, "child")} == {one["title"] for one in collections}


def test_landing_page_does_not_promise_what_the_service_cannot_do(api):
    classes = get(api, "/").json()["conformsTo"]
    assert classes == get(api, "/conformance").json()["conformsTo"]
    assert "https://api.stacspec.org/v1.0.0/item-search#sort" in classes
    assert not [name for name in classes if "advanced-free-text" in name]


def test_collections_come_with_links_and_counts(api):
    page = get(api, "/collections").json()
    assert page["numberMatched"] == page["numberReturned"] == len(page["collections"])
    assert links_of(page, "self")[0]["href"] == api.url + "/collections"
    for collection in page["collections"]:
        url = f"{api.url}/collections/{collection['id']}"
        assert links_of(collection, "self")[0]["href"] == url
        assert links_of(collection, "items") == [
            {"rel": "items", "type": GEOJSON, "href": url + "/items", "title": "Items"}
        ]
        assert collection["itemType"] == "feature"
        assert requests.get(url, timeout=30).json() == collection


def test_collections_are_paged(api):
    everything = [one["id"] for one in get(api, "/collections").json()["collections"]]
    assert everything == sorted(everything) and len(everything) >= 2
    page, walked = get(api, "/collections", params={"limit": 1}).json(), []
    while True:
        walked += [one["id"] for one in page["collections"]]
        following = links_of(page, "next")
        if not following:
            break
        page = requests.get(following[0]["href"], timeout=30).json()
    assert walked == everything
    assert links_of(page, "prev")
    get(api, "/collections", params={"limit": 0}, expect=400)
    get(api, "/collections", params={"token": "nonsense"}, expect=400)


@pytest.mark.parametrize("path", ["", "/items", "/items/x", "/queryables"])
def test_unknown_collection_is_not_found(api, path):
    response = get(api, "/collections/no-such-collection" + path, expect=404)
    assert response.headers["Content-Type"] == "application/json"
    assert "no-such-collection" in response.json()["description"]


def test_unknown_item_is_not_found(api):
    assert "no-such-item" in get(api, f"/collections/{LANDSAT}/items/no-such-item", expect=404).json()["description"]


def test_unknown_collections_and_ids_match_nothing_in_a_search(api):
    assert search(api, collections=["no-such-collection"]) == []
    assert search(api, ids=["no-such-item"]) == []


def test_queryables_are_a_json_schema(api):
    for path in ("/queryables", f"/collections/{LANDSAT}/queryables"):
        response = get(api, path)
        assert response.headers["Content-Type"] == "application/schema+json"
        assert response.json()["$id"] == api.url + path
        assert {"id", "collection", "geometry", "datetime"} <= set(response.json()["properties"])


# --- items -----------------------------------------------------------------------------------------------------


def test_item_is_the_same_wherever_it_is_read(api, item):
    url = links_of(item, "self")[0]["href"]
    response = requests.get(url, timeout=30)
    assert response.headers["Content-Type"] == GEOJSON
    assert response.json() == item
    assert url == f"{api.url}/collections/{item['collection']}/items/{item['id']}"
    collection = f"{api.url}/collections/{item['collection']}"
    assert links_of(item, "collection")[0]["href"] == collection
    assert links_of(item, "parent")[0]["href"] == collection
    assert links_of(item, "root")[0]["href"] == api.url + "/"


def test_items_of_a_collection_take_the_parameters_of_search(api, item):
    path = f"/collections/{item['collection']}/items"
    parameters = {"bbox": ",".join(map(str, box_around(item))), "datetime": item["properties"]["datetime"]}
    page = get(api, path, params=parameters).json()
    assert item["id"] in [feature["id"] for feature in page["features"]]
    assert {feature["collection"] for feature in page["features"]} == {item["collection"]}
    assert links_of(page, "collection")[0]["href"] == f"{api.url}/collections/{item['collection']}"
    assert_mistake(requests.get(api.url + path, params={"limit": "-1"}, timeout=30), "limit")


def test_items_self_link_is_the_address_that_was_asked(api):
    path = f"/collections/{LANDSAT}/items"
    for query in ("", "?limit=2", "?limit=2&datetime=../2030-01-01T00:00:00Z"):
        assert links_of(get(api, path + query).json(), "self")[0]["href"] == api.url + path + query


def test_items_keep_to_their_collection_whatever_the_query_says(api):
    page = get(api, f"/collections/{LANDSAT}/items", params={"collections": "landsat-c2-l1"}).json()
    assert {feature["collection"] for feature in page["features"]} == {LANDSAT}


# --- limit -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 2, 10, 10000, 100000, 1000000, 10**30])
def test_any_positive_limit_is_served(api, items, limit):
    for page in (get(api, "/search", params={"limit": limit}).json(), post(api, {"limit": min(limit, 10**18)}).json()):
        assert page["numberReturned"] == len(page["features"]) == min(limit, len(items))
        assert page["numberMatched"] == len(items)
        assert "numberMatchedEstimated" not in page


@pytest.mark.parametrize("limit", ["0", "-1", "abc", "1.5", "1e2", " 5", "5 ", "0x10", "+5"])
def test_limit_that_is_no_positive_whole_number_is_a_mistake(api, limit):
    assert_mistake(requests.get(api.url + "/search", params={"limit": limit}, timeout=30), "limit")


@pytest.mark.parametrize("limit", [0, -1, "10", 1.5, True, [], {}])
def test_limit_in_a_body_must_be_a_positive_whole_number(api, limit):
    assert_mistake(requests.post(api.url + "/search", json={"limit": limit}, timeout=30), "limit")


def test_limit_is_ten_unless_said(api):
    assert len(get(api, "/search").json()["features"]) == 10
    assert len(post(api, {}).json()["features"]) == 10


# --- bbox and intersects ---------------------------------------------------------------------------------------


def test_bbox_finds_what_it_touches_and_nothing_else(api, items, item):
    west, south, east, north = item["bbox"]
    found = search(api, bbox=item["bbox"], limit=10000)
    for other in items:
        w, s, e, n = other["bbox"]
        if w > east or e < west or s > north or n < south:
            assert other["id"] not in found
    assert item["id"] in found
    assert search(api, bbox=[west, south, -10000, east, north, 10000], limit=10000) == found


def test_bbox_may_cross_the_antimeridian(api, items):
    west_of_america = [170, 30, -100, 60]
    assert len(search(api, bbox=west_of_america, limit=10000)) == sum(
        1 for one in items if one["bbox"][0] < -100 and one["bbox"][1] < 60 and one["bbox"][3] > 30
    )
    assert search(api, bbox=[-100, 30, 170, 60], limit=10000) == [
        one["id"] for one in items if one["bbox"][2] > -100 and one["bbox"][1] < 60 and one["bbox"][3] > 30
    ]


@pytest.mark.parametrize(
    "bbox",
    [
        *("1", "1,2", "1,2,3", "1,2,3,4,5", "1,2,3,4,5,6,7"),
        *("[1,2,3,4]", "a,b,c,d", "1,2,3,", ",,,", "1 2 3 4", "nan,0,1,1", "0,0,inf,1", "0x1,0,1,1"),
        *("0,10,1,5", "-181,0,1,1", "0,-91,1,1", "0,0,10,1,1,5"),
    ],
)
def test_bbox_that_is_none_is_a_mistake(api, bbox):
    assert_mistake(requests.get(api.url + "/search", params={"bbox": bbox}, timeout=30), "bbox")


@pytest.mark.parametrize("bbox", ["1,2,3,4", [1], [1, 2, 3, 4, 5], ["1", "2", "3", "4"], [0, 10, 1, 5], {}, [None] * 4])
def test_bbox_in_a_body_must_be_an_array_of_numbers(api, bbox):
    assert_mistake(requests.post(api.url + "/search", json={"bbox": bbox}, timeout=30), "bbox")


def rings(item):
    geometry = item["geometry"]
    return geometry["coordinates"] if geometry["type"] == "Polygon" else geometry["coordinates"][0]


def shapes(item):
    """The seven types of GeoJSON geometries, each touching the item."""
    ring = rings(item)[0]
    west, south, east, north = item["bbox"]
    middle = [(west + east) / 2, (south + north) / 2]
    square = [[[west, south], [east, south], [east, north], [west, north], [west, south]]]
    point = {"type": "Point", "coordinates": middle}
    line = {"type": "LineString", "coordinates": [ring[0], middle]}
    return [
        point,
        {"type": "MultiPoint", "coordinates": [middle, [0, 0]]},
        line,
        {"type": "MultiLineString", "coordinates": [line["coordinates"], [[0, 0], [1, 1]]]},
        {"type": "Polygon", "coordinates": square},
        {"type": "MultiPolygon", "coordinates": [square, [[[0, 0], [1, 0], [1, 1], [0, 0]]]]},
        {"type": "GeometryCollection", "geometries": [point, line]},
        {"type": "Point", "coordinates": [*middle, 1234.5]},
    ]


def test_intersects_takes_every_type_of_geometry(api, items, item):
    for shape in shapes(item):
        found = search(api, intersects=shape, limit=10000)
        assert item["id"] in found, shape
        assert len(found) < len(items), shape


def test_intersects_is_exact_where_bbox_is_not(api, item):
    """A corner of the bounding box that the slanted footprint leaves out."""
    west, south, east, north = item["bbox"]
    corner = {"type": "Point", "coordinates": [west + (east - west) / 500, north - (north - south) / 500]}
    assert item["id"] not in search(api, intersects=corner, ids=[item["id"]])


@pytest.mark.parametrize(
    "geometry",
    [
        *("{", "null", "7", "[]", "{}", '"Point"', '{"type":"Point"}', '{"type":"Circle","coordinates":[0,0]}'),
        *('{"type":"Point","coordinates":[]}', '{"type":"Point","coordinates":["a","b"]}'),
        *('{"type":"Point","coordinates":[200,0]}', '{"type":"Point","coordinates":[0,100]}'),
        '{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1]]]}',
        '{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,1],[1,0],[0,0]]]}',
        '{"type":"LineString","coordinates":[[0,0]]}',
        '{"type":"GeometryCollection","geometries":[{"type":"Point"}]}',
        '{"type":"Point","coordinates":[1e400,0]}',
    ],
)
def test_intersects_with_a_bad_geometry_is_a_mistake(api, geometry):
    assert_mistake(requests.get(api.url + "/search", params={"intersects": geometry}, timeout=30))
    body = '{"intersects":' + geometry + "}"
    if geometry != "null":
        response = requests.post(
            api.url + "/search", data=body, headers={"Content-Type": "application/json"}, timeout=30
        )
        assert_mistake(response)


def test_bbox_and_intersects_exclude_each_other(api, item):
    both = {"bbox": [0, 0, 1, 1], "intersects": {"type": "Point", "coordinates": [0, 0]}}
    assert_mistake(requests.post(api.url + "/search", json=both, timeout=30), "bbox", "intersects")


# --- datetime --------------------------------------------------------------------------------------------------


def test_an_items_own_datetime_finds_it(api, items):
    for item in items[:20]:
        assert item["id"] in search(api, datetime=item["properties"]["datetime"])


def test_intervals_are_closed_and_may_be_open_ended(api, items, item):
    at = item["properties"]["datetime"]
    ids = [one["id"] for one in items]  # newest first, so the order tells which are later
    later = {one["id"] for one in items if one["properties"]["datetime"] >= at}
    for interval in (f"{at}/..", f"{at}/"):
        assert set(search(api, datetime=interval, limit=10000)) == later
    earlier = {one["id"] for one in items if one["properties"]["datetime"] <= at}
    for interval in (f"../{at}", f"/{at}"):
        assert set(search(api, datetime=interval, limit=10000)) == earlier
    assert later & earlier >= {item["id"]} and later | earlier == set(ids)
    assert item["id"] in search(api, datetime=f"{at}/{at}")


VALID_DATETIMES = [
    *("1985-04-12T23:20:50.52Z", "1996-12-19T16:39:57-08:00", "1996-12-19T16:39:57+08:00"),
    *("1985-04-12T23:20:50.5Z", "1985-04-12T23:20:50.123456789Z", "1985-04-12t23:20:50z", "1990-12-31T23:59:59-00:00"),
    *("2020-01-01T00:00:00Z/2021-01-01T00:00:00Z", "../2021-01-01T00:00:00Z", "2020-01-01T00:00:00Z/.."),
    *("/2021-01-01T00:00:00Z", "2020-01-01T00:00:00Z/", "2020-01-01T00:00:00+05:30/2021-01-01T00:00:00-05:30"),
]
INVALID_DATETIMES = [
    *("2020", "2020-01", "2020-01-01", "2020-01-01T00:00:00", "2020-01-01T00:00Z", "2020-01-01T00:00:00+0100"),
    *("2020-01-01T00:00:00,5Z", "2020-01-01T00:00:61Z", "2020-13-01T00:00:00Z", "2020-02-30T00:00:00Z"),
    *("2020-01-01T25:00:00Z", "2020-01-01T00:00:00.Z", "..", "../..", "/", "../", "x", "2020-01-01T00:00:00Z/x"),
    *("2021-01-01T00:00:00Z/2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z/../2021-01-01T00:00:00Z"),
    *("2020-01-01T00:00:00Z/2020-01-02T00:00:00Z/2020-01-03T00:00:00Z", "-2020-01-01T00:00:00Z", "2020-01-01Z"),
]


@pytest.mark.parametrize("datetime", VALID_DATETIMES)
def test_datetime_takes_every_form_of_rfc_3339(api, datetime):
    search(api, datetime=datetime)


@pytest.mark.parametrize("datetime", INVALID_DATETIMES)
def test_datetime_that_is_none_is_a_mistake(api, datetime):
    assert_mistake(requests.get(api.url + "/search", params={"datetime": datetime}, timeout=30), "datetime")
    assert_mistake(requests.post(api.url + "/search", json={"datetime": datetime}, timeout=30), "datetime")


def test_plus_of_a_zone_may_be_lost_in_a_query(api):
    get(api, "/search?datetime=2020-01-01T00:00:00+01:00")


# --- ids, collections, sortby ----------------------------------------------------------------------------------


def test_every_parameter_applies_beside_ids(api, items, item):
    ids = [one["id"] for one in items[:5]] + [item["id"]]
    assert set(search(api, ids=ids, limit=100)) == set(ids)
    assert search(api, ids=[item["id"]], bbox=[20, 20, 21, 21]) == []
    assert search(api, ids=[item["id"]], collections=["no-such-collection"]) == []
    assert search(api, ids=[item["id"]], datetime="1950-01-01T00:00:00Z/1951-01-01T00:00:00Z") == []


def test_collections_may_be_one_string_in_a_body(api, items):
    for collection in {one["collection"] for one in items}:
        wanted = [one["id"] for one in items if one["collection"] == collection]
        assert search(api, collections=[collection], limit=10000) == wanted
        page = post(api, {"collections": collection, "limit": 10000}).json()
        assert [one["id"] for one in page["features"]] == wanted
    everything = sorted({one["collection"] for one in items})
    assert len(search(api, collections=everything, limit=10000)) == len(items)


@pytest.mark.parametrize("name", ["collections", "ids"])
@pytest.mark.parametrize("value", [7, [7], {}, [None]])
def test_names_that_are_no_strings_are_a_mistake(api, name, value):
    assert_mistake(requests.post(api.url + "/search", json={name: value}, timeout=30), name)


def sort_value(item, field):
    return item["id"] if field == "id" else item["properties"]["datetime"]


@pytest.mark.parametrize("field", ["datetime", "properties.datetime", "id"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_sortby_sorts(api, items, field, direction):
    body = {"sortby": [{"field": field, "direction": direction}], "limit": 10000}
    found = [sort_value(one, field) for one in post(api, body).json()["features"]]
    assert found == sorted(found, reverse=direction == "desc") and len(found) == len(items)
    for sign in ["-"] if direction == "desc" else ["", "%2B", "+"]:
        by_query = get(api, f"/search?limit=10000&sortby={sign}{field}").json()["features"]
        assert [sort_value(one, field) for one in by_query] == found


@pytest.mark.parametrize("sortby", ["nonsense", "-geometry", "datetime,nonsense", "--id", "id,,id"])
def test_sorting_by_an_unknown_field_is_a_mistake(api, sortby):
    assert_mistake(requests.get(api.url + "/search", params={"sortby": sortby}, timeout=30), "sortby")


@pytest.mark.parametrize("sortby", ["datetime", [{}], [{"field": 7}], [{"field": "id", "direction": "up"}], {}, [7]])
def test_sortby_in_a_body_must_be_fields_and_directions(api, sortby):
    assert_mistake(requests.post(api.url + "/search", json={"sortby": sortby}, timeout=30), "sortby")


@pytest.mark.parametrize("token", ["nonsense", "%00", "e30", "..", "AAAA", "next:landsat-c2-l2:x", "a" * 5000])
def test_token_that_the_service_did_not_give_is_a_mistake(api, token):
    assert_mistake(requests.get(api.url + "/search?token=" + token, timeout=30))
    assert_mistake(requests.get(api.url + f"/collections/{LANDSAT}/items?token=" + token, timeout=30))


def test_every_mistake_is_named_at_once(api):
    response = requests.get(api.url + "/search?limit=0&bbox=1&datetime=x&sortby=y&token=z", timeout=30)
    assert_mistake(response, "limit", "bbox", "datetime", "sortby", "token")


def test_unknown_and_repeated_parameters_are_no_mistake(api):
    page = get(api, "/search?limit=1&limit=2&odd=true&odd=true&nothing").json()
    assert len(page["features"]) == 2


# --- paging links ----------------------------------------------------------------------------------------------


def test_next_by_query_keeps_every_parameter(api):
    page = get(api, "/search?limit=3&odd=true&odd=true&datetime=../2100-01-01T00:00:00Z").json()
    (link,) = links_of(page, "next")
    assert link["href"].startswith(api.url + "/search?limit=3&odd=true&odd=true&datetime=../2100-01-01T00:00:00Z&token=")
    assert link["method"] == "GET" and link["type"] == GEOJSON
    assert not links_of(page, "prev")


def test_next_by_body_needs_nothing_but_the_first_body(api):
    first = {"limit": 3, "datetime": "../2100-01-01T00:00:00Z"}
    page = post(api, first).json()
    (link,) = links_of(page, "next")
    assert link["method"] == "POST" and link["merge"] is True and set(link["body"]) == {"token"}
    following = requests.post(link["href"], json={**first, **link["body"]}, timeout=30).json()
    seen = [one["id"] for one in page["features"]]
    assert len(following["features"]) == 3
    assert not {one["id"] for one in following["features"]} & set(seen)
    (back,) = links_of(following, "prev")
    again = requests.post(back["href"], json={**first, **back["body"]}, timeout=30).json()
    assert [one["id"] for one in again["features"]] == seen


def test_no_next_link_leads_to_an_empty_page(api, items):
    for limit in (1, 7, len(items) - 1, len(items), len(items) + 1):
        page = get(api, "/search", params={"limit": limit}).json()
        for link in links_of(page, "next"):
            following = requests.get(link["href"], timeout=30).json()
            assert following["features"]
            assert following["numberMatched"] == len(items)
        assert bool(links_of(page, "next")) == (limit < len(items))


def test_token_of_another_sort_is_a_mistake(api):
    (link,) = links_of(get(api, "/search?limit=3&sortby=id").json(), "next")
    assert_mistake(requests.get(link["href"].replace("sortby=id", "sortby=-id"), timeout=30), "token")


# --- HTTP ------------------------------------------------------------------------------------------------------

PATHS = ["/", "/conformance", "/api", "/api.yaml", "/api.html", "/queryables", "/collections"]


def item_paths(item):
    collection = f"/collections/{item['collection']}"
    return [collection, f"{collection}/queryables", f"{collection}/items", f"{collection}/items/{item['id']}", "/search"]


def test_head_is_get_without_a_body(api, item):
    for path in PATHS + item_paths(item) + ["/health/live", "/metrics"]:
        whole, head = get(api, path), requests.head(api.url + path, timeout=30)
        assert head.status_code == 200 and head.content == b"", path
        for name in ("Content-Type", "ETag", "Cache-Control", "Access-Control-Allow-Origin"):
            assert head.headers.get(name) == whole.headers.get(name), (path, name)
    assert requests.head(api.url + "/nowhere", timeout=30).status_code == 404


def test_what_the_client_has_is_not_sent_again(api, item):
    for path in PATHS + item_paths(item):
        etag = get(api, path).headers["ETag"]
        again = requests.get(api.url + path, headers={"If-None-Match": f'"x", {etag}'}, timeout=30)
        assert again.status_code == 304 and again.content == b"", path
        assert again.headers["ETag"] == etag
        assert again.headers["Access-Control-Allow-Origin"] == "*"
        changed = requests.get(api.url + path, headers={"If-None-Match": 'W/"x"'}, timeout=30)
        assert changed.status_code == 200, path


def test_pages_that_differ_have_different_etags(api):
    paths = ["/search?limit=1", "/search?limit=2", "/search?limit=1&sortby=id", "/search?limit=1&x=y"]
    assert len({get(api, path).headers["ETag"] for path in paths}) == len(paths)


def fetch_raw(url, coding):
    response = requests.get(url, headers={"Accept-Encoding": coding}, stream=True, timeout=30)
    assert response.status_code == 200
    return response.headers, response.raw.read(decode_content=False)


@pytest.mark.parametrize("path", ["/search?limit=3", "/search?limit=100", "/collections"])
def test_answers_are_compressed_as_the_client_can_read(api, path):
    plain_headers, plain = fetch_raw(api.url + path, "identity")
    assert "Content-Encoding" not in plain_headers
    assert "Accept-Encoding" in plain_headers["Vary"]
    headers, packed = fetch_raw(api.url + path, "gzip")
    assert headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed) == plain and len(packed) < len(plain) / 3
    for coding in ("br", "zstd"):
        headers, packed = fetch_raw(api.url + path, f"{coding}, gzip;q=0.5")
        assert headers["Content-Encoding"] == coding and len(packed) < len(plain) / 3
    headers, _ = fetch_raw(api.url + path, "gzip;q=0, identity")
    assert "Content-Encoding" not in headers
    json.loads(plain)


def test_any_origin_may_read_every_answer(api):
    for path, status in [("/", 200), ("/search?limit=0", 400), ("/nowhere", 404), ("/search", 405)]:
        method = "DELETE" if status == 405 else "GET"
        response = requests.request(method, api.url + path, headers={"Origin": "https://example.org"}, timeout=30)
        assert response.status_code == status
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "ETag" in response.headers["Access-Control-Expose-Headers"]


def test_preflight_of_a_browser_is_answered(api):
    asked = {
        "Origin": "https://example.org",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,accept-language",
    }
    for path in ("/search", "/", "/collections/x/items/y"):
        response = requests.options(api.url + path, headers=asked, timeout=30)
        assert response.status_code == 204 and response.content == b""
        assert "POST" in response.headers["Access-Control-Allow-Methods"]
        for name in ("Content-Type", "Accept-Language", "Authorization", "Range", "If-Match"):
            assert name in response.headers["Access-Control-Allow-Headers"]
        assert int(response.headers["Access-Control-Max-Age"]) >= 3600


def assert_error(response, status):
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/json"
    assert set(response.json()) == {"code", "description"}
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["X-Request-Id"]


def test_errors_of_http_have_the_same_body_as_all_others(api):
    session = requests.Session()
    assert_error(session.get(api.url + "/nowhere", timeout=30), 404)
    assert_error(session.get(api.url + "/%00", timeout=30), 400)
    wrong_method = session.delete(api.url + "/search", timeout=30)
    assert_error(wrong_method, 405)
    assert {"GET", "HEAD", "POST", "OPTIONS"} <= set(wrong_method.headers["Allow"].split(", "))
    assert_error(session.request("BREW", api.url + "/search", timeout=30), 501)
    assert_error(session.get(api.url + "/search?x=" + "y" * 9000, timeout=30), 414)
    assert_error(session.get(api.url + "/", headers={"X-Large": "y" * 20000}, timeout=30), 431)
    assert_error(session.post(api.url + "/search", data="{}", headers={"Content-Type": "text/xml"}, timeout=30), 415)
    packed = zlib.compress(b"{}")
    headers = {"Content-Type": "application/json", "Content-Encoding": "deflate"}
    assert_error(session.post(api.url + "/search", data=packed, headers=headers, timeout=30), 415)


def test_body_that_is_too_large_is_refused_unread(api):
    with socket.create_connection(("127.0.0.1", api.port), timeout=30) as client:
        client.sendall(b"POST /search HTTP/1.1\r\nHost: h\r\nContent-Length: 999999999\r\n\r\n")
        answer = client.makefile("rb").read()
    head, body = answer.split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.1 413 ")
    assert set(json.loads(body)) == {"code", "description"}


@pytest.mark.parametrize("body", ["", "{", "[]", "7", "null", '"x"', '{"limit":}', "[" * 100_000, '{"ids":["\\u0000"]}'])
def test_body_that_is_no_json_object_is_a_mistake(api, body):
    headers = {"Content-Type": "application/json"}
    assert_mistake(requests.post(api.url + "/search", data=body, headers=headers, timeout=30))


def test_body_may_come_as_geojson_or_without_a_type(api):
    body = b'{"limit": 2}'
    for headers in ({}, {"Content-Type": GEOJSON}, {"Content-Type": "application/json; charset=utf-8"}):
        response = requests.post(api.url + "/search", data=body, headers=headers, timeout=30)
        assert response.status_code == 200, response.text
        assert len(response.json()["features"]) == 2


def test_request_ids_come_back_and_stand_in_the_log(api):
    response = get(api, "/search?limit=1", headers={"X-Request-Id": "test.request-1"})
    assert response.headers["X-Request-Id"] == "test.request-1"
    lines = [json.loads(line) for line in api.log.splitlines() if "test.request-1" in line]
    assert len(lines) == 1
    assert lines[0]["route"] == "/search" and lines[0]["method"] == "GET" and lines[0]["status"] == 200
    assert lines[0]["rows"] == 1 and lines[0]["ms"] > 0 and lines[0]["bytes"] == len(response.content)
    assert len({get(api, "/").headers["X-Request-Id"] for _ in range(5)}) == 5


def test_every_line_of_the_log_is_json(api):
    get(api, '/search?datetime="quoted"', expect=400)
    for line in api.log.splitlines():
        assert {"time", "level"} <= set(json.loads(line))


def test_metrics_count_requests_and_scenes(api, items):
    def counted():
        lines = get(api, "/metrics").text.splitlines()
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}

    name = 'hayden_http_requests_total{method="GET",route="/collections/{collection}",status="404"}'
    before = counted().get(name, 0)
    for number in range(3):
        get(api, f"/collections/nowhere-{number}", expect=404)
    after = counted()
    assert after[name] == before + 3
    assert after["hayden_database_up"] == 1 and after["hayden_collections"] >= 2
    assert after["hayden_http_workers"] >= 1 and after["hayden_db_pool_size"] >= 1
    assert after['hayden_http_request_duration_seconds_bucket{route="/search",le="+Inf"}'] >= 1
    assert not [name for name in after if "nowhere" in name]


def test_health_says_live_and_ready(api):
    assert get(api, "/health/live").json() == {"status": "live"}
    assert get(api, "/health/ready").json() == {"status": "ready"}


# --- behind a proxy --------------------------------------------------------------------------------------------

FORWARDED = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "example.org",
    "X-Forwarded-Port": "8443",
    "X-Forwarded-Prefix": "/stac",
}


def every_href(document):
    if isinstance(document, dict):
        for name, value in document.items():
            if name == "links":
                yield from (link["href"] for link in value if link["rel"] not in ("license", "about", "cite-as", "via"))
            else:
                yield from every_href(value)
    elif isinstance(document, list):
        for value in document:
            yield from every_href(value)


def own_hrefs(server, path, headers):
    document = requests.get(server.url + path, headers=headers, timeout=30).json()
    return [href for href in every_href(document) if "landsat.usgs.gov" not in href and "doi.org" not in href]


PROXIED = ["/", "/collections", f"/collections/{LANDSAT}/items?limit=2", "/search?limit=2"]


def test_links_pass_over_proxy_headers_unless_told_to_trust_them(api):
    for path in PROXIED:
        for href in own_hrefs(api, path, FORWARDED):
            assert href.startswith(api.url + "/")


def test_links_lead_through_a_trusted_proxy(api, start_api):
    server = start_api(trust_proxy=True)
    for path in PROXIED:
        hrefs = own_hrefs(server, path, FORWARDED)
        assert hrefs
        for href in hrefs:
            assert href.startswith("https://example.org:8443/stac/"), href
    for href in own_hrefs(server, "/", {"Forwarded": 'for=1.2.3.4;proto=https;host="stac.example"'}):
        assert href.startswith("https://stac.example/")


def test_links_lead_to_the_configured_base_url(api, start_api):
    server = start_api(base_url="https://example.org/stac/", trust_proxy=True)
    for path in PROXIED:
        for href in own_hrefs(server, path, FORWARDED | {"X-Forwarded-Host": "evil"}):
            assert href.startswith("https://example.org/stac/"), href


def test_host_that_is_none_never_gets_into_a_link(api):
    response = requests.get(api.url + "/", headers={"Host": 'evil"><script>'}, timeout=30)
    assert response.status_code == 400


# --- starting and stopping -------------------------------------------------------------------------------------


def test_service_that_cannot_start_says_why_in_one_sentence(bin, free_port, fresh_database):
    def last_words(*options):
        done = subprocess.run([bin("hayden-api"), "--port", "0", *options], capture_output=True, text=True, timeout=60)
        assert done.returncode not in (0, -6, -11)
        last = done.stderr.splitlines()[-1]
        assert last.startswith("hayden-api: "), done.stderr
        return last

    assert "database" in last_words("--database-url", f"postgresql://hayden@127.0.0.1:{free_port()}/hayden")
    assert "HAYDEN_DATABASE_URL" in last_words()
    assert "base URL" in last_words("--database-url", fresh_database.url, "--base-url", "example.org")


def test_service_on_a_taken_port_says_so(bin, api, database):
    options = ["--database-url", database.url, "--port", str(api.port)]
    done = subprocess.run([bin("hayden-api"), *options], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert str(api.port) in done.stderr.splitlines()[-1]


def test_service_stops_at_once_when_told(start_api):
    server = start_api()
    requests.get(server.url + "/search", timeout=30)
    server.stop()
    assert server.process.returncode == 0

"""Requests that tell an exact server from one that is nearly right: geography, paging, filters, writes and HTTP, each once.
The other files go into the breadth of each."""

import json

import pytest
import requests

from conftest import Server
from test_transactions import GEOJSON, Stac, collection, item, without_links

DEFAULT_MEMBERS = {"type", "stac_version", "id", "collection", "geometry", "bbox", "links", "assets", "properties"}
TIED = [f"item-{number:02}" for number in range(30)]


def point(item_id, longitude, latitude, **properties):
    return item(
        id=item_id,
        geometry={"type": "Point", "coordinates": [longitude, latitude]},
        bbox=[longitude, latitude, longitude, latitude],
        properties={"datetime": "2020-06-01T00:00:00Z"} | properties,
    )


PLACES = [
    point("east", 179.5, 0, name="alpha", pop=10, limit=9, tags=["a", "b"], changed="2021-03-01T00:00:00Z"),
    point("west", -179.5, 0, name="alps", pop=9, limit=10, tags=["a"], changed="2020-01-01T00:00:00Z"),
    point("null-island", 0, 0, name="beta", pop=100, limit=20, tags=["c"], changed="2019-01-01T12:00:00Z"),
    point("europe", 10, 50, name="alp hut", pop=17, limit=17.5, tags=["b"]),
]
PERIODS = [
    item(id="spring", properties={"datetime": None, "start_datetime": "2020-03-01T00:00:00Z", "end_datetime": "2020-05-31T00:00:00Z"}),
    item(id="summer", properties={"datetime": None, "start_datetime": "2020-06-01T00:00:00Z", "end_datetime": "2020-08-31T00:00:00Z"}),
]


@pytest.fixture(scope="module")
def service(folder, module_database):
    """Places and periods, and two collections of thirty Items that share ids and their one time."""
    server = Server(folder, module_database)
    stac = Stac(server.url, module_database)
    tied = [point(item_id, 5, 5) for item_id in TIED]
    for name, items in (("places", PLACES), ("periods", PERIODS), ("left", tied), ("right", tied)):
        stac.add_collection(id=name)
        body = {"type": "FeatureCollection", "features": items}
        stac.expect(201, "POST", f"/collections/{name}/items", "ingest", json=body, headers=GEOJSON)
    yield stac
    server.stop()


@pytest.fixture
def spare(service):
    """The items' path of an empty collection."""
    return service.add_collection() + "/items"


def found(answer):
    assert answer.status_code == 200, answer.text
    return sorted(feature["id"] for feature in answer.json()["features"])


def search(service, collections=("places",), **wishes):
    """The ids that POST and GET find, which are the same."""
    body = {"collections": list(collections), "limit": 100} | wishes
    if "filter" in body:
        body["filter-lang"] = "cql2-text" if isinstance(body["filter"], str) else "cql2-json"
    query = {
        name: ",".join(map(str, value)) if isinstance(value, list) else json.dumps(value) if isinstance(value, dict) else value
        for name, value in body.items()
    }
    ids = found(service.call("POST", "/search", json=body))
    assert found(service.call("GET", "/search", params=query)) == ids
    return ids


def refused(service, *words, **wishes):
    """By GET and POST, with a sentence that has these words."""
    body = {"filter-lang": "cql2-json"} | wishes if "filter" in wishes else wishes
    query = {name: json.dumps(value) if isinstance(value, (dict, list)) else value for name, value in body.items()}
    for answer in (service.call("POST", "/search", json=body), service.call("GET", "/search", params=query)):
        assert answer.status_code == 400, answer.text
        assert all(word in answer.json()["description"] for word in words), answer.text


def op(name, *arguments):
    return {"op": name, "args": list(arguments)}


def p(name):
    return {"property": name}


# --- places ----------------------------------------------------------------------------------------------------


def test_box_with_heights_is_a_box(service):
    assert search(service, bbox=[9, 49, -100, 11, 51, 9000]) == ["europe"]


def test_box_whose_west_is_east_of_its_east_crosses_the_antimeridian(service):
    assert search(service, bbox=[179, -1, -179, 1]) == ["east", "west"]


@pytest.mark.parametrize("bbox", ["nan,0,1,1", "0,NaN,1,1", "0,0,inf,1", "0,0,1,-Infinity"])
def test_box_of_numbers_that_are_none_is_a_mistake(service, bbox):
    assert "bbox" in service.told(400, "GET", f"/search?bbox={bbox}")
    body = json.dumps({"bbox": "?"}).replace('"?"', f"[{bbox}]")
    service.expect(400, "POST", "/search", data=body, headers={"Content-Type": "application/json"})


@pytest.mark.parametrize("text", ["{", "point", '{"type":"Point"', "[1,2]", "null", '{"type":"Point","coordinates":[1]}'])
def test_shape_that_is_no_geojson_is_a_mistake(service, text):
    assert "intersects" in service.expect(400, "GET", "/search", params={"intersects": text}).json()["description"]


# --- pages and sorts -------------------------------------------------------------------------------------------


def walk(service, query, between=lambda page: None):
    answer, names = service.expect(200, "GET", "/search", params=query).json(), []
    while True:
        names += [(feature["collection"], feature["id"]) for feature in answer["features"]]
        following = next((link["href"] for link in answer["links"] if link["rel"] == "next"), None)
        if following is None:
            return names
        between(answer)
        answer = service.expect(200, "GET", following).json()


def test_walk_goes_on_behind_an_item_that_was_deleted(service, spare):
    name = spare.split("/")[2]
    body = {"type": "FeatureCollection", "features": [point(item_id, 5, 5) for item_id in TIED]}
    service.expect(201, "POST", spare, "ingest", json=body, headers=GEOJSON)

    def delete_the_last(page):
        service.expect(204, "DELETE", f"{spare}/{page['features'][-1]['id']}")

    names = walk(service, {"collections": name, "limit": 7, "sortby": "id"}, delete_the_last)
    assert [item_id for _, item_id in names] == TIED


@pytest.mark.parametrize("collections", ["left", "left,right"])
@pytest.mark.parametrize("sortby", [None, "datetime", "-datetime", "id", "-id", "-collection", "start_datetime"])
def test_walk_over_ties_gives_every_item_once(service, collections, sortby):
    query = {"collections": collections, "limit": 7} | ({"sortby": sortby} if sortby else {})
    names = walk(service, query)
    assert len(names) == len(set(names))
    assert set(names) == {(name, item_id) for name in collections.split(",") for item_id in TIED}


def test_sort_by_what_no_item_has_is_a_mistake(service):
    assert "no_such" in service.told(400, "GET", "/search?sortby=-no_such")
    body = {"sortby": [{"field": "properties.no_such", "direction": "asc"}]}
    assert "no_such" in service.told(400, "POST", "/search", json=body)


# --- query and filter ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operators", "ids"),
    [
        ({"startsWith": "alp"}, ["east", "europe", "west"]),
        ({"endsWith": "ta"}, ["null-island"]),
        ({"contains": "lp h"}, ["europe"]),
        ({"in": ["beta", "alps"]}, ["null-island", "west"]),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_query_looks_into_texts(service, operators, ids):
    assert search(service, query={"name": operators}) == ids


def test_query_and_filter_hold_together(service):
    both = {"query": {"pop": {"gte": 10}}, "filter": op("like", p("name"), "alp%")}
    assert search(service, **both) == ["east", "europe"]
    assert search(service, filter="name LIKE 'alp%'", query={"pop": {"gte": 10}}) == ["east", "europe"]


def test_numbers_of_two_properties_are_compared_as_numbers(service):
    # As texts "9" is more than "10".
    assert search(service, filter=op(">", p("pop"), p("limit"))) == ["east", "null-island"]


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        (op("=", op("%", p("pop"), 7), 3), ["east", "europe"]),
        (op("=", op("^", p("pop"), 2), 81), ["west"]),
        (op("=", op("div", p("pop"), 10), 1), ["east", "europe"]),
        ("pop % 7 = 3", ["east", "europe"]),
        ("pop ^ 2 = 81", ["west"]),
        ("pop div 10 = 1", ["east", "europe"]),
    ],
    ids=json.dumps,
)
def test_arithmetic_has_remainders_powers_and_whole_quotients(service, condition, ids):
    assert search(service, filter=condition) == ids


def test_functions_of_time_look_at_the_property_that_they_are_given(service):
    assert search(service, filter=op("t_after", p("changed"), {"timestamp": "2020-12-31T00:00:00Z"})) == ["east"]
    assert search(service, filter="T_AFTER(datetime, TIMESTAMP('2020-12-31T00:00:00Z'))") == []


@pytest.mark.parametrize(
    ("name", "start", "end", "ids"),
    [
        ("t_overlaps", "2020-05-01T00:00:00Z", "2020-06-30T00:00:00Z", ["spring"]),
        ("t_overlappedBy", "2020-05-01T00:00:00Z", "2020-06-30T00:00:00Z", ["summer"]),
        ("t_overlaps", "2019-01-01T00:00:00Z", "2019-06-30T00:00:00Z", []),
    ],
)
def test_periods_overlap_and_are_overlapped(service, name, start, end, ids):
    period = {"interval": [p("start_datetime"), p("end_datetime")]}
    condition = op(name, period, {"interval": [start, end]})
    assert search(service, collections=["periods"], filter=condition) == ids
    text = f"{name.upper()}(INTERVAL(start_datetime, end_datetime), INTERVAL('{start}', '{end}'))"
    assert search(service, collections=["periods"], filter=text) == ids


AROUND_EUROPE = {"type": "Polygon", "coordinates": [[[5, 45], [15, 45], [15, 55], [5, 55], [5, 45]]]}


def test_functions_of_space_take_the_literal_first(service):
    assert search(service, filter=op("s_contains", AROUND_EUROPE, p("geometry"))) == ["europe"]
    assert search(service, filter=op("s_within", p("geometry"), AROUND_EUROPE)) == ["europe"]
    assert search(service, filter=op("s_within", AROUND_EUROPE, p("geometry"))) == []
    assert search(service, filter="S_INTERSECTS(BBOX(5,45,15,55), geometry)") == ["europe"]


@pytest.mark.parametrize(
    "shape",
    [
        {"bbox": [5, 45, 15, 55]},
        {"bbox": [5, 45, 0, 15, 55, 100]},
        {"type": "GeometryCollection", "geometries": [AROUND_EUROPE, {"type": "Point", "coordinates": [70, 70]}]},
    ],
    ids=lambda shape: next(iter(shape)) + str(len(next(iter(shape.values())))),
)
def test_functions_of_space_take_boxes_and_collections_of_geometries(service, shape):
    assert search(service, filter=op("s_intersects", p("geometry"), shape)) == ["europe"]


def test_functions_of_arrays_have_the_names_of_the_standard(service):
    assert search(service, filter=op("a_containedBy", p("tags"), ["a", "b"])) == ["east", "europe", "west"]
    assert search(service, filter=op("a_contains", p("tags"), ["a", "b"])) == ["east"]
    assert search(service, filter=op("a_equals", p("tags"), ["b", "a"])) == ["east"]
    assert search(service, filter=op("a_overlaps", p("tags"), ["c", "a"])) == ["east", "null-island", "west"]


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        (op(">=", p("changed"), {"timestamp": "2020-01-01T00:00:00Z"}), ["east", "west"]),
        (op("=", p("changed"), {"date": "2019-01-01"}), ["null-island"]),
        ("changed < TIMESTAMP('2020-01-01T00:00:00Z')", ["null-island"]),
        ("changed <= DATE('2020-01-01')", ["null-island", "west"]),
    ],
    ids=json.dumps,
)
def test_any_property_is_compared_with_dates_and_timestamps(service, condition, ids):
    assert search(service, filter=condition) == ids


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (op("resembles", p("name"), "alps"), ["filter/op", "resembles"]),
        (op("=", op("soundex", p("name")), "x"), ["filter/args/0/op", "soundex"]),
        ({"garbage": True}, ["filter: ", "expected an operator"]),
        ([1, 2], ["filter: "]),
        (op("=", p("name")), ["filter/args", "'='", "2"]),
        (op("not", True, False), ["filter/args", "'not'", "1"]),
        ({"op": "="}, ["filter: ", "args are missing"]),
        (op("s_intersects", p("geometry"), {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}), ["filter/args/1"]),
        (op("s_intersects", p("geometry"), 5), ["filter/args/1"]),
        (op("<", p("eo:cloud_cover"), "many"), ["filter/args/1"]),
        (op(">", p("datetime"), 5), ["filter/args/1"]),
    ],
    ids=json.dumps,
)
def test_filter_that_makes_no_sense_is_told_where(service, condition, words):
    refused(service, *words, filter=condition)


def test_fields_without_names_give_what_makes_a_valid_item(service):
    bodies = [{}, {"include": [], "exclude": []}, {"include": None, "exclude": None}]
    answers = [service.call("POST", "/search", json={"fields": fields, "collections": ["places"]}) for fields in bodies]
    answers.append(service.call("GET", "/search?collections=places&fields="))
    for answer in answers:
        assert len(answer.json()["features"]) == len(PLACES)
        for feature in answer.json()["features"]:
            assert set(feature) == DEFAULT_MEMBERS and set(feature["properties"]) == {"datetime"}


# --- writes ----------------------------------------------------------------------------------------------------


def test_item_for_a_collection_that_is_not_there_is_not_found(service):
    told = service.told(404, "POST", "/collections/nowhere/items", "ingest", json=item(), headers=GEOJSON)
    assert "nowhere" in told


def test_item_without_a_place_comes_back_without_one(service, spare):
    sent = item(geometry=None)
    del sent["bbox"]
    where = service.expect(201, "POST", spare, "ingest", json=sent, headers=GEOJSON).headers["Location"]
    read = without_links(service.get(where).json())
    assert read["geometry"] is None and "bbox" not in read
    assert read == sent | {"collection": spare.split("/")[2]}


def test_item_without_an_instant_keeps_its_null(service):
    for sent in PERIODS:
        read = service.get(f"/collections/periods/items/{sent['id']}").json()
        assert read["properties"] == sent["properties"] and read["properties"]["datetime"] is None


def test_times_come_back_to_the_nanosecond(service, spare):
    time = "2023-05-01T10:00:00.123456789Z"
    sent = item(properties={"datetime": time, "created": "2023-05-01T10:00:00.000000001Z"})
    where = service.expect(201, "POST", spare, "ingest", json=sent, headers=GEOJSON).headers["Location"]
    assert service.get(where).json()["properties"] == sent["properties"]
    assert found(service.call("GET", f"{spare}?datetime={time}")) == [sent["id"]]


def test_new_item_has_an_address_and_an_entity_tag(service, spare):
    sent = item()
    answer = service.expect(201, "POST", spare, "ingest", json=sent, headers=GEOJSON)
    assert answer.headers["Location"] == f"{service.url}{spare}/{sent['id']}"
    assert service.get(answer.headers["Location"]).headers["ETag"] == answer.headers["ETag"]


def test_write_for_another_state_than_there_is_fails(service, spare):
    sent = item()
    where = service.expect(201, "POST", spare, "ingest", json=sent, headers=GEOJSON).headers["Location"]
    changed = sent | {"properties": {"datetime": "2024-01-01T00:00:00Z"}}
    for method, options in (("PUT", {"json": changed}), ("PATCH", {"json": {"assets": {}}}), ("DELETE", {})):
        kind = {"Content-Type": "application/json"} if options else {}
        service.expect(412, method, where, headers={"If-Match": '"xxx"'} | kind, **options)
    tag = service.get(where)
    assert tag.json()["properties"] == sent["properties"]
    service.expect(204, "PUT", where, json=changed, headers={"If-Match": tag.headers["ETag"], "Content-Type": "application/json"})
    assert service.get(where).json()["properties"] == changed["properties"]


# --- HTTP ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", "/conformance", "/collections", "/collections/places", "/collections/places/items",
             "/collections/places/items/europe", "/search?collections=places", "/queryables", "/api"],
)  # fmt: skip
def test_head_is_get_without_a_body(service, path):
    whole = requests.get(service.url + path, headers={"Accept-Encoding": "identity"}, timeout=60)
    head = requests.head(service.url + path, headers={"Accept-Encoding": "identity"}, timeout=60)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("Content-Type", "ETag", "Link"):
        assert head.headers.get(name) == whole.headers.get(name)

"""`fields` gives of each item what was asked for, through every door and on every page."""

import json

import pytest
import requests

pytestmark = pytest.mark.usefixtures("described")

LANDSAT = "landsat-c2-l2"
IDENTITY = {"type", "id", "collection", "links"}
DEFAULT = IDENTITY | {"stac_version", "geometry", "bbox", "assets", "properties"}
COLLECTION = f"/collections/{LANDSAT}/items"


def features(response):
    assert response.status_code == 200, response.text
    page = response.json()
    assert page["features"]
    return page["features"]


def by_query(api, fields, path="/search"):
    return features(requests.get(api.url + path, params={"fields": fields, "limit": 3}, timeout=30))


def by_body(api, **fields):
    return features(requests.post(api.url + "/search", json={"fields": fields, "limit": 3}, timeout=30))


@pytest.fixture(scope="module")
def whole(api):
    return features(requests.get(api.url + "/search", params={"limit": 3}, timeout=30))


def test_nothing_asked_for_gives_a_valid_item(api, whole):
    answers = [
        by_query(api, ""),
        by_query(api, "", COLLECTION),
        by_body(api),
        by_body(api, include=None, exclude=None),
        by_body(api, include=[], exclude=[]),
    ]
    for found in answers:
        for one in found:
            assert set(one) == DEFAULT and set(one["properties"]) == {"datetime"}
            assert {link["rel"] for link in one["links"]} >= {"self", "parent", "collection", "root"}
    for one, all_of_it in zip(answers[0], whole):
        assert one == {name: all_of_it[name] for name in DEFAULT} | {
            "properties": {"datetime": all_of_it["properties"]["datetime"]}
        }


@pytest.mark.parametrize("path", ["/search", COLLECTION])
@pytest.mark.parametrize("sign", ["", "+", " "])
def test_what_is_included_comes_and_little_else(api, path, sign):
    for one in by_query(api, f"{sign}properties.eo:cloud_cover,{sign}bbox", path):
        assert set(one) == IDENTITY | {"bbox", "properties"}
        assert set(one["properties"]) == {"eo:cloud_cover"}
    for one in by_body(api, include=["eo:cloud_cover", "bbox"]):
        assert set(one) == IDENTITY | {"bbox", "properties"} and set(one["properties"]) == {"eo:cloud_cover"}


def test_raw_plus_in_a_query_is_a_sign(api):
    for one in features(requests.get(api.url + "/search?limit=1&fields=+bbox,-links", timeout=30)):
        assert set(one) == {"type", "id", "collection", "bbox"}


def test_what_is_excluded_goes_and_all_else_stays(api, whole):
    for found in (by_query(api, "-assets,-properties.datetime"), by_body(api, exclude=["assets", "properties.datetime"])):
        for one, all_of_it in zip(found, whole):
            properties = {name: value for name, value in all_of_it["properties"].items() if name != "datetime"}
            assert one == {name: value for name, value in all_of_it.items() if name != "assets"} | {
                "properties": properties
            }


def test_the_deepest_field_decides_and_inclusion_before_exclusion(api):
    for one in by_body(api, include=["properties.datetime", "bbox"], exclude=["properties", "bbox"]):
        assert set(one) == IDENTITY | {"properties", "bbox"} and set(one["properties"]) == {"datetime"}
    for one in by_body(api, include=[], exclude=["properties.datetime", "geometry"]):
        assert set(one) == DEFAULT - {"geometry", "properties"}


def test_members_keep_their_order_and_text(api, whole):
    raw = requests.get(api.url + "/search?limit=1&fields=-links", timeout=30).text
    untouched = requests.get(api.url + "/search?limit=1", timeout=30).text
    names = [name for name in whole[0] if name != "links"]
    assert list(json.loads(raw)["features"][0]) == names
    start = untouched.index('"properties":')
    properties = untouched[start : untouched.index("}", start)]
    assert properties in raw


def test_fields_hold_for_every_page(api):
    query = {"limit": 2, "fields": "bbox,-links"}
    page = requests.get(api.url + "/search", params=query, timeout=30).json()
    body = {"limit": 2, "fields": {"include": ["bbox"], "exclude": ["links"]}}
    posted = requests.post(api.url + "/search", json=body, timeout=30).json()
    for _ in range(3):
        assert page["features"] == posted["features"]
        assert all(set(one) == {"type", "id", "collection", "bbox"} for one in page["features"])
        (link,) = [link for link in page["links"] if link["rel"] == "next"]
        page = requests.get(link["href"], timeout=30).json()
        (link,) = [link for link in posted["links"] if link["rel"] == "next"]
        posted = requests.post(link["href"], json=body | link["body"], timeout=30).json()


def test_answers_with_other_fields_have_other_etags(api):
    tags = {requests.get(api.url + f"/search?limit=1{more}", timeout=30).headers["ETag"] for more in ("", "&fields=", "&fields=id")}
    assert len(tags) == 3


@pytest.mark.parametrize("fields", [None, [], "id", 7, {"include": "id"}, {"exclude": [7]}, {"include": [""]}])
def test_fields_in_a_body_that_are_no_lists_of_names_are_a_mistake(api, fields):
    response = requests.post(api.url + "/search", json={"fields": fields}, timeout=30)
    assert response.status_code == 400 and "fields" in response.json()["description"]


@pytest.mark.parametrize("fields", ["-", "a" * 600, ",".join(["a"] * 300)])
def test_fields_in_a_query_that_are_no_names_are_a_mistake(api, fields):
    response = requests.get(api.url + "/search", params={"fields": fields}, timeout=30)
    assert response.status_code == 400 and "fields" in response.json()["description"]

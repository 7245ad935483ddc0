"""What a collection says of the values of indexed properties is what its Items have."""

import json
import time

import psycopg2
import pytest
import requests

from conftest import binary, run
from test_collection_search import COLLECTIONS, Index, summarize

pytestmark = pytest.mark.usefixtures("described")


@pytest.fixture
def index(fresh_database):
    return Index(fresh_database)


@pytest.fixture
def server(index, start_api, fresh_database):
    return start_api(database=fresh_database)


def queryable(database, *arguments):
    run(binary("hayden-admin"), "queryable", *arguments, "--database-url", database.url)


def token(database, role):
    return run(
        binary("hayden-admin"), "token", "create", "--role", role, "--name", role, "--database-url", database.url
    ).strip()  # fmt: skip


def get(server, name):
    answer = requests.get(f"{server.url}/collections/{name}", timeout=30)
    assert answer.status_code == 200, answer.text
    return answer


def summaries(server, name, database):
    summarize(database)
    return get(server, name).json().get("summaries")


def insert(index, collection, name, at="2020-01-01T00:00:00Z", **properties):
    index.insert(collection, name, [0, 0, 1, 1], at, **properties)


def test_summaries_are_the_values_that_items_have(index, server, fresh_database):
    queryable(fresh_database, "add", "platform", "--type", "text", "--index")
    queryable(fresh_database, "add", "created", "--type", "timestamp", "--index")
    queryable(fresh_database, "add", "gsd", "--type", "integer", "--index")
    insert(index, "a", "1", platform="b", gsd=30, created="2021-05-01T00:00:00+02:00", **{"eo:cloud_cover": 12.5})
    insert(index, "a", "2", platform="a", gsd=15, created="2021-04-30T23:00:00Z", **{"eo:cloud_cover": 0})
    insert(index, "a", "3", platform="b", gsd="none", created=None, **{"eo:cloud_cover": "thick"})
    insert(index, "b", "4", platform="c", instruments=["x"])
    insert(index, "b", "5", platform="z", gsd=1)
    fresh_database.query("update stac.item set archived = now() where id = '5'")
    assert summaries(server, "a", fresh_database) == {
        "created": {"minimum": "2021-05-01T00:00:00+02:00", "maximum": "2021-04-30T23:00:00Z"},
        "eo:cloud_cover": {"minimum": 0, "maximum": 12.5},
        "gsd": {"minimum": 15, "maximum": 30},
        "platform": ["a", "b"],
    }
    assert summaries(server, "b", fresh_database) == {"platform": ["c"]}
    assert summaries(server, "c", fresh_database) is None
    page = requests.get(server.url + "/collections", timeout=30).json()
    assert [one.get("summaries") for one in page["collections"][1:3]] == [{"platform": ["c"]}, None]


def test_summaries_shrink_and_go_with_the_index(index, server, fresh_database):
    declared = COLLECTIONS[0] | {"summaries": {"platform": ["declared"], "license": ["kept"]}}
    text = "update stac.collection set content = %s::jsonb where id = 'a'"
    fresh_database.query(text, json.dumps(declared))
    assert summaries(server, "a", fresh_database) == declared["summaries"]
    queryable(fresh_database, "add", "platform", "--type", "text", "--index")
    insert(index, "a", "1", platform="x")
    insert(index, "a", "2", platform="y")
    assert summaries(server, "a", fresh_database) == {"platform": ["x", "y"], "license": ["kept"]}
    tag = get(server, "a").headers["ETag"]
    fresh_database.query("delete from stac.item where id = '2'")
    assert summaries(server, "a", fresh_database) == {"platform": ["x"], "license": ["kept"]}
    unchanged = requests.get(f"{server.url}/collections/a", headers={"If-None-Match": tag}, timeout=30)
    assert unchanged.status_code == 200
    fresh_database.query("update stac.item set properties = properties || '{\"platform\": \"z\"}' where id = '1'")
    assert summaries(server, "a", fresh_database)["platform"] == ["z"]
    queryable(fresh_database, "remove", "platform")
    assert summaries(server, "a", fresh_database) == declared["summaries"]


def test_what_follows_from_items_goes_on_doing_so_when_it_is_sent_back(index, server, fresh_database):
    new = {"keywords": ["new"]}
    headers = {"Authorization": f"Bearer {token(fresh_database, 'agdc_manage')}"}
    queryable(fresh_database, "add", "platform", "--type", "text", "--index")
    declared = {"platform": ["declared"], "license": ["kept"]}
    for name, more in (("told", {"summaries": declared}), ("untold", {})):
        collection = COLLECTIONS[0] | {"id": name, "description": "Scenes."} | more
        answer = requests.post(f"{server.url}/collections", json=collection, headers=headers, timeout=30)
        assert answer.status_code == 201, answer.text
        empty = get(server, name).json()
        insert(index, name, name, platform="x", **{"eo:cloud_cover": 12.5})
        summarize(fresh_database)
        read = get(server, name).json()
        assert read["extent"] != empty["extent"] and read["summaries"]["platform"] == ["x"]
        for method, sent in (
            ("PUT", read | new),
            ("PATCH", {"summaries": read["summaries"], "extent": read["extent"]}),
        ):
            answer = requests.request(
                method, f"{server.url}/collections/{name}", json=sent, headers=headers, timeout=30
            )
            assert answer.status_code == 204, answer.text
            assert get(server, name).json() == read | new
        fresh_database.query(f"delete from stac.item where id = '{name}'")
        fresh_database.query("select stac.settle_extents()")
        summarize(fresh_database)
        assert get(server, name).json() == empty | new
        changed = read | {"summaries": read["summaries"] | {"platform": ["y"]}}
        answer = requests.put(f"{server.url}/collections/{name}", json=changed, headers=headers, timeout=30)
        assert answer.status_code == 204 and get(server, name).json()["summaries"]["platform"] == ["y"]


def test_texts_are_listed_while_they_are_few_and_short(index, server, fresh_database):
    queryable(fresh_database, "add", "scene", "--type", "text", "--index")
    for number in range(50):
        insert(index, "a", str(number), scene=f"s{number:02}")
    insert(index, "b", "long", scene="x" * 256)
    assert summaries(server, "a", fresh_database) == {"scene": [f"s{number:02}" for number in range(50)]}
    assert summaries(server, "b", fresh_database) is None
    insert(index, "a", "50", scene="s50")
    assert summaries(server, "a", fresh_database) is None


def test_values_of_other_collections_do_not_count(index, server, fresh_database):
    queryable(fresh_database, "add", "scene", "--type", "text", "--index")
    for number, holder in enumerate("abcaabcbcacbbbca"):
        insert(index, holder, str(number), scene=f"s{number // 2}", **{"eo:cloud_cover": number})
    assert summaries(server, "a", fresh_database) == {
        "eo:cloud_cover": {"minimum": 0, "maximum": 15},
        "scene": ["s0", "s1", "s2", "s4", "s7"],
    }
    assert summaries(server, "b", fresh_database)["scene"] == ["s0", "s2", "s3", "s5", "s6"]
    assert summaries(server, "c", fresh_database)["scene"] == ["s1", "s3", "s4", "s5", "s7"]
    # More values than are worth the jumps: collections of few Items are read.
    fresh_database.query(
        "insert into stac.item (collection, id, origin, datetime, end_datetime, properties, content, links_at, etag)"
        " select i.collection, 'more' || n, i.origin, i.datetime, i.end_datetime,"
        " jsonb_build_object('scene', 'r' || n), i.content, i.links_at, i.etag"
        " from stac.item i, generate_series(1, 1500) n where i.id = '1'"
    )
    assert summaries(server, "a", fresh_database)["scene"] == ["s0", "s1", "s2", "s4", "s7"]
    assert "scene" not in summaries(server, "b", fresh_database)


def test_two_indexes_on_one_property_make_one_summary(index, server, fresh_database):
    queryable(fresh_database, "add", "gsd", "--type", "text", "--index")
    (statement,) = fresh_database.query("select statement from stac.property_indexes('gsd', 'number')")[0]
    fresh_database.query(statement.replace(" concurrently", ""))
    insert(index, "a", "1", gsd=30)
    insert(index, "a", "2", gsd="fine")
    insert(index, "b", "3", gsd="coarse")
    assert summaries(server, "a", fresh_database) == {"gsd": {"minimum": 30, "maximum": 30}}
    assert summaries(server, "b", fresh_database) == {"gsd": ["coarse"]}


def test_a_collection_that_somebody_holds_is_looked_at_again(index, fresh_database):
    insert(index, "a", "1", **{"eo:cloud_cover": 7})
    with psycopg2.connect(fresh_database.url) as holding, holding.cursor() as cursor:
        cursor.execute("select from stac.collection where id = 'a' for update")
        look = "select stac.summarize(key, '{eo:cloud_cover}', '{number}') from stac.collection where id = 'a'"
        assert fresh_database.query(look) == [(False,)]
    assert fresh_database.query(look) == [(True,)]
    assert fresh_database.query("select stac.summarize(0, '{}', '{}')") == [(True,)]


def test_the_service_summarizes_by_itself(index, server, fresh_database):
    insert(index, "a", "1", **{"eo:cloud_cover": 7})
    insert(index, "e", "2", **{"eo:cloud_cover": 8})
    for name, value in (("a", 7), ("e", 8)):
        end = time.monotonic() + 60
        while get(server, name).json().get("summaries") != {"eo:cloud_cover": {"minimum": value, "maximum": value}}:
            assert time.monotonic() < end, get(server, name).json()
            time.sleep(0.2)

"""Queryables and sortables say what items have, follow what is stored and declared, and searches keep to them."""

import json
import subprocess
import threading
import time

import jsonschema
import pytest
import requests

pytestmark = pytest.mark.usefixtures("described")

LANDSAT = "landsat-c2-l2"
REL = "http://www.opengis.net/def/rel/ogc/1.0/"


def schema_at(url):
    response = requests.get(url, timeout=30)
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "application/schema+json"
    schema = response.json()
    assert schema["$id"] == url and schema["type"] == "object"
    jsonschema.Draft201909Validator.check_schema(schema)
    return schema


def link_of(document, rel):
    (link,) = [link for link in document["links"] if link["rel"] == REL + rel]
    return link


def admin(bin, database, *arguments, code=0):
    command = [str(bin("hayden-admin")), "queryable", *arguments, "--database-url", database.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def listed(bin, database):
    return {one["name"]: one for one in json.loads(admin(bin, database, "list", "--json").stdout)}


@pytest.mark.parametrize("kind", ["queryables", "sortables"])
def test_landing_page_and_collections_link_to_them(api, kind):
    landing = requests.get(api.url, timeout=30).json()
    link = link_of(landing, kind)
    assert link == {"rel": REL + kind, "type": "application/schema+json", "href": f"{api.url}/{kind}", "title": link["title"]}
    for collection in requests.get(api.url + "/collections", timeout=30).json()["collections"]:
        url = f"{api.url}/collections/{collection['id']}/{kind}"
        assert link_of(collection, kind)["href"] == url
        schema_at(url)
    missing = requests.get(f"{api.url}/collections/no-such/{kind}", timeout=30)
    assert missing.status_code == 404 and missing.json()["code"] == "NotFound"


def test_queryables_are_what_the_items_have(api):
    items = requests.get(api.url + "/search?limit=10000", timeout=60).json()["features"]
    everywhere = schema_at(api.url + "/queryables")
    assert everywhere["additionalProperties"] is True
    names = {name for item in items for name, value in item["properties"].items() if value is not None}
    assert set(everywhere["properties"]) == names | {"id", "collection", "geometry", "datetime"}
    for collection in {item["collection"] for item in items}:
        of_it = schema_at(f"{api.url}/collections/{collection}/queryables")
        own = [item for item in items if item["collection"] == collection]
        names = {name for item in own for name, value in item["properties"].items() if value is not None}
        assert set(of_it["properties"]) == names | {"id", "collection", "geometry", "datetime"}
        validator = jsonschema.Draft201909Validator({**of_it, "properties": {**of_it["properties"], "geometry": {}}})
        for item in own:
            given = {name: value for name, value in item["properties"].items() if value is not None}
            assert not list(validator.iter_errors({**given, "id": item["id"], "collection": collection}))
    assert everywhere["properties"]["eo:cloud_cover"]["type"] == "number"
    assert everywhere["properties"]["created"] | {"title": ""} == {"title": "", "type": "string", "format": "date-time"}


def test_every_sortable_sorts_and_nothing_else(api):
    sortables = schema_at(api.url + "/sortables")
    assert sortables["additionalProperties"] is False
    queryables = schema_at(api.url + "/queryables")
    for name in sortables["properties"]:
        for sign in "+-":
            response = requests.get(api.url + "/search", params={"sortby": sign + name, "limit": 2}, timeout=30)
            assert response.status_code == 200, (name, response.text)
    assert {"id", "collection", "datetime", "eo:cloud_cover", "platform", "created"} <= set(sortables["properties"])
    for name in {*queryables["properties"], "no:such"} - set(sortables["properties"]):
        response = requests.get(api.url + "/search", params={"sortby": name, "limit": 2}, timeout=30)
        assert response.status_code == 400 and f"'{name}'" in response.json()["description"], name
    assert {"geometry", "proj:shape"} <= {*queryables["properties"]} - set(sortables["properties"])


def test_all_unsortable_fields_and_other_mistakes_are_named_at_once(api):
    response = requests.get(api.url + "/search?sortby=-no:such,geometry,id&limit=0", timeout=30)
    assert response.status_code == 400
    for word in ("'no:such'", "'geometry'", "limit"):
        assert word in response.json()["description"]


def test_new_properties_show_and_declared_types_order_values(index, bin, start_api):
    database, insert = index
    insert("one", {"test:number": "10"})
    insert("two", {"test:number": "9"})
    server = start_api(database=database)

    def order(name, sign="+"):
        response = requests.get(server.url + "/search", params={"sortby": sign + name}, timeout=30)
        assert response.status_code == 200, response.text
        return [one["id"] for one in response.json()["features"]]

    assert schema_at(server.url + "/queryables")["properties"]["test:number"] == {"type": "string"}
    assert order("test:number") == ["one", "two"]
    assert "said" not in listed(bin, database)["test:number"]
    assert listed(bin, database)["test:number"]["declared"] is False

    insert("three", {"test:number": 7, "test:list": [1]})
    admin(bin, database, "add", "properties.test:number", "--type", "number", "--title", "A number")
    fresh = start_api(database=database)
    server = fresh
    assert schema_at(server.url + "/queryables")["properties"]["test:number"] == {"title": "A number", "type": "number"}
    assert order("test:number")[0] == order("test:number", "-")[0] == "three", "what is no number comes last"
    assert "test:list" in schema_at(server.url + "/queryables")["properties"]
    assert "test:list" not in schema_at(server.url + "/sortables")["properties"]
    assert "test:list" not in schema_at(server.url + "/collections/other/queryables")["properties"]
    refused = requests.get(server.url + "/search?sortby=test:list", timeout=30)
    assert refused.status_code == 400 and "no order" in refused.json()["description"]

    assert "nothing has been said" in admin(bin, database, "remove", "never", code=1).stderr
    admin(bin, database, "remove", "test:number")
    assert listed(bin, database)["test:number"]["declared"] is False


def plan_of_sort(database, expression):
    rows = database.query(
        "set enable_seqscan = off; set enable_sort = off; explain select id from stac.item i where "
        f"{expression} is not null order by {expression} desc, i.collection desc, i.id desc limit 10"
    )
    return "\n".join(row[0] for row in rows)


@pytest.mark.parametrize(
    ("name", "kind", "expression"),
    [
        ("test:number", "number", "stac.number_of(i.properties -> 'test:number')"),
        ("test:text", "text", "left(stac.text_of(i.properties -> 'test:text'), 256) collate \"C\""),
        ("test:time", "timestamp", "stac.time_start(i.properties -> 'test:time')"),
        ("test:it's", "any", "stac.scalar_of(i.properties -> 'test:it''s')"),
    ],
)
def test_indexes_are_built_used_and_dropped(index, bin, name, kind, expression):
    database, insert = index
    insert("one", {name: "x" * 5000})
    said = admin(bin, database, "add", name, "--type", kind, "--index")
    assert "create index concurrently" in said.stderr
    assert listed(bin, database)[name]["indexed"] is True
    assert "Index" in plan_of_sort(database, expression) and "Sort" not in plan_of_sort(database, expression)
    insert("two", {name: "y" * 5000})
    assert "create index" not in admin(bin, database, "add", name, "--type", kind, "--index").stderr
    other = "number" if kind != "number" else "text"
    assert "drop index concurrently" in admin(bin, database, "add", name, "--type", other, "--index").stderr
    admin(bin, database, "remove", name)
    assert listed(bin, database)[name]["indexed"] is False


def test_cloud_cover_has_its_index_out_of_the_box(index, bin):
    database, insert = index
    insert("one", {"eo:cloud_cover": 5})
    assert listed(bin, database)["eo:cloud_cover"]["indexed"] is True
    assert "Sort" not in plan_of_sort(database, "stac.number_of(i.properties -> 'eo:cloud_cover')")


@pytest.mark.parametrize(
    ("kind", "conditions"),
    [
        ("number", ["{} = -1", "{} > 4000", "{} in (-1, -2)", "{} between 5000 and 6000"]),
        ("text", ["{} = 'none'", "{} < '!'", "{} in ('none', 'neither')", "{} between 'x' and 'z'"]),
    ],
)
def test_a_filter_that_nothing_matches_is_answered_from_the_index(index, bin, start_api, kind, conditions):
    database, insert = index
    insert("one", {"test:it": 1 if kind == "number" else "1"})
    database.query(
        "insert into stac.item (collection, id, origin, datetime, end_datetime, properties, content, links_at, etag) "
        "select collection, 'more-' || n, origin, datetime, end_datetime, jsonb_build_object('test:it', %s), content, "
        "links_at, etag from stac.item, generate_series(1, 4000) n".replace("%s", "n" if kind == "number" else "n::text")
    )
    admin(bin, database, "add", "test:it", "--type", kind, "--index")
    (name,) = database.query("select index_name from stac.property_indexes('test:it', %s)", kind)[0]

    def scans():
        database.query("select pg_stat_force_next_flush()")
        return database.query("select idx_scan from pg_stat_all_indexes where indexrelid = %s::regclass", name)[0][0]

    server = start_api(database=database)
    for condition in conditions:
        before, deadline = scans(), time.monotonic() + 20
        answer = requests.get(server.url + "/search", params={"filter": condition.format("test:it")}, timeout=30)
        assert answer.status_code == 200 and answer.json()["features"] == []
        while scans() == before:  # the server tells its statistics when it has nothing else to do
            assert time.monotonic() < deadline, condition


def test_two_indexed_properties_are_looked_up_in_both_indexes(index, bin, start_api):
    database, insert = index
    insert("one", {"test:path": "x", "test:row": "x"})
    database.query(
        "insert into stac.item (collection, id, origin, datetime, end_datetime, properties, content, links_at, etag) "
        "select collection, 'more-' || n, origin, datetime + n * interval '1 h', datetime + n * interval '1 h', "
        "jsonb_build_object('test:path', mod(n, 100)::text, 'test:row', mod(n / 100, 100)::text), content, links_at, etag "
        "from stac.item, generate_series(1, 40000) n"
    )
    for name in ("test:path", "test:row"):
        admin(bin, database, "add", name, "--type", "text", "--index")
    database.query("analyze stac.item")

    def fetched():
        database.query("select pg_stat_force_next_flush()")
        return database.query("select idx_tup_fetch from pg_stat_all_tables where relid = 'stac.item_default'::regclass")[0][0]

    server = start_api(database=database, database_url=None)  # only reads, so that nothing else is counted
    (collection,) = database.query("select c.id from stac.collection c where exists (select from stac.item where collection = c.key)")[0]
    url = f"{server.url}/collections/{collection}"
    before = fetched()
    query = {"filter": "test:path = '7' AND test:row = '5'", "limit": 3}
    page = requests.get(f"{url}/items", params=query, timeout=30).json()
    assert page["numberMatched"] == 4
    returned = page["numberReturned"]
    while following := [link["href"] for link in page["links"] if link["rel"] == "next"]:
        page = requests.get(following[0], timeout=30).json()
        returned += page["numberReturned"]
    assert returned == 4
    deadline = time.monotonic() + 60
    while fetched() == before:  # the server tells its statistics when it has nothing else to do
        assert time.monotonic() < deadline
    assert fetched() - before < 100, "each of the indexes finds 400"
    counts = requests.get(f"{url}/aggregate", params=query | {"aggregations": "total_count"}, timeout=30).json()
    assert counts["aggregations"][0]["value"] == 4
    other = requests.get(f"{server.url}/collections/other/items", params=query, timeout=30)
    assert other.status_code == 404 or other.json()["features"] == []


def test_an_index_is_built_while_items_are_read_and_written(index, bin, start_api):
    database, insert = index
    for number in range(50):
        insert(f"item-{number}", {"test:number": number})
    server = start_api(database=database)
    done, failures = threading.Event(), []

    def use():
        number = 0
        while not done.is_set():
            insert(f"more-{number}", {"test:number": number})
            response = requests.get(server.url + "/search?limit=5&sortby=-test:number", timeout=30)
            if response.status_code != 200:
                failures.append(response.text)
            number += 1

    user = threading.Thread(target=use)
    user.start()
    try:
        admin(bin, database, "add", "test:number", "--type", "number", "--index")
    finally:
        done.set()
        user.join()
    assert not failures and listed(bin, database)["test:number"]["indexed"] is True


def test_a_broken_index_is_built_anew(index, bin):
    database, insert = index
    insert("one", {"test:number": 1})
    admin(bin, database, "add", "test:number", "--type", "number", "--index")
    (name,) = database.query("select index_name from stac.property_indexes('test:number', 'number')")[0]
    with_superuser = (
        f"update pg_index set indisvalid = false where indexrelid = '{name}'::regclass"
    )
    import psycopg2

    connection = psycopg2.connect(database.superuser_url)
    with connection, connection.cursor() as cursor:
        cursor.execute(with_superuser)
    connection.close()
    assert listed(bin, database)["test:number"]["indexed"] is False
    admin(bin, database, "add", "test:number", "--type", "number", "--index")
    assert listed(bin, database)["test:number"]["indexed"] is True


def test_what_cannot_be_declared_is_refused(index, bin):
    database, _ = index
    assert "give --type" in admin(bin, database, "add", "test:unknown", code=1).stderr
    assert "has its index already" in admin(bin, database, "add", "id", code=1).stderr
    assert "no order" in admin(bin, database, "add", "proj:shape", "--index", code=1).stderr
    assert "is of type number" in admin(bin, database, "add", "view:off_nadir").stdout


@pytest.fixture
def index(fresh_database):
    """A database with collections `it` and `other`, and what puts an item into the first."""
    for collection in ("it", "other"):
        content = json.dumps({"type": "Collection", "stac_version": "1.0.0", "id": collection, "links": []})
        fresh_database.query("select stac.ensure_collection(%s, %s, %s)", collection, content, collection)

    def insert(item_id, properties):
        properties = {"datetime": "2020-01-01T00:00:00Z"} | properties
        item = {"type": "Feature", "stac_version": "1.0.0", "id": item_id, "collection": "it", "geometry": None}
        item |= {"properties": properties, "assets": {}, "links": []}
        text = json.dumps(item, separators=(",", ":")).encode()
        frame = b"\x28\xb5\x2f\xfd\xa0" + len(text).to_bytes(4, "little") + (len(text) << 3 | 1).to_bytes(3, "little") + text
        fresh_database.query(
            "insert into stac.item (collection, id, origin, datetime, end_datetime, properties, content, links_at, etag) "
            "select key, %s, 'stac', '2020-01-01Z', '2020-01-01Z', %s, %s, %s, %s from stac.collection where id = 'it'",
            item_id,
            json.dumps(properties),
            frame,
            text.index(b'"links":[') + 9,
            item_id,
        )

    return fresh_database, insert

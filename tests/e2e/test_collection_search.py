"""Collections are found by place, time and words; what they say of their extent is what their items cover."""

import json
import time

import psycopg2
import pystac
import pytest
import requests
from pystac_client import Client

pytestmark = pytest.mark.usefixtures("described")

FRAME = b"\x28\xb5\x2f\xfd\xa0"


def collection(collection_id, title=None, bbox=None, interval=None, **more):
    document = {"type": "Collection", "stac_version": "1.0.0", "id": collection_id, "description": "", "license": "other"}
    document |= {"title": title} if title else {}
    document["extent"] = {
        "spatial": {"bbox": [bbox or [-180, -90, 180, 90]]},
        "temporal": {"interval": [interval or ["2000-01-01T00:00:00Z", None]]},
    }
    return document | more | {"links": []}


COLLECTIONS = [
    collection("a", "Zebra stripes", [0, 0, 10, 10], ["2000-01-01T00:00:00Z", "2000-12-31T00:00:00Z"]),
    collection("b", "Meadows of the Alps", [5, 5, 0, 15, 15, 100], description="Green Meadows, seen from space"),
    collection("c", None, [170, -20, -170, 20], keywords=["meadow", "island states"]),
    collection("d", "Meadows of the Alps", [100, 0, 110, 10], ["1990-01-01T00:00:00Z", "1995-01-01T00:00:00Z"]),
    collection("e", "empty", providers=[{"name": "Hayden Survey"}]),
]


class Index:
    def __init__(self, database):
        self.database = database
        for document in COLLECTIONS:
            self.add(document)

    def add(self, document):
        text = json.dumps(document)
        self.database.query("select stac.ensure_collection(%s, %s, md5(%s))", document["id"], text, text)

    def insert(self, collection_id, item_id, box, at, until=None, **properties):
        west, south, east, north = box
        item = {"type": "Feature", "id": item_id, "collection": collection_id, "geometry": None, "links": [], "assets": {}}
        item["properties"] = {"datetime": at} | properties
        text = json.dumps(item, separators=(",", ":")).encode()
        frame = FRAME + len(text).to_bytes(4, "little") + (len(text) << 3 | 1).to_bytes(3, "little") + text
        self.database.query(
            "insert into stac.item (collection, id, origin, geometry, datetime, end_datetime, properties, content, links_at, "
            "etag) select key, %s, 'stac', st_makeenvelope(%s, %s, %s, %s, 4326), %s, %s, %s, %s, %s, %s "
            "from stac.collection where id = %s",
            *(item_id, west, south, east, north, at, until or at, json.dumps(item["properties"]), frame),
            *(text.index(b'"links":[') + 9, item_id, collection_id),
        )


def summarize(database):
    """What the service does some time after Items have changed."""
    database.query(
        "select stac.summarize(c.key, p.names, p.types) from stac.collection c,"
        " (select array_agg(name) as names, array_agg(type) as types from stac.indexed_properties()) p"
    )


@pytest.fixture
def index(fresh_database):
    return Index(fresh_database)


@pytest.fixture
def server(index, start_api, fresh_database):
    return start_api(database=fresh_database)


def get(server, **parameters):
    response = requests.get(server.url + "/collections", params=parameters, timeout=30)
    assert response.status_code == 200, response.text
    return response.json()


def found(server, **parameters):
    page = get(server, **parameters)
    assert page["numberMatched"] == page["numberReturned"] == len(page["collections"])
    return "".join(one["id"] for one in page["collections"])


def test_by_place(server):
    assert found(server, bbox="1,1,2,2") == "ae"
    assert found(server, bbox="9,9,11,11") == "abe"
    assert found(server, bbox="9,9,0,11,11,5") == "abe"
    assert found(server, bbox="179,-1,-179,1") == "ce"
    assert found(server, bbox="104,1,105,2") == "de"


def test_by_time(server):
    assert found(server, datetime="1992-01-01T00:00:00Z") == "d"
    assert found(server, datetime="2000-06-01T00:00:00Z/..") == "abce"
    assert found(server, datetime="2001-01-01T00:00:00Z/..") == "bce"
    assert found(server, datetime="../1999-01-01T00:00:00Z") == "d"


def test_by_words(server):
    assert found(server, q="meadows") == "bd"
    assert found(server, q="MEADOW") == "c"
    assert found(server, q="meadow,zebra") == "ac"
    assert found(server, q="island states") == "c"
    assert found(server, q="states island") == ""
    assert found(server, q="green meadows") == "b"
    assert found(server, q="hayden survey") == "e"
    assert found(server, q="e") == "e"
    assert found(server, q="'; drop table stac.item --,&|!:*") == ""
    assert found(server, q="meadows", bbox="104,1,105,2", datetime="1992-01-01T00:00:00Z") == "d"


def test_pages_in_any_order_both_ways(server):
    titles = {one["id"]: one.get("title", one["id"]) for one in COLLECTIONS}
    for sortby in ("", "id", "-id", "title", "-title", "+title,-id", "-title,id", "id,title"):
        keys = [(key.lstrip("+-"), key.startswith("-")) for key in (sortby or "id").split(",")]
        expected = sorted(titles)
        if keys[0][0] == "title":
            second = keys[1][1] if len(keys) > 1 else keys[0][1]
            expected = sorted(sorted(titles, reverse=second), key=titles.get, reverse=False)
            if keys[0][1]:
                groups = sorted(set(titles.values()), reverse=True)
                expected = [one for title in groups for one in sorted((c for c in titles if titles[c] == title), reverse=second)]
        elif keys[0][1]:
            expected.reverse()
        page = get(server, limit=2, sortby=sortby)
        pages = [page]
        while following := [link for link in page["links"] if link["rel"] == "next"]:
            page = requests.get(following[0]["href"], timeout=30).json()
            pages.append(page)
        assert [one["id"] for page in pages for one in page["collections"]] == expected, sortby
        back = []
        while True:
            back = [one["id"] for one in page["collections"]] + back
            previous = [link for link in page["links"] if link["rel"] == "prev"]
            if not previous:
                break
            page = requests.get(previous[0]["href"], timeout=30).json()
        assert back == expected, sortby


def test_pages_of_a_search_keep_to_it(server):
    page = get(server, limit=1, q="meadows", sortby="-id")
    assert page["numberMatched"] == 2 and page["collections"][0]["id"] == "d"
    (link,) = [link for link in page["links"] if link["rel"] == "next"]
    page = requests.get(link["href"], timeout=30).json()
    assert page["numberMatched"] == 2 and [one["id"] for one in page["collections"]] == ["b"]
    assert not [link for link in page["links"] if link["rel"] == "next"]


def test_fields_of_collections(server):
    for one in get(server, fields="title")["collections"]:
        assert set(one) <= {"type", "id", "links", "title"} and {"type", "id", "links"} <= set(one)
    for one in get(server, fields="-links,-extent.temporal")["collections"]:
        assert "links" not in one and set(one["extent"]) == {"spatial"} and "license" in one
    for one in get(server, fields="")["collections"]:
        assert {"type", "stac_version", "id", "description", "license", "extent", "links"} <= set(one)
        assert "providers" not in one


SUMMARIZED = collection(
    "s", "Summaries", [20, 20, 30, 30], license="CC0-1.0", keywords=["Landsat", "meadow"], gsd=30, sci=None,
    summaries={
        "platform": ["landsat-8", "landsat-9"], "gsd": {"minimum": 15, "maximum": 100}, "eo:cloud_cover": {"minimum": 90, "maximum": 95},
        "odd": {"type": "string"}, "mixed": [7, 8],
    },
)  # fmt: skip


@pytest.fixture
def filtered(index, server):
    # Declares a list, and at one point has Items of which a range is known.
    point = collection("p", "Point", license="CC-BY-4.0", summaries={"eo:cloud_cover": [99]})
    for one in (SUMMARIZED, point):
        index.add(one)
    index.insert("a", "1", [1, 1, 2, 2], "2020-01-01T00:00:00Z", **{"eo:cloud_cover": 5})
    index.insert("a", "2", [1, 1, 3, 2], "2020-06-01T00:00:00Z", **{"eo:cloud_cover": 55.5})
    index.insert("p", "3", [40, 40, 40, 40], "2020-06-01T00:00:00Z", **{"eo:cloud_cover": 1})
    summarize(index.database)
    return server


FILTERS = {
    "license = 'CC0-1.0'": "s",
    "NOT license = 'CC0-1.0'": "abcdep",
    "casei(title) LIKE casei('%MEADOWS%')": "bd",
    "title IS NULL": "c",
    "sci IS NULL": "abcdeps",
    "id IN ('a', 's', 'nothing')": "as",
    "collection = 'c'": "c",
    "a_contains(keywords, ('meadow'))": "cs",
    "a_overlaps(keywords, ('Landsat', 'island states'))": "cs",
    "a_contains(\"summaries.platform\", ('landsat-9'))": "s",
    "\"summaries.gsd.minimum\" <= 15 AND \"summaries.gsd.maximum\" > 30": "s",
    "\"summaries.eo:cloud_cover.maximum\" < 60": "ap",
    "\"summaries.eo:cloud_cover.minimum\" >= 5": "as",
    "gsd = 30": "s",
    "s_intersects(geometry, POINT(9 9))": "be",
    "s_intersects(geometry, BBOX(175, 0, 176, 1))": "ce",
    "s_intersects(geometry, POINT(-175 0))": "ce",
    "s_within(geometry, BBOX(0, 0, 4, 4))": "a",
    "start_datetime >= DATE('2000-01-01') AND end_datetime < DATE('2021-01-01')": "ap",
    "end_datetime IS NULL": "bces",
    "t_intersects(INTERVAL(start_datetime, end_datetime), INTERVAL('1994-01-01', '1998-01-01'))": "d",
    "s_intersects(geometry, POINT(40 40))": "ep",
    "s_within(geometry, BBOX(39, 39, 41, 41))": "p",
    "a_contains(\"summaries.mixed\", (7))": "s",
    "a_contains(\"summaries.eo:cloud_cover\", (99))": "",
    "\"summaries.eo:cloud_cover.maximum\" = 1": "p",
    "1 = 1": "abcdeps",
    "summaries = 'x' OR extent = 1 OR links = 2": "",
}


@pytest.mark.parametrize("text", FILTERS)
def test_by_filter(filtered, text):
    assert found(filtered, filter=text) == FILTERS[text]


def test_filters_go_together_with_all_else(filtered):
    as_json = json.dumps({"op": "like", "args": [{"op": "casei", "args": [{"property": "title"}]}, "%meadows%"]})
    assert found(filtered, filter=as_json, **{"filter-lang": "cql2-json"}) == "bd"
    assert found(filtered, query=json.dumps({"keywords": {"contains": "meadow"}, "gsd": {"eq": 30}})) == "s"
    assert found(filtered, query=json.dumps({"title": {"startsWith": "M", "neq": "x"}}), filter="id > 'b'") == "d"
    assert found(filtered, filter="title = 'Meadows of the Alps'", bbox="104,1,105,2", q="meadows", datetime="1992-01-01T00:00:00Z") == "d"
    assert found(filtered, filter="id < 'e'", q="meadow") == "c"
    page = get(filtered, filter="license = 'other'", limit=2, sortby="-id")
    seen = [one["id"] for one in page["collections"]]
    assert page["numberMatched"] == 5
    while following := [link["href"] for link in page["links"] if link["rel"] == "next"]:
        page = requests.get(following[0], timeout=30).json()
        seen += [one["id"] for one in page["collections"]]
    assert seen == list("edcba")
    children = requests.get(filtered.url + "/children", params={"filter": "id = 'd'"}, timeout=30).json()
    assert [one["id"] for one in children["children"]] == ["d"]


def test_filters_follow_what_a_collection_says(filtered, index):
    assert found(filtered, filter="title = 'Other'") == ""
    text = json.dumps(SUMMARIZED | {"title": "Other", "summaries": {"platform": ["landsat-5"]}})
    index.database.query("update stac.collection set content = %s where id = 's'", text)
    assert found(filtered, filter="title = 'Other'") == "s"
    assert found(filtered, filter="a_contains(\"summaries.platform\", ('landsat-9'))") == ""
    assert found(filtered, filter="\"summaries.gsd.minimum\" <= 15") == ""


def test_queryables_of_a_search_of_collections(filtered):
    (link,) = [link for link in get(filtered)["links"] if link["rel"].endswith("/queryables")]
    response = requests.get(link["href"], timeout=30)
    assert response.status_code == 200 and response.headers["Content-Type"] == "application/schema+json" == link["type"]
    schema = response.json()
    properties = schema["properties"]
    assert schema["$id"] == link["href"] and schema["additionalProperties"] is True
    assert {name: one.get("type") for name, one in properties.items()} == {
        "id": "string", "geometry": None, "start_datetime": "string", "end_datetime": "string", "description": "string",
        "gsd": "number", "keywords": "array", "license": "string", "providers": "array", "stac_version": "string",
        "summaries.eo:cloud_cover.maximum": "number", "summaries.eo:cloud_cover.minimum": "number",
        "summaries.gsd.maximum": "number", "summaries.gsd.minimum": "number", "summaries.mixed": "array",
        "summaries.platform": "array",
        "title": "string",
    }  # fmt: skip
    again = requests.get(link["href"], headers={"If-None-Match": response.headers["ETag"]}, timeout=30)
    assert again.status_code == 304


def test_pystac_client_filters_collections(filtered):
    client = Client.open(filtered.url)
    text = client.collection_search(filter="license = 'CC0-1.0'", filter_lang="cql2-text")
    assert [one.id for one in text.collections()] == ["s"] and text.matched() == 1
    as_json = {"op": "a_contains", "args": [{"property": "keywords"}, ["meadow"]]}
    assert [one.id for one in client.collection_search(filter=as_json, filter_lang="cql2-json").collections()] == ["c", "s"]
    assert [one.id for one in client.collection_search(query={"gsd": {"lt": 60}}).collections()] == ["s"]


def test_every_mistake_is_named_at_once(server):
    query = "bbox=1,2,3&datetime=x&limit=0&sortby=colour&fields=-&token=x&q=" + "a," * 30
    query += "&filter=title+=&query=7&filter-crs=x"
    response = requests.get(server.url + "/collections?" + query, timeout=30)
    assert response.status_code == 400
    for name in ("bbox", "datetime", "limit", "sortby", "fields", "token", "q: ", "filter, character 8: ", "query: ", "filter-crs: "):
        assert name in response.json()["description"], name


def extent(server, collection_id):
    response = requests.get(f"{server.url}/collections/{collection_id}", timeout=30)
    assert response.status_code == 200
    assert response.json() == next(one for one in get(server)["collections"] if one["id"] == collection_id)
    document = response.json()["extent"]
    return document["spatial"]["bbox"], document["temporal"]["interval"], response.headers["ETag"]


def test_extents_follow_the_items(index, server):
    declared = extent(server, "a")
    assert declared[:2] == ([[0, 0, 10, 10]], [["2000-01-01T00:00:00Z", "2000-12-31T00:00:00Z"]])
    index.insert("a", "one", [20, 20, 21, 22], "2010-01-01T00:00:00Z")
    first = extent(server, "a")
    assert first[:2] == ([[20, 20, 21, 22]], [["2010-01-01T00:00:00Z", "2010-01-01T00:00:00Z"]])
    assert first[2] != declared[2]
    known = requests.get(server.url + "/collections/a", headers={"If-None-Match": declared[2]}, timeout=30)
    assert known.status_code == 200 and known.json()["extent"]["spatial"]["bbox"] == first[0]
    known = requests.get(server.url + "/collections/a", headers={"If-None-Match": first[2]}, timeout=30)
    assert known.status_code == 304
    index.insert("a", "two", [19, 20.5, 20, 21], "2009-01-01T00:00:00Z", "2012-01-01T00:00:00Z")
    assert extent(server, "a")[:2] == ([[19, 20, 21, 22]], [["2009-01-01T00:00:00Z", "2012-01-01T00:00:00Z"]])
    assert extent(server, "b")[:2] == ([[5, 5, 0, 15, 15, 100]], [["2000-01-01T00:00:00Z", None]])
    assert found(server, bbox="1,1,2,2") == "e" and found(server, bbox="19.1,20.6,19.2,20.7") == "ae"
    assert "a" in found(server, datetime="2012-01-01T00:00:00Z") and "a" not in found(server, datetime="2000-06-01T00:00:00Z")


def wait_for_extent(server, collection_id, box, times):
    deadline = time.monotonic() + 30
    expected = {"spatial": {"bbox": [box]}, "temporal": {"interval": [times]}}
    while (seen := requests.get(f"{server.url}/collections/{collection_id}", timeout=30).json()["extent"]) != expected:
        assert time.monotonic() < deadline, (seen, expected)
        time.sleep(0.05)
    return extent(server, collection_id)[2]


def test_extents_shrink_when_items_go(index, server):
    index.insert("a", "west", [-20, 0, -19, 1], "2010-01-01T00:00:00Z", "2015-01-01T00:00:00Z")
    index.insert("a", "middle", [0, 0, 1, 1], "2011-01-01T00:00:00Z")
    index.insert("a", "east", [30, 0, 31, 2], "2012-01-01T00:00:00Z")
    whole = extent(server, "a")
    assert whole[:2] == ([[-20, 0, 31, 2]], [["2010-01-01T00:00:00Z", "2015-01-01T00:00:00Z"]])
    index.database.query("delete from stac.item where id = 'west'")
    smaller = wait_for_extent(server, "a", [0, 0, 31, 2], ["2011-01-01T00:00:00Z", "2012-01-01T00:00:00Z"])
    assert smaller != whole[2]
    assert "a" not in found(server, bbox="-19.5,0.5,-19.4,0.6")
    index.database.query("update stac.item set archived = now() where id = 'east'")
    wait_for_extent(server, "a", [0, 0, 1, 1], ["2011-01-01T00:00:00Z", "2011-01-01T00:00:00Z"])
    index.database.query("update stac.item set geometry = st_makeenvelope(0, 0, 0.5, 0.5, 4326) where id = 'middle'")
    wait_for_extent(server, "a", [0, 0, 0.5, 0.5], ["2011-01-01T00:00:00Z", "2011-01-01T00:00:00Z"])
    index.database.query("update stac.item set archived = null")
    index.database.query("update stac.item set geometry = null where id = 'east'")
    wait_for_extent(server, "a", [0, 0, 0.5, 0.5], ["2011-01-01T00:00:00Z", "2012-01-01T00:00:00Z"])
    index.database.query("delete from stac.item")
    wait_for_extent(server, "a", [0, 0, 10, 10], ["2000-01-01T00:00:00Z", "2000-12-31T00:00:00Z"])


def test_an_item_written_while_the_extent_shrinks_is_covered(index, server):
    index.insert("a", "wide", [-20, -20, 20, 20], "2010-01-01T00:00:00Z")
    index.insert("a", "middle", [0, 0, 1, 1], "2010-01-01T00:00:00Z")
    times = ["2010-01-01T00:00:00Z", "2010-01-01T00:00:00Z"]
    with psycopg2.connect(index.database.url) as connection, connection.cursor() as cursor:
        # It is within the extent that it sees, so its writer has nothing to note.
        cursor.execute("update stac.item set geometry = st_makeenvelope(5, 5, 6, 6, 4326) where id = 'middle'")
        index.database.query("delete from stac.item where id = 'wide'")
        wait_for_extent(server, "a", [0, 0, 1, 1], times)
        connection.commit()
    wait_for_extent(server, "a", [5, 5, 6, 6], times)


def test_the_extent_of_many_items_is_that_of_the_outermost(index, server):
    index.insert("a", "one", [0, 0, 1, 1], "2010-01-01T00:00:00Z")
    index.database.query(
        "insert into stac.item (collection, id, origin, geometry, datetime, end_datetime, properties, content, links_at, etag) "
        "select i.collection, n::text, 'stac', case when mod(n, 10) > 0 then st_makeenvelope(x, y, x + 0.5, y + 0.25, 4326) end, t, "
        "t + mod(n, 7) * interval '1 h', '{}', i.content, i.links_at, '' from stac.item i, generate_series(1, 25000) n, lateral ("
        "select sin(n) * 150 as x, cos(n) * 80 as y, '2015-01-01Z'::timestamptz + sin(n) * interval '1000 d' as t) places"
    )
    index.database.query("update stac.longest_span set span = '6 h'")
    for box in ("-179, -1, -178, 1", "178, -1, 179, 1", "-1, -90, 1, -89", "-1, 89, 1, 90"):
        index.database.query("delete from stac.item where id = 'far'")
        west, south, east, north = (float(part) for part in box.split(","))
        index.insert("a", "far", [west, south, east, north], "2030-01-01T00:00:00Z")
        assert extent(server, "a")[1][0][1] == "2030-01-01T00:00:00Z"
        index.database.query("delete from stac.item where id = 'far'")
        ((*true, starts, ends),) = index.database.query(
            "select min(st_xmin(geometry)), min(st_ymin(geometry)), max(st_xmax(geometry)), max(st_ymax(geometry)), "
            "to_char(min(datetime), 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), "
            "to_char(max(end_datetime) + interval '0.999999 s', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') from stac.item"
        )
        wait_for_extent(server, "a", [float(one) for one in true], [starts, ends])


def test_what_is_noted_of_extents_stays_small(index, server):
    for number in range(150):
        index.insert("a", f"item-{number}", [0, 0, 1 + number, 1], "2010-01-01T00:00:00Z")
    assert extent(server, "a")[0] == [[0, 0, 150, 1]]
    assert index.database.query("select count(*) from stac.extent")[0][0] <= 101


def test_items_are_found_by_words(index, server):
    index.insert("a", "one", [0, 0, 1, 1], "2010-01-01T00:00:00Z", title="Blue Lagoon", platform="landsat-8")
    index.insert("a", "two", [0, 0, 1, 1], "2011-01-01T00:00:00Z", description="A blue whale", keywords=["Sea", "deep sea"])
    index.insert("b", "three", [0, 0, 1, 1], "2012-01-01T00:00:00Z", instruments=["oli", "tirs"])

    def words(path="/search", **parameters):
        response = requests.get(server.url + path, params=parameters, timeout=30)
        assert response.status_code == 200, response.text
        return [one["id"] for one in response.json()["features"]]

    assert words(q="blue") == ["two", "one"]
    assert words(q="blue", sortby="datetime", limit=1) == ["one"]
    assert words(q="BLUE whale") == ["two"] and words(q="whale blue") == []
    assert words(q="lagoon,tirs") == ["three", "one"]
    assert words(q="landsat-8") == ["one"] and words(q="deep sea") == ["two"]
    assert words(q="lagoon,tirs", collections="b") == ["three"]
    assert words("/collections/a/items", q="lagoon,tirs") == ["one"]
    for terms in (["lagoon", "tirs"], ["deep sea"]):
        page = requests.post(server.url + "/search", json={"q": terms}, timeout=30).json()
        assert [one["id"] for one in page["features"]] == words(q=",".join(terms))
    for wrong in (7, [7], {}, ["x" * 300], ["x"] * 30):
        assert requests.post(server.url + "/search", json={"q": wrong}, timeout=30).status_code == 400, wrong


def test_free_text_uses_its_index(index):
    index.insert("a", "one", [0, 0, 1, 1], "2010-01-01T00:00:00Z", title="Blue Lagoon")
    with psycopg2.connect(index.database.url) as connection, connection.cursor() as cursor:
        cursor.execute("set enable_seqscan = off")
        cursor.execute(
            "explain select id from stac.item i where stac.words_of(i.properties) @@ phraseto_tsquery('simple', 'blue')"
        )
        assert "item_default_words" in "\n".join(row[0] for row in cursor.fetchall())


def test_children_of_the_landing_page_are_the_collections(index, server):
    index.insert("a", "one", [20, 20, 21, 22], "2010-01-01T00:00:00Z")
    landing = requests.get(server.url, timeout=30).json()
    assert "https://api.stacspec.org/v1.0.0-rc.2/children" in landing["conformsTo"]
    (link,) = [link for link in landing["links"] if link["rel"] == "children"]
    assert link["href"] == server.url + "/children" and link["type"] == "application/json"
    page = requests.get(link["href"], timeout=30).json()
    assert page["children"] == get(server)["collections"] and page["numberMatched"] == len(COLLECTIONS)
    links = {link["rel"]: link["href"] for link in page["links"]}
    assert links["self"] == server.url + "/children" and links["root"] == server.url + "/"
    walked, url = [], server.url + "/children?limit=2"
    while url:
        page = requests.get(url, timeout=30).json()
        walked += [one["id"] for one in page["children"]]
        url = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    assert walked == [one["id"] for one in COLLECTIONS]
    # What a client finds that knows of child links alone.
    children = list(pystac.Catalog.from_file(server.url).get_children())
    assert [child.to_dict(transform_hrefs=False)["id"] for child in children] == walked
    assert all(isinstance(child, pystac.Collection) for child in children)
    bad = requests.get(server.url + "/children?limit=0&token=x", timeout=30)
    assert bad.status_code == 400 and "limit: " in bad.json()["description"] and "token: " in bad.json()["description"]


def test_settling_extents_does_not_wait_for_a_deletion(fresh_database):
    """They would take the rows of a collection in opposite orders, and one would end in a deadlock."""
    content = '{"type": "Collection"}'
    for name in ("going", "staying"):
        fresh_database.query("select stac.ensure_collection(%s, %s, %s)", name, content, name)
    fresh_database.query("insert into stac.extent_doubt (collection) select key from stac.collection where id in ('going', 'staying')")
    deleting, settling = psycopg2.connect(fresh_database.url), psycopg2.connect(fresh_database.url)
    try:
        with deleting.cursor() as one, settling.cursor() as other:
            one.execute("delete from stac.collection where id = 'going'")
            other.execute("set lock_timeout = '3s'")
            other.execute("select stac.settle_extents()")
            settling.commit()
            deleting.commit()
    finally:
        deleting.close()
        settling.close()
    assert fresh_database.query("select count(*) from stac.extent_doubt") == [(0,)]

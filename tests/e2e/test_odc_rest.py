"""The Open Data Cube index over HTTP, under /odc: with documents as users write them, by tokens of each role, and read back
with the real datacube clients and the STAC API."""

import concurrent.futures
import copy
import csv
import io
import json
import uuid

import pytest
import requests
import yaml

import eo3_documents
from conftest import binary, run

pytestmark = pytest.mark.usefixtures("described")

ROLES = ("user", "ingest", "manage", "admin")
TYPE = "eo3_landsat"
PRODUCT = "ls_rest"
YAML = {"Content-Type": "application/yaml"}


class Rest:
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

    def call(self, method, path, role="user", headers=None, **options):
        headers = {"Authorization": f"Bearer {self.tokens[role]}"} | (headers or {})
        return requests.request(method, self.url + path, headers=headers, timeout=60, **options)

    def good(self, method, path, role="user", status=200, **options):
        answer = self.call(method, path, role, **options)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def bad(self, method, path, status, role="admin", **options):
        """What the client is told."""
        answer = self.call(method, path, role, **options)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()["description"]

    def add(self, *datasets, role="ingest", status=201, query=""):
        return self.good("POST", f"/odc/datasets{query}", role, status, json=list(datasets))

    def ids(self, query):
        return [one["id"] for one in self.good("GET", f"/odc/datasets?{query}")["datasets"]]

    def items(self, *ids):
        """Which of them the STAC API shows."""
        found = requests.get(f"{self.url}/search", params={"ids": ",".join(ids), "limit": 1000}, timeout=60).json()
        return {feature["id"] for feature in found["features"]}


@pytest.fixture
def rest(start_api, fresh_database):
    return Rest(start_api(database=fresh_database).url, fresh_database)


@pytest.fixture
def index(rest):
    """With the product ls_rest."""
    rest.good("POST", "/odc/metadata-types", "manage", 201, json=eo3_documents.metadata_type())
    rest.good("POST", "/odc/products", "manage", 201, json=eo3_documents.product(PRODUCT))
    return rest


def scene(day="2023-05-01", column=0, product=PRODUCT, **options):
    return eo3_documents.dataset(product, day, column, **options)


def dump(*documents):
    return yaml.safe_dump_all(documents, sort_keys=False)


def assert_same(one, other, path=""):
    """Documents are equal, up to the last digits of what was computed."""
    if isinstance(one, float):
        assert other == pytest.approx(one, rel=1e-12), path
    elif isinstance(one, dict):
        assert one.keys() == other.keys(), path
        for name, value in one.items():
            assert_same(value, other[name], f"{path}/{name}")
    elif isinstance(one, list):
        assert len(one) == len(other), path
        for value, counterpart in zip(one, other):
            assert_same(value, counterpart, path)
    else:
        assert one == other, path


# Metadata types and products


def test_types_and_products_are_added_listed_and_shown_as_json_and_yaml(rest):
    added = rest.good(
        "POST", "/odc/metadata-types", "manage", 201, data=dump(eo3_documents.metadata_type()), headers=YAML
    )
    assert [(one["name"], one["status"]) for one in added["metadata_types"]] == [(TYPE, "added")]
    documents = [eo3_documents.product(name) for name in ("ls_one", "ls_two")]
    rest.good("POST", "/odc/products", "manage", 201, data=dump(*documents), headers=YAML)
    again = rest.good("POST", "/odc/products", "manage", 200, json=documents)
    assert [one["status"] for one in again["products"]] == ["exists", "exists"]

    listed = rest.good("GET", "/odc/products?limit=1")
    assert [one["name"] for one in listed["products"]] == ["ls_one"]
    following = next(link["href"] for link in listed["links"] if link["rel"] == "next")
    assert [one["name"] for one in requests.get(following, timeout=30).json()["products"]] == ["ls_two"]

    shown = rest.good("GET", "/odc/products/ls_two")
    assert shown["definition"] == documents[1]
    assert shown["metadata_type"] == TYPE
    as_yaml = rest.call("GET", "/odc/products/ls_two", headers={"Accept": "application/yaml"})
    assert as_yaml.headers["Content-Type"] == "application/yaml"
    assert yaml.safe_load(as_yaml.text) == documents[1]
    stream = rest.call("GET", "/odc/metadata-types?f=yaml")
    assert [one["name"] for one in yaml.safe_load_all(stream.text)] == ["eo", "eo3", TYPE, "telemetry"]
    fields = rest.good("GET", "/odc/products/ls_one/fields")["fields"]
    assert {"lat": "double-range", "platform": "string", "time": "datetime-range"}.items() <= {
        one["name"]: one["type"] for one in fields
    }.items()


def test_a_metadata_type_may_come_inside_a_product(rest, datacube):
    document = eo3_documents.product(PRODUCT, eo3_documents.metadata_type())
    rest.good("POST", "/odc/products", "manage", 201, json=document)
    assert rest.good("GET", f"/odc/products/{PRODUCT}")["definition"]["metadata_type"] == TYPE
    login = rest.database.login("agdc_user")
    assert PRODUCT in datacube.run("product", "list", login=login)
    assert yaml.safe_load(datacube.run("product", "show", PRODUCT, login=login))["metadata_type"] == TYPE


def test_a_dry_run_adds_nothing(rest):
    answer = rest.good("POST", "/odc/metadata-types?dry-run=true", "manage", 200, json=eo3_documents.metadata_type())
    assert [one["status"] for one in answer["metadata_types"]] == ["valid"]
    assert rest.call("GET", f"/odc/metadata-types/{TYPE}").status_code == 404


def test_another_definition_is_refused_and_none_of_the_request_is_added(index):
    other = eo3_documents.product(PRODUCT) | {"description": "other"}
    told = index.bad("POST", "/odc/products", 409, json=[eo3_documents.product("ls_new"), other])
    assert "documents[1]" in told and "description" in told and "update" in told
    assert index.call("GET", "/odc/products/ls_new").status_code == 404


def test_every_fault_of_every_document_is_named(index):
    nameless = eo3_documents.product("ls_new")
    del nameless["name"]
    wrong = eo3_documents.product("ls-dashed")
    wrong["measurements"][1]["dtype"] = "int17"
    wrong["surprise"] = 1
    told = index.bad("POST", "/odc/products", 400, json=[nameless, wrong])
    for part in ("documents[0]: name", "documents[1]: name", "documents[1]: measurements[1].dtype", "surprise"):
        assert part in told, told
    told = index.bad("POST", "/odc/products", 400, json=eo3_documents.product("ls_new", "no_such_type"))
    assert "no_such_type" in told


def test_updates_tell_their_changes_and_refuse_unsafe_ones(index):
    path = f"/odc/products/{PRODUCT}"
    document = eo3_documents.product(PRODUCT) | {"description": "better words"}
    dry = index.good("PUT", path + "?dry-run=true", "manage", json=document)
    assert dry["status"] == "dry-run"
    assert [(one["path"], one["safe"]) for one in dry["changes"]] == [("description", True)]
    assert index.good("PUT", path, "manage", json=document)["status"] == "updated"
    assert index.good("PUT", path, "manage", data=dump(document), headers=YAML)["status"] == "unchanged"

    unsafe = copy.deepcopy(document)
    unsafe["measurements"][0]["units"] = "percent"
    unsafe["metadata"]["extra"] = "x"
    told = index.bad("PUT", path, 409, "manage", json=unsafe)
    assert "measurements" in told and "metadata" in told and "allow-unsafe" in told
    changed = index.good("PUT", path + "?allow-unsafe=true", "manage", json=unsafe)["changes"]
    assert all(not one["safe"] for one in changed)
    assert index.good("GET", path)["definition"] == unsafe

    assert "ls_other" in index.bad("PUT", path, 409, "manage", json=document | {"name": "ls_other"})
    assert "metadata type" in index.bad("PUT", path, 409, "manage", json=document | {"metadata_type": "eo3"})
    assert index.bad("PUT", "/odc/products/none", 404, "manage", json=document | {"name": "none"})


def test_an_updated_product_may_bring_its_metadata_type_but_not_change_it(index):
    path = f"/odc/products/{PRODUCT}"
    document = eo3_documents.product(PRODUCT, eo3_documents.metadata_type()) | {"description": "with its type"}
    assert index.good("PUT", path, "manage", json=document)["status"] == "updated"
    assert index.good("GET", path)["definition"]["metadata_type"] == TYPE

    document["metadata_type"]["dataset"]["search_fields"]["platform"]["indexed"] = True
    told = index.bad("PUT", path, 409, "manage", json=document | {"description": "with another type"})
    assert f"'{TYPE}' exists with another definition" in told and "platform" in told
    assert index.good("GET", path)["definition"]["description"] == "with its type"


def test_an_update_with_an_outdated_etag_is_refused(index):
    path = f"/odc/products/{PRODUCT}"
    etag = index.call("GET", path).headers["ETag"]
    assert index.call("GET", path, headers={"If-None-Match": etag}).status_code == 304
    first = eo3_documents.product(PRODUCT) | {"description": "first"}
    index.good("PUT", path, "manage", json=first, headers={"If-Match": etag})
    index.bad("PUT", path, 412, "manage", json=first | {"description": "second"}, headers={"If-Match": etag})
    index.bad("DELETE", path, 412, "manage", headers={"If-Match": etag})


def test_an_updated_metadata_type_rebuilds_indexes_and_views(index):
    document = eo3_documents.metadata_type()
    document["dataset"]["search_fields"]["wrs_path"] = {
        "type": "integer", "offset": ["properties", "landsat:wrs_path"], "description": "Path",
    }  # fmt: skip
    index.good("PUT", f"/odc/metadata-types/{TYPE}", "manage", json=document)
    names = index.database.query("select indexname from pg_indexes where indexname like 'dix_ls_rest_%%'")
    assert ("dix_ls_rest_wrs_path",) in names
    assert index.database.query("select wrs_path from agdc.dv_ls_rest_dataset") == []
    assert index.database.query("select wrs_path from agdc.dv_eo3_landsat_dataset") == []


def test_what_is_used_is_deleted_by_nobody_but_an_administrator_who_means_it(index):
    index.add(scene())
    told = index.bad("DELETE", f"/odc/metadata-types/{TYPE}", 409, "manage")
    assert "1 products" in told and "1 datasets" in told
    assert "1 active" in index.bad("DELETE", f"/odc/products/{PRODUCT}", 409, "manage")
    index.bad("DELETE", f"/odc/products/{PRODUCT}?force=true", 403, "manage")
    deleted = index.good("DELETE", f"/odc/products/{PRODUCT}?force=true", "admin")
    assert deleted["datasets"] == 1
    assert index.items(scene()["id"]) == set()
    index.good("DELETE", f"/odc/metadata-types/{TYPE}", "manage")
    index.bad("DELETE", f"/odc/metadata-types/{TYPE}", 404)


@pytest.mark.parametrize("datacube", ["1.8"], indirect=True)  # 1.9 itself lets only agdc_admin do it
def test_the_real_client_updates_products_and_types_as_manage(index, datacube, folder):
    """Indexes and views are those that it wants, so it has nothing to do that agdc_manage may not."""
    login = index.database.login("agdc_manage")
    product_file, type_file = folder / "rest-product.yaml", folder / "rest-type.yaml"
    for description in ("once", "twice"):
        product_file.write_text(dump(eo3_documents.product(PRODUCT) | {"description": description}))
        assert f'Updated "{PRODUCT}"' in datacube.run("product", "update", product_file, login=login)
        document = eo3_documents.metadata_type() | {"description": description}
        document["dataset"]["search_fields"][f"field_{description}"] = {"offset": ["properties", description]}
        type_file.write_text(dump(document))
        assert f'Updated "{TYPE}"' in datacube.run("metadata", "update", "--allow-unsafe", type_file, login=login)
    assert index.good("GET", f"/odc/products/{PRODUCT}")["definition"]["description"] == "twice"
    names = index.database.query("select indexname from pg_indexes where indexname like 'dix_ls_rest_field_%%'")
    assert names == [("dix_ls_rest_field_twice",)]
    type_file.write_text(dump(eo3_documents.metadata_type("eo3_more")))
    datacube.run("metadata", "add", type_file, login=login)
    reading = "set role agdc_user; select count(*) from agdc.dv_eo3_more_dataset"
    assert index.database.query(reading) == [(0,)]


# Datasets


def test_what_rest_adds_is_what_the_real_client_finds(index, datacube, tmp_path):
    first, second = scene("2023-05-01"), scene("2023-06-01", column=3)
    location = "s3://bucket/scenes/first.odc-metadata.yaml"
    report = index.good(
        "POST",
        "/odc/datasets",
        "ingest",
        201,
        json={"documents": [{"document": first, "locations": [location]}, {"document": second}]},
    )
    assert [(one["status"], one["product"]) for one in report["datasets"]] == [("added", PRODUCT)] * 2
    assert index.items(first["id"], second["id"]) == {first["id"], second["id"]}

    login = index.database.login("agdc_user")
    box = {"product": PRODUCT, "lat": [45, 46], "lon": [-123.1, -122.9]}
    may, june = datacube.find([box | {"time": ["2023-05", "2023-05"]}, box | {"time": ["2023-06", "2023-06"]}], login=login)
    assert set(may) == {first["id"]} and set(june) <= {second["id"]}
    assert may[first["id"]]["uris"] == [location]
    told = next(yaml.safe_load_all(datacube.run("dataset", "info", first["id"], login=login)))
    assert told["product"] == PRODUCT and told["status"] == "active" and location in str(told)

    stored = index.good("GET", f"/odc/datasets/{first['id']}")["document"]
    path = tmp_path / "same.yaml"
    path.write_text(dump(scene("2023-05-01", column=0) | {"id": str(uuid.uuid4())}))
    datacube.run("dataset", "add", *datacube.ignore_lineage, path, login=index.database.login("agdc_ingest"))
    by_client = index.good("GET", f"/odc/datasets?uri={path.as_uri()}&mode=prefix")["datasets"][0]["document"]
    by_client["id"] = first["id"]
    assert_same(by_client, stored)


def test_what_the_real_client_added_is_updated_by_what_was_written(index, datacube, tmp_path):
    """What the client derived from the footprint differs from ours in the last digits; that is no change."""
    document = scene(column=7)
    path = tmp_path / "scene.yaml"
    path.write_text(dump(document))
    datacube.run("dataset", "add", *datacube.ignore_lineage, path, login=index.database.login("agdc_ingest"))
    url = f"/odc/datasets/{document['id']}"
    assert index.good("PUT", url, "admin", json=document)["status"] == "unchanged"
    told = index.good("PUT", url, "admin", json=document | {"accessories": {"thumbnail": {"path": "small.jpg"}}})
    assert [change["path"] for change in told["changes"]] == ["accessories"]


def test_documents_are_read_as_yaml_with_a_location_for_each_part(index):
    documents = [scene(f"2023-05-0{day}") for day in (1, 2, 3)]
    report = index.good(
        "POST", "/odc/datasets?location=file:///data/all.yaml", "ingest", 201, data=dump(*documents), headers=YAML
    )
    assert report["added"] == 3
    uris = [
        index.good("GET", f"/odc/datasets/{one['id']}/locations")["locations"][0]["uri"] for one in documents
    ]
    assert uris == [f"file:///data/all.yaml#part={i}" for i in range(3)]
    shown = index.call("GET", f"/odc/datasets/{documents[0]['id']}", headers={"Accept": "application/yaml"})
    assert yaml.safe_load(shown.text)["properties"] == documents[0]["properties"]


def test_one_bad_document_does_not_cost_the_others(index):
    bad = scene("2023-05-02")
    del bad["grids"]["default"]["transform"]
    bad["properties"]["datetime"] = "yesterday"
    good = scene("2023-05-01")
    report = index.add(good, bad, status=207)
    assert [one["status"] for one in report["datasets"]] == ["added", "failed"]
    faults = " ".join(report["datasets"][1]["faults"])
    assert "transform" in faults and "datetime" in faults
    assert index.ids(f"product={PRODUCT}") == [good["id"]]

    answer = index.call("POST", "/odc/datasets?atomic=true", "ingest", json=[scene("2023-05-03"), bad])
    assert answer.status_code == 400
    assert "documents[1]" in answer.json()["description"] and "documents[0]" not in answer.json()["description"]
    assert index.ids(f"product={PRODUCT}") == [good["id"]]


def maturing(maturity, second=0.0, region="046028", column=0):
    document = scene(product="ls_maturing", column=column) | {"id": str(uuid.uuid4())}
    document["properties"] |= {
        "dea:dataset_maturity": maturity,
        "datetime": f"2023-05-01T18:50:{second:09.6f}Z",
        "odc:region_code": region,
    }
    return document


@pytest.fixture
def versions(rest):
    """(what a final scene replaces, what it does not, the final scene), the first two of which are in the index."""
    rest.good("POST", "/odc/products", "manage", 201, json=eo3_documents.product("ls_maturing", "eo3"))
    replaced = [maturing("nrt"), maturing("nrt", 0.4)]
    kept = [maturing("nrt", 30), maturing("nrt", region="046029")]
    rest.add(*replaced, *kept)
    return sorted(one["id"] for one in replaced), {one["id"] for one in kept}, maturing("final", 0.2)


def test_less_mature_datasets_are_archived_on_both_faces(rest, versions):
    replaced, kept, final = versions
    tried = rest.add(final, role="admin", status=200, query="?archive-less-mature&dry-run=true")
    assert tried["datasets"][0]["archived_less_mature"] == replaced
    assert len(rest.ids("product=ls_maturing")) == 4
    done = rest.add(final, role="admin", query="?archive-less-mature")["datasets"][0]
    assert done["archived_less_mature"] == replaced
    kept |= {final["id"]}
    assert set(rest.ids("product=ls_maturing")) == rest.items(*kept, *replaced) == kept
    assert set(rest.ids("product=ls_maturing&archived=true")) == set(replaced)


@pytest.mark.parametrize("datacube", ["1.9"], indirect=True)
def test_the_client_archives_the_same_less_mature_datasets(rest, versions, datacube, tmp_path):
    """1.9; the option of 1.8 ends with "must be an integer" whatever it is given."""
    replaced, kept, final = versions
    path = tmp_path / "scene.yaml"
    path.write_text(dump(final))
    login = rest.database.login("agdc_admin")
    datacube.run("dataset", "add", "--archive-less-mature", *datacube.ignore_lineage, path, login=login)
    assert set(rest.ids("product=ls_maturing")) == kept | {final["id"]}
    assert set(rest.ids("product=ls_maturing&archived=true")) == set(replaced)


def test_what_is_as_mature_is_not_archived_and_refuses_the_newcomer(rest):
    rest.good("POST", "/odc/products", "manage", 201, json=eo3_documents.product("ls_maturing", "eo3"))
    final, other = maturing("final"), maturing("nrt", column=3, region="1")
    rest.add(final)
    newcomer = maturing("interim", 0.1)
    report = rest.add(newcomer, other, role="admin", status=207, query="?archive-less-mature=500")
    assert [one["status"] for one in report["datasets"]] == ["failed", "added"]
    assert f"not less mature than {newcomer['id']}: {final['id']} (final)" in report["datasets"][0]["faults"][0]
    assert set(rest.ids("product=ls_maturing")) == {final["id"], other["id"]}
    late = rest.add(newcomer, role="admin", query="?archive-less-mature=50")["datasets"][0]
    assert "archived_less_mature" not in late
    assert "agdc_admin" in rest.bad("POST", "/odc/datasets?archive-less-mature", 403, "ingest", json=[newcomer])
    assert "archive-less-mature" in rest.bad("POST", "/odc/datasets?archive-less-mature=-1", 400, json=[newcomer])


def test_a_product_without_maturity_has_nothing_less_mature(index):
    told = index.add(scene(), role="admin", status=400, query="?archive-less-mature")
    assert "dataset_maturity" in told["description"]


def test_adding_again_tells_what_is_there(index):
    document = scene()
    index.add(document)
    again = index.add(document, document | {"label": "other"}, status=200)["datasets"]
    assert [(one["status"], one["differs"]) for one in again] == [("exists", False), ("exists", True)]
    index.good("POST", f"/odc/datasets/{document['id']}/archive", "admin")
    assert index.add(document, status=200)["datasets"][0]["archived"]


def test_a_dataset_is_matched_with_exactly_one_product(index):
    index.good("POST", "/odc/products", "manage", 201, json=eo3_documents.product("ls_twin") | {"metadata": {"product": {"name": PRODUCT}}})
    told = index.add(scene(), status=400)["datasets"][0]["faults"]
    assert "ls_twin" in told[0] and PRODUCT in told[0] and "exclude-product" in told[0]
    assert index.add(scene(), query="?exclude-product=ls_twin")["datasets"][0]["product"] == PRODUCT
    told = index.add(scene(product="unheard_of"), status=400)["datasets"][0]["faults"]
    assert "unheard_of" in told[0]
    lacking = scene("2023-05-02")
    del lacking["measurements"]["red"]
    told = index.add(lacking, status=400, query=f"?product={PRODUCT}")["datasets"][0]["faults"]
    assert "red" in told[0]
    assert "nothing" in index.bad("POST", "/odc/datasets?product=nothing", 400, json=scene())


def test_lineage_is_required_skipped_or_ignored(index):
    source, child = scene("2023-05-01"), scene("2023-05-02")
    missing = str(uuid.uuid4())
    child["lineage"] = {"level1": [source["id"]], "ancillary": [missing]}
    told = index.add(source, child, status=207)["datasets"]
    assert told[0]["status"] == "added" and missing in told[1]["faults"][0] and "lineage=" in told[1]["faults"][0]
    report = index.add(child, query="?lineage=skip-missing")
    assert report["datasets"][0]["missing_sources"] == [missing]
    shown = index.good("GET", f"/odc/datasets/{child['id']}")
    assert [(one["classifier"], one["source"]) for one in shown["sources"]] == [("level1", source["id"])]
    derived = index.good("GET", f"/odc/datasets/{source['id']}/lineage?direction=derived")
    assert [one["dataset"] for one in derived["derived"]] == [child["id"]] and "sources" not in derived

    other = scene("2023-05-03")
    other["lineage"] = {"level1": [missing]}
    index.add(other, query="?lineage=ignore")
    assert index.good("GET", f"/odc/datasets/{other['id']}/lineage")["sources"] == []


def test_sources_may_stand_after_what_is_derived_from_them(index):
    grandchild, child, source = scene("2023-05-03"), scene("2023-05-02"), scene("2023-05-01")
    child["lineage"] = {"level1": [source["id"]]}
    grandchild["lineage"] = {"level2": [child["id"]]}
    report = index.add(grandchild, child, source)
    assert [one["id"] for one in report["datasets"]] == [grandchild["id"], child["id"], source["id"]]
    edges = index.good("GET", f"/odc/datasets/{grandchild['id']}/lineage")["sources"]
    assert [(one["depth"], one["source"]) for one in edges] == [(1, child["id"]), (2, source["id"])]
    assert len(index.good("GET", f"/odc/datasets/{grandchild['id']}/lineage?depth=1")["sources"]) == 1


def test_edges_are_added_and_removed(index):
    one, two = scene("2023-05-01"), scene("2023-05-02")
    index.add(one, two)
    path = f"/odc/datasets/{two['id']}/lineage"
    assert index.good("POST", path, "ingest", 201, json={"level1": one["id"]})["added"] == 1
    assert index.good("POST", path, "ingest", 200, json={"level1": one["id"]})["added"] == 0
    assert "derived" in index.bad("POST", f"/odc/datasets/{one['id']}/lineage", 409, json={"level1": two["id"]})
    missing = str(uuid.uuid4())
    assert missing in index.bad("POST", path, 404, json={"other": missing})
    assert "own source" in index.bad("POST", path, 400, json={"self": two["id"]})
    assert "'x' already" in index.bad("POST", path, 400, json={"x": one["id"], "y": one["id"]})
    index.good("DELETE", path + "?classifier=level1", "admin")
    index.bad("DELETE", path + "?classifier=level1", 404)


def test_updates_of_datasets_are_safe_unless_allowed(index):
    document = scene()
    index.add(document, query="?location=s3://bucket/old.yaml")
    path = f"/odc/datasets/{document['id']}"
    more = document | {"accessories": {"thumbnail": {"path": "thumbnail.jpg"}}}
    assert index.good("PUT", path, "admin", json=more)["status"] == "updated"
    cloudier = copy.deepcopy(more)
    cloudier["properties"]["eo:cloud_cover"] = 77
    told = index.bad("PUT", path, 409, json=cloudier)
    assert "eo:cloud_cover" in told and "allow=" in told
    dry = index.good("PUT", path + "?dry-run=true", "admin", json=cloudier)
    assert [(one["before"], one["after"], one["safe"]) for one in dry["changes"]] == [(10, 77, False)]
    index.good("PUT", path + "?allow=properties.eo:cloud_cover", "admin", json=cloudier)
    assert index.ids("cloud_cover=77") == [document["id"]]
    found = requests.get(f"{index.url}/search?ids={document['id']}", timeout=30).json()["features"][0]
    assert found["properties"]["eo:cloud_cover"] == 77

    index.good("PUT", path + "?location=s3://bucket/new.yaml&location-policy=archive", "admin", json=cloudier)
    locations = index.good("GET", path + "/locations")["locations"]
    assert [(one["uri"], one["archived"] is None) for one in locations] == [
        ("s3://bucket/new.yaml", True),
        ("s3://bucket/old.yaml", False),
    ]
    back = "?location=s3://bucket/old.yaml&location-policy=archive"
    assert index.good("PUT", path + back, "admin", json=cloudier)["status"] == "updated"
    active = [one["uri"] for one in index.good("GET", path + "/locations")["locations"] if one["archived"] is None]
    assert active == ["s3://bucket/old.yaml"]
    index.good("POST", "/odc/products", "manage", 201, json=eo3_documents.product("ls_other"))
    told = index.bad("PUT", path, 409, json=cloudier | {"product": {"name": "ls_other"}})
    assert "ls_other" in told and PRODUCT in told
    assert "another dataset" in index.bad("PUT", path, 400, json=cloudier | {"id": str(uuid.uuid4())})


def test_archive_restore_and_purge_show_on_both_faces(index, datacube):
    document = scene()
    index.add(document)
    path = f"/odc/datasets/{document['id']}"
    login = index.database.login("agdc_user")
    find = [{"product": PRODUCT}]

    dry = index.good("POST", path + "/archive?dry-run=true", "admin")
    assert dry["changed"] == [document["id"]] and index.items(document["id"])
    assert index.good("POST", path + "/archive", "admin")["changed"] == [document["id"]]
    assert index.good("POST", path + "/archive", "admin")["unchanged"] == [document["id"]]
    assert not index.items(document["id"]) and index.ids(f"product={PRODUCT}") == []
    assert index.ids("archived=true") == [document["id"]]
    assert datacube.find(find, login=login) == [{}]
    index.good("POST", path + "/restore", "admin")
    assert index.items(document["id"]) and set(datacube.find(find, login=login)[0]) == {document["id"]}

    assert "active" in index.bad("POST", path + "/purge", 409)
    index.good("POST", path + "/archive", "admin")
    index.good("POST", path + "/purge", "admin")
    assert index.call("GET", path).status_code == 404
    assert index.bad("POST", path + "/purge", 404)


def test_many_are_archived_by_ids_by_query_and_with_all_that_is_derived(index):
    days = [scene(f"2023-05-{day:02}") for day in range(1, 6)]
    days[1]["lineage"] = {"level1": [days[0]["id"]]}
    index.add(*days)
    archived = index.good("POST", "/odc/datasets/archive?derived=true", "admin", json={"ids": [days[0]["id"]]})
    assert set(archived["changed"]) == {days[0]["id"], days[1]["id"]}
    by_query = {"query": f"product={PRODUCT} time in [2023-05-03, 2023-05-04]"}
    archived = index.good("POST", "/odc/datasets/archive", "admin", json=by_query)
    assert set(archived["changed"]) == {days[2]["id"], days[3]["id"]}

    told = index.bad("POST", "/odc/datasets/purge", 409, json={"ids": [days[0]["id"]]})
    assert days[0]["id"] in told and days[1]["id"] in told
    index.good("POST", "/odc/datasets/purge?derived=true", "admin", json={"ids": [days[0]["id"]]})
    assert set(index.good("POST", "/odc/datasets/restore", "admin", json={"all": True})["changed"]) == {
        days[2]["id"],
        days[3]["id"],
    }
    missing = str(uuid.uuid4())
    assert missing in index.bad("POST", "/odc/datasets/archive", 404, json={"ids": [missing]})
    for body in ({}, [], {"ids": "x"}, {"ids": ["x"]}, {"all": False}, {"query": ""}, {"query": "lat in"}, {"ids": [], "all": True}):
        index.bad("POST", "/odc/datasets/archive", 400, data=json.dumps(body), headers={"Content-Type": "application/json"})


def test_locations_are_added_archived_restored_and_removed(index):
    document = scene()
    index.add(document, query="?location=s3://bucket/a.yaml")
    path = f"/odc/datasets/{document['id']}/locations"
    assert index.good("POST", path, "ingest", 201, json={"location": "https://example.org/b.yaml"})["added"] == 1
    assert index.good("POST", path, "ingest", 200, json={"location": "https://example.org/b.yaml"})["added"] == 0
    newest, oldest = index.good("GET", path)["locations"]
    assert newest["uri"] == "https://example.org/b.yaml"
    index.good("POST", f"{path}/archive?location={newest['id']}", "admin")
    assert [one["id"] for one in index.good("GET", path + "?archived=false")["locations"]] == [oldest["id"]]
    assert [one["id"] for one in index.good("GET", path + "?archived=true")["locations"]] == [newest["id"]]
    item = requests.get(f"{index.url}/search?ids={document['id']}", timeout=30).json()["features"][0]
    assert item["assets"]["red"]["href"] == "s3://bucket/red.tif"
    index.good("POST", f"{path}/restore?location={newest['uri']}", "admin")
    item = requests.get(f"{index.url}/search?ids={document['id']}", timeout=30).json()["features"][0]
    assert item["assets"]["red"]["href"] == "https://example.org/red.tif"
    index.good("DELETE", f"{path}?location={newest['uri']}", "admin")
    index.bad("DELETE", f"{path}?location={newest['uri']}", 404)
    for uri in ("no scheme", "", "s3:", 7, None):
        index.bad("POST", path, 400, json={"location": uri})


# Search


def test_searches_take_datacubes_expressions_and_plain_parameters(index):
    scenes = [scene(f"2023-0{month}-01", column=month, cloud_cover=month * 10.0) for month in range(1, 7)]
    index.add(*scenes)
    ids = [one["id"] for one in scenes]

    def found(query):
        return {ids.index(one) + 1 for one in index.ids(query)}

    everything = {1, 2, 3, 4, 5, 6}
    assert found("") == found(f"product={PRODUCT}") == found("lat=45,46") == found("query=lat in [45, 46]") == everything
    assert found("lat=-10,10") == set()
    assert found("time=2023-03") == found("query=time in 2023-03") == {3}
    assert found("time=2023-02/2023-04") == found("query=time in [2023-02, 2023-04]") == {2, 3, 4}
    assert found("time=2023-04/..") == found("time=2023-04,") == {4, 5, 6} and found("time=../2023-02") == {1, 2}
    assert found("cloud_cover=50,") == {5, 6} and found("lat=,10") == set()
    assert found("time=2023") == everything and found("time=2022") == set()
    assert found("cloud_cover=20") == {2} and found("cloud_cover=20,40") == {2, 3}
    assert found("query=cloud_cover >= 40") == {4, 5, 6} and found("query=cloud_cover < 20") == {1}
    assert found("cloud_cover=10&cloud_cover=60") == {1, 6}
    assert found("query=cloud_cover < 30&cloud_cover=10&cloud_cover=60") == {1}
    assert found(f"id={ids[4]}") == {5}
    assert found("platform=landsat-8&cloud_cover=10") == {1} and found("platform=landsat-9") == set()
    assert found(f"query=product={PRODUCT} platform in ['landsat-7', 'landsat-8'] cloud_cover=30".replace("'", '"')) == {3}
    assert found("region_code=046028&time=2023-06") == {6}
    lon = index.good("GET", f"/odc/datasets/{ids[0]}")["document"]["extent"]["lon"]["begin"]
    assert found(f"lon={lon - 0.001},{lon + 0.001}") == {1}


def test_pages_hold_every_dataset_once_in_every_order(index):
    scenes = [scene(f"2023-05-{day:02}", column=day) for day in range(1, 24)]
    index.add(*scenes)
    by_time = [one["id"] for one in scenes]
    for order, expected in {
        "id": sorted(by_time),
        "-id": sorted(by_time, reverse=True),
        "time": by_time,
        "-time": by_time[::-1],
        "added": sorted(by_time),
        "-added": sorted(by_time, reverse=True),
    }.items():
        walked, url = [], f"{index.url}/odc/datasets?product={PRODUCT}&limit=5&order={order}"
        while url:
            page = requests.get(url, timeout=30).json()
            assert page["numberReturned"] == len(page["datasets"]) <= 5
            walked += [one["id"] for one in page["datasets"]]
            url = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
        assert walked == expected, order
    token = requests.get(f"{index.url}/odc/datasets?limit=5", timeout=30).json()["links"][-1]["href"].split("token=")[1]
    index.bad("GET", f"/odc/datasets?order=time&token={token}", 400)


def test_uris_are_found_whole_or_by_their_beginning(index):
    one, two = scene("2023-05-01"), scene("2023-05-02")
    index.add(one, query="?location=s3://bucket/a_b/one.yaml")
    index.add(two, query="?location=s3://bucket/aXb/two.yaml")
    assert index.ids("uri=s3://bucket/a_b/one.yaml") == [one["id"]]
    assert index.ids("uri=s3://bucket/a_b") == []
    assert index.ids("uri=s3://bucket/a_b&mode=prefix") == [one["id"]]
    assert set(index.ids("uri=s3://bucket/a&mode=prefix")) == {one["id"], two["id"]}
    assert index.ids("uri=s3://bucket/%25&mode=prefix") == []
    assert index.ids(f"uri=s3://bucket/a&mode=prefix&time=2023-05-02&product={PRODUCT}") == [two["id"]]


def test_answers_are_json_yaml_or_csv(index):
    document = scene()
    index.add(document, query="?location=s3://bucket/one.yaml")
    path = f"/odc/datasets?product={PRODUCT}"
    table = index.call("GET", path, headers={"Accept": "text/csv"})
    assert table.headers["Content-Type"].startswith("text/csv")
    (row,) = csv.DictReader(io.StringIO(table.text))
    assert row["id"] == document["id"] and row["product"] == PRODUCT and row["uri"] == "s3://bucket/one.yaml"
    assert row["time_begin"].startswith("2023-05-01T18:50:00") and float(row["cloud_cover"]) == 10
    assert 45 < float(row["lat_begin"]) < float(row["lat_end"]) < 46
    (read,) = yaml.safe_load_all(index.call("GET", path + "&f=yaml").text)
    assert read["id"] == document["id"]
    liked = {"Accept": "text/csv;q=0.1, application/x-yaml;q=0.9, application/json;q=0.5"}
    assert index.call("GET", path, headers=liked).headers["Content-Type"] == "application/yaml"
    assert index.call("GET", path, headers={"Accept": "image/png"}).status_code == 406
    assert index.call("GET", "/odc/products", headers={"Accept": "text/csv"}).status_code == 406
    before = len(index.ids(""))
    assert index.call("POST", "/odc/datasets", "ingest", json=scene("2023-05-09"), headers={"Accept": "image/png"}).status_code == 406
    assert len(index.ids("")) == before


def test_counts_extent_and_duplicates(index):
    scenes = [scene("2023-05-01"), scene("2023-05-20", column=1), scene("2023-07-01", column=2)]
    twin = scene("2023-07-01", column=2) | {"id": str(uuid.uuid4())}
    index.add(*scenes, twin)
    extent = index.good("GET", f"/odc/products/{PRODUCT}/extent")
    assert extent["count"] == 4 and extent["time"]["begin"].startswith("2023-05-01T18:50")
    assert 45 < extent["lat"]["begin"] < extent["lat"]["end"] < 46
    months = index.good("GET", f"/odc/products/{PRODUCT}/counts")["counts"]
    assert [(one["begin"][:10], one["end"][:10], one["count"]) for one in months] == [
        ("2023-05-01", "2023-06-01", 2),
        ("2023-07-01", "2023-08-01", 2),
    ]
    assert index.good("GET", "/odc/datasets/counts?time=2023-05")["counts"] == [{"product": PRODUCT, "count": 2}]
    years = index.good("GET", "/odc/datasets/counts?period=year")["counts"]
    assert [one["count"] for one in years] == [4]
    groups = index.good("GET", f"/odc/datasets/duplicates?product={PRODUCT}&fields=time,region_code")["duplicates"]
    assert [set(one["ids"]) for one in groups] == [{scenes[2]["id"], twin["id"]}]
    assert groups[0]["values"]["region_code"] == "046028"
    everything = index.good("GET", f"/odc/datasets/duplicates?product={PRODUCT}&fields=platform")["duplicates"]
    assert len(everything[0]["ids"]) == 4
    index.bad("GET", f"/odc/datasets/duplicates?product={PRODUCT}&fields=nothing", 400)
    index.bad("GET", "/odc/datasets/duplicates", 400)
    for path in ("extent", "counts", "fields"):
        index.bad("GET", f"/odc/products/none/{path}", 404)


def test_many_are_got_by_their_ids(index):
    scenes = [scene(f"2023-05-0{day}") for day in (1, 2, 3)]
    index.add(*scenes)
    missing = str(uuid.uuid4())
    wanted = [scenes[2]["id"], missing, scenes[0]["id"].upper()]
    got = index.good("POST", "/odc/datasets/get", json={"ids": wanted})
    assert [one["id"] for one in got["datasets"]] == [scenes[2]["id"], scenes[0]["id"]]
    assert got["missing"] == [missing] and got["datasets"][0]["document"]["id"] == scenes[2]["id"]
    assert "document" not in index.good("POST", "/odc/datasets/get?documents=false", json={"ids": wanted})["datasets"][0]
    told = index.bad("POST", "/odc/datasets/get", 400, json={"ids": ["x", 7, missing]})
    assert "ids[0]" in told and "ids[1]" in told


# Who may


WRITES = {
    "ingest": [
        ("POST", "/odc/datasets"),
        ("POST", "/odc/datasets/{id}/locations"),
        ("POST", "/odc/datasets/{id}/lineage"),
    ],
    "manage": [
        ("POST", "/odc/metadata-types"),
        ("PUT", "/odc/metadata-types/{name}"),
        ("DELETE", "/odc/metadata-types/{name}"),
        ("POST", "/odc/products"),
        ("PUT", "/odc/products/{name}"),
        ("DELETE", "/odc/products/{name}"),
    ],
    "admin": [
        ("PUT", "/odc/datasets/{id}"),
        ("POST", "/odc/datasets/archive"),
        ("POST", "/odc/datasets/restore"),
        ("POST", "/odc/datasets/purge"),
        ("POST", "/odc/datasets/{id}/archive"),
        ("POST", "/odc/datasets/{id}/restore"),
        ("POST", "/odc/datasets/{id}/purge"),
        ("DELETE", "/odc/datasets/{id}/locations"),
        ("POST", "/odc/datasets/{id}/locations/archive"),
        ("POST", "/odc/datasets/{id}/locations/restore"),
        ("DELETE", "/odc/datasets/{id}/lineage"),
    ],
}


def test_each_operation_takes_its_role_and_those_above_it(rest):
    for least, operations in WRITES.items():
        for method, pattern in operations:
            path = pattern.format(id=uuid.uuid4(), name="none")
            nobody = requests.request(method, rest.url + path, timeout=30)
            assert nobody.status_code == 401 and f"agdc_{least}" in nobody.text, (method, path)
            for role in ROLES:
                status = rest.call(method, path, role).status_code
                refused = ROLES.index(role) < ROLES.index(least)
                assert (status == 403) == refused, (method, path, role, status)
                assert status < 500, (method, path, role)


# What clients may send


HOSTILE = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"7",
    b'"text"',
    b'[null, 7, "text", [], {}]',
    b'{"id": "\\u0000"}',
    b'{"id": "\\ud800"}',
    b'{"a": 1e999}',
    b'{"a": 123456789012345678901234567890123456789012345678901234567890}',
    b"[" * 100 + b"]" * 100,
    b'{"a":' * 100 + b"1" + b"}" * 100,
    b"\xff\xfe",
    b'{"ids": [{}, null, 1e400]}',
    b'{"query": "lat in [1e999, 2] time in 99999"}',
    b'{"document": 7, "documents": 7}',
    b'{"location": "s3://\\u0001"}',
]


def test_nothing_that_a_client_sends_is_a_failure_of_the_server(index):
    document = scene()
    index.add(document)
    own = f"/odc/datasets/{document['id']}"
    paths = [
        ("POST", "/odc/metadata-types"), ("PUT", f"/odc/metadata-types/{TYPE}"),
        ("POST", "/odc/products"), ("PUT", f"/odc/products/{PRODUCT}"),
        ("POST", "/odc/datasets"), ("POST", "/odc/datasets/get"), ("POST", "/odc/datasets/archive"),
        ("PUT", own), ("POST", own + "/locations"), ("POST", own + "/lineage"),
    ]  # fmt: skip
    for method, path in paths:
        for body in HOSTILE:
            for kind in ("application/json", "application/yaml"):
                answer = index.call(method, path, "admin", data=body, headers={"Content-Type": kind})
                assert 400 <= answer.status_code < 500, (method, path, kind, body[:50], answer.status_code)
                assert answer.json()["description"]
        assert index.call(method, path, "admin", data=b"x", headers={"Content-Type": "text/plain"}).status_code == 415
    for path in (
        "/odc/datasets/x", "/odc/datasets/%F0%9F%8C%8D", "/odc/products/" + "x" * 3000, "/odc/products/'%20or%201=1",
        "/odc/datasets?lat=x", "/odc/datasets?lat=5,1", "/odc/datasets?time=never", "/odc/datasets?nothing=1",
        "/odc/datasets?product=none", "/odc/datasets?limit=0", "/odc/datasets?token=x", "/odc/datasets?order=label",
        "/odc/datasets?id=x", "/odc/datasets?time=,", "/odc/datasets?lat=", "/odc/datasets?query=lat%20in", "/odc/datasets?lat=1e999", "/odc/datasets?cloud_cover=nan",
        "/odc/datasets?time=99999-01", "/odc/datasets?uri=x", "/odc/datasets?mode=fuzzy", "/odc/datasets?f=xml",
        "/odc/datasets/counts?period=fortnight", "/odc/products?limit=x", "/odc/products?token=%27", "/odc/products?unknown=1",
        f"{own}?depth=99", f"{own}/lineage?direction=up", "/odc/fields?product=none",
    ):  # fmt: skip
        status = index.call("GET", path).status_code
        assert status in (400, 404), (path, status)
    misspelt = index.call("POST", f"{own}/archive?dryrun=true", "admin")
    assert misspelt.status_code == 400 and index.items(document["id"])


# Each rule of what a dataset must hold, broken alone.
BROKEN = {
    "crs": lambda d: d.pop("crs"),
    "grids": lambda d: d.pop("grids"),
    "grids.default": lambda d: d["grids"].pop("default"),
    "shape": lambda d: d["grids"]["default"].update(shape=[1]),
    "transform": lambda d: d["grids"]["default"].update(transform=[1, 2, 3]),
    "geometry": lambda d: d.update(geometry={"type": "MultiPolygon", "coordinates": []}),
    "datetime": lambda d: d["properties"].pop("datetime"),
    "$schema": lambda d: d.update({"$schema": "https://example.org/other"}),
    "id": lambda d: d.update(id="not-a-uuid"),
    "measurements": lambda d: d.update(measurements=[]),
    "lineage": lambda d: d.update(lineage={"level1": ["not-a-uuid"]}),
    "eo:cloud_cover": lambda d: d["properties"].update({"eo:cloud_cover": "cloudy"}),
}


def test_each_broken_rule_is_named_and_all_of_them_at_once(index):
    for name, break_it in BROKEN.items():
        document = scene()
        break_it(document)
        answer = index.call("POST", "/odc/datasets", "ingest", json=document)
        assert answer.status_code == 400, (name, answer.text)
        assert name.split(".")[-1] in answer.json()["description"], (name, answer.json()["description"])
    several = scene()
    for name in ("crs", "shape", "datetime", "lineage"):
        BROKEN[name](several)
    told = index.add(several, status=400)["description"]
    for name in ("crs", "shape", "datetime", "lineage"):
        assert name in told
    assert index.ids("") == []


def test_many_may_add_the_same_at_once(index):
    scenes = [scene(f"2023-05-{day:02}", column=day) for day in range(1, 9)]
    with concurrent.futures.ThreadPoolExecutor(8) as workers:
        answers = list(
            workers.map(lambda order: index.call("POST", "/odc/datasets", "ingest", json=scenes[::order]), [1, -1] * 8)
        )
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    assert len(index.ids("")) == 8 and len(index.items(*[one["id"] for one in scenes])) == 8

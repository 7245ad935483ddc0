"""`datacube system clone` copies our index to the client's other driver, `postgis`."""

import json

import pytest

import eo3_documents
from conftest import run
from test_datacube import superuser_query
from test_datacube_commands import Index

COMPARE = """
import json
from datacube import Datacube

def contents(env):
    with Datacube(env=env) as datacube:
        return {
            str(d.id): {"product": d.product.name, "uri": d.uri, "crs": str(d.crs), "bounds": list(d.bounds),
                        "time": [t.isoformat() for t in d.time], "measurements": d.measurements}
            for product in datacube.list_products().name for d in datacube.find_datasets(product=product)
        }

print(json.dumps({env: contents(env) for env in ("source", "copy")}))
"""


@pytest.mark.parametrize("datacube", ["1.9"], indirect=True)
def test_our_index_is_cloned_to_the_postgis_driver(datacube, cluster, bin, sample_tree, fresh_database, tmp_path):
    run(bin("hayden-crawler"), sample_tree, "--database-url", fresh_database.url)
    index = Index(datacube, fresh_database, tmp_path)
    index.add_type("metadata", eo3_documents.metadata_type())
    index.add_type("product", eo3_documents.product("ls_cloned"))
    source = eo3_documents.dataset("ls_cloned", "2023-05-01")
    index.add(source)
    child = eo3_documents.dataset("ls_cloned", "2023-05-02", sources={"level1": [source["id"]]})
    index.add(child)

    copy = cluster.create_database()
    environments = {
        "ODC_SOURCE_DB_URL": fresh_database.reader_url,
        "ODC_SOURCE_INDEX_DRIVER": "postgres",
        "ODC_COPY_DB_URL": copy.superuser_url,
        "ODC_COPY_INDEX_DRIVER": "postgis",
    }

    def run_in_copy(*arguments):
        return datacube.run("-E", "copy", *arguments, login=fresh_database.reader_url, **environments)

    # Without users: to make them the driver needs PostgreSQL 16 (`grant … with admin true`).
    run_in_copy("system", "init", "--no-init-users")
    run_in_copy("system", "clone", "source")

    both = json.loads(datacube.python(COMPARE, login=fresh_database.reader_url, **environments))
    scenes = fresh_database.query("select count(*) from agdc.dataset")[0][0]
    assert len(both["source"]) == scenes
    assert both["copy"] == both["source"]
    lineage = "select derived_dataset_ref::text, classifier, source_dataset_ref::text from odc.dataset_lineage"
    assert superuser_query(copy, lineage) == [(child["id"], "level1", source["id"])]

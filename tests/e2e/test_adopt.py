"""`hayden-admin adopt` takes over Open Data Cube indexes that the real client made."""

import contextlib
import signal
import subprocess
import uuid

import pytest
import requests
import yaml

import eo3_documents
from conftest import binary, run
from test_datacube import superuser_query

PRODUCT = "ls_adopted"

# What a user of the index has put there, row by row.
CONTENTS = """
select 'metadata type', name, md5(concat(id, definition, added, added_by)) from agdc.metadata_type
union all
select 'product', name, md5(concat(id, metadata, metadata_type_ref, definition, added, added_by)) from agdc.dataset_type
union all
select 'dataset', id::text, md5(concat(metadata_type_ref, dataset_type_ref, metadata, archived, added, added_by)) from agdc.dataset
union all
select 'location', id::text, md5(concat(dataset_ref, uri_scheme, uri_body, added, added_by, archived)) from agdc.dataset_location
union all
select 'source', dataset_ref::text, md5(concat(classifier, source_dataset_ref)) from agdc.dataset_source
"""


def adopt(database, *options):
    return run(binary("hayden-admin"), "adopt", *options, "--database-url", database.url)


def refusal(database, command="adopt"):
    done = subprocess.run(
        [str(binary("hayden-admin")), command, "--database-url", database.url], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    return done.stderr


def statements(database, *each):
    for sql in each:
        superuser_query(database, sql)


@pytest.fixture
def theirs(datacube, cluster, tmp_path):
    """An index as its users left it: products, datasets, an archived one, two locations, lineage."""
    database = cluster.create_database()
    datacube.run("system", "init", login=database.superuser_url)
    fill(datacube, database, tmp_path)
    return database


def fill(datacube, database, folder, count=20):
    def add(command, *documents):
        path = folder / f"{uuid.uuid4().hex}.yaml"
        path.write_text(yaml.safe_dump_all(documents))
        datacube.run(command, "add", path, login=database.superuser_url)

    add("metadata", eo3_documents.metadata_type())
    add("product", eo3_documents.product(PRODUCT))
    datasets = [eo3_documents.dataset(PRODUCT, "2023-05-01", column=column) for column in range(count)]
    add("dataset", *datasets)
    child = eo3_documents.dataset(PRODUCT, "2023-06-01", sources={"level1": [datasets[0]["id"]]})
    add("dataset", child)
    datacube.run("dataset", "archive", datasets[1]["id"], login=database.superuser_url)
    statements(
        database,
        f"insert into agdc.dataset_location (dataset_ref, uri_scheme, uri_body)"
        f" values ('{datasets[2]['id']}', 's3', '//bucket/scene.yaml')",
    )


def items(database):
    return database.query("select count(*) from stac.item where archived is null")[0][0]


def active(database):
    return superuser_query(database, "select count(*) from agdc.dataset where archived is null")[0][0]


def test_an_index_is_taken_over_and_shown_in_stac(datacube, theirs, start_api):
    before = set(superuser_query(theirs, CONTENTS))
    told = adopt(theirs, "--dry-run")
    assert "make index ix_dataset_location_uri_prefix" in told
    assert f"derive the Items of {active(theirs)} datasets" in told and "nothing was changed" in told
    assert superuser_query(theirs, "select to_regnamespace('stac') is null") == [(True,)]

    said = adopt(theirs)
    assert f"{active(theirs)} Items derived" in said
    assert set(superuser_query(theirs, CONTENTS)) == before
    assert items(theirs) == active(theirs)
    assert theirs.query("select count(*) from hayden.outbox") == [(0,)]
    assert run(binary("hayden-admin"), "migrate", "--database-url", theirs.url) == "nothing to do\n"

    api = start_api(theirs)
    found = requests.get(f"{api.url}/search", params={"collections": PRODUCT, "limit": 100}, timeout=60).json()
    assert len(found["features"]) == active(theirs)


def test_the_client_goes_on_as_before(datacube, theirs, tmp_path):
    adopt(theirs)
    added = tmp_path / "added.yaml"
    added.write_text(yaml.safe_dump(eo3_documents.dataset(PRODUCT, "2023-07-01")))
    datacube.run("dataset", "add", added, login=theirs.login("agdc_ingest"))
    datacube.run("system", "init", login=theirs.url)
    product = tmp_path / "product.yaml"
    product.write_text(yaml.safe_dump(eo3_documents.product("ls_later")))
    datacube.call("product", "add", product, login=theirs.login("agdc_manage"))
    indexes = {row[0] for row in theirs.query("select indexname from pg_indexes where indexname like 'dix_ls_later%%'")}
    assert {"dix_ls_later_lat_lon_time", "dix_ls_later_cloud_cover"} <= indexes
    found = datacube.run("dataset", "search", f"product={PRODUCT}", "time in 2023-07", login=theirs.reader_url)
    assert "2023-07-01" in found


# 1.9 itself fails to make an index with --no-init-users where the roles exist but have no grants.
@pytest.mark.parametrize("datacube", ["1.8"], indirect=True)
def test_an_index_without_roles_owned_by_its_user_and_of_an_older_client_is_taken_over(datacube, cluster, tmp_path):
    database = cluster.create_database()
    datacube.run("system", "init", "--no-init-users", login=database.url)
    fill(datacube, database, tmp_path)
    statements(
        database,
        *(
            f"alter table agdc.{table} drop column updated cascade"
            for table in ("metadata_type", "dataset_type", "dataset")
        ),
        "drop function agdc.set_row_update_time cascade",
        "drop index agdc.ix_ds_prod_isactive",
    )
    before = set(superuser_query(database, CONTENTS))
    told = adopt(database, "--dry-run")
    for what in (
        "hand table agdc.dataset, which belongs to hayden, to agdc_admin",
        "add column agdc.dataset.updated",
        "make trigger row_update_time_dataset",
        "make index ix_ds_prod_isactive",
    ):
        assert what in told
    adopt(database)
    assert set(superuser_query(database, CONTENTS)) == before
    assert items(database) == active(database)
    owners = "select distinct relowner::regrole::text from pg_class where relnamespace = 'agdc'::regnamespace and relkind = 'r'"
    assert database.query(owners) == [("agdc_admin",)]


def test_a_killed_adoption_goes_on_where_it_stopped(datacube, theirs):
    before = set(superuser_query(theirs, CONTENTS))
    statements(
        theirs,
        # Many datasets, so that there is something to interrupt.
        """
        insert into agdc.dataset (id, metadata_type_ref, dataset_type_ref, metadata)
        select id, metadata_type_ref, dataset_type_ref, jsonb_set(metadata, '{id}', to_jsonb(id))
        from (select gen_random_uuid() as id, metadata_type_ref, dataset_type_ref, metadata
              from agdc.dataset cross join generate_series(1, 200) where archived is null) d""",
    )
    expected = active(theirs)
    kills = 0
    for pause in (0.02, 0.1, 0.2, 0.4, 0.6, 0.8):
        process = subprocess.Popen(
            [str(binary("hayden-admin")), "adopt", "--database-url", theirs.url],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(pause)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
    assert kills >= 3
    adopt(theirs)
    assert items(theirs) == expected
    assert theirs.query("select count(*) from hayden.outbox, hayden.projection_error") == [(0,)]
    assert before <= set(superuser_query(theirs, CONTENTS))


def test_migrate_sends_the_operator_to_adopt(theirs):
    assert "hayden-admin adopt" in refusal(theirs, "migrate")
    assert superuser_query(theirs, "select to_regnamespace('hayden') is null") == [(True,)]


def test_everything_that_differs_from_the_contract_is_named_at_once(datacube, cluster):
    database = cluster.create_database()
    datacube.run("system", "init", login=database.superuser_url)
    statements(
        database,
        "alter table agdc.dataset drop constraint fk_dataset_dataset_type_ref_dataset_type",
        "alter table agdc.dataset_location drop constraint uq_dataset_location_uri_scheme",
        "alter table agdc.dataset_location drop column archived cascade",
        "alter table agdc.dataset_type alter column metadata drop not null",
        "alter table agdc.dataset_source alter column classifier type text",
        "create schema stac",
    )
    said = refusal(database)
    for what in (
        "agdc.dataset has no foreign key (dataset_type_ref) to agdc.dataset_type",
        "agdc.dataset_location has no unique key (dataset_ref, uri_body, uri_scheme)",
        "column agdc.dataset_location.archived is missing",
        "column agdc.dataset_type.metadata may be null",
        "column agdc.dataset_source.classifier is of type text, not character varying",
        "schema stac is there already",
    ):
        assert what in said
    assert superuser_query(database, "select to_regnamespace('hayden') is null") == [(True,)]


# 1.9 itself fails to make an index with --no-init-users where the roles exist but have no grants.
@pytest.mark.parametrize("datacube", ["1.8"], indirect=True)
def test_what_only_a_superuser_may_hand_over_is_named_statement_by_statement(datacube, cluster):
    database = cluster.create_database()
    datacube.run("system", "init", "--no-init-users", login=database.superuser_url)
    said = refusal(database)
    assert "alter schema agdc owner to agdc_admin; alter table agdc.dataset owner to agdc_admin" in said
    assert "as a superuser" in said


def test_a_database_without_an_index_has_nothing_to_adopt(cluster):
    assert "hayden-admin migrate" in refusal(cluster.create_database())

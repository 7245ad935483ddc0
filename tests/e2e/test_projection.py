"""What the real Open Data Cube client writes appears over HTTP, whatever happens to the service meanwhile."""

import contextlib
import json
import random
import subprocess
import threading
import time

import eo3_documents
import psycopg2
import pytest
import requests

from conftest import Server, binary, run

pytestmark = pytest.mark.usefixtures("described")

DEADLINE_SECONDS = 30
PRODUCT = "reflectance"


def wait_for(condition, what):
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} does not happen"
        time.sleep(0.02)
    return found


def item(api, id, collection=PRODUCT):
    """The Item, or None when there is none."""
    answer = requests.get(f"{api.url}/collections/{collection}/items/{id}", timeout=30)
    assert answer.status_code in (200, 404), answer.text
    return answer.json() if answer.status_code == 200 else None


def superuser_query(database, sql):
    with contextlib.closing(psycopg2.connect(database.superuser_url)) as connection, connection:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()


def all_projected(database):
    return wait_for(lambda: database.query("select count(*) = 0 from hayden.outbox")[0][0], "emptying the outbox")


def differences(database):
    """What hayden-admin verify finds."""
    return run(binary("hayden-admin"), "verify", "--database-url", database.url)


def write_json(path, document):
    path.write_text(json.dumps(document))
    return path


def scene(number, product=PRODUCT):
    return eo3_documents.dataset(product, f"2023-05-{1 + number % 28:02}", column=number // 28)


def add_product(database, name=PRODUCT):
    product = eo3_documents.product(name, "eo3")
    database.query(
        "insert into agdc.dataset_type (name, metadata, metadata_type_ref, definition) values (%s, %s, 1, %s)",
        name,
        json.dumps(product["metadata"]),
        json.dumps(product),
    )


def insert(connection, document):
    """As the client adds a dataset: in one transaction, the dataset before its location."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "insert into agdc.dataset (id, metadata_type_ref, dataset_type_ref, metadata)"
            " select %s, metadata_type_ref, id, %s from agdc.dataset_type where name = %s on conflict do nothing",
            [document["id"], json.dumps(document), document["product"]["name"]],
        )
        cursor.execute(
            "insert into agdc.dataset_location (dataset_ref, uri_scheme, uri_body) values (%s, 'file', %s)",
            [document["id"], f"///scenes/{document['label']}/odc-metadata.yaml"],
        )


@pytest.fixture
def connect(fresh_database):
    opened = []

    def connect():
        opened.append(psycopg2.connect(fresh_database.url))
        return opened[-1]

    yield connect
    for connection in opened:
        connection.close()


@pytest.fixture
def client(datacube, fresh_database, tmp_path):
    """The real client on the test's database, with product `reflectance`."""

    def run_client(*arguments):
        return datacube.run(*arguments, login=fresh_database.url)

    def add(document):
        file = write_json(tmp_path / f"{document['id']}.json", document)
        run_client("dataset", "add", *datacube.ignore_lineage, file)
        return document["id"]

    run_client.add = add
    run_client("product", "add", write_json(tmp_path / "product.json", eo3_documents.product(PRODUCT, "eo3")))
    return run_client


def test_what_the_client_adds_and_changes_appears(client, start_api, fresh_database, tmp_path):
    api = start_api(fresh_database)
    document = scene(0)
    id = client.add(document)
    found = wait_for(lambda: item(api, id), "the Item")
    assert found["assets"]["red"]["href"] == (tmp_path / "red.tif").as_uri()
    assert found["properties"]["eo:cloud_cover"] == 10
    assert found["properties"]["datetime"].startswith("2023-05-01T18:50:00")
    collection = requests.get(f"{api.url}/collections/{PRODUCT}", timeout=30).json()
    assert collection["description"] == f"Surface reflectance of {PRODUCT}"

    document["properties"]["eo:cloud_cover"] = 55.5
    client("dataset", "update", "--allow-any", "properties", write_json(tmp_path / f"{id}.json", document))
    wait_for(lambda: item(api, id)["properties"]["eo:cloud_cover"] == 55.5, "the change")


def test_archive_restore_and_purge_show_at_once(client, start_api, fresh_database):
    api = start_api(fresh_database)
    id = client.add(scene(0))
    wait_for(lambda: item(api, id), "the Item")
    api.stop()
    api = start_api(fresh_database, no_projection=True)
    client("dataset", "archive", id)
    assert item(api, id) is None
    client("dataset", "restore", id)
    assert item(api, id)
    client("dataset", "archive", id)
    client("dataset", "purge", id)
    assert item(api, id) is None
    assert fresh_database.query("select count(*) from stac.item") == [(0,)]


def test_a_document_without_an_item_is_counted_and_the_client_notices_nothing(
    client, datacube, start_api, fresh_database, tmp_path
):
    api = start_api(fresh_database)
    legacy = {
        "name": "legacy",
        "description": "A product without EO3",
        "metadata_type": "telemetry",
        "metadata": {"product_type": "legacy"},
    }
    client("product", "add", write_json(tmp_path / "legacy.json", legacy))
    document = {"id": scene(1)["id"], "product_type": "legacy", "lineage": {"source_datasets": {}}}
    id = client.add(document)
    good = client.add(scene(0))
    wait_for(lambda: item(api, good), "the Item")
    all_projected(fresh_database)
    assert id in client("dataset", "search", "product=legacy")
    counts = wait_for(
        lambda: (answer := requests.get(f"{api.url}/health", timeout=30).json())["projection_errors"] and answer,
        "the count",
    )
    assert counts["projection_errors"] == 1
    assert counts["outbox"]["waiting"] == 0
    assert "\nhayden_projection_errors 1\n" in requests.get(f"{api.url}/metrics", timeout=30).text
    assert id in differences(fresh_database)


def test_killing_the_service_at_any_moment_loses_nothing(connect, folder, fresh_database):
    add_product(fresh_database)
    connection = connect()
    moments = random.Random(2904)
    number = 0
    for _ in range(8):
        api = Server(folder, fresh_database)
        for _ in range(moments.randrange(1, 60)):
            insert(connection, scene(number))
            number += 1
        time.sleep(moments.uniform(0, 0.2))
        api.kill()
    insert(connection, scene(number))
    api = Server(folder, fresh_database)
    all_projected(fresh_database)
    assert [each for each in range(number + 1) if item(api, scene(each)["id"]) is None] == []
    api.stop()
    differences(fresh_database)


def projectors(database):
    return [
        row[0]
        for row in database.query(
            "select l.pid from pg_locks l join pg_database d on d.oid = l.database"
            " where locktype = 'advisory' and granted and datname = current_database()"
        )
    ]


def test_one_of_several_services_projects_and_another_takes_over(connect, folder, fresh_database, start_api):
    first = Server(folder, fresh_database)
    wait_for(lambda: projectors(fresh_database), "the election")
    second = start_api(fresh_database)
    elected = projectors(fresh_database)
    assert len(elected) == 1
    first.kill()
    add_product(fresh_database)
    insert(connect(), scene(0))
    wait_for(lambda: item(second, scene(0)["id"]), "the Item")
    assert len(projectors(fresh_database)) == 1
    assert projectors(fresh_database) != elected


def test_the_worker_comes_back_when_its_connections_are_cut(connect, start_api, fresh_database):
    api = start_api(fresh_database)
    add_product(fresh_database)
    connection = connect()
    for number in range(3):
        insert(connection, scene(number))
        wait_for(lambda number=number: item(api, scene(number)["id"]), "the Item")
        superuser_query(
            fresh_database,
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and application_name like 'hayden-api%'",
        )


def last_question(database):
    return superuser_query(
        database,
        "select max(query_start) from pg_stat_activity"
        " where datname = current_database() and application_name = 'hayden-api projector'",
    )[0][0]


def test_a_service_that_may_not_write_says_so_once_and_serves(connect, start_api, fresh_database):
    api = start_api(fresh_database, database_url=fresh_database.reader_url)
    add_product(fresh_database)
    insert(connect(), scene(0))
    wait_for(lambda: "may not write" in api.log, "the warning")
    assert requests.get(f"{api.url}/search", timeout=30).status_code == 200
    asked = last_question(fresh_database)
    wait_for(lambda: last_question(fresh_database) > asked, "the next try")
    assert api.log.count("may not write") == 1
    writer = start_api(fresh_database)
    wait_for(lambda: item(writer, scene(0)["id"]), "the Item")


def test_adders_and_a_purger_at_once_leave_both_faces_alike(connect, start_api, fresh_database):
    start_api(fresh_database)
    for name in (PRODUCT, "thermal"):
        add_product(fresh_database, name)
    faults = []

    def in_thread(work):
        connection = connect()

        def run_work():
            try:
                work(connection)
            except Exception as error:
                faults.append(error)

        thread = threading.Thread(target=run_work)
        thread.start()
        return thread

    def adder(product):
        def work(connection):
            for number in range(150):
                insert(connection, scene(number, product))

        return work

    def purger(connection):
        for _ in range(60):
            with connection, connection.cursor() as cursor:
                cursor.execute("select id from agdc.dataset where archived is null order by random() limit 3")
                for (id,) in cursor.fetchall():
                    cursor.execute("update agdc.dataset set archived = now() where id = %s", [id])
                    if random.random() < 0.6:
                        cursor.execute("delete from agdc.dataset_location where dataset_ref = %s", [id])
                        cursor.execute("delete from agdc.dataset where id = %s", [id])
                    elif random.random() < 0.5:
                        cursor.execute("update agdc.dataset set archived = null where id = %s", [id])

    for thread in [in_thread(adder(PRODUCT)), in_thread(adder("thermal")), in_thread(purger)]:
        thread.join()
    assert faults == []
    all_projected(fresh_database)
    differences(fresh_database)
    [(items, datasets)] = fresh_database.query(
        "select (select count(*) from stac.item where archived is null), count(*) from agdc.dataset where archived is null"
    )
    assert items == datasets > 0


def admin(database, *arguments):
    command = [binary("hayden-admin"), *arguments, "--database-url", database.url]
    return subprocess.run([str(part) for part in command], capture_output=True, text=True)


def test_verify_prints_each_difference_and_the_service_repairs_it(connect, start_api, fresh_database):
    api = start_api(fresh_database)
    add_product(fresh_database)
    connection = connect()
    for number in range(3):
        insert(connection, scene(number))
    wait_for(lambda: item(api, scene(2)["id"]), "the Item")
    all_projected(fresh_database)
    lost, changed, good = (scene(number)["id"] for number in range(3))
    fresh_database.query("delete from stac.item where id = %s", lost)
    fresh_database.query("update stac.item set etag = 'x' where id = %s", changed)

    found = admin(fresh_database, "verify", "--json")
    assert found.returncode == 1, found.stderr
    *differences_found, summary = map(json.loads, found.stdout.splitlines())
    assert {(each["kind"], each["dataset"]) for each in differences_found} == {
        ("missing_item", lost),
        ("wrong_etag", changed),
    }
    assert all(each["remedy"] and each["repairable"] for each in differences_found)
    assert (summary["datasets"], summary["differences"], summary["repaired"]) == (3, 2, 0)

    text = admin(fresh_database, "verify", "--repair")
    assert text.returncode == 1 and good not in text.stdout
    assert f"missing_item  dataset {lost}" in text.stdout and "2 differences, 2 handed" in text.stdout
    all_projected(fresh_database)
    assert item(api, lost)
    assert "0 differences" in differences(fresh_database)


def test_rebuild_tells_what_it_would_do_and_does_it(connect, start_api, fresh_database):
    start_api(fresh_database)
    add_product(fresh_database)
    insert(connect(), scene(0))
    all_projected(fresh_database)
    fresh_database.query("update stac.item set etag = 'x'")
    dry = admin(fresh_database, "rebuild", "--product", PRODUCT, "--dry-run")
    assert dry.returncode == 0 and "1 items" in dry.stdout and "nothing was changed" in dry.stdout
    assert admin(fresh_database, "verify").returncode == 1
    assert admin(fresh_database, "rebuild", "--collection", PRODUCT).returncode == 0
    differences(fresh_database)
    unknown = admin(fresh_database, "rebuild", "--product", "nothing")
    assert unknown.returncode == 1 and "nothing: there is no such product" in unknown.stderr

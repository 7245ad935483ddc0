"""Every cell of docs/roles.md: each operation as each role, over HTTP, by SQL and with both datacube clients."""

import contextlib
import uuid

import psycopg2
import pytest
import requests
import yaml

import role_matrix
from conftest import ROOT, Server, binary, run
from role_matrix import OPERATIONS, PRODUCT, ROLES, TYPE

# Of what the client has no part in but to make a subject.
one_version = pytest.mark.parametrize("datacube", ["1.8"], indirect=True)


class World:
    """A database with a login for each role, and what else the doors take."""

    def __init__(self, database, folder, datacube):
        self.database = database
        self.folder = folder
        self.datacube = datacube
        self.superuser = psycopg2.connect(database.superuser_url)
        self.superuser.autocommit = True
        self.as_superuser(role_matrix.insert_type(TYPE))
        self.as_superuser(role_matrix.insert_product(PRODUCT))

    def as_superuser(self, sql):
        with self.superuser.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def holds(self, condition):
        return self.as_superuser(f"select {condition}")[0][0]

    def file(self, document):
        path = self.folder / f"{uuid.uuid4().hex}.yaml"
        path.write_text(yaml.safe_dump(document))
        return path

    def login(self, role):
        return self.database.login(f"agdc_{role}")

    def allows_sql(self, role, statement):
        with contextlib.closing(psycopg2.connect(self.login(role))) as connection, connection:
            with connection.cursor() as cursor:
                try:
                    cursor.execute(statement)
                except psycopg2.errors.InsufficientPrivilege:
                    return False
                return True

    def close(self):
        self.superuser.close()


@pytest.fixture(scope="module")
def ours(datacube, cluster, tmp_path_factory):
    """A database that our migrations made; one for each version of the client."""
    database = cluster.create_database()
    run(binary("hayden-admin"), "migrate", "--database-url", database.url)
    with contextlib.closing(World(database, tmp_path_factory.mktemp("roles"), datacube)) as world:
        yield world


@pytest.fixture(scope="module")
def theirs(datacube, cluster, tmp_path_factory):
    """A database that the client made."""
    database = cluster.create_database()
    datacube.run("system", "init", login=database.superuser_url)
    with contextlib.closing(World(database, tmp_path_factory.mktemp("own"), datacube)) as world:
        yield world


def with_door(door):
    return [pytest.param(each, id=each.name) for each in OPERATIONS if door in each.doors()]


def with_own_grants():
    return [pytest.param(each, id=each.name) for each in OPERATIONS if each.own != role_matrix.NOBODY or each.own_sql]


def test_the_document_says_what_the_table_says():
    assert (ROOT / "docs/roles.md").read_text() == role_matrix.document(), (
        "docs/roles.md is out of date: python tests/e2e/role_matrix.py > docs/roles.md"
    )


@one_version
@pytest.mark.parametrize("operation", with_door("sql"))
def test_logins_may_by_sql_what_the_table_says(operation, ours):
    for role in ROLES:
        statement = operation.sql(operation.subject(ours))
        assert ours.allows_sql(role, statement) == operation.may("sql", role), role


@pytest.mark.parametrize("operation", with_own_grants())
def test_the_own_grants_of_the_client_are_as_the_table_says(operation, theirs):
    for role in ROLES:
        statement = (operation.own_sql or operation.sql)(operation.subject(theirs))
        assert theirs.allows_sql(role, statement) == operation.may_by_own_grants(role), role


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.cli], ids=lambda each: each.name)
def test_the_client_may_what_the_table_says(operation, ours):
    door = ours.datacube.version
    if door not in operation.versions:
        arguments = [str(each) for each in operation.cli(operation.subject(ours))]
        assert "No such command" in ours.datacube.call(*arguments, login=ours.login("admin")).err
        return
    for role in ROLES:
        subject = operation.subject(ours)
        arguments = [each if isinstance(each, str) else ours.file(each) for each in operation.cli(subject)]
        answer = ours.datacube.call(*arguments, login=ours.login(role))
        done = ours.holds(operation.done(subject)) if operation.done else subject["id"] in answer.out
        assert done == operation.may(door, role), f"{role}: {answer.text[-2000:]}"
        assert (answer.status == 0) == (done and not operation.odd.get((door, role))), f"{role}: {answer.text[-2000:]}"


@pytest.fixture(scope="module")
def service(ours, folder):
    server = Server(folder, ours.database)
    tokens = {
        role: run(
            binary("hayden-admin"), "token", "create", "--role", f"agdc_{role}", "--database-url", ours.database.url
        ).strip()
        for role in ROLES
    }

    def ask(role, method, path, body):
        headers = {"Authorization": f"Bearer {tokens[role]}"}
        return requests.request(method, server.url + path, headers=headers, json=body, timeout=60)

    yield ask
    server.stop()


@one_version
@pytest.mark.parametrize("operation", with_door("http"))
def test_tokens_may_over_http_what_the_table_says(operation, ours, service):
    for role in ROLES:
        subject = operation.subject(ours)
        answer = service(role, *operation.http(subject))
        assert answer.ok or answer.status_code == 403, f"{role}: {answer.status_code} {answer.text}"
        assert answer.ok == operation.may("http", role), f"{role}: {answer.text}"
        if operation.done:
            assert ours.holds(operation.done(subject)) == answer.ok, role

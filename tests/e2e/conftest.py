"""What the end-to-end tests share: a private cluster, databases made by the real hayden-admin, and servers.

Every program is the real one, from HAYDEN_BIN (default: build/dev/bin). All of it stops at the end.
"""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest
import requests
import yaml

import datacube_client
import openapi_contract
import radosgw

ROOT = Path(__file__).resolve().parents[2]
BINARIES = Path(os.environ.get("HAYDEN_BIN", ROOT / "build/dev/bin"))
SANITIZER_REPORT = re.compile(r"(ERROR|WARNING): \w+Sanitizer|runtime error:")
READY_SECONDS = 60
STOP_SECONDS = 30
OWN_VARIABLES = re.compile(r"HAYDEN_(BIN|DATACUBE|EXPLORER|FIXTURES|KILLED_SCENES|ODC_TOOLS|SCHEMAS|TEST\w*)")

# What configures the programs of whoever runs the tests, such as HAYDEN_DATABASE_URL, must not reach those tested.
for name in [each for each in os.environ if each.startswith("HAYDEN_") and not OWN_VARIABLES.fullmatch(each)]:
    del os.environ[name]


def run(*command, **options):
    """Runs a command to its end and returns its output; a failure shows all it said."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{command} exited with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    assert not SANITIZER_REPORT.search(done.stderr), done.stderr
    return done.stdout


def binary(name):
    path = BINARIES / name
    assert path.is_file(), f"{path} is not built"
    return path


def unused_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True)
class Database:
    name: str
    url: str
    reader_url: str
    superuser_url: str

    def query(self, sql, *parameters):
        """Runs one statement as the owner, commits, and returns its rows (none if it has no result)."""
        with contextlib.closing(psycopg2.connect(self.url)) as connection, connection:
            with connection.cursor() as cursor:
                cursor.execute(sql, parameters)
                return cursor.fetchall() if cursor.description else []

    def login(self, role):
        """The URL of a login that is only that, for example agdc_user. It lives as long as the cluster."""
        name = f"{self.name}_{role}"
        with contextlib.closing(psycopg2.connect(self.superuser_url)) as connection, connection:
            with connection.cursor() as cursor:
                cursor.execute("select to_regrole(%s) is null", [name])
                if cursor.fetchone()[0]:
                    cursor.execute(f"create role {name} login password 'secret' in role {role}")
        return f"postgresql://{name}:secret@{self.url.split('@')[1]}"


class Cluster:
    def __init__(self, folder):
        self.folder = folder
        self.made = 0
        run(ROOT / "scripts/cluster", "start", "--throwaway", folder)

    def url(self, login, database):
        return run(ROOT / "scripts/cluster", "url", self.folder, login, database).strip()

    def create_database(self):
        """An empty database with PostGIS, owned by hayden."""
        self.made += 1
        name = f"e2e_{self.made}"
        with contextlib.closing(psycopg2.connect(self.url("hayden", "hayden"))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f"create database {name} template template_postgis")
        return Database(name, self.url("hayden", name), self.url("hayden_reader", name), self.url("postgres", name))

    def stop(self):
        run(ROOT / "scripts/cluster", "stop", self.folder)


class Server:
    """A running hayden-api. Options become flags: start(log_level="debug", trust_proxy=True); `environment` is added to
    ours."""

    running = []

    def __init__(self, folder, database, environment=None, **options):
        self.log_path = Path(tempfile.mkstemp(prefix="hayden-api-", suffix=".log", dir=folder)[1])
        port_file = self.log_path.with_suffix(".port")
        options = {
            "database_url": database.url,
            "reader_url": database.reader_url,
            "port": 0,
            "port_file": port_file,
        } | options
        command = [str(binary("hayden-api"))]
        for name, value in options.items():
            flag = "--" + name.replace("_", "-")
            if value is True:
                command.append(flag)
            elif value is not None and value is not False:
                command += [flag, str(value)]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, env=os.environ | (environment or {})
            )
        Server.running.append(self)
        try:
            self._await(lambda: port_file.is_file() and port_file.read_text().strip())
            self.port = int(port_file.read_text())
            self.url = f"http://127.0.0.1:{self.port}"
            self._await(self._is_ready)
        except BaseException:
            self.kill()
            raise

    @property
    def log(self):
        return self.log_path.read_text(errors="replace")

    def _is_ready(self):
        with contextlib.suppress(requests.ConnectionError):
            return requests.get(f"{self.url}/health/ready", timeout=10).status_code == 200

    def _await(self, condition):
        deadline = time.monotonic() + READY_SECONDS
        while not condition():
            assert self.process.poll() is None, f"hayden-api ended with {self.process.returncode}:\n{self.log}"
            assert time.monotonic() < deadline, f"hayden-api is not ready in time:\n{self.log}"
            time.sleep(0.05)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self in Server.running:
            Server.running.remove(self)

    def stop(self):
        """Stops it as an operator would; fails if it does not end well or a sanitizer had something to say."""
        if self not in Server.running:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            pytest.fail(f"hayden-api does not stop on SIGTERM:\n{self.log[-10000:]}")
        finally:
            self.kill()
        report = SANITIZER_REPORT.search(self.log)
        assert not report, self.log[report.start() : report.start() + 10000]
        assert self.process.returncode == 0, f"hayden-api ended with {self.process.returncode}:\n{self.log[-10000:]}"


def pytest_configure():
    # Fixtures are torn down as after Ctrl-C, so that nothing goes on running.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        for server in Server.running:
            report.sections.append((f"the log of {server.url} ends", "\n".join(server.log.splitlines()[-40:])))
    return report


@pytest.fixture(scope="session")
def folder():
    with tempfile.TemporaryDirectory(prefix="hayden-e2e-") as path:
        yield Path(path)


@pytest.fixture(scope="session", name="bin")
def bin_():
    return binary


@pytest.fixture(scope="session")
def free_port():
    return unused_port


@pytest.fixture(scope="session")
def cluster(folder):
    cluster = Cluster(folder / "cluster")
    yield cluster
    cluster.stop()


def _migrated(cluster):
    database = cluster.create_database()
    run(binary("hayden-admin"), "migrate", "--database-url", database.url)
    return database


@pytest.fixture(scope="session")
def database(cluster):
    """The migrated database that `api` serves."""
    return _migrated(cluster)


@pytest.fixture(scope="module")
def module_database(cluster):
    """A migrated database that the tests of a module share."""
    return _migrated(cluster)


@pytest.fixture
def fresh_database(cluster):
    """A migrated database of the test's own, without a scene."""
    return _migrated(cluster)


@pytest.fixture(scope="session")
def gateway():
    """A real S3 server with two users: an owner of buckets and a payer of requests."""
    if not radosgw.is_installed():
        assert not os.environ.get("CI"), "radosgw, ceph-mon and ceph-osd are not installed"
        pytest.skip("radosgw, ceph-mon and ceph-osd are not installed")
    with radosgw.RadosGateway() as gateway:
        gateway.add_user("owner", *radosgw.OWNER)
        gateway.add_user("payer", *radosgw.PAYER)
        yield gateway


@pytest.fixture(scope="session")
def sample_tree(folder):
    """A small tree of MTL files as hayden-samples makes it."""
    tree = folder / "samples"
    run(binary("hayden-samples"), tree, "--scenes", 120)
    return tree


@pytest.fixture(scope="session")
def api(folder, database, sample_tree):
    """A running service over the harvested sample tree. Tests leave its scenes as they are."""
    run(binary("hayden-crawler"), sample_tree, "--database-url", database.url)
    server = Server(folder, database)
    yield server
    server.stop()


@pytest.fixture
def start_api(folder, database):
    """Starts more services: start_api(database=…, trust_proxy=True). They stop with the test."""
    started = []

    def start(database=database, **options):
        started.append(Server(folder, database, **options))
        return started[-1]

    yield start
    for server in started:
        server.stop()


def _datacube_program(version):
    programs = datacube_client.installed_programs()
    if version not in programs and not os.environ.get("CI"):
        pytest.skip(f"HAYDEN_DATACUBE does not name a datacube program of version {version}")
    assert version in programs, f"HAYDEN_DATACUBE must name the datacube program of version {version}"
    return programs[version]


@pytest.fixture(scope="session", params=datacube_client.VERSIONS)
def datacube(request, folder):
    """The real Open Data Cube client; a test that asks for it runs once for each version."""
    home = folder / f"datacube-{request.param}"
    home.mkdir()
    client = datacube_client.Datacube(request.param, _datacube_program(request.param), home)
    yield client
    client.stop()


@pytest.fixture(scope="session")
def datacube_bin():
    """The real Open Data Cube client as a program, version 1.8. HAYDEN_DATACUBE, which scripts/test sets, names it."""
    return _datacube_program("1.8")


@pytest.fixture
def described(monkeypatch):
    """Every answer that the test gets from a hayden-api through requests is one that the OpenAPI document describes."""
    contract = openapi_contract.Contract(yaml.safe_load((ROOT / "openapi/openapi.yaml").read_text()))
    send, found = requests.Session.send, []

    def send_and_compare(session, request, **options):
        response = send(session, request, **options)
        asked = response.request
        if not options.get("stream") and any(asked.url.startswith(f"{server.url}/") for server in Server.running):
            where = f"{asked.method} {asked.path_url[:80]} {response.status_code}"
            found.extend(f"{where}: {one}" for one in contract.complaints(response))
        return response

    monkeypatch.setattr(requests.Session, "send", send_and_compare)
    yield
    assert not found, "\n".join(sorted(set(found)))


@pytest.fixture(scope="session")
def validator_command():
    """The command that runs stac-api-validator with its schemas read offline, as a list; run it in tests/e2e."""
    return [sys.executable, "-m", "schemas_offline", "stac_api_validator"]

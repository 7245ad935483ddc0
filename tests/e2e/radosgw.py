"""One radosgw node in a folder of its own: a real S3 server for the tests (Debian: radosgw ceph-mon ceph-osd).

Objects live in memory. Every daemon goes to the background by itself and leaves its pid in the folder.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

import boto3
from botocore.config import Config

OWNER = ("AKOWNER", "owner/secret+with=signs")
PAYER = ("AKPAYER", "payer-secret")
PROGRAMS = ("radosgw", "ceph-mon", "ceph-osd", "ceph-authtool", "monmaptool", "radosgw-admin", "ceph")
START_SECONDS = 90

CONFIGURATION = """[global]
fsid = {fsid}
mon host = {monitors}
keyring = {folder}/keyring
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
mon allow pool size one = true
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 2147483648
run dir = {folder}/run
admin socket = {folder}/run/$name.asok
pid file = {folder}/run/$name.pid
log file = {folder}/run/$name.log
mon data = {folder}/mon
osd data = {folder}/osd
public addr = 127.0.0.1
cluster addr = 127.0.0.1
rgw frontends = beast endpoint=127.0.0.1:{port}
"""


def is_installed():
    return all(shutil.which(program) for program in PROGRAMS)


def _free_ports(count):
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


class RadosGateway:
    """A running server; `url` is its endpoint. Use as a context manager."""

    region = "us-east-1"

    def __init__(self):
        # Admin sockets must have short paths.
        self.folder = Path(tempfile.mkdtemp(prefix="hayden-rgw-", dir="/tmp"))
        self.port, *monitor_ports = _free_ports(3)
        self.url = f"http://127.0.0.1:{self.port}"
        self.fsid = str(uuid.uuid4())
        self.monitors = "[v2:127.0.0.1:{},v1:127.0.0.1:{}]".format(*monitor_ports)
        try:
            self._configure()
            self._start_monitor()
            self._start_store()
            self._run("radosgw", "-n", "client.admin")
            self._await(self._answers)
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def add_user(self, name, access_key, secret_key):
        self._run(
            "radosgw-admin", "user", "create", f"--uid={name}", f"--display-name={name}",
            f"--access-key={access_key}", f"--secret={secret_key}",
        )  # fmt: skip

    def client(self, keys):
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name=self.region,
            aws_access_key_id=keys[0],
            aws_secret_access_key=keys[1],
            config=Config(s3={"addressing_style": "path"}, max_pool_connections=16),
        )

    def fill(self, bucket, objects):
        """Makes a bucket of very many objects, which anybody may read. It is filled by requests that are not signed:
        signing takes the client longer than writing takes the server."""
        client = self.client(OWNER)
        client.create_bucket(Bucket=bucket)
        statement = {
            "Effect": "Allow",
            "Principal": "*",
            "Action": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
            "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        }
        client.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
        items = list(objects.items())

        def put(part):
            connection = HTTPConnection("127.0.0.1", self.port)
            for key, body in part:
                connection.request("PUT", f"/{bucket}/{quote(key)}", body)
                answer = connection.getresponse()
                assert answer.status == 200, answer.read()
                answer.read()
            connection.close()

        writers = 16
        with ThreadPoolExecutor(writers) as pool:
            list(pool.map(put, (items[first::writers] for first in range(writers))))

    def add_key(self, user, access_key, secret_key):
        """One more pair of keys for a user."""
        self._run(
            "radosgw-admin", "key", "create", f"--uid={user}", "--key-type=s3",
            f"--access-key={access_key}", f"--secret={secret_key}",
        )  # fmt: skip

    def stop(self):
        """Nothing in it is worth an orderly end, which takes 20 s."""
        for pid_file in (self.folder / "run").glob("*.pid"):
            with contextlib.suppress(ProcessLookupError, ValueError):
                os.kill(int(pid_file.read_text()), signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _configure(self):
        for name in ("mon", "osd", "run"):
            (self.folder / name).mkdir()
        (self.folder / "ceph.conf").write_text(
            CONFIGURATION.format(fsid=self.fsid, monitors=self.monitors, folder=self.folder, port=self.port)
        )
        keyring = self.folder / "keyring"
        self._run("ceph-authtool", "--create-keyring", keyring, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *")
        admin_caps = [word for part in ("mon", "osd", "mds", "mgr") for word in ("--cap", part, "allow *")]
        self._run("ceph-authtool", keyring, "--gen-key", "-n", "client.admin", *admin_caps)

    def _start_monitor(self):
        monmap = self.folder / "monmap"
        self._run("monmaptool", "--create", "--fsid", self.fsid, "--addv", "a", self.monitors, monmap)
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap, "--keyring", self.folder / "keyring")
        self._run("ceph-mon", "-i", "a")

    def _start_store(self):
        store = str(uuid.uuid4())
        secret = self._run("ceph-authtool", "--gen-print-key").strip()
        self._run("ceph", "osd", "new", store, "-i", "-", input=f'{{"cephx_secret":"{secret}"}}')
        caps = ["--cap", "mon", "allow profile osd", "--cap", "osd", "allow *"]
        self._run("ceph-authtool", self.folder / "keyring", "-n", "osd.0", "--add-key", secret, *caps)
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", store)
        self._run("ceph-osd", "-i", "0")
        self._await(lambda: "1 up" in self._run("ceph", "osd", "stat"))

    def _run(self, program, *arguments, **options):
        command = [program, "-c", str(self.folder / "ceph.conf"), *map(str, arguments)]
        if program in ("ceph-authtool", "monmaptool"):
            command = [program, *map(str, arguments)]
        # Daemons keep what they inherit open: pipes would never end.
        with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
            done = subprocess.run(command, stdout=output, stderr=errors, text=True, timeout=START_SECONDS, **options)
            output.seek(0)
            errors.seek(0)
            assert done.returncode == 0, f"{command} exited with {done.returncode}:\n{errors.read()}"
            return output.read()

    def _answers(self):
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            return urllib.request.urlopen(self.url, timeout=5).status == 200
        return False

    def _await(self, condition):
        deadline = time.monotonic() + START_SECONDS
        while not condition():
            assert time.monotonic() < deadline, f"radosgw is not ready in time; its logs are in {self.folder}/run"
            time.sleep(0.25)

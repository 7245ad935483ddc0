"""What tests/bench/bulk runs once there is a database with scenes."""

import argparse
import contextlib
import http.client
import json
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg2

PROGRAMS = Path(os.environ["HAYDEN_BIN"])
COLLECTION = "landsat-c2-l2"
OWN_RELATIONS = {"self", "root", "parent", "collection"}
SINGLE = 300


class Service:
    """A hayden-api on a free port, asked as one who may add datasets."""

    def __init__(self, folder):
        created = [PROGRAMS / "hayden-admin", "token", "create", "--role", "agdc_ingest", "--name", "bench"]
        self.token = subprocess.run(created, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        port = folder / "port"
        with open(folder / "api.log", "w") as log:
            options = ["--port", "0", "--address", "127.0.0.1", "--port-file", port, "--log-level", "warn", "--body-limit", str(2**26)]
            self.process = subprocess.Popen([PROGRAMS / "hayden-api", *options], stdout=log, stderr=log)
        for _ in range(300):
            if port.exists() and port.read_text().strip():
                break
            time.sleep(0.1)
        else:
            sys.exit(f"hayden-api does not start: {(folder / 'api.log').read_text()[-500:]}")
        self.port = int(port.read_text())

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port)

    def post(self, connection, path, body):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def get(self, connection, path):
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            sys.exit(f"GET {path} was answered with {answer.status}: {text[:300]}")
        return text

    def seconds_of(self, route):
        """Requests of a route, and the seconds that the service worked for them."""
        lines = self.get(self.connect(), "/metrics").decode().splitlines()
        found = {}
        for kind in ("count", "sum"):
            name = f"hayden_http_request_duration_seconds_{kind}"
            found[kind] = sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name) and f'"{route}"' in line)
        return found["count"], found["sum"]


class Searches(threading.Thread):
    """Searches without a pause until it is told to end."""

    def __init__(self, service):
        super().__init__()
        self.service, self.done, self.count = service, threading.Event(), 0

    def run(self):
        connection, chance = self.service.connect(), random.Random(1)
        while not self.done.is_set():
            west, south = chance.uniform(-170, 160), chance.uniform(-60, 60)
            box = f"{west:.3f},{south:.3f},{west + 10:.3f},{south + 10:.3f}"
            self.service.get(connection, f"/search?collections={COLLECTION}&limit=10&bbox={box}")
            self.count += 1


def execute(superuser, *statements, arguments=None):
    with contextlib.closing(psycopg2.connect(superuser)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement, arguments)
            return cursor.fetchall() if cursor.description else None


def items_of(service, ids):
    """As a client would send them: without what the service adds."""
    items, connection = [], service.connect()
    for start in range(0, len(ids), 100):
        names = ",".join(ids[start : start + 100])
        page = json.loads(service.get(connection, f"/search?collections={COLLECTION}&limit=100&ids={names}"))
        for item in page["features"]:
            item["links"] = [link for link in item["links"] if link["rel"] not in OWN_RELATIONS]
            items.append(item)
    return items


def forget(superuser, ids):
    """As if they had never been there, and nothing is left to be projected."""
    datasets = [row[0] for row in execute(superuser, "select dataset_id::text from stac.item where id = any (%s)", arguments=(ids,))]
    execute(superuser, "delete from stac.item where id = any (%s)", arguments=(ids,))
    execute(superuser, "delete from agdc.dataset_location where dataset_ref = any (%s::uuid[])", arguments=(datasets,))
    execute(superuser, "delete from agdc.dataset where id = any (%s::uuid[])", arguments=(datasets,))
    execute(superuser, "delete from hayden.harvest_mark where item_id = any (%s)", arguments=(ids,))
    while execute(superuser, "select exists (select from hayden.outbox)")[0][0]:
        time.sleep(0.05)


def crawl(tree):
    command = [PROGRAMS / "hayden-crawler", "--progress", "none", tree]
    started = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"hayden-crawler exited with {done.returncode}: {done.stderr[-500:]}")
    return time.monotonic() - started


def post_all(service, bodies, clients):
    """Seconds, and what was searched meanwhile."""
    waiting, faults, lock = list(bodies), [], threading.Lock()

    def post():
        connection = service.connect()
        while True:
            with lock:
                if not waiting:
                    return
                body = waiting.pop()
            status, text = service.post(connection, f"/collections/{COLLECTION}/bulk_items", body)
            if status != 201 or json.loads(text)["failed"] > 0:
                faults.append((status, text[:300]))

    searches = Searches(service)
    threads = [threading.Thread(target=post) for _ in range(clients)]
    searches.start()
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - started
    searches.done.set()
    searches.join()
    if faults:
        sys.exit(f"{len(faults)} requests failed, the first with {faults[0]}")
    return seconds, searches.count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("superuser")
    parser.add_argument("--scenes", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--bulk", type=int, default=100)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()

    tree = options.folder / "scenes"
    samples = ["--scenes", str(options.scenes), "--world", "--level", "l2", "--format", "json"]
    subprocess.run([PROGRAMS / "hayden-samples", tree, *samples], check=True, stderr=subprocess.DEVNULL)
    service = Service(options.folder)
    try:
        crawl(tree)
        marked = "select item_id from hayden.harvest_mark where source = %s order by item_id"
        ids = [row[0] for row in execute(options.superuser, marked, arguments=(f"file://{tree}",))]
        # Where the database holds a newer version of a scene, that of the tree is archived.
        current = "select id from stac.item where id = any (%s) and archived is null"
        sent = [row[0] for row in execute(options.superuser, current, arguments=(ids,))]
        items = items_of(service, sent)
        if len(ids) != options.scenes or len(items) != len(sent):
            sys.exit(f"{options.scenes} scenes became {len(ids)} Items, of which {len(items)} of {len(sent)} are found")
        bodies = [
            json.dumps({"type": "FeatureCollection", "features": items[start : start + options.bulk]}).encode()
            for start in range(0, len(items), options.bulk)
        ]
        rounds = []
        for _ in range(options.rounds):
            forget(options.superuser, ids)
            crawl_seconds = crawl(tree)
            forget(options.superuser, ids)
            bulk_seconds, searches = post_all(service, bodies, options.clients)
            with_dataset = execute(
                options.superuser, "select count(dataset_id) from stac.item where id = any (%s)", arguments=(sent,)
            )[0][0]
            if with_dataset != len(items):
                sys.exit(f"of {len(items)} Items {with_dataset} have a dataset")
            rounds.append(
                {
                    "crawler": options.scenes / crawl_seconds,
                    "bulk": len(items) / bulk_seconds,
                    "searches": searches / bulk_seconds,
                    "ratio": len(items) / bulk_seconds / (options.scenes / crawl_seconds),
                }
            )
        forget(options.superuser, ids)
        connection, route = service.connect(), "/collections/{collection}/items"
        count, seconds = service.seconds_of(route)
        for item in items[:SINGLE]:
            status, text = service.post(connection, f"/collections/{COLLECTION}/items", json.dumps(item))
            if status != 201:
                sys.exit(f"an Item was answered with {status}: {text[:300]}")
        after = service.seconds_of(route)
        single = 1000 * (after[1] - seconds) / (after[0] - count)
    finally:
        service.stop()
    middle = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
    print(f"\n{options.scenes} scenes; {options.clients} clients, {options.bulk} Items in a request\n")
    print("| crawler scenes/s | bulk Items/s | of the crawler | searches/s meanwhile | one Item, ms of the service |")
    print("|---:|---:|---:|---:|---:|")
    print(f"| {middle['crawler']:.0f} | {middle['bulk']:.0f} | {middle['ratio']:.0%} | {middle['searches']:.0f} | {single:.2f} |")
    if options.json:
        options.json.write_text(json.dumps({"rounds": rounds, "single_milliseconds": single}, indent=2) + "\n")


if __name__ == "__main__":
    main()

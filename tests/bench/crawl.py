"""What tests/bench/crawl runs once there is a cluster."""

import argparse
import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))

import boto3  # noqa: E402
import psycopg2  # noqa: E402
from radosgw import RadosGateway  # noqa: E402

PROGRAMS = Path(os.environ["HAYDEN_BIN"])
PARTS = ("listing", "parse", "end", "memory")
# What a crawl writes, in the order of their foreign keys.
TABLES = ("agdc.dataset", "agdc.dataset_location", "stac.item", "hayden.harvest_mark")


def run(program, *arguments, **options):
    command = [str(part) for part in (PROGRAMS / program, *arguments)]
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, **options)
    if done.returncode != 0:
        sys.exit(f"{command} exited with {done.returncode}: {(done.stderr or '')[-1000:]}")
    return done.stdout


class Cost:
    """Seconds that some work took, and CPU seconds of it: of our programs, and of the sessions of PostgreSQL that ended."""

    def __init__(self, database, work):
        postmaster = database.postmaster
        started, programs, sessions = time.monotonic(), self.programs(), self.sessions(postmaster)
        work()
        self.seconds = time.monotonic() - started
        self.program_cpu = self.programs() - programs
        database.await_end_of_sessions()
        self.session_cpu = self.sessions(postmaster) - sessions

    @staticmethod
    def programs():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    @staticmethod
    def sessions(postmaster):
        fields = Path(f"/proc/{postmaster}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")  # of children that were waited for


class Database:
    def __init__(self, url, superuser):
        self.url, self.superuser = url, superuser
        run("hayden-admin", "migrate", "--database-url", url)

    @property
    def postmaster(self):
        return Path(self.execute("show data_directory")[0][0], "postmaster.pid").read_text().split()[0]

    def await_end_of_sessions(self):
        others = "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
        while self.execute(others)[0][0] > 0:
            time.sleep(0.05)

    def execute(self, *statements):
        with contextlib.closing(psycopg2.connect(self.superuser)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                return cursor.fetchall() if cursor.description else None

    def clear(self):
        """No rows of a crawl; collections, products and dictionaries stay. Nothing is left to be done for what was."""
        self.execute(f"truncate {', '.join(TABLES)}, agdc.dataset_source, hayden.outbox, hayden.crawl cascade", "checkpoint")

    def psql(self, script):
        command = ["psql", "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", self.superuser]
        subprocess.run(command, input=script, text=True, check=True)

    def crawl(self, source, *arguments):
        run("hayden-crawler", "--database-url", self.url, "--progress", "none", *arguments, source, stderr=subprocess.PIPE)

    def counts(self):
        return [self.execute(f"select count(*) from {table}")[0][0] for table in TABLES]


class Store:
    """A radosgw with buckets that anybody may write."""

    def __init__(self, server):
        server.add_user("bench", "bench", "bench-secret")
        self.url = server.url
        self.owner = boto3.client(
            "s3", endpoint_url=server.url, region_name=server.region, aws_access_key_id="bench",
            aws_secret_access_key="bench-secret",
        )  # fmt: skip

    def fill(self, bucket, *arguments):
        self.owner.create_bucket(Bucket=bucket, ACL="public-read-write")
        run("hayden-crawl-bench", "fill", "--endpoint-url", self.url, "--bucket", bucket, *arguments)

    def address(self, bucket):
        return ("--endpoint-url", self.url, "--no-sign-request", f"s3://{bucket}")


def measure_listing(options, store):
    store.fill("keys", "--keys", options.keys)
    rounds = ("--keys", options.keys, "--rounds", options.rounds)
    figures = json.loads(run("hayden-crawl-bench", "list", "--endpoint-url", store.url, "--bucket", "keys", *rounds))
    rounds = figures["rounds"]
    figures["ratio"] = statistics.median(one["bare"]["seconds"] / one["ours"]["seconds"] for one in rounds)
    print(f"\n{figures['keys']} keys, {figures['threads']} threads; bare over {figures['prefixes']} prefixes it knows\n")
    print("| lister | keys/s | of bare | requests | its own CPU ms a request |\n|---|---:|---:|---:|---:|")
    for side, name, ratio in (("bare", "bare", ""), ("ours", "hayden-crawler", f"{figures['ratio']:.0%}")):
        seconds, requests, cpu = (statistics.median(one[side][key] for one in rounds) for key in ("seconds", "requests", "cpu"))
        print(f"| {name} | {figures['keys'] / seconds:.0f} | {ratio} | {requests:.0f} | {1000 * cpu / requests:.2f} |", flush=True)
    return figures


def measure_parsing():
    figures = json.loads(run("hayden-crawl-bench", "parse"))
    print("\n| form | bytes | parsed/s and core | into scenes |\n|---|---:|---:|---:|")
    for form, one in figures.items():
        print(f"| {form} | {one['bytes']} | {one['parsed']:.0f} | {one['scenes']:.0f} |")
    print(flush=True)
    return figures


def measure_end_to_end(options, folder, database, sources):
    """Crawls and copies in turn; the rows that are copied are those of the first crawl."""
    figures = {}
    for name, source in sources.items():
        database.clear()
        database.crawl(source[-1], *source[:-1])
        counts = database.counts()
        if counts != [options.scenes] * len(TABLES):
            sys.exit(f"{options.scenes} scenes became {counts} rows of {TABLES}")
        # What is partitioned can be copied from, but not to a file.
        dump = "".join(f"\\copy (select * from {table}) to '{folder / table}'\n" for table in TABLES)
        load = "".join(f"\\copy {table} from '{folder / table}'\n" for table in TABLES)
        database.psql(dump)
        rounds = []
        for _ in range(options.rounds):
            database.clear()
            crawl = Cost(database, lambda source=source: database.crawl(source[-1], *source[:-1]))
            database.clear()
            copy = Cost(database, lambda load=load: database.psql(f"begin;\n{load}commit;\n"))
            rounds.append(
                {
                    "crawl_seconds": crawl.seconds,
                    "copy_seconds": copy.seconds,
                    "ratio": copy.seconds / crawl.seconds,
                    "crawler_cpu": crawl.program_cpu,
                    "crawl_session_cpu": crawl.session_cpu,
                    "copy_session_cpu": copy.session_cpu,
                }
            )
        figures[name] = {"rounds": rounds, "ratio": statistics.median(one["ratio"] for one in rounds)}
    print(f"\n{options.scenes} scenes; CPU ms for each\n")
    print("| source | scenes/s | COPY scenes/s | of COPY | crawler CPU | PostgreSQL CPU | COPY CPU |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, one in figures.items():
        middle = {key: statistics.median(each[key] for each in one["rounds"]) for key in one["rounds"][0]}
        rates = [options.scenes / middle[key] for key in ("crawl_seconds", "copy_seconds")]
        cpu = [1000 * middle[key] / options.scenes for key in ("crawler_cpu", "crawl_session_cpu", "copy_session_cpu")]
        print(f"| {name} | {rates[0]:.0f} | {rates[1]:.0f} | {one['ratio']:.0%} | {cpu[0]:.2f} | {cpu[1]:.2f} | {cpu[2]:.2f} |")
    print(flush=True)
    return figures


def measure_memory(folder, database, tree, keys=1_000_000):
    database.clear()
    scenes = sorted(path.relative_to(tree).as_posix() for path in tree.rglob("*_MTL.json"))
    listed = folder / "million.keys"
    with open(listed, "w") as file:
        for number in range(keys):
            scene = scenes[number * len(scenes) // keys]
            first = number * len(scenes) % keys < len(scenes)
            file.write(scene if first else scene.replace("_MTL.json", f"_B{number}.TIF"))
            file.write("\n")
    command = [PROGRAMS / "hayden-crawler", "--database-url", database.url, "--progress", "none", "--objects-at", tree, listed]
    process = subprocess.Popen([str(part) for part in command], stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0 or database.counts() != [len(scenes)] * len(TABLES):
        sys.exit(f"the crawl of {keys} keys ended with {status}: {database.counts()}")
    figures = {"keys": keys, "scenes": len(scenes), "peak_megabytes": usage.ru_maxrss / 1024}
    print(f"\n{keys} keys, {len(scenes)} scenes written: {figures['peak_megabytes']:.0f} MB resident at the peak\n", flush=True)
    return figures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("url")
    parser.add_argument("superuser")
    parser.add_argument("--scenes", type=int, default=20_000)
    parser.add_argument("--keys", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    parts = options.only.split(",")
    if unknown := set(parts) - set(PARTS):
        sys.exit(f"there is no part {', '.join(unknown)}; the parts are {', '.join(PARTS)}")

    figures = {}
    with contextlib.ExitStack() as stack:
        store = None
        if {"listing", "end"} & set(parts):
            store = Store(stack.enter_context(RadosGateway()))
        if "parse" in parts:
            figures["parse"] = measure_parsing()
        if "listing" in parts:
            figures["listing"] = measure_listing(options, store)
        if {"end", "memory"} & set(parts):
            database = Database(options.url, options.superuser)
            tree = options.folder / "scenes"
            run("hayden-samples", tree, "--scenes", options.scenes, "--world", "--level", "l2", "--format", "json", stderr=subprocess.PIPE)
        if "end" in parts:
            store.fill("scenes", "--folder", tree)
            sources = {"folder": (tree,), "radosgw": store.address("scenes")}
            figures["end"] = measure_end_to_end(options, options.folder, database, sources)
        if "memory" in parts:
            figures["memory"] = measure_memory(options.folder, database, tree)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()

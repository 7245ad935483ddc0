#!/usr/bin/env python3
"""Asks the real datacube client the same searches on two databases in turn, and prints how long they took.

    odc.py --python INTERPRETER --around FILE --json FILE NAME=URL NAME=URL

The first database is compared with the second. INTERPRETER is that of an environment with datacube. Each line of the file
is [product, time, latitude, longitude]; a search is made around it.
"""

import argparse
import datetime
import json
import os
import random
import statistics
import subprocess
import sys
import time

SEED = 46028
SIZES = (0.5, 2, 10)  # degrees
DAYS = (16, 90, 365)


def work():
    """In the client's interpreter: first tells what there is, then answers each search with its times and its size."""
    from datacube import Datacube
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    spent = 0.0

    @event.listens_for(Engine, "before_cursor_execute")
    def begin(connection, cursor, statement, parameters, context, executemany):
        context.begun = time.perf_counter()

    @event.listens_for(Engine, "after_cursor_execute")
    def end(connection, cursor, statement, parameters, context, executemany):
        nonlocal spent
        spent += time.perf_counter() - context.begun

    datacube = Datacube()
    print(json.dumps(sorted(datacube.list_products().name)), flush=True)
    for line in sys.stdin:
        spent, begun = 0.0, time.perf_counter()
        found = datacube.find_datasets(**json.loads(line))
        total = time.perf_counter() - begun
        print(json.dumps({"ms": total * 1e3, "sql_ms": spent * 1e3, "found": len(found)}), flush=True)


class Client:
    def __init__(self, interpreter, url):
        environment = {"DATACUBE_DB_URL": url, "ODC_DEFAULT_DB_URL": url, "ODC_DEFAULT_INDEX_DRIVER": "postgres"}
        self.process = subprocess.Popen(
            [interpreter, __file__, "--work"],
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.products = json.loads(self.process.stdout.readline())

    def ask(self, search):
        self.process.stdin.write(json.dumps(search) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def searches(lines):
    """A box and a period of differing size around each place."""
    choose = random.Random(SEED)
    for line in lines:
        product, moment, lat, lon = json.loads(line)
        size, days = choose.choice(SIZES) / 2, datetime.timedelta(choose.choice(DAYS) / 2)
        moment = datetime.datetime.fromisoformat(moment)
        yield {
            "product": product,
            "lat": [lat - size, lat + size],
            "lon": [lon - size, lon + size],
            "time": [f"{moment - days:%Y-%m-%d}", f"{moment + days:%Y-%m-%d}"],
        }


def row(name, answers):
    def figures(key):
        values = sorted(answer[key] for answer in answers)
        return f"{statistics.mean(values):.2f} | {statistics.median(values):.2f} | {values[int(len(values) * 0.99)]:.2f}"

    return f"| {name} | {figures('sql_ms')} | {figures('ms')} |"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--python", required=True)
    arguments.add_argument("--around", required=True)
    arguments.add_argument("--json")
    arguments.add_argument("databases", nargs=2)
    given = arguments.parse_args()
    names, urls = zip(*(each.split("=", 1) for each in given.databases), strict=True)
    clients = [Client(given.python, url) for url in urls]
    assert clients[0].products == clients[1].products, "the databases hold other products"

    with open(given.around) as lines:
        every = list(searches(lines))
    for search in every[:20]:  # warms both
        for client in clients:
            client.ask(search)
    answers = [[], []]
    for number, search in enumerate(every):
        for side in ((0, 1), (1, 0))[number % 2]:
            answers[side].append(clients[side].ask(search))
    differing = sum(a["found"] != b["found"] for a, b in zip(*answers, strict=True))
    assert not differing, f"{differing} searches found another number of datasets"

    ratios = {
        key: sum(answer[key] for answer in answers[0]) / sum(answer[key] for answer in answers[1])
        for key in ("sql_ms", "ms")
    }
    found = statistics.mean(answer["found"] for answer in answers[0])
    print(f"{len(every)} searches, {found:.1f} datasets found by each on average\n")
    print("| database | SQL ms: mean | median | p99 | find_datasets ms: mean | median | p99 |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, side in zip(names, answers, strict=True):
        print(row(name, side))
    print(f"\nratio {names[0]}/{names[1]}: SQL {ratios['sql_ms']:.3f}, find_datasets {ratios['ms']:.3f}")
    if given.json:
        with open(given.json, "w") as file:
            json.dump({"ratios": ratios, "found": found, "searches": len(every)}, file)


if __name__ == "__main__":
    if sys.argv[1:] == ["--work"]:
        work()
    else:
        main()

"""What a crawl is likely to cost, and stopping before it costs too much, against a server that counts requests."""

import json
import subprocess

import pytest
from fault_server import FaultServer

FILES = ("ANG.txt", "MTL.json", "MTL.txt", "SR_B1.TIF", "SR_B2.TIF")


def scene_keys(years, paths, rows, scenes):
    for year in years:
        for path in paths:
            for row in rows:
                for day in range(1, scenes + 1):
                    name = f"LC08_L2SP_{path:03}{row:03}_{year}{1 + day // 28:02}{1 + day % 28:02}_20210101_02_T1"
                    for file in FILES:
                        yield f"c2/l2/{year}/{path:03}/{row:03}/{name}/{name}_{file}"


@pytest.fixture
def serve_keys():
    started = []

    def serve(keys):
        started.append(FaultServer({key: b"" for key in keys}))
        return started[-1]

    yield serve
    for server in started:
        server.stop()


@pytest.fixture
def estimate(bin, tmp_path):
    """Asks without a database; returns the one estimate of the report."""

    def run(server, source, *arguments, expect=0):
        report = tmp_path / "estimate.json"
        command = [bin("hayden-crawler"), "--estimate", "--endpoint-url", server.url, "--no-sign-request", "--report", report]
        command = [str(part) for part in (*command, *arguments, source)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, env={})
        assert done.returncode == expect, done.stderr
        return json.loads(report.read_text())["estimates"][0] if expect == 0 else done.stderr

    return run


def test_scenes_are_counted_by_their_folders_alone(estimate, serve_keys):
    server = serve_keys(scene_keys((2020, 2021), (45, 46), (28, 29), 5))
    made = estimate(server, "s3://bucket")
    assert (made["scenes"], made["scenes_error"], made["keys"]) == (40, 0, 200)
    assert made["requests"] == {"list": 1, "get": 40}
    assert made["cost"] == pytest.approx((1 * 0.005 + 40 * 0.0004) / 1000)
    assert len(server.of_kind("folders")) == 2 + 1 + 2 + 4 + 8
    assert len(server.of_kind("list")) == 3  # how many keys a scene has
    assert made["made_with_requests"] == len(server.requests)


def test_filters_and_prices_count(estimate, serve_keys):
    server = serve_keys(scene_keys((2020, 2021), (45, 46), (28, 29), 5))
    made = estimate(
        server, "s3://bucket/c2/", "--path-row", "046/028", "--since", "2021-01-01", "--price-list", "2", "--price-get", "3"
    )
    assert (made["scenes"], made["keys"]) == (5, 200)
    assert made["cost"] == pytest.approx((2 * 1 + 3 * 5) / 1000)


def test_a_large_bucket_is_sampled_within_the_requests_allowed(estimate, serve_keys):
    server = serve_keys(scene_keys(range(2013, 2023), range(1, 9), range(20, 30), 2))
    made = estimate(server, "s3://bucket", "--estimate-requests", "100")
    assert len(server.requests) <= 100 + 10
    assert made["scenes"] == pytest.approx(1600, rel=0.25)
    assert made["keys"] == pytest.approx(8000, rel=0.25)


def test_scenes_whose_files_lie_together_are_counted(estimate, serve_keys):
    made = estimate(serve_keys(key.split("/")[-1] for key in scene_keys((2020,), (46,), (28,), 9)), "s3://bucket")
    assert (made["scenes"], made["keys"]) == (9, 45)


def test_the_text_is_for_people_and_folders_cost_nothing(bin, estimate, serve_keys, tmp_path):
    server = serve_keys(scene_keys((2020,), (46,), (28,), 3))
    command = [bin("hayden-crawler"), "--estimate", "--endpoint-url", server.url, "--no-sign-request", "s3://bucket"]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300, env={})
    assert done.returncode == 0, done.stderr
    assert "scenes   3\n" in done.stdout and "USD" in done.stdout
    assert "is no bucket" in estimate(server, tmp_path, expect=3)


@pytest.mark.parametrize("allowed", [0, 3])
def test_stops_before_it_costs_more_and_goes_on(bin, fresh_database, sample_tree, tmp_path, allowed):
    paths = sorted(sample_tree.rglob("*_MTL.json"))[:6]
    server = FaultServer({path.relative_to(sample_tree).as_posix(): path.read_bytes() for path in paths})
    report = tmp_path / "report.json"

    def crawl(*arguments):
        command = [
            bin("hayden-crawler"), "--endpoint-url", server.url, "--no-sign-request", "--price-list", "1000", "--price-get",
            "1000", "--database-url", fresh_database.url, "--report", report, *arguments, "s3://bucket",
        ]  # fmt: skip
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300)
        return done, json.loads(report.read_text())

    try:
        done, told = crawl("--max-cost", str(allowed))
        assert done.returncode == 5 and "--max-cost" in done.stderr
        assert told["requests"]["cost"] <= allowed
        assert len(server.requests) <= allowed
        done, told = crawl()
        assert done.returncode == 0, done.stderr
    finally:
        server.stop()
    assert fresh_database.query("select count(*) from stac.item") == [(len(paths),)]


def test_a_crawl_wants_a_database_and_an_estimate_does_not(bin):
    done = subprocess.run([str(bin("hayden-crawler")), "s3://bucket"], capture_output=True, text=True, env={})
    assert done.returncode == 2 and "--database-url" in done.stderr

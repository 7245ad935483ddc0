"""Schemathesis makes requests out of the OpenAPI document, good ones and bad ones, for every operation, with and
without a token: whatever it asks, the answer is one that the document describes. It asks the same every time.

Not every request that fits the document is accepted: no schema tells what a filter in CQL2, a date or a document of the
Open Data Cube must be. What does not fit it is refused."""

import json

import pytest
import requests
import schemathesis
import yaml
from conftest import ROOT, Server, binary, run
from hypothesis import HealthCheck, settings
from schemathesis import checks
from schemathesis.core.media_types import YAML_MEDIA_TYPES
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi import checks as openapi_checks

CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
    openapi_checks.unsupported_method,
    openapi_checks.allow_header_conformance,
    openapi_checks.negative_data_rejection,
]
COLLECTION = "landsat-c2-l2"
REFUSALS = [400, 401, 403, 404, 405, 406, 409, 412, 413, 414, 415, 422, 431]

schema = schemathesis.openapi.from_dict(
    yaml.safe_load((ROOT / "openapi/openapi.yaml").read_text()),
    config=schemathesis.Config.from_dict(
        {
            "seed": 1,
            "generation": {"with-security-parameters": False},
            "checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}},
        }
    ),
)
there = {}  # path parameters that name something


@schema.hook
def map_case(context, case):
    """Half of the paths lead to something, but not those that are to be wrong."""
    path = case.meta.components.get(ParameterLocation.PATH) if case.meta else None
    if path and path.mode.is_positive and len(str(case.path_parameters)) % 2:
        case.path_parameters |= {name: there[name] for name in case.path_parameters if name in there}
    return case


@schemathesis.deserializer(*YAML_MEDIA_TYPES)
def deserialize_yaml(context, response):
    """Several documents are a list; scalars stay text, dates too."""
    documents = list(yaml.load_all(response.text, yaml.BaseLoader))
    return documents[0] if len(documents) == 1 else documents


@schemathesis.serializer("application/x-ndjson", "application/ndjson", "application/jsonl", "application/geo+json-seq")
def serialize_lines(context, value):
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


@pytest.fixture(scope="module")
def token(module_database):
    # Made first, so that requests which revoke the tokens with the smallest ids leave ours alone.
    making = [binary("hayden-admin"), "token", "create", "--role", "agdc_admin", "--database-url", module_database.url]
    return [run(*making).strip() for _ in range(20)][-1]


@pytest.fixture(scope="module")
def service(module_database, folder, sample_tree):
    run(binary("hayden-crawler"), sample_tree, "--database-url", module_database.url)
    server = Server(folder, module_database)
    item = requests.get(f"{server.url}/collections/{COLLECTION}/items?limit=1", timeout=30).json()["features"][0]
    dataset = requests.get(f"{server.url}/odc/datasets?limit=1", timeout=30).json()["datasets"][0]["id"]
    there.update(collection=COLLECTION, item=item["id"], asset="red", id=dataset, name="landsat_c2_l2_oli_tirs", harvest="1")
    yield server
    server.stop()


@pytest.mark.parametrize("caller", ["anonymous", "admin"])
@schema.parametrize()
@settings(max_examples=20, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_answers_are_as_described(case, service, token, caller):
    headers = {"Authorization": f"Bearer {token}"} if caller == "admin" else {}
    case.call_and_validate(base_url=service.url, headers=headers, checks=CHECKS)


def test_the_token_was_good_to_the_end(service, token):
    response = requests.get(service.url + "/odc/tokens", headers={"Authorization": f"Bearer {token}"}, timeout=30)
    assert response.status_code == 200

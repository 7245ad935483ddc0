"""/functions: what filters can call, tried out."""

import pytest
import requests

pytestmark = pytest.mark.usefixtures("described")

REL = "http://www.opengis.net/def/rel/ogc/1.0/functions"
OPERANDS = {
    "string": {"property": "platform"},
    "geometry": {"type": "Point", "coordinates": [0, 0]},
    "datetime": {"interval": ["2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z"]},
    "array": ["a"],
}


def test_every_function_that_is_listed_can_be_called_and_no_other(api):
    url = next(link["href"] for link in requests.get(api.url + "/", timeout=30).json()["links"] if link["rel"] == REL)
    functions = requests.get(url, timeout=30).json()["functions"]
    assert {"casei", "accenti", "s_intersects", "t_finishedBy", "a_containedBy"} <= {one["name"] for one in functions}
    assert len(functions) == 2 + 8 + 15 + 4
    for function in functions:
        call = {"op": function["name"], "args": [OPERANDS[argument["type"][0]] for argument in function["arguments"]]}
        condition = call if function["returns"] == ["boolean"] else {"op": "=", "args": [call, "x"]}
        response = requests.post(api.url + "/search", json={"filter": condition}, timeout=60)
        assert response.status_code == 200, response.text
    wrong = requests.post(api.url + "/search", json={"filter": {"op": "s_covers", "args": []}}, timeout=30)
    assert wrong.status_code == 400

"""Who may what over HTTP: tokens of the service, tokens of an OpenID Connect issuer, and logins of the database."""

import csv
import io
import json
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest
import requests
import yaml
from conftest import Server, binary, run
from oidc_issuer import Issuer, Key, base64url

pytestmark = pytest.mark.usefixtures("described")

ROLES = ["agdc_user", "agdc_ingest", "agdc_manage", "agdc_admin"]


def admin(database, *arguments):
    """Runs hayden-admin and returns what it says: output and error output."""
    done = subprocess.run(
        [binary("hayden-admin"), *map(str, arguments), "--database-url", database.url], capture_output=True, text=True
    )
    return done.returncode, done.stdout, done.stderr


def new_token(database, role, *more):
    return run(binary("hayden-admin"), "token", "create", "--role", role, *more, "--database-url", database.url).strip()


def listed(database):
    return json.loads(run(binary("hayden-admin"), "token", "list", "--json", "--database-url", database.url))


def ask(api, method, path, token=None, **options):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.request(method, api.url + path, headers=headers | options.pop("headers", {}), timeout=30, **options)


@pytest.fixture(scope="module")
def own_api(module_database, folder):
    server = Server(folder, module_database)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def tokens(module_database):
    return {role: new_token(module_database, role, "--name", f"holder of {role}") for role in ROLES}


def test_reading_needs_no_token_and_takes_one(own_api, tokens):
    for token in (None, *tokens.values()):
        response = ask(own_api, "GET", "/collections", token)
        assert response.status_code == 200
        assert "WWW-Authenticate" not in response.headers


def test_too_low_a_role_hears_what_it_needs_and_what_it_has(own_api, tokens):
    anonymous = ask(own_api, "GET", "/odc/tokens")
    assert anonymous.status_code == 401
    assert anonymous.headers["WWW-Authenticate"] == 'Bearer realm="hayden"'
    assert "agdc_admin" in anonymous.json()["description"] and "agdc_user" in anonymous.json()["description"]
    for role in ROLES[:3]:
        response = ask(own_api, "GET", "/odc/tokens", tokens[role])
        assert response.status_code == 403
        assert response.headers["WWW-Authenticate"].endswith('error="insufficient_scope", scope="agdc_admin"')
        said = response.json()["description"]
        assert said == f"this takes the role agdc_admin, and 'holder of {role}' has the role {role}"
    assert ask(own_api, "GET", "/odc/tokens", tokens["agdc_admin"]).status_code == 200


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer  \t",
        "Basic eDp5",
        "Bearer a b",
        'Bearer "x"',
        "Bearer x,y",
        "Bearer \u00e9",
        "Bearer " + "=" * 10,
        "Bearer hayden_",
        "Bearer hayden_" + "A" * 47,
        "Bearer " + "A" * 8000,
        "Bearer a.b.c",
        "Digest username=x",
        "\x7f",
    ],
)
def test_credentials_that_are_none_are_401(own_api, value):
    for path in ("/collections", "/odc/tokens", "/"):
        response = requests.get(own_api.url + path, headers={"Authorization": value.encode("latin-1")}, timeout=30)
        assert response.status_code in ((400, 401) if "\x7f" in value else (401,))
        if response.status_code == 401:
            assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]
            assert response.headers["Cache-Control"] == "no-store"


def test_a_token_is_shown_once_and_kept_as_its_hash(module_database):
    code, out, err = admin(module_database, "token", "create", "--role", "agdc_user", "--note", "for a test")
    assert code == 0
    assert re.fullmatch(r"hayden_[A-Za-z0-9_-]{47}\n", out)
    assert "shown this once" in err
    everything = module_database.query("select t::text from hayden.token t")
    assert out.strip() not in str(everything) and out.strip()[7:20] not in str(everything)
    code, out_of_list, _ = admin(module_database, "token", "list")
    assert code == 0 and "for a test" in out_of_list and out.strip() not in out_of_list


def test_a_revoked_token_ends_at_once(own_api, module_database):
    token = new_token(module_database, "agdc_admin", "--name", "to be revoked")
    assert ask(own_api, "GET", "/odc/tokens", token).status_code == 200
    number = next(one["id"] for one in listed(module_database) if one["name"] == "to be revoked")
    assert admin(module_database, "token", "revoke", number)[:2] == (0, f"revoked token {number}\n")
    for path in ("/odc/tokens", "/collections"):
        response = ask(own_api, "GET", path, token)
        assert response.status_code == 401
        assert response.json() == {"code": "InvalidToken", "description": "the token was revoked"}
    assert next(one for one in listed(module_database) if one["id"] == number)["revoked"]


def test_an_expired_token_is_over(own_api, module_database):
    token = new_token(module_database, "agdc_user", "--name", "short", "--expires", "1h")
    assert ask(own_api, "GET", "/collections", token).status_code == 200
    module_database.query("update hayden.token set expires = now() where name = 'short'")
    response = ask(own_api, "GET", "/collections", token)
    assert response.status_code == 401
    assert response.json()["description"] == "the token has expired"


def test_the_command_line_names_mistakes(module_database):
    for arguments, code, said in [
        (["token", "create"], 2, "--role is required"),
        (["token", "create", "--role", "root"], 2, "agdc_manage"),
        (["token", "create", "--role", "agdc_user", "--expires", "soon"], 1, "must be never, a period"),
        (["token", "create", "--role", "agdc_user", "--expires", "2020-01-01"], 1, "in the past"),
        (["token", "revoke", "123456"], 1, "there is no token 123456"),
        (["token"], 2, "subcommand is required"),
    ]:
        got, out, err = admin(module_database, *arguments)
        assert (got, out) == (code, "")
        assert said in err


def test_tokens_over_rest(own_api, module_database, tokens):
    boss = tokens["agdc_admin"]
    made = ask(own_api, "POST", "/odc/tokens", boss, json={"role": "agdc_ingest", "name": "rest", "expires": "2100-01-01"})
    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    fresh = made.json()
    assert fresh["created_by"] == "holder of agdc_admin"
    assert fresh["expires"] == "2100-01-01T00:00:00Z"
    assert "'rest' has the role agdc_ingest" in ask(own_api, "GET", "/odc/users", fresh["token"]).json()["description"]

    seen = ask(own_api, "GET", "/odc/tokens", boss).json()["tokens"]
    assert seen == listed(module_database)
    assert fresh["token"] not in str(seen) and "hash" not in str(seen)

    assert ask(own_api, "DELETE", f"/odc/tokens/{fresh['id']}", fresh["token"]).status_code == 403
    for _ in range(2):
        assert ask(own_api, "DELETE", f"/odc/tokens/{fresh['id']}", boss).status_code == 204
    assert ask(own_api, "GET", "/collections", fresh["token"]).status_code == 401
    for number in ("0", "x", "99999999999999999999", "-1", "1.0"):
        assert ask(own_api, "DELETE", f"/odc/tokens/{number}", boss).status_code == 404

    wrong = ask(own_api, "POST", "/odc/tokens", boss, json={"role": "root", "name": "", "expires": "soon", "not": 1})
    assert wrong.status_code == 400
    for said in ("role: must be one of", "name: must be 1 to 63", "expires: must be never", "not: is not known"):
        assert said in wrong.json()["description"]
    for body in ("[]", "{", '"x"', "null"):
        options = {"data": body, "headers": {"Content-Type": "application/json"}}
        assert ask(own_api, "POST", "/odc/tokens", boss, **options).status_code == 400


def test_tokens_and_users_as_yaml_and_csv(own_api, tokens, login):
    boss = tokens["agdc_admin"]
    text = {"Content-Type": "application/yaml", "Accept": "application/yaml"}
    body = yaml.safe_dump({"role": "agdc_user", "name": "of, yaml", "expires": "never"})
    made = ask(own_api, "POST", "/odc/tokens", boss, data=body, headers=text)
    assert made.status_code == 201 and made.headers["Cache-Control"] == "no-store"
    assert yaml.safe_load(made.text)["token"].startswith("hayden_")

    login("jane", "agdc_ingest", description='the "field" team')
    for path, name, key in (("/odc/tokens", "tokens", "of, yaml"), ("/odc/users", "users", "jane")):
        listed = ask(own_api, "GET", path, boss).json()[name]
        as_yaml = ask(own_api, "GET", path + "?f=yaml", boss)
        assert as_yaml.headers["Content-Type"] == "application/yaml"
        assert yaml.safe_load(as_yaml.text)[name] == listed
        as_csv = ask(own_api, "GET", path, boss, headers={"Accept": "text/csv"})
        assert as_csv.headers["Content-Type"].startswith("text/csv") and as_csv.headers["Cache-Control"] == "no-store"
        rows = {row["name"]: row for row in csv.DictReader(io.StringIO(as_csv.text, newline=""))}
        expected = next(one for one in listed if one["name"] == key)
        shown = {k: "" if v is None else v if isinstance(v, str) else json.dumps(v) for k, v in expected.items()}
        assert rows[key] == shown and list(rows[key]) == list(expected)
        assert ask(own_api, "GET", path, boss, headers={"Accept": "text/html"}).status_code == 406
        assert ask(own_api, "GET", path + "?f=xml", boss).status_code == 400


def test_the_log_names_callers_and_never_their_tokens(own_api, tokens):
    ask(own_api, "GET", "/collections", tokens["agdc_manage"], headers={"X-Request-Id": "who-was-it"})
    ask(own_api, "GET", "/collections", headers={"X-Request-Id": "nobody"})
    lines = {line["request_id"]: line for line in map(json.loads, own_api.log.splitlines()) if "request_id" in line}
    assert lines["who-was-it"]["caller"] == "holder of agdc_manage"
    assert "caller" not in lines["nobody"]
    assert not [token for token in tokens.values() if token in own_api.log]


def test_answers_for_a_token_stay_out_of_shared_caches(own_api, tokens):
    anonymous = ask(own_api, "GET", "/collections")
    assert anonymous.headers["Cache-Control"] == "no-cache"
    named = ask(own_api, "GET", "/collections", tokens["agdc_user"])
    assert named.headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in named.headers["Vary"]
    etag = named.headers["ETag"]
    unchanged = ask(own_api, "GET", "/collections", tokens["agdc_user"], headers={"If-None-Match": etag})
    assert unchanged.status_code == 304 and unchanged.headers["Cache-Control"] == "private, no-cache"


def test_without_a_role_for_anonymous_callers_nothing_of_the_index_shows(module_database, start_api, tokens):
    module_database.query("select stac.ensure_collection('secret-place', '{\"type\":\"Collection\",\"links\":[]}', 'x')")
    api = start_api(database=module_database, anonymous_role="none")
    for path in ("/conformance", "/api", "/api.yaml", "/api.html", "/health/live", "/health/ready", "/metrics", "/"):
        response = ask(api, "GET", path)
        assert response.status_code == 200
        assert "secret-place" not in response.text
    for path in ("/collections", "/collections/secret-place", "/collections/none/items/x", "/search", "/queryables"):
        response = ask(api, "GET", path)
        assert response.status_code == 401
        assert "this takes the role agdc_user, and without a token you have no role" in response.json()["description"]
        assert "Authorization" in response.headers["Vary"]
    assert ask(api, "POST", "/search", json={}).status_code == 401
    assert ask(api, "OPTIONS", "/search").status_code == 204
    assert ask(api, "GET", "/search", tokens["agdc_user"]).status_code == 200
    assert "secret-place" in ask(api, "GET", "/", tokens["agdc_user"]).text


def test_use_of_a_token_is_written_down(module_database, start_api):
    token = new_token(module_database, "agdc_user", "--name", "in use")
    new_token(module_database, "agdc_user", "--name", "idle")
    api = start_api(database=module_database)
    assert ask(api, "GET", "/collections", token).status_code == 200
    api.stop()
    used = {one["name"]: one["last_used"] for one in listed(module_database)}
    assert used["in use"] and not used["idle"]


def test_a_service_that_only_reads_knows_tokens_and_says_that_it_does_not_write(module_database, start_api, tokens):
    api = start_api(database=module_database, database_url=None)
    assert ask(api, "GET", "/collections", tokens["agdc_user"]).status_code == 200
    assert ask(api, "GET", "/odc/tokens", tokens["agdc_user"]).status_code == 403
    response = ask(api, "POST", "/odc/tokens", tokens["agdc_admin"], json={"role": "agdc_user"})
    assert response.status_code == 403
    assert response.json()["code"] == "ReadOnlyService"


@pytest.fixture
def login(own_api, tokens):
    """Makes logins over REST; what is left of them goes with the test."""
    names = []

    def make(name, role, **more):
        names.append(name)
        return ask(own_api, "POST", "/odc/users", tokens["agdc_admin"], json={"name": name, "role": role} | more)

    yield make
    for name in names:
        ask(own_api, "DELETE", f"/odc/users/{name}", tokens["agdc_admin"])


def test_a_login_made_over_rest_works_with_the_real_client(own_api, module_database, tokens, login, datacube):
    boss = tokens["agdc_admin"]
    made = login("jane.doe", "agdc_user", description="it's from the lab")
    assert made.status_code == 201
    url = made.json()["url"]
    assert made.json()["password"] in url
    entry = {"name": "jane.doe", "role": "agdc_user", "description": "it's from the lab", "protected": False}
    assert entry in ask(own_api, "GET", "/odc/users", boss).json()["users"]
    by_client = datacube.run("user", "list", login=module_database.url)
    assert "jane.doe" in by_client and "it's from the lab" in by_client

    assert "eo3" in datacube.run("metadata", "list", login=url)
    assert "ermission denied" in datacube.call("system", "init", login=url).text
    definition = datacube.run("metadata", "show", "eo3", login=url).replace("name: eo3", "name: lab", 1)
    document = datacube.folder / "lab.yaml"
    document.write_text(definition)
    assert datacube.call("metadata", "add", document, login=url).status != 0
    assert ask(own_api, "PATCH", "/odc/users/jane.doe", boss, json={"role": "agdc_manage"}).json()["role"] == "agdc_manage"
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("select pg_has_role('agdc_manage', 'usage'), pg_has_role('agdc_admin', 'usage')")
        assert cursor.fetchone() == (True, False)
    connection.close()
    assert ask(own_api, "DELETE", "/odc/users/jane.doe", boss).status_code == 204
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(url)
    assert "jane.doe" not in datacube.run("user", "list", login=module_database.url)


def test_users_that_cannot_be_made_or_changed_are_refused_with_a_reason(own_api, tokens, login):
    boss = tokens["agdc_admin"]
    assert login("once", "agdc_user").status_code == 201
    for method, path, body, status, said in [
        ("POST", "", {"name": "once", "role": "agdc_user"}, 409, "there is a role 'once' already"),
        ("POST", "", {"name": "postgres", "role": "agdc_user"}, 409, "there is a role 'postgres' already"),
        ("POST", "", {"name": 'x"; drop', "role": "root"}, 400, "name: must be 1 to 63 of the characters"),
        ("POST", "", {"name": "agdc_x", "role": "agdc_user"}, 400, "must not start with"),
        ("PATCH", "/once", {"role": "root"}, 400, "role: must be one of"),
        ("PATCH", "/nobody", {"role": "agdc_user"}, 404, "there is no user 'nobody'"),
        ("PATCH", "/postgres", {"role": "agdc_user"}, 404, "there is no user"),
        ("PATCH", "/hayden", {"role": "agdc_user"}, 409, "not changed here"),
        ("DELETE", "/hayden_reader", None, 409, "not changed here"),
        ("DELETE", "/agdc_admin", None, 404, "there is no user"),
        ("DELETE", "/%22%3B%20drop%20role%20once", None, 404, "there is no user"),
    ]:
        response = ask(own_api, method, "/odc/users" + path, boss, json=body)
        assert response.status_code == status, response.text
        assert said in response.json()["description"]
        for role in ROLES[:3]:
            assert ask(own_api, method, "/odc/users" + path, tokens[role], json=body).status_code == 403
        assert ask(own_api, method, "/odc/users" + path, json=body).status_code == 401


@pytest.fixture(scope="module")
def issuer():
    issuer = Issuer()
    yield issuer
    issuer.stop()


def oidc_options(issuer, **more):
    return {
        "oidc_issuer": issuer.url,
        "oidc_audience": "hayden",
        "oidc_role_claim": "realm_access.roles",
        "oidc_role_map": "reader=agdc_user,loader=agdc_ingest,boss=agdc_admin",
        "oidc_retry": 0.2,
    } | more


@pytest.fixture(scope="module")
def oidc_api(module_database, folder, issuer):
    server = Server(folder, module_database, **oidc_options(issuer))
    yield server
    server.stop()


def test_tokens_of_an_issuer_have_the_highest_role_they_claim(oidc_api, issuer):
    assert ask(oidc_api, "GET", "/odc/tokens", issuer.token("reader", "boss", "other")).status_code == 200
    for roles, has in ((["loader", "reader"], "agdc_ingest"), (["other"], "agdc_user"), ([], "agdc_user")):
        response = ask(oidc_api, "GET", "/odc/tokens", issuer.token(*roles))
        assert response.status_code == 403
        assert f"'ada' has the role {has}" in response.json()["description"]
    for key, algorithm in ((0, "PS256"), (1, "ES256"), (2, "EdDSA")):
        token = issuer.keys[key].token(issuer.claims("boss"), algorithm)
        assert ask(oidc_api, "GET", "/odc/tokens", token).status_code == 200, algorithm


def test_tokens_made_over_rest_remember_the_subject(oidc_api, issuer):
    made = ask(oidc_api, "POST", "/odc/tokens", issuer.token("boss"), json={"role": "agdc_user"})
    assert made.json()["created_by"] == "ada"
    assert ask(oidc_api, "GET", "/collections", made.json()["token"]).status_code == 200


def test_forged_and_stray_tokens_are_refused(oidc_api, issuer):
    good, boss, stranger = issuer.keys[0], issuer.claims("boss"), Key("first")
    head, body, signature = issuer.token("reader").split(".")
    unsigned = f"{base64url({'alg': 'none'})}.{base64url(boss)}."
    for token, said in [
        (stranger.token(boss), "signature of the token is wrong"),
        (f"{head}.{base64url(boss)}.{signature}", "signature of the token is wrong"),
        (good.token(boss, algorithm="none"), "must be signed with"),
        (unsigned, "must be signed with"),
        (good.token(boss, algorithm="HS256"), "must be signed with"),
        (good.token(boss, kid="nobody knows"), "unknown key"),
        (issuer.keys[1].token(boss, kid="first"), "unknown key"),
        (good.token(issuer.claims("boss", iss="https://elsewhere")), "another issuer"),
        (good.token(issuer.claims("boss", aud="elsewhere")), "another audience"),
        (good.token(issuer.claims("boss", aud=None)), "another audience"),
        (good.token(issuer.claims("boss", exp=int(time.time()) - 100)), "has expired"),
        (good.token(issuer.claims("boss", exp=None)), "no time of expiry"),
        (good.token(issuer.claims("boss", nbf=int(time.time()) + 100)), "not valid yet"),
        (good.token(issuer.claims("boss", sub=None)), "no subject"),
        (good.token(boss, crit=["x"]), "extensions"),
        (good.token(boss, typ="logout+jwt"), "not an access token"),
        (head + "." + body, "no JSON Web Token"),
    ]:
        for path in ("/odc/tokens", "/collections"):
            response = ask(oidc_api, "GET", path, token)
            assert response.status_code == 401, said
            assert said in response.json()["description"]
            assert said in response.headers["WWW-Authenticate"]


def test_new_keys_of_the_issuer_are_fetched_when_a_token_needs_them(oidc_api, issuer):
    asked = issuer.questions
    for _ in range(20):
        assert ask(oidc_api, "GET", "/odc/tokens", issuer.token("boss")).status_code == 200
    assert issuer.questions == asked
    old = issuer.keys[0]
    issuer.keys[0] = Key("second")
    deadline = time.monotonic() + 10
    while ask(oidc_api, "GET", "/odc/tokens", issuer.token("boss")).status_code != 200:
        assert time.monotonic() < deadline
    assert ask(oidc_api, "GET", "/odc/tokens", old.token(issuer.claims("boss"))).status_code == 401


def test_unknown_keys_do_not_make_the_service_ask_each_time(module_database, start_api, issuer):
    api = start_api(database=module_database, **oidc_options(issuer, oidc_retry=60))
    asked = issuer.questions
    began = time.monotonic()
    for number in range(30):
        token = issuer.keys[0].token(issuer.claims("boss"), kid=f"invented {number}")
        assert ask(api, "GET", "/collections", token).status_code == 401
    assert issuer.questions == asked
    assert time.monotonic() - began < 10


def test_known_keys_stay_in_use_while_the_issuer_is_away(module_database, start_api):
    issuer = Issuer()
    api = start_api(database=module_database, **oidc_options(issuer))
    issuer.stop()
    invented = issuer.keys[0].token(issuer.claims("boss"), kid="invented")
    assert ask(api, "GET", "/odc/tokens", invented).status_code == 401
    assert ask(api, "GET", "/odc/tokens", issuer.token("boss")).status_code == 200
    assert ask(api, "GET", "/collections").status_code == 200


def test_an_issuer_that_hangs_holds_up_one_caller_at_a_time(module_database, start_api):
    issuer = Issuer()
    api = start_api(database=module_database, **oidc_options(issuer, oidc_retry=0.05))
    issuer.answers.clear()

    def ask_with_unknown_key(number):
        token = issuer.keys[0].token(issuer.claims("boss"), kid=f"invented {number}")
        return ask(api, "GET", "/collections", token)

    try:
        with ThreadPoolExecutor(24) as pool:
            deadline = time.monotonic() + 60
            refused = []
            while not refused:
                assert time.monotonic() < deadline
                answers = list(pool.map(ask_with_unknown_key, range(24)))
                assert {answer.status_code for answer in answers} <= {401, 503}
                refused = [answer for answer in answers if answer.status_code == 503]
        assert all("Retry-After" in answer.headers for answer in refused)
        assert ask(api, "GET", "/odc/tokens", issuer.token("boss")).status_code == 200
    finally:
        issuer.answers.set()
        issuer.stop()


def test_an_issuer_that_is_away_at_the_start_is_asked_again(module_database, start_api):
    issuer = Issuer()
    port, url = issuer.server.server_port, issuer.url
    issuer.stop()
    api = start_api(database=module_database, **oidc_options(issuer))
    assert ask(api, "GET", "/collections").status_code == 200
    response = ask(api, "GET", "/odc/tokens", issuer.token("boss"))
    assert response.status_code == 503 and "Retry-After" in response.headers
    assert ask(api, "GET", "/odc/tokens", "a.b.c").status_code == 401
    back = Issuer(port)
    try:
        assert back.url == url
        back.keys = issuer.keys
        deadline = time.monotonic() + 10
        while ask(api, "GET", "/odc/tokens", issuer.token("boss")).status_code != 200:
            assert time.monotonic() < deadline
    finally:
        back.stop()


def refusal_to_start(database, **options):
    flags = []
    for name, value in options.items():
        flags += ["--" + name.replace("_", "-"), str(value)]
    done = subprocess.run(
        [binary("hayden-api"), "--database-url", database.url, "--port", "0", *flags],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    return done.stderr


def test_a_configuration_that_cannot_work_is_refused_at_the_start(module_database, issuer):
    good = oidc_options(issuer)
    for change, said in [
        ({"oidc_issuer": "http://login.example.org"}, "--oidc-issuer: must be https"),
        ({"oidc_audience": ""}, "--oidc-audience: is missing"),
        ({"oidc_role_map": ""}, "--oidc-role-map is missing"),
        ({"oidc_role_map": "boss=root,=agdc_user,x"}, "'boss=root' must be value=role"),
        ({"oidc_role_claim": ""}, "--oidc-role-claim: is empty"),
        ({"oidc_jwks_url": "ftp://127.0.0.1/keys"}, "--oidc-jwks-url: must be https"),
        ({"oidc_jwks_url": issuer.url + "/nothing"}, "answers with status 404"),
        ({"oidc_issuer": ""}, "--oidc-issuer is missing"),
        ({"oidc_issuer": issuer.url + "/"}, "says that the issuer is"),
    ]:
        assert said in refusal_to_start(module_database, **(good | change))

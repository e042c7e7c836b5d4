"""Authlib, a client that is not JavaScript: prints where a person is to go, reads where they came back to."""

import json
import sys

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, jwt

asked = json.loads(sys.stdin.readline())
server = requests.get(asked["issuer"] + "/.well-known/openid-configuration").json()
assert server["issuer"] == asked["issuer"]

session = OAuth2Session(
    asked["client_id"],
    asked["secret"],
    scope="openid profile orders:read",
    redirect_uri=asked["redirect_uri"],
    token_endpoint_auth_method=asked["method"],
    revocation_endpoint_auth_method=asked["method"],
    code_challenge_method="S256",
)

verifier = "v" * 64
url, state = session.create_authorization_url(
    server["authorization_endpoint"], code_verifier=verifier, nonce="n-1"
)
print(url, flush=True)
callback = sys.stdin.readline().strip()

token = session.fetch_token(
    server["token_endpoint"], authorization_response=callback, state=state, code_verifier=verifier
)
keys = JsonWebKey.import_key_set(requests.get(server["jwks_uri"]).json())
claims = jwt.decode(
    token["id_token"],
    keys,
    claims_options={
        "iss": {"essential": True, "value": asked["issuer"]},
        "aud": {"essential": True, "value": asked["client_id"]},
    },
)
claims.validate()
assert claims["nonce"] == "n-1"
person = session.get(server["userinfo_endpoint"]).json()
assert person["sub"] == claims["sub"]

first = dict(token)
again = session.refresh_token(server["token_endpoint"], refresh_token=token["refresh_token"])
assert again["access_token"] != first["access_token"]
revoked = session.revoke_token(server["revocation_endpoint"], token=again["refresh_token"])
assert revoked.status_code == 200
ended = session.post(
    server["token_endpoint"],
    data={"grant_type": "refresh_token", "refresh_token": again["refresh_token"]},
    withhold_token=True,
    auth=session.client_auth(asked["method"]),
)
print(json.dumps({"name": person.get("name"), "after": ended.json()["error"]}), flush=True)

"""A small OpenID Connect issuer: keys, a discovery document, and tokens as its clients would get them, good and forged."""

import base64
import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SHA256 = hashes.SHA256()


def base64url(value):
    if isinstance(value, int):
        value = value.to_bytes((value.bit_length() + 7) // 8, "big")
    elif not isinstance(value, bytes):
        value = json.dumps(value).encode()
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


class Key:
    """A key pair; `algorithm` is what it signs with unless told otherwise."""

    def __init__(self, key_id, algorithm="RS256"):
        self.id = key_id
        self.algorithm = algorithm
        if algorithm == "ES256":
            self.private = ec.generate_private_key(ec.SECP256R1())
        elif algorithm == "EdDSA":
            self.private = ed25519.Ed25519PrivateKey.generate()
        else:
            self.private = rsa.generate_private_key(65537, 2048)

    @property
    def jwk(self):
        public = self.private.public_key()
        if self.algorithm == "EdDSA":
            raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
            return {"kty": "OKP", "crv": "Ed25519", "kid": self.id, "use": "sig", "x": base64url(raw)}
        numbers = public.public_numbers()
        if self.algorithm == "ES256":
            x, y = (base64url(part.to_bytes(32, "big")) for part in (numbers.x, numbers.y))
            return {"kty": "EC", "crv": "P-256", "kid": self.id, "use": "sig", "x": x, "y": y}
        return {"kty": "RSA", "kid": self.id, "use": "sig", "n": base64url(numbers.n), "e": base64url(numbers.e)}

    def signature(self, text, algorithm):
        if algorithm == "RS256":
            return self.private.sign(text, padding.PKCS1v15(), SHA256)
        if algorithm == "PS256":
            return self.private.sign(text, padding.PSS(padding.MGF1(SHA256), 32), SHA256)
        if algorithm == "ES256":
            r, s = decode_dss_signature(self.private.sign(text, ec.ECDSA(SHA256)))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        if algorithm == "EdDSA":
            return self.private.sign(text)
        if algorithm == "HS256":  # with the public key as the secret
            public = self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            return hmac.digest(public, text, hashlib.sha256)
        return b"none"

    def token(self, claims, algorithm=None, **header):
        header = {"alg": algorithm or self.algorithm, "kid": self.id, "typ": "JWT"} | header
        header = {name: value for name, value in header.items() if value is not None}
        text = f"{base64url(header)}.{base64url(claims)}"
        return f"{text}.{base64url(self.signature(text.encode(), header['alg']))}"


class Issuer:
    """Serves its keys on a port of 127.0.0.1 until stop()."""

    def __init__(self, port=0):
        self.keys = [Key("first"), Key("curve", "ES256"), Key("edwards", "EdDSA")]
        self.questions = 0  # for keys
        self.answers = threading.Event()  # cleared: it hears questions and says nothing
        self.answers.set()
        self.server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}/realms/earth"
        self.claimed_url = self.url
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def claims(self, *roles, **changes):
        now = int(time.time())
        claims = {"iss": self.url, "aud": "hayden", "sub": "ada", "iat": now, "exp": now + 300}
        claims |= {"realm_access": {"roles": list(roles)}} | changes
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, *roles, **changes):
        return self.keys[0].token(self.claims(*roles, **changes))

    def _handler(issuer):  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.answers.wait()
                if self.path == "/realms/earth/.well-known/openid-configuration":
                    body = {"issuer": issuer.claimed_url, "jwks_uri": issuer.url + "/keys"}
                elif self.path == "/realms/earth/keys":
                    issuer.questions += 1
                    body = {"keys": [key.jwk for key in issuer.keys]}
                else:
                    return self.send_error(404)
                body = json.dumps(body).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler

"""A provider of OpenID Connect on this machine, by Authlib's server: authorization codes, PKCE, nonces and signed
tokens. What it signs can be forged by `claims`, and its keys and codes by the other switches."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import NAMESPACE_DNS, uuid5

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Request, grants
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import AuthorizationCodeMixin, OpenIDCode
from joserfc.jwk import RSAKey

CLIENT, SECRET = "clientela", "the secret of the dashboard and its provider"
# As Entra names groups: numbers that no compression makes much shorter.
MANY_GROUPS = [f"team {uuid5(NAMESPACE_DNS, str(number))}" for number in range(300)]
KEY = RSAKey.generate_key(2048, {"kid": "one"}, auto_kid=False)
STRANGE_KEY = RSAKey.generate_key(2048, {"kid": "one"}, auto_kid=False)


@dataclass
class Client(ClientMixin):  # type: ignore[misc]
    back: str

    def get_client_id(self) -> str:
        return CLIENT

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.back

    def check_client_secret(self, client_secret: str) -> bool:
        return secrets.compare_digest(client_secret, SECRET)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Code(AuthorizationCodeMixin):  # type: ignore[misc]
    request: OAuth2Request
    asked: dict[str, str]

    def get_redirect_uri(self) -> str:
        return self.asked["redirect_uri"]

    def get_scope(self) -> str:
        return self.asked["scope"]

    def get_nonce(self) -> str | None:
        return self.asked.get("nonce")

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None

    @property
    def code_challenge(self) -> str | None:
        return self.asked.get("code_challenge")

    @property
    def code_challenge_method(self) -> str | None:
        return self.asked.get("code_challenge_method")


@dataclass
class LocalProvider:
    """What it signs is right but for what `claims` change; a claim of None is left out."""

    address: str = ""
    back: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: KEY)
    takes_codes_twice: bool = False
    codes: dict[str, Code] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def restore(self) -> None:
        self.claims, self.key, self.takes_codes_twice = {}, KEY, False

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }

    def signed(self) -> dict[str, Any]:
        person = {"iss": self.address, "sub": "4711", "email": "Maria@example.com", "groups": ["sales"]}
        return {name: value for name, value in {**person, **self.claims}.items() if value is not None}


class OidcServer(AuthorizationServer):  # type: ignore[misc]
    def __init__(self, provider: LocalProvider) -> None:
        super().__init__()
        self.provider = provider
        bearer = {"token_type": "Bearer", "expires_in": 3600}
        self.register_token_generator(
            "default", lambda scope, **_: {**bearer, "scope": scope, "access_token": secrets.token_urlsafe()}
        )
        self.register_grant(_grant(provider), [_tokens(provider), CodeChallenge(required=True)])

    def query_client(self, client_id: str) -> Client | None:
        return Client(self.provider.back) if client_id == CLIENT else None

    def save_token(self, token: object, request: object) -> None:
        pass

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        pass

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> tuple[int, str, Any]:
        return status, json.dumps(body) if isinstance(body, dict) else body, headers


def _grant(provider: LocalProvider) -> type[grants.AuthorizationCodeGrant]:
    class Grant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

        def save_authorization_code(self, code: str, request: Any) -> None:
            provider.codes[code] = Code(request, dict(request.payload.data))

        def query_authorization_code(self, code: str, client: object) -> Code | None:
            return provider.codes.get(code)

        def delete_authorization_code(self, authorization_code: Code) -> None:
            kept = {} if not provider.takes_codes_twice else dict(provider.codes)
            provider.codes = kept

        def authenticate_user(self, authorization_code: Code) -> str:
            return "4711"

    return Grant


def _tokens(provider: LocalProvider) -> OpenIDCode:
    class Tokens(OpenIDCode):  # type: ignore[misc]
        def exists_nonce(self, nonce: str, request: object) -> bool:
            return False

        def resolve_client_private_key(self, client: object) -> RSAKey:
            return provider.key

        def get_encode_header(self, client: object) -> dict[str, str]:
            return {"alg": "RS256", "kid": "one"}

        def get_client_claims(self, client: object) -> dict[str, Any]:
            return {}

        def generate_user_info(self, user: object, scope: object) -> dict[str, Any]:
            return provider.signed()

    return Tokens(require_nonce=True)


class Request(OAuth2Request):  # type: ignore[misc]
    def __init__(self, method: str, uri: str, headers: dict[str, str], body: str) -> None:
        super().__init__(method, uri, headers=headers)
        self._args, self._form = dict(parse_qsl(urlsplit(uri).query)), dict(parse_qsl(body))
        self.payload = BasicOAuth2Payload({**self._args, **self._form})

    @property
    def args(self) -> dict[str, str]:
        return self._args

    @property
    def form(self) -> dict[str, str]:
        return self._form


@contextmanager
def running() -> Iterator[LocalProvider]:
    """A provider that answers at `address`."""
    provider = LocalProvider()
    server = OidcServer(provider)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            provider.asked.append(path)
            if path == "/.well-known/openid-configuration":
                self._say(200, json.dumps(provider.metadata()), [])
            elif path == "/keys":
                self._say(200, json.dumps({"keys": [KEY.as_dict(private=False)]}), [])
            else:
                request = self._request("")
                grant = server.get_consent_grant(request, end_user="4711")
                self._say(*server.create_authorization_response(request, grant_user="4711", grant=grant))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            self._say(*server.create_token_response(self._request(body)))

        def _request(self, body: str) -> Request:
            return Request(self.command, f"{provider.address}{self.path}", dict(self.headers), body)

        def _say(self, status: int, body: str, headers: Any) -> None:
            self.send_response(status)
            for name, value in dict(headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        provider.address = f"http://127.0.0.1:{http.server_port}"
        threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True).start()
        yield provider
        http.shutdown()


def secrets_file(provider: LocalProvider, back: str) -> str:
    """What `.streamlit/secrets.toml` says of it."""
    provider.back = back
    return (
        f'[auth]\nredirect_uri = "{back}"\ncookie_secret = "{"cookie" * 8}"\nclient_id = "{CLIENT}"\n'
        f'client_secret = "{SECRET}"\n'
        f'server_metadata_url = "{provider.address}/.well-known/openid-configuration"\n'
    )

"""How people sign in here: by a provider of OpenID Connect, by local accounts, by both, or not at all.

The provider is what Streamlit's `st.login` takes: `[auth]` in `.streamlit/secrets.toml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from urllib.parse import urlsplit

from streamlit import auth_util
from streamlit.errors import StreamlitAuthError

from data import environment
from data.errors import BadInput, ClientelaError
from data.people import sessions

DEFAULT = "default"  # what st.login calls the one provider of [auth]
CALLBACK = "/oauth2callback"
SHORTEST_SECRET = 32
SETUP = "docs/sign_in.md has an example of .streamlit/secrets.toml."
_on = False


@dataclass(frozen=True, slots=True)
class SignInProvider:
    """A provider of sign-in: what it calls this dashboard, and where it sends its people back to."""

    client: str
    host: str
    back: str


@cache
def provider() -> SignInProvider | None:
    """The provider that is set up. Errors: BadInput where it cannot work, or not safely, as it stands."""
    section = auth_util.get_secrets_auth_section().to_dict()
    if not section:
        return None
    if find_spec("authlib") is None or find_spec("httpx2") is None:
        raise BadInput(
            "What asks the provider of sign-in is not installed.", "pip install -r requirements.txt"
        )
    try:
        auth_util.validate_auth_credentials(DEFAULT)
    except StreamlitAuthError as error:
        raise BadInput(f"The provider of sign-in: {' '.join(str(error).split())}", SETUP) from None
    back, asked = (
        str(auth_util.get_redirect_uri(auth_util.get_secrets_auth_section())),
        section["server_metadata_url"],
    )
    if len(section["cookie_secret"]) < SHORTEST_SECRET:
        raise BadInput(f"cookie_secret in [auth] has fewer than {SHORTEST_SECRET} letters.", SETUP)
    if urlsplit(back).path != CALLBACK:
        raise BadInput(f"redirect_uri in [auth] does not end in {CALLBACK}.", SETUP)
    for name, address in (("redirect_uri", back), ("server_metadata_url", asked)):
        if not environment.is_safe(address):
            raise BadInput(f"{name} in [auth] is no https address, which nobody else reads.", SETUP)
    return SignInProvider(section["client_id"], urlsplit(asked).hostname or "", back)


def has_accounts() -> bool:
    """Whether anybody signs in with a password. Errors: WarehouseError."""
    return sessions.has_accounts(environment.warehouse())


def checked_ways() -> bool:
    """Whether who comes must say who they are. Once it was so, it stays so until this process ends.

    Errors: BadInput, WarehouseError where a way to sign in is broken.
    """
    global _on
    _on = _on or provider() is not None or has_accounts()
    return _on


def sign_in_is_on() -> bool:
    """The same for a request; so too where nobody can tell: what cannot be read opens no door."""
    try:
        return checked_ways()
    except ClientelaError:
        return True

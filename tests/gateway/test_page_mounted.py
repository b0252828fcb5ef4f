"""The page where the gateway has it: beside the endpoint, with its keys, for this machine alone."""

from pathlib import Path

import httpx2
from gateway_double import Upstream, gateway_to

from latm.gateway.accounts import Accounts
from latm.gateway.limits import Limit


def test_the_page_is_beside_the_endpoint_and_shows_keys_but_no_secret(upstream: Upstream, tmp_path: Path) -> None:
    with Accounts(f"sqlite:///{tmp_path / 'gateway.db'}") as accounts:
        secret, key = accounts.create_key(name="desk", project="north", limit=Limit(usd=2_500_000_000))
    with gateway_to(upstream, tmp_path) as (url, _):
        page = url.removesuffix("/v1") + "/latm"
        shown = httpx2.get(f"{page}/keys").text
        assert all(text in shown for text in ("desk", key.id, "north", "$2.50 a month"))
        assert secret not in shown
        assert "Nothing has come yet" in httpx2.get(f"{page}/").text
        assert httpx2.get(f"{page}/", headers={"host": "evil.example"}).status_code == 421

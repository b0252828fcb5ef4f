"""What the page answers to requests that no browser of ours would send."""

import re
from collections.abc import Iterator
from http import HTTPStatus

import httpx2
import pytest
from world import HOSTILE, Served, fill, serving

from latm.store import ToolCache
from served import url_of

ACT = "/act/retire"
FORM = {"task": "sums", "version": "2"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    store = url_of(tmp_path_factory.mktemp("page"))
    fill(store)
    with serving(store) as served:
        yield served


@pytest.fixture
def client(served: Served) -> Iterator[httpx2.Client]:
    with httpx2.Client() as client:
        client.get(f"{served.url}/")
        yield client


def origin(served: Served) -> str:
    return served.url.removesuffix("/latm")


FORGED = {
    "no token": ({}, {}),
    "a wrong token": ({"token": "x" * 32}, {}),
    "no origin": (None, {"origin": ""}),
    "another site": (None, {"origin": "http://evil.example"}),
    "a sandboxed frame": (None, {"origin": "null"}),
    "another port": (None, {"origin": "http://127.0.0.1:1"}),
    "said to be from elsewhere": (None, {"sec-fetch-site": "cross-site"}),
    "a neighbour": (None, {"sec-fetch-site": "same-site"}),
}


@pytest.mark.parametrize("what", FORGED)
def test_an_act_that_comes_from_no_form_of_ours_changes_nothing(
    what: str, client: httpx2.Client, served: Served
) -> None:
    token, headers = FORGED[what]
    sent = FORM | ({"token": client.cookies["latm_page"]} if token is None else token)
    refused = client.post(served.url + ACT, data=sent, headers={"origin": origin(served)} | headers)
    assert refused.status_code == HTTPStatus.FORBIDDEN
    with ToolCache.open(served.store) as cache:
        assert cache.tool("sums").number == 2


def test_no_act_is_carried_out_by_a_link(client: httpx2.Client, served: Served) -> None:
    assert client.get(served.url + ACT, params=FORM).status_code == HTTPStatus.METHOD_NOT_ALLOWED


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", "localhost.evil.example", "", "[::1"])
def test_a_host_that_is_not_ours_is_refused_dns_rebinding_included(host: str, served: Served) -> None:
    answer = httpx2.get(f"{served.url}/", headers={"host": host})
    assert answer.status_code in {HTTPStatus.MISDIRECTED_REQUEST, HTTPStatus.BAD_REQUEST}
    assert "sums" not in answer.text


def test_every_answer_has_a_policy_that_lets_nothing_in_from_elsewhere(client: httpx2.Client, served: Served) -> None:
    for path in ("/", "/kinds", "/static/report.js", "/nowhere"):
        headers = client.get(served.url + path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'; ")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    assert "samesite=strict" in client.get(f"{served.url}/").headers["set-cookie"].lower()


@pytest.mark.parametrize("path", ["/kind?name=no%20tool%20yet", "/making?name=differences&number=0"])
def test_markup_and_escapes_in_texts_are_shown_as_text(path: str, client: httpx2.Client, served: Served) -> None:
    text = client.get(served.url + path).text
    assert HOSTILE not in text
    assert "&lt;img src=x onerror=" in text
    assert "\x1b" not in text
    assert not re.search(r"<(img|iframe|object|embed)\b|<[^>]*\s(on\w+|style)=", text)


REFUSED = {
    "no such act": ("/act/explode", {}, "no act"),
    "no such kind": ("/act/merge", {"task": "nowhere", "into": "sums"}, "no task"),
    "into itself": ("/act/merge", {"task": "sums", "into": "sums"}, "merged into itself"),
    "no version": ("/act/promote", {"task": "sums", "version": "99"}, "no version 99"),
    "no number": ("/act/promote", {"task": "sums", "version": "two"}, "is not a version"),
    "a field is missing": ("/act/rename", {"task": "sums"}, "needs a new"),
    "too few examples": ("/act/make", {"task": "a part"}, "takes 6 examples"),
    "nothing there": ("/act/make", {"task": "nowhere"}, "no such kind"),
    "a long form": ("/act/rename", {"task": "sums", "new": "x" * 30_000}, "did not come from"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_an_act_that_cannot_be_done_says_why(what: str, client: httpx2.Client, served: Served) -> None:
    path, form, said = REFUSED[what]
    sent = form | {"token": client.cookies["latm_page"]}
    answer = client.post(served.url + path, data=sent, headers={"origin": origin(served)})
    assert answer.status_code in {HTTPStatus.CONFLICT, HTTPStatus.FORBIDDEN}
    assert said in answer.text


@pytest.mark.parametrize(
    "path", ["/kind", "/kind?name=%00", "/making?name=sums&number=x", "/making?number=99999999999", "/static/app.py"]
)
def test_what_is_not_there_is_said_to_be_so(path: str, client: httpx2.Client, served: Served) -> None:
    assert client.get(served.url + path).status_code == HTTPStatus.NOT_FOUND

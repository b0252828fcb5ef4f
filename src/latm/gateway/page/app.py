"""The page's application: which address shows what, and where acts go."""

import asyncio
import time
from collections.abc import Callable
from functools import cache, partial
from http import HTTPStatus
from importlib.resources import files
from typing import Any, TypeVar, cast
from urllib.parse import parse_qsl, quote, unquote

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from latm.errors import LatmError, NotFoundError
from latm.gateway.page import views
from latm.gateway.page.acts import Acts
from latm.gateway.page.guard import COOKIE, FIELD, Guard, is_ours, token_of
from latm.latm import AsyncLatm
from latm.report import Table
from latm.visible import plain

_STATIC = {
    "htmx.min.js": ("latm.gateway.page", "text/javascript"),
    "page.css": ("latm.gateway.page", "text/css"),
    "page.js": ("latm.gateway.page", "text/javascript"),
    "report.css": ("latm.report", "text/css"),
    "uPlot.min.css": ("latm.report", "text/css"),
    "uPlot.iife.min.js": ("latm.report", "text/javascript"),
    "report.js": ("latm.report", "text/javascript"),
}
_LONGEST_FORM = 20_000
_LONGEST_NUMBER = 9
_SAID = "latm_said"
_REMEMBERED = 50
_PATIENCE = 20
"""A figure stays valid for so many times as long as it took to look up."""

T = TypeVar("T")


def page_of(latm: Callable[[], AsyncLatm], *, keys: Callable[[], Table] | None = None) -> Starlette:
    """The page, to be mounted anywhere.

    Args:
        latm: gives what is open.
        keys: gives the keys as a table; None if there are none.
    """
    page = _Page(latm, keys)
    shown = {
        "/": page.overview,
        "/kinds": page.kinds,
        "/kind": page.kind,
        "/makings": page.makings,
        "/making": page.making,
        "/ledger": page.ledger,
        "/record": page.record,
        "/keys": page.keys,
        "/static/{name}": _static,
    }
    routes = [Route(path, endpoint) for path, endpoint in shown.items()]
    acts = Route("/act/{act}", page.act, methods=["POST"])
    return Starlette(routes=[*routes, acts], middleware=[Middleware(Guard)])


class _Page:
    """Answers requests; reads in threads, decides on the loop."""

    def __init__(self, latm: Callable[[], AsyncLatm], keys: Callable[[], Table] | None) -> None:
        self._latm = latm
        self._keys = keys
        self._acts: Acts | None = None
        self._looking = asyncio.Lock()
        self._seen: dict[str, tuple[float, Any]] = {}

    @property
    def acts(self) -> Acts:
        if self._acts is None or self._acts.latm is not self._latm():
            self._acts = Acts(self._latm())
        return self._acts

    async def overview(self, request: Request) -> Response:
        shown = await self._lately("overview", views.overview, self._latm())
        return self._rendered(request, "overview.html", "Overview", shown=shown)

    async def _lately(self, key: str, look: Callable[..., T], *about: object) -> T:
        """What adds up all that is on record: looked up once for all who follow it, seldom if that is slow."""
        async with self._looking:
            good_until, seen = self._seen.get(key, (0.0, None))
            if time.monotonic() > good_until:
                begun = time.monotonic()
                seen = await asyncio.to_thread(look, *about)
                ended = time.monotonic()
                if len(self._seen) > _REMEMBERED:
                    self._seen.clear()
                self._seen[key] = ended + max(1.0, _PATIENCE * (ended - begun)), seen
            return cast("T", seen)

    async def kinds(self, request: Request) -> Response:
        query = request.query_params.get("q", "")
        table = await self._lately(f"kinds {query}", views.kinds, self._latm(), _root(request), query)
        return self._rendered(request, "kinds.html", "Kinds", table=table, query=query)

    async def kind(self, request: Request) -> Response:
        name = request.query_params.get("name", "")
        try:
            shown = await asyncio.to_thread(views.kind, self._latm(), self._latm().snapshot, name)
        except NotFoundError as error:
            return self._failed(request, str(error), HTTPStatus.NOT_FOUND)
        acts = self.acts
        failure, is_making = acts.failures.get(name, ""), name in acts.making
        return self._rendered(request, "kind.html", name, shown=shown, failure=failure, is_making=is_making)

    async def makings(self, request: Request) -> Response:
        table = await self._lately("makings", views.makings, self._latm(), _root(request))
        return self._rendered(request, "makings.html", "Makings", table=table)

    async def making(self, request: Request) -> Response:
        name, number = request.query_params.get("name", ""), request.query_params.get("number", "")
        place = int(number) if number.isdecimal() and len(number) < _LONGEST_NUMBER else -1
        found = await asyncio.to_thread(views.making, self._latm(), name, place)
        if found is None:
            return self._failed(request, "There is no such making.", HTTPStatus.NOT_FOUND)
        facts = views.facts_of(found)
        return self._rendered(request, "making.html", f"Making of {name}", making=found, facts=facts)

    async def ledger(self, request: Request) -> Response:
        table = await self._lately("ledger", views.ledger, self._latm())
        return self._rendered(request, "ledger.html", "Ledger", table=table)

    async def record(self, request: Request) -> Response:
        happened = await asyncio.to_thread(views.record, self._latm(), self._latm().snapshot)
        return self._rendered(request, "record.html", "Record", happened=happened)

    async def keys(self, request: Request) -> Response:
        table = await asyncio.to_thread(self._keys) if self._keys else None
        return self._rendered(request, "keys.html", "Keys", table=table)

    async def act(self, request: Request) -> Response:
        form = await _form(request)
        if not is_ours(request, form.pop(FIELD, "")):
            return self._failed(request, "This act did not come from a form of this page.", HTTPStatus.FORBIDDEN)
        try:
            said = await self.acts.carry_out(request.path_params["act"], form)
        except LatmError as error:
            return self._failed(request, str(error), HTTPStatus.CONFLICT)
        self._seen.clear()
        task = form.get("new") or form.get("task", "")
        back = f"/kind?name={quote(task, safe='')}" if task else "/"
        response = RedirectResponse(f"{_root(request)}{back}", HTTPStatus.SEE_OTHER)
        # Not in the address: whoever gives somebody a link is not to say what the page says.
        response.set_cookie(_SAID, quote(said), max_age=60, httponly=True, samesite="strict", path=_home(request))
        return response

    def _rendered(
        self, request: Request, template: str, title: str, status: HTTPStatus = HTTPStatus.OK, **values: Any
    ) -> Response:
        token = token_of(request)
        common = {"root": _root(request), "title": title, "token": token, "path": request.url.path}
        said = unquote(request.cookies.get(_SAID, ""))
        text = _environment().get_template(template).render(**common, said=said, **values)
        response = HTMLResponse(text, status)
        response.set_cookie(COOKIE, token, httponly=True, samesite="strict", path=_home(request))
        if said and "hx-request" not in request.headers:
            response.delete_cookie(_SAID, path=_home(request))
        return response

    def _failed(self, request: Request, problem: str, status: HTTPStatus) -> Response:
        return self._rendered(request, "failed.html", "It cannot be done", status, problem=problem)


def _root(request: Request) -> str:
    return str(request.scope.get("root_path", "")).rstrip("/")


def _home(request: Request) -> str:
    return f"{_root(request)}/"


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form, unless it is longer than any of ours; then none."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_FORM:
            return {}
    return dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=20))


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _STATIC:
        return PlainTextResponse("There is no such file.", HTTPStatus.NOT_FOUND)
    package, kind = _STATIC[name]
    content = await asyncio.to_thread(partial(_asset, package, name))
    return Response(content, media_type=kind, headers={"cache-control": "no-cache"})


@cache
def _asset(package: str, name: str) -> bytes:
    return files(package).joinpath("assets", name).read_bytes()


@cache
def _environment() -> Environment:
    loader = ChoiceLoader([PackageLoader("latm.gateway.page"), PackageLoader("latm.report")])
    return Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )


def _visible(value: object) -> object:
    """What a template shows; texts of strangers do not hide what they hold."""
    return plain(value) if type(value) is str else value

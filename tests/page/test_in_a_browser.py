"""The page in a real browser: every page, every act, a live update, the keyboard, and axe's rules.

With LATM_SCREENSHOTS set to a folder, the pictures of the docs are written there.
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from world import Served, fill, serving

from latm.answer import Answer, Route
from latm.event import EventKind
from latm.store import Batch, ToolCache
from latm.tool import Program
from served import SUMS, url_of
from toy import sum_question

playwright = pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, Page, expect, sync_playwright  # noqa: E402  # only where it is installed

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
PAGES = {
    "overview": "/",
    "kinds": "/kinds",
    "tool": "/kind?name=sums",
    "compared": "/kind?name=differences",
    "hostile": "/kind?name=no%20tool%20yet",
    "makings": "/makings",
    "making": "/making?name=differences&number=0",
    "ledger": "/ledger",
    "record": "/record",
    "keys": "/keys",
}
IN_THE_DOCS = {"overview-light", "kinds-dark", "compared-light", "making-light"}
PHONE = {"width": 360, "height": 740}
WIDE = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as started:
        launched = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    store = url_of(tmp_path_factory.mktemp("page"))
    fill(store)
    with serving(store) as served:
        yield served


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    """A tab in which nothing may go wrong in silence, and nothing may come from elsewhere."""
    context = browser.new_context(viewport=WIDE, color_scheme="light")  # type: ignore[arg-type]  # a plain dict
    tab = context.new_page()
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    tab.on("pageerror", lambda error: said.append(str(error)))
    origin = served.url.removesuffix("/latm")
    tab.on("request", lambda request: None if request.url.startswith((origin, "data:")) else said.append(request.url))
    yield tab
    context.close()
    assert said == []


def shown(page: Page, name: str) -> None:
    folder = os.environ.get("LATM_SCREENSHOTS")
    if folder and name in IN_THE_DOCS:
        page.screenshot(path=Path(folder) / f"page-{name}.png", full_page=False)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_keeps_axes_rules_in_light_dark_and_on_a_phone(name: str, page: Page, served: Served) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.goto(served.url + PAGES[name])
    expect(page.locator("h1")).to_be_visible()
    for size, scheme in ((WIDE, "light"), (PHONE, "dark")):
        page.set_viewport_size(size)  # type: ignore[arg-type]  # a plain dict
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two
        shown(page, f"{name}-{scheme}")
        found = Axe().run(page)
        serious = [one["id"] for one in found.response["violations"] if one["impact"] in {"serious", "critical"}]
        assert serious == [], found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than the window"
    assert page.title() != "taken"


def statuses(served: Served, task: str) -> list[str]:
    with ToolCache.open(served.store) as cache:
        return [version.status.value for version in cache.tools(task=task)]


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).first.click()
    expect(page.get_by_role("status").first).to_be_visible()


def test_decisions_about_a_version_are_carried_out_and_undone(page: Page, served: Served) -> None:
    page.goto(served.url + PAGES["compared"])
    for button, status in (
        ("Let version 1 serve", "serving"), ("Pin", "serving"), ("Unpin", "serving"), ("Only compare", "shadow"),
        ("Let version 1 serve", "serving"), ("Suspend", "suspended"), ("Restore version 1", "serving"),
        ("Retire", "retired"), ("restore", "serving"), ("shadow", "shadow"),
    ):  # fmt: skip
        press(page, button)
        assert statuses(served, "differences") == [status], button
    with ToolCache.open(served.store) as cache:
        assert {event.kind for event in cache.events("differences") if event.who == "person"} >= {
            EventKind.PROMOTED, EventKind.PINNED, EventKind.UNPINNED, EventKind.SHADOWED, EventKind.SUSPENDED,
            EventKind.RESTORED, EventKind.RETIRED,
        }  # fmt: skip


def test_kinds_are_renamed_merged_and_split_and_all_of_it_is_undone(page: Page, served: Served) -> None:
    def names() -> dict[str, int]:
        with ToolCache.open(served.store) as cache:
            return {task.name: len(task.examples) for task in cache.tasks()}

    before = names()
    page.goto(served.url + "/kind?name=a%20part")
    page.get_by_label("new name").fill("adding/one")
    press(page, "Rename")
    expect(page.locator("h1")).to_contain_text("adding/one")
    press(page, "call it a part")
    assert names() == before
    page.get_by_label("into").select_option("sums")
    press(page, "Merge")
    assert names() == before | {"a part": 0, "sums": before["sums"] + 3}
    press(page, "part again")
    assert names() == before
    page.get_by_label("requests with").fill("Part 1")
    page.get_by_label("as", exact=True).fill("ones")
    press(page, "Split off")
    assert names() == before | {"a part": 2, "ones": 1}
    page.goto(served.url + "/kind?name=a%20part")
    press(page, "merge again")
    assert names() == before | {"ones": 0}


def test_a_tool_is_made_now(page: Page, served: Served) -> None:
    page.goto(served.url + PAGES["tool"])
    press(page, "Make a tool now")
    expect(page.get_by_role("status").first).to_contain_text("A tool for sums is being made.")
    served_since = Program(SUMS).id
    assert served_since
    page.goto(served.url + "/makings")
    expect(page.locator("tbody tr").first).to_contain_text("sums", timeout=15_000)


def test_all_that_never_differed_are_switched_on_at_once(page: Page, served: Served) -> None:
    page.goto(served.url)
    expect(page.locator(".switch")).to_contain_text(re.compile(r"1 kind, \d+ % of your traffic.* 0 of 5 answers"))
    press(page, "Switch on the 1 that never differed")
    assert statuses(served, "differences") == ["serving"]


def test_the_overview_follows_what_happens(page: Page, served: Served) -> None:
    page.goto(served.url)
    requests = page.locator(".figures dd").first
    count = int(requests.inner_text().replace(",", ""))
    with ToolCache.open(served.store) as cache:
        cache.record(Batch([Answer(sum_question(3, 4), "7", Route.TOOL, "sums", Program(SUMS).id)]))
    expect(requests).to_have_text(f"{count + 1:,}", timeout=10_000)
    assert page.locator(".plot canvas").count() == 2


def test_a_person_with_a_keyboard_alone_gets_everywhere_and_decides(page: Page, served: Served) -> None:
    page.goto(served.url)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Kinds", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Kinds")
    link = page.get_by_role("link", name="sums", exact=True)
    for _ in range(40):
        if link.evaluate("node => node === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("sums")
    button = page.get_by_role("button", name="Pin", exact=True)
    for _ in range(40):
        if button.evaluate("node => node === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_role("status").first).to_contain_text("is pinned")
    press(page, "Unpin")


def test_an_empty_store_says_what_to_do_next(browser: Browser, tmp_path: Path) -> None:
    with serving(url_of(tmp_path)) as empty:
        tab = browser.new_page()
        for path, said in (("/", "changing its base URL"), ("/kinds", "No kinds yet"), ("/makings", "No makings yet"),
                           ("/ledger", "Nothing was spent"), ("/record", "Nothing happened yet")):  # fmt: skip
            tab.goto(empty.url + path)
            expect(tab.locator(".empty")).to_contain_text(said)
        tab.close()

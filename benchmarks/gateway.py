"""The gateway under load, beside the upstream itself and LiteLLM's proxy: one machine, one run, one generator (wrk).

    python benchmarks/gateway.py --json                            the gateway alone
    python benchmarks/gateway.py --json --litellm VENV/bin/litellm and LiteLLM's proxy, in an environment of its own

Measured: answers by a tool on one process, against LiteLLM's answers from its cache; what passing a stream through
adds, at 1, 32 and 100 at once, of requests that ask for nothing to be kept; memory over many requests. The upstream
streams twenty chunks, 50 ms apart.
"""

import argparse
import asyncio
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHUNKS, PAUSE = 20, 0.05
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
PASSED = '{["content-type"]="application/json", ["authorization"]="Bearer sk-bench", ["cache-control"]="no-store"}'
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
STREAM = """local n = 100
request = function()
  n = n + 1
  local body = '{"model":"m","stream":true,"messages":[{"role":"user","content":"What do you think of ' .. n .. '?"}]}'
  return wrk.format("POST", nil, PASSED, body)
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
        for number in range(CHUNKS):
            delta = {"content": "word "} | ({"role": "assistant"} if number == 0 else {})
            end = "stop" if number == CHUNKS - 1 else None
            data = json.dumps(base | {"choices": [{"index": 0, "delta": delta, "finish_reason": end}]})
            await send({"type": "http.response.body", "body": f"data: {data}\n\n".encode(), "more_body": True})
            await asyncio.sleep(PAUSE)
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
        deadline = time.monotonic() + 120
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
    file.write_text(
        (script + REPORT)
        .replace("HEADERS", HEADERS)
        .replace("PASSED", PASSED)
        .replace("QUESTION", QUESTION.format(7, 8))
    )
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


def streams(folder: Path, bases: dict[str, str], seconds: float, process: int) -> dict[str, Any]:
    """Streams through each of these, and what that adds to the upstream's own time, in milliseconds."""
    found: dict[str, Any] = {}
    for at_once in (1, 32, 100):
        row = {
            name: load(folder, f"{base}/chat/completions", STREAM, at_once, seconds, process * (name != "upstream"))
            for name, base in bases.items()
        }
        own = row["upstream"]
        for name, measured in row.items():
            added = {f"added_{key}": measured[key] - own[key] for key in ("median_ms", "p99_ms")}
            found.setdefault(name, {})[str(at_once)] = measured | added
    return found


def measured(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """The whole run."""
    ports = {name: free_port() for name in ("upstream", "latm", "litellm")}
    bases = {name: f"http://127.0.0.1:{port}/v1" for name, port in ports.items()}
    here = Path(__file__).parent
    up = [sys.executable, "-m", "uvicorn", "--app-dir", str(here), "gateway:upstream", "--log-level", "warning"]
    up += ["--port", str(ports["upstream"]), "--no-access-log"]
    own = [sys.executable, "-m", "latm", "serve", "--port", str(ports["latm"]), "--upstream", bases["upstream"]]
    own += ["--maker", f"tiny@{bases['upstream']}", "--policy", "verified", "--making-tokens", "0"]
    own += ["--store", f"sqlite:///{folder}/latm.db"]
    found: dict[str, Any] = {"cores": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0]}
    with running(up, bases["upstream"], folder / "up.log"):
        with running(own, bases["latm"].removesuffix("/v1") + "/livez", folder / "latm.log") as process:
            make_tool(bases["latm"])
            url = f"{bases['latm']}/chat/completions"
            found["tool"] = load(folder, url, NEW, 32, arguments.seconds, process.pid)
            found["memory_mib"] = [resident(process.pid)]
            while found.setdefault("memory_requests", 0) < arguments.requests:
                found["memory_requests"] += load(folder, url, NEW, 32, 10)["requests"]
                found["memory_mib"].append(resident(process.pid))
            beside_it = {name: bases[name] for name in ("upstream", "latm")}
            found["streams"] = streams(folder, beside_it, arguments.seconds, process.pid)
        if arguments.litellm:
            found |= beside(arguments, folder, ports["litellm"], bases)
    return found


def beside(arguments: argparse.Namespace, folder: Path, port: int, bases: dict[str, str]) -> dict[str, Any]:
    """The same of LiteLLM's proxy: one worker, its cache in memory."""
    config = folder / "litellm.yaml"
    config.write_text(
        f"model_list:\n  - model_name: m\n    litellm_params: {{model: openai/m, api_base: '{bases['upstream']}', "
        "api_key: k}\ngeneral_settings: {master_key: sk-bench}\n"
        "litellm_settings: {cache: true, cache_params: {type: local}}\n"
    )
    command = [
        arguments.litellm,
        "--config",
        str(config),
        "--port",
        str(port),
        "--host",
        "127.0.0.1",
        "--num_workers",
        "1",
    ]
    environment = {"LITELLM_LOG": "ERROR", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    url = f"http://127.0.0.1:{port}/health/liveliness"
    with running(command, url, folder / "litellm.log", **environment) as it:
        for _ in range(3):
            ask(bases["litellm"], QUESTION.format(7, 8))
        cache = load(folder, f"{bases['litellm']}/chat/completions", SAME, 32, arguments.seconds, it.pid)
        beside_it = {name: bases[name] for name in ("upstream", "litellm")}
        through = streams(folder, beside_it, arguments.seconds, it.pid)
    return {"litellm_cache": cache, "litellm_streams": through["litellm"]}


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object; it is the only form there is")
    parser.add_argument("--litellm", help="the proxy's command, in an environment of its own")
    parser.add_argument("--seconds", type=float, default=6, help="of each measurement")
    parser.add_argument("--requests", type=int, default=0, help="over which memory is watched, at least")
    arguments = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("wrk is not installed: apt-get install wrk")
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measured(arguments, Path(folder)), indent=1))


if __name__ == "__main__":
    main()

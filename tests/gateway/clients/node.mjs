// npm's `openai` and the Vercel AI SDK, each unmodified but for the base URL: node node.mjs THROUGH DIRECT HIT
import assert from "node:assert/strict";
import OpenAI from "openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { createOpenAI } from "@ai-sdk/openai";
import { generateObject, generateText, jsonSchema, streamText, tool } from "ai";

const [through, direct, question] = process.argv.slice(2);
const messages = (content) => [{ role: "user", content }];
const plain = ({ id, created, created_at, completed_at, usage, output, ...rest }) => ({
  ...rest, output: output?.map(({ id, ...item }) => item),
});

async function openai(baseURL, content) {
  const client = new OpenAI({ baseURL, apiKey: "k", maxRetries: 0 });
  const body = { model: "m", messages: messages(content) };
  const chunks = [];
  for await (const chunk of await client.chat.completions.create({ ...body, stream: true })) chunks.push(chunk);
  const response = await client.responses.create({ model: "m", input: content, store: false });
  const events = [];
  for await (const event of await client.responses.create({ model: "m", input: content, store: false, stream: true })) events.push(event.type);
  return {
    completion: plain(await client.chat.completions.create(body)),
    text: chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join(""),
    ends: [plain(chunks[0]), plain(chunks.at(-1))],
    response: plain(response),
    events: [...new Set(events)],
  };
}

async function vercel(baseURL, prompt) {
  const results = {};
  const models = {
    compatible: createOpenAICompatible({ name: "up", baseURL, apiKey: "k" })("m"),
    chat: createOpenAI({ baseURL, apiKey: "k" }).chat("m"),
    responses: createOpenAI({ baseURL, apiKey: "k" }).responses("m"),
  };
  for (const [name, model] of Object.entries(models)) {
    const whole = await generateText({ model, prompt });
    const stream = streamText({ model, prompt });
    let text = "";
    for await (const part of stream.textStream) text += part;
    results[name] = { text: whole.text, reason: whole.finishReason, streamed: text, ended: await stream.finishReason };
  }
  return results;
}

const SCHEMA = {
  type: "object", properties: { sum: { type: "integer" } }, required: ["sum"], additionalProperties: false,
};

async function failure(work) {
  try {
    await work();
  } catch (error) {
    return [error.name, error.status ?? error.statusCode, error.message];
  }
  assert.fail("it should have failed");
}

// Functions, a schema, an error, and a stream that is left.
async function openaiPassed(baseURL, content) {
  const client = new OpenAI({ baseURL, apiKey: "k", maxRetries: 0 });
  const body = { model: "m", messages: messages(content) };
  const tools = [{ type: "function", function: { name: "add", parameters: SCHEMA } }];
  const chunks = [];
  for await (const chunk of await client.chat.completions.create({ ...body, tools, stream: true })) chunks.push(plain(chunk));
  const response_format = { type: "json_schema", json_schema: { name: "sum", strict: true, schema: SCHEMA } };
  for await (const _ of await client.chat.completions.create({ ...body, model: "slow", stream: true })) break;
  return {
    called: plain(await client.chat.completions.create({ ...body, tools })), chunks,
    formed: plain(await client.chat.completions.create({ ...body, response_format })),
    failed: await failure(() => client.chat.completions.create({ ...body, model: "missing" })),
  };
}

async function vercelPassed(baseURL, prompt) {
  const provider = createOpenAI({ baseURL, apiKey: "k" });
  const tools = { add: tool({ inputSchema: jsonSchema(SCHEMA) }) };
  const called = await generateText({ model: provider.chat("m"), prompt, tools });
  const formed = await generateObject({ model: provider.chat("m"), prompt, schema: jsonSchema(SCHEMA) });
  const left = new AbortController();
  for await (const _ of streamText({ model: provider.chat("slow"), prompt, abortSignal: left.signal, onError() {} }).fullStream) {
    left.abort();
    break;
  }
  return {
    called: called.toolCalls.map(({ toolName, input }) => [toolName, input]), formed: formed.object,
    failed: await failure(() => generateText({ model: provider.chat("missing"), prompt, maxRetries: 0 })),
  };
}

for (const content of ["Which flock is the more graceful: 1 swans or 2 herons?", question]) {
  assert.deepEqual(await openai(through, content), await openai(direct, content));
  assert.deepEqual(await vercel(through, content), await vercel(direct, content));
}
assert.deepEqual(await openaiPassed(through, question), await openaiPassed(direct, question));
assert.deepEqual(await vercelPassed(through, question), await vercelPassed(direct, question));
const client = new OpenAI({ baseURL: through, apiKey: "k", maxRetries: 0 });
const { response } = await client.chat.completions.create({ model: "m", messages: messages(question) }).withResponse();
assert.equal(response.headers.get("cache-status"), "latm; hit; detail=tool");
console.log("same");

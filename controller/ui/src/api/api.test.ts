import assert from "node:assert/strict";
import { test } from "node:test";
import type { SiteView } from "../../../src/api/view.ts";
import { createApi } from "./api.ts";
import { NoAnswerError, RefusedError } from "./ui-error.ts";

function apiThatAnswers(answer: () => Response | Promise<Response>) {
  const asked: { readonly url: string; readonly init: RequestInit | undefined }[] = [];
  const offsets: number[] = [];
  const api = createApi({
    fetch: async (url, init) => {
      asked.push({ url: typeof url === "string" ? url : "", init });
      return answer();
    },
    newKey: () => "key",
    clock: () => Date.UTC(2026, 10, 20, 12, 0, 0),
    onClockOffset: (offsetMs) => offsets.push(offsetMs),
  });
  return { api, asked, offsets };
}

test("a release goes to its containment, with its reason", async () => {
  const { api, asked } = apiThatAnswers(() => new Response(null, { status: 204 }));
  await api.release("s 1", "c/1", { reason: "Checked" });
  assert.equal(asked[0]?.url, "/api/v1/sites/s%201/containments/c%2F1");
  assert.equal(asked[0]?.init?.method, "DELETE");
  assert.equal(asked[0]?.init?.body, '{"reason":"Checked"}');
});

test("a refusal keeps the controller's code, words and status", async () => {
  const problem = { code: "already-asked", title: "This was asked already.", status: 409, detail: "by operator" };
  const { api } = apiThatAnswers(() => new Response(JSON.stringify(problem), { status: 409 }));
  await assert.rejects(api.sites(), (error) => {
    assert.ok(error instanceof RefusedError);
    assert.deepEqual(
      [error.code, error.message, error.detail, error.status],
      ["already-asked", problem.title, problem.detail, 409],
    );
    return true;
  });
});

test("an answer that is not the controller's is told by its status, or as no answer", async () => {
  const page = apiThatAnswers(() => new Response("<html>", { status: 502 }));
  await assert.rejects(page.api.sites(), { name: "RefusedError", code: "unknown", status: 502 });
  const cut = apiThatAnswers(() => new Response("[{", { status: 200 }));
  await assert.rejects(cut.api.sites(), NoAnswerError);
  const dead = apiThatAnswers(() => Promise.reject(new TypeError("fetch failed")));
  await assert.rejects(dead.api.sites(), { name: "NoAnswerError", code: "no-answer" });
});

test("a change whose answer was lost is sent once more, with the same key; a look is not", async () => {
  let answers = 0;
  const { api, asked } = apiThatAnswers(() => {
    answers += 1;
    return answers === 1 ? Promise.reject(new TypeError("fetch failed")) : new Response(null, { status: 204 });
  });
  await api.release("s", "c", { reason: "Checked" });
  const keys = asked.map(({ init }) => new Headers(init?.headers).get("idempotency-key"));
  assert.deepEqual(keys, ["key", "key"]);
  answers = 0;
  await assert.rejects(api.sites(), NoAnswerError);
  assert.equal(asked.length, 3);
  assert.equal(new Headers(asked[2]?.init?.headers).get("idempotency-key"), null);
});

test("the controller's clock is taken from its answers", async () => {
  const headers = { date: "Fri, 20 Nov 2026 12:00:30 GMT" };
  const { api, offsets } = apiThatAnswers(() => new Response("[]", { headers }));
  await api.sites();
  assert.deepEqual(offsets, [30_500]);
});

test("machines that were not told again are as they were shown, and in their list where nothing is new", async () => {
  const host = (name: string, score: number) => ({ host: name, score });
  const known = { id: "s1", hostsEdition: "one.4 ", hosts: [host("a", 1), host("b", 2), host("c", 3)] };
  const asking = async (answer: object) => {
    const { api, asked } = apiThatAnswers(() => new Response(JSON.stringify(answer)));
    const site = await api.site("s1", null, known as unknown as SiteView);
    assert.match(asked[0]?.url ?? "", /hostsSince=one\.4(\+|%20)/);
    return site;
  };
  const same = await asking({ hostsEdition: "one.4 ", hosts: [], hostsGone: [] });
  assert.equal(same.hosts, known.hosts);
  const changed = await asking({ hostsEdition: "one.6 ", hosts: [host("b", 9), host("d", 4)], hostsGone: ["c"] });
  assert.deepEqual(changed.hosts, [host("a", 1), host("b", 9), host("d", 4)]);
  assert.equal(changed.hostsEdition, "one.6 ");
  // Whoever was forgotten is told all.
  const whole = await asking({ hostsEdition: "two.1 ", hosts: [host("b", 5)] });
  assert.deepEqual(whole.hosts, [host("b", 5)]);
});

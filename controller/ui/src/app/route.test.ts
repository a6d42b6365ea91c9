import assert from "node:assert/strict";
import { test } from "node:test";
import { hostPath, parseRoute, sitePath, walkPath } from "./route.ts";

test("each page has one address", () => {
  assert.deepEqual(parseRoute("/", ""), { page: "fleet" });
  assert.deepEqual(parseRoute("/notifications", ""), { page: "notifications" });
  assert.deepEqual(parseRoute("/refusals", ""), { page: "refusals" });
  assert.deepEqual(parseRoute("/updates", ""), { page: "updates" });
  assert.deepEqual(parseRoute("/login", "#abc"), { page: "login", token: "abc" });
  assert.deepEqual(parseRoute("/login", ""), { page: "login", token: null });
  assert.deepEqual(parseRoute("/sites/s1", ""), { page: "site", siteId: "s1" });
  assert.deepEqual(parseRoute("/sites/s1/", ""), { page: "site", siteId: "s1" });
  assert.deepEqual(parseRoute(walkPath("s 1"), ""), { page: "walk", siteId: "s 1" });
});

test("what is no page is missing, not another page", () => {
  for (const path of [
    "/sites",
    "/sites/s1/hosts",
    "/sites/s1/hosts/a/b",
    "/login/x",
    "/notifications/x",
    "/elsewhere",
  ]) {
    assert.deepEqual(parseRoute(path, ""), { page: "missing" }, path);
  }
});

test("identifiers survive the way into the address and back", () => {
  for (const host of ["02:00:5e:10:00:07", "fe80::1%eth0", "a/b ü"]) {
    assert.deepEqual(parseRoute(hostPath("s 1", host), ""), { page: "host", siteId: "s 1", host });
  }
  assert.deepEqual(parseRoute(sitePath("a/b"), ""), { page: "site", siteId: "a/b" });
  assert.deepEqual(parseRoute("/sites/%zz", ""), { page: "site", siteId: "%zz" });
});

import { equal, match } from "node:assert/strict";
import { test } from "node:test";
import { labForbidden } from "./test-lab.ts";
import { execute } from "./tools.ts";

const ask = `
  const { namespacesAllowed } = await import(${JSON.stringify(`${import.meta.dirname}/namespaces.ts`)});
  const { startLab } = await import(${JSON.stringify(`${import.meta.dirname}/start-lab.ts`)});
  const allowed = namespacesAllowed();
  const code = await startLab({ seed: 1 }).then(() => "stands", (error) => error.code);
  console.log(JSON.stringify({ ...allowed, code }));
`;

test(
  "where the kernel grants no network namespace the lab says so and does not start",
  { skip: labForbidden() },
  async () => {
    const script = `echo 0 > /proc/sys/user/max_net_namespaces && exec "$@"`;
    const { stdout, stderr } = await execute(
      ["unshare", "-Ur", "sh", "-ec", script, "ask", process.execPath, "--input-type=module", "-e", ask],
      { env: { PATH: process.env["PATH"] ?? "" } },
    );
    equal(stderr, "");
    const { ok, reason, code } = JSON.parse(stdout) as { ok: boolean; reason: string; code: string };
    equal(ok, false);
    match(reason, /^network namespaces are not allowed here: .*unshare/);
    equal(code, "namespaces-forbidden");
  },
);

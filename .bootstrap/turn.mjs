import { createHash } from "node:crypto";
import { connect, createServer } from "node:net";
import { say } from "./report.mjs";

/**
 * Waits until nobody else sets up this checkout, and returns what ends our turn. The lock is a socket
 * in Linux's abstract namespace: the kernel takes it away with its holder, however that one ends.
 *
 * @param {string} root
 * @returns {Promise<() => void>}
 */
export async function takeTurn(root) {
  const name = `\0cordon-set-up-${createHash("sha256").update(root).digest("hex").slice(0, 32)}`;
  let hasSaid = false;
  for (;;) {
    const endTurn = await listen(name);
    if (endTurn !== null) return endTurn;
    if (!hasSaid) say("another command is setting up this folder; waiting for it …");
    hasSaid = true;
    await waitForEnd(name);
  }
}

/**
 * Takes the name; null when somebody else holds it.
 *
 * @param {string} name
 * @returns {Promise<(() => void) | null>}
 */
function listen(name) {
  return new Promise((resolve, reject) => {
    // Whoever connects only waits for the connection to end with us.
    /** @type {Set<import("node:net").Socket>} */
    const waiting = new Set();
    const server = createServer((socket) => {
      waiting.add(socket);
      socket.on("error", () => socket.destroy()).on("close", () => waiting.delete(socket));
    });
    server.on("error", (error) => ("code" in error && error.code === "EADDRINUSE" ? resolve(null) : reject(error)));
    server.listen(name, () =>
      resolve(() => {
        server.close();
        for (const socket of waiting) socket.destroy();
      }),
    );
  });
}

/** @param {string} name @returns {Promise<void>} */
function waitForEnd(name) {
  return new Promise((resolve) => {
    // An error is as good as an end: either way the next try tells.
    connect(name)
      .on("error", () => undefined)
      .on("close", () => resolve())
      .resume();
  });
}

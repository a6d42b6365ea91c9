/**
 * `relay.ts PORT PATH`: carries TCP connections on loopback to a Unix socket, so that a sensor in a
 * network namespace of its own reaches a broker outside. Ends when its stdin closes.
 */
import { createConnection, createServer } from "node:net";

export type RelayArguments = readonly [port: string, path: string];

const [port, path] = process.argv.slice(2);
const server = createServer((inside) => {
  const outside = createConnection({ path: path ?? "" });
  inside.pipe(outside).pipe(inside);
  inside.on("error", () => outside.destroy());
  outside.on("error", () => inside.destroy());
  inside.on("close", () => outside.destroy());
  outside.on("close", () => inside.destroy());
});
server.listen(Number(port), "127.0.0.1", () => process.stdout.write("ready\n"));
process.stdin.once("end", () => process.exit(0)).resume();

import type { TestSite } from "./test-site.ts";

/** What a request of Node's own client came to: status, length and text, or an error's code. */
const client = `
const [url, method, filler, more] = process.argv.slice(1);
const headers = { connection: "close", ...(filler > 0 ? { "x-filler": "x".repeat(Number(filler)) } : {}), ...JSON.parse(more) };
const request = require("http").request(url, { method, headers, timeout: 8000 }, (answer) => {
  let body = "";
  answer.setEncoding("utf8").on("data", (part) => (body += part));
  answer.on("end", () => console.log(JSON.stringify({ status: answer.statusCode, body, length: answer.headers["content-length"] })));
  answer.on("error", (error) => console.log(JSON.stringify({ error: error.code })));
});
request.on("timeout", () => request.destroy(Object.assign(new Error(), { code: "SILENT" })));
request.on("error", (error) => console.log(JSON.stringify({ error: error.code })));
request.end(method === "POST" ? "a=b" : undefined);
`;

export interface PageOutcome {
  readonly status?: number;
  readonly body?: string;
  readonly length?: string;
  readonly error?: string;
}

/** Asks by HTTP from a machine of the site, and gives what came of it. */
export async function askForPage(
  site: TestSite,
  place: "infected" | "neighbour",
  url: string,
  {
    method = "GET",
    filler = 0,
    headers = {},
  }: { readonly method?: string; readonly filler?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<PageOutcome> {
  const argv = [process.execPath, "-e", client, url, method, String(filler), JSON.stringify(headers)];
  return JSON.parse(await site.run(place, ...argv)) as PageOutcome;
}

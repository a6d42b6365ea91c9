/** How a test asks a box for its pages from elsewhere: a process of its own, which trusts the certificate that the label names and no other. */

export interface PhoneCall {
  readonly method: string;
  /** `https://…`, or `http://…` for whoever types it so. */
  readonly url: string;
  readonly cookie: string;
  readonly body?: object;
  /** SHA-256 of the certificate, as the label has it. */
  readonly fingerprint: string;
}

export interface PhoneAnswer {
  /** 0 where nobody answers; `text` says why. */
  readonly status: number;
  readonly text: string;
  readonly cookie: string;
  readonly location: string;
}

const caller = `const { method, url, cookie, body, fingerprint } = JSON.parse(process.argv[1]);
const none = (text) => { console.log(JSON.stringify({ status: 0, text: String(text), cookie: "", location: "" })); process.exit(); };
const text = body === undefined ? "" : JSON.stringify(body);
const headers = { origin: new URL(url).origin, cookie, ...(text === "" ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }) };
const { request } = require(url.startsWith("https:") ? "node:https" : "node:http");
const asked = request(url, { method, headers, rejectUnauthorized: false, agent: false }, (answer) => {
  const parts = [];
  answer.on("data", (part) => parts.push(part));
  answer.on("error", (error) => none(error.message));
  answer.on("end", () => {
    const set = answer.headers["set-cookie"]?.[0] ?? "";
    console.log(JSON.stringify({ status: answer.statusCode, text: Buffer.concat(parts).toString(), cookie: set, location: answer.headers.location ?? "" }));
    process.exit();
  });
});
asked.on("error", (error) => none(error.message));
asked.on("socket", (socket) => socket.on("secureConnect", () => {
  if (socket.getPeerCertificate().fingerprint256 !== fingerprint) none("another certificate than the label's");
  else asked.end(text);
}));
if (url.startsWith("http:")) asked.end(text);
setTimeout(() => none("no answer"), 30000);`;

/** The command line that makes the call; what it prints is for {@link phoneAnswer}. */
export function phoneCommand(call: PhoneCall): readonly string[] {
  return [process.execPath, "-e", caller, JSON.stringify(call)];
}

/** The answer; its cookie is what a browser would send back. */
export function phoneAnswer(stdout: string): PhoneAnswer {
  const answer = JSON.parse(stdout) as PhoneAnswer;
  return { ...answer, cookie: answer.cookie.split(";")[0] ?? "" };
}

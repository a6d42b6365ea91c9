import { request as httpRequest } from "node:http";
import type { TLSSocket } from "node:tls";
import { parseEnrolmentRefusal, parseIssuedCertificate, type IssuedCertificate } from "@cordon/contract";
import { SensorError } from "../errors.ts";

export type CertificateAnswer =
  | { readonly kind: "issued"; readonly issued: IssuedCertificate }
  | { readonly kind: "refused"; readonly code: string; readonly text: string };

// A certificate and a little more.
const maxAnswerBytes = 64 * 1024;
const answerMs = 20_000;

/**
 * Asks for a certificate on a verified connection, which ends with the answer. Rejects with `controller-silent` or
 * `answer-malformed` where trying again may help.
 */
export async function askCertificate(socket: TLSSocket, path: string, order: unknown): Promise<CertificateAnswer> {
  const body = Buffer.from(JSON.stringify(order));
  try {
    const { status, text } = await exchange(socket, path, body);
    if (status === 201) {
      const parsed = parseIssuedCertificate(text);
      if (parsed.ok) return { kind: "issued", issued: parsed.value };
      throw new SensorError("answer-malformed", `the controller's answer makes no sense: ${parsed.error}`);
    }
    const refusal = parseEnrolmentRefusal(text);
    if (refusal.ok) return { kind: "refused", code: refusal.value.code, text: refusal.value.text };
    throw new SensorError("answer-malformed", `the controller answered HTTP ${status}`);
  } finally {
    socket.destroy();
  }
}

function exchange(
  socket: TLSSocket,
  path: string,
  body: Uint8Array,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": body.byteLength, connection: "close" };
    const asking = httpRequest({ method: "POST", path, headers, createConnection: () => socket }, (response) => {
      const chunks: Buffer[] = [];
      let sizeBytes = 0;
      response.on("data", (chunk: Buffer) => {
        sizeBytes += chunk.length;
        chunks.push(chunk);
        if (sizeBytes > maxAnswerBytes) asking.destroy(new SensorError("answer-malformed", "the answer is too large"));
      });
      response.once("error", reject);
      response.once("end", () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    const timer = setTimeout(() => asking.destroy(new SensorError("controller-silent", "no answer in time")), answerMs);
    asking.once("error", reject);
    asking.once("close", () => {
      clearTimeout(timer);
      reject(new SensorError("controller-silent", "the connection was closed"));
    });
    asking.end(body);
  });
}

import { createHmac } from "node:crypto";
import type { Page } from "playwright-core";
import type { HostFacts } from "../../lab/index.ts";
import type { Window } from "./screen-browser.ts";
import type { StandingOffice } from "./standing-office.ts";

/** What the visits find: an office of the lab with an outbreak, at a controller that knows another site as well. */
export interface Stage {
  readonly office: StandingOffice;
  readonly siteId: string;
  /** A site whose box has not called yet. */
  readonly annexId: string;
  /** In the kernel's set since before the first visit. */
  readonly mailer: HostFacts;
  /** Infected, and nothing was done to it. */
  readonly worm: HostFacts;
  readonly desk: HostFacts;
  readonly printer: HostFacts;
  /** Where the box serves its own pages, led to this machine. */
  readonly boxUrl: string;
}

/** One screen, how a person comes there, and what has to be true of the lab on it. */
export interface Visit {
  /** Of the UI's routes; null is no page of the UI. */
  readonly page: string | null;
  /** The sheet that lies over it. */
  readonly sheet?: string;
  readonly name: string;
  /** Happens once, before any window goes there. */
  readonly before?: (stage: Stage, windows: readonly Window[]) => Promise<unknown>;
  readonly show: (window: Window, stage: Stage) => Promise<unknown>;
  readonly says: (stage: Stage, window: Window) => readonly (string | RegExp)[];
}

/** Signs in by a link of the terminal, which it shows. */
export async function signInByLink({ page }: Window, { office }: Stage): Promise<void> {
  await page.goto(await office.controller.newLoginLink());
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.locator("main .say").waitFor();
}

/** Goes to a page of the controller, and waits until changes arrive there. */
export async function goto({ page }: Window, { office }: Stage, path: string): Promise<void> {
  await page.goto(`${office.controller.url}${path}`);
  await page.locator("main h1").waitFor();
  await page.locator("header .live:not(.off)").waitFor({ state: "attached" });
}

export const sitePath = ({ siteId }: Stage): string => `/sites/${siteId}`;
export const hostPath = (stage: Stage, { mac }: HostFacts): string =>
  `${sitePath(stage)}/hosts/${encodeURIComponent(mac)}`;

/** What whoever is signed in there may ask of the API; for what a visit needs to be there. */
export async function ask<T>({ context }: Window, { office }: Stage, path: string, body: object): Promise<T> {
  const { url } = office.controller;
  const answer = await context.request.post(`${url}/api/v1${path}`, { data: body, headers: { origin: url } });
  if (!answer.ok()) throw new TypeError(`POST ${path}: ${answer.status()} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** What an app for codes shows of a secret in base 32 (RFC 6238: SHA-1, six digits, thirty seconds). */
export function codeOf(secret: string, at: number): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replaceAll(/[\s=]/g, "")]
    .map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const digest = createHmac("sha1", key).update(counter).digest();
  const from = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(from) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Presses the first button of that name that is in view. */
export async function press(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole("button", { name }).locator("visible=true").first().click();
}

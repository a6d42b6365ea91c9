import { open, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import type { Readable, Writable } from "node:stream";
import { ProvisionError } from "../errors.ts";
import { checkFilePlace } from "../output/file-place.ts";
import { interview } from "../site/interview.ts";
import { parseSite, readSite } from "../site/read-site.ts";
import { siteText } from "../site/site-text.ts";

export interface SiteNewWish {
  /** Answers, in the format of a site file: nothing is asked. */
  readonly from?: string;
  /** Where the site file goes; absent: beside, named after the site. */
  readonly out?: string;
  readonly force?: true;
}

export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
}

/** Asks what there is to know of a site, or takes it from a file, and writes the site file, for its owner alone. */
export async function newSite(
  wish: SiteNewWish,
  terminal: Terminal,
  now: number,
  tell: (line: string) => void,
): Promise<void> {
  const isForced = wish.force === true;
  // Before anybody has answered forty questions.
  if (wish.out !== undefined) await checkFilePlace(resolve(wish.out), { what: "the site file", isForced });
  const text = wish.from === undefined ? await asked(terminal, now) : siteText(await readSite(wish.from, now));
  const { name } = parseSite(wish.from ?? "as answered", text, now);
  const named = resolve(wish.out ?? `${slugOf(name)}.site.yaml`);
  const out = wish.from === undefined && wish.out === undefined && !isForced ? await freeName(named) : named;
  await write(out, text, isForced);
  tell(`Wrote ${out}: the site ${name}.`);
  tell(`Next: npm run -s provision -- box create --image IMAGE --site ${out} --out FILE`);
}

/** Says whether a site file can be used. */
export async function checkSite(
  wish: { readonly site: string },
  now: number,
  tell: (line: string) => void,
): Promise<void> {
  const { name, placement } = await readSite(wish.site, now);
  tell(`${wish.site}: the site ${name}, a box for ${placement}. Nothing is wrong with it.`);
}

async function asked({ input, output }: Terminal, now: number): Promise<string> {
  const lines = createInterface({ input, output });
  // Lines may come faster than they are asked for, where a program writes them.
  const waiting = lines[Symbol.asyncIterator]();
  try {
    const draft = await interview(
      {
        async ask(text) {
          output.write(text);
          const next = await waiting.next();
          if (next.done === true) {
            throw new ProvisionError("site-unfinished", "the answers ended before the questions; nothing was written");
          }
          return next.value;
        },
        say: (line) => output.write(`${line}\n`),
      },
      now,
    );
    return siteText(draft as Parameters<typeof siteText>[0]);
  } finally {
    lines.close();
  }
}

/** The name, or with a number where that is taken: what was answered is not lost for that. */
async function freeName(path: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const each = number === 1 ? path : path.replace(/\.site\.yaml$/, `-${number}.site.yaml`);
    const isThere = await stat(each).then(
      () => true,
      () => false,
    );
    if (!isThere) return each;
  }
}

async function write(path: string, text: string, isForced: boolean): Promise<void> {
  try {
    const file = await open(path, isForced ? "w" : "wx", 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === "EEXIST";
    const words = isThere ? "it is there already; --force writes over it" : (cause as Error).message;
    throw new ProvisionError("output-refused", `cannot write ${path}: ${words}`, { cause });
  }
}

function slugOf(name: string): string {
  const slug = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return slug === "" ? "site" : slug.slice(0, 40);
}

import { checkPlan, fieldName } from "./check-plan.ts";
import { questions, type Draft, type Question } from "./questions.ts";
import type { Fault } from "./shape-faults.ts";

export interface Interviewer {
  /** The answer, on one line. Rejects where there will be none. */
  readonly ask: (text: string) => Promise<string>;
  readonly say: (line: string) => void;
}

/** Asks one thing after another, and each again until its answer can be used; gives a plan that holds. */
export async function interview({ ask, say }: Interviewer, now: number): Promise<Draft> {
  let draft: Draft = { version: 1 };
  for (const question of questions) {
    if (question.isAsked?.(draft) === false) continue;
    for (;;) {
      const text = (await ask(prompt(question))).trim();
      if (text === "" && question.empty === undefined) {
        say("  This has to be said.");
        continue;
      }
      if (text === "") {
        if (question.emptyValue !== undefined) draft = put(draft, question.path, question.emptyValue);
        break;
      }
      const next = put(draft, question.path, answered(question, draft, text));
      const faults = faultsOf(next, question, now);
      if (faults.length === 0) draft = next;
      else for (const { path, text: words } of faults) say(`  ${fieldName(path)}: ${words}`);
      if (faults.length === 0 && question.isList !== true) break;
    }
  }
  return draft;
}

function prompt({ ask, empty }: Question): string {
  return empty === undefined ? `${ask} ` : `${ask} [${empty}] `;
}

function answered({ isList, path, read }: Question, draft: Draft, text: string): unknown {
  if (isList !== true) return read(text);
  const before = (draft as Readonly<Record<string, unknown>>)[path[0] ?? ""];
  return [...(Array.isArray(before) ? (before as unknown[]) : []), read(text)];
}

/** What is wrong with this answer; what is not asked yet is nobody's fault. */
function faultsOf(draft: Draft, { path }: Question, now: number): readonly Fault[] {
  const checked = checkPlan({ name: "Site", placement: "lan", ...draft, ...controllerOf(draft) }, now);
  if (checked.ok) return [];
  return checked.faults.filter(
    (fault) => path.every((key, index) => fault.path[index] === key) && !fault.text.startsWith("is missing"),
  );
}

function controllerOf({ controller }: Draft): object {
  return { controller: { host: "cordon.example.net", ...(controller as object | undefined) } };
}

function put(draft: Draft, [key = "", ...rest]: readonly string[], value: unknown): Draft {
  const before = (draft as Readonly<Record<string, unknown>>)[key];
  return { ...draft, [key]: rest.length === 0 ? value : put((before ?? {}) as Draft, rest, value) };
}

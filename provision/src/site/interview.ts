import { checkPlan, faultLine } from "./check-plan.ts";
import { questions, type Draft, type Question } from "./questions.ts";
import type { Fault } from "./shape-faults.ts";

export interface Interviewer {
  /** The answer, on one line. Rejects where there will be none. */
  readonly ask: (text: string) => Promise<string>;
  readonly say: (line: string) => void;
}

/** Asks one thing after another, and each again until its answer can be used; gives a plan that holds. */
export async function interview(interviewer: Interviewer, now: number): Promise<Draft> {
  let draft: Draft = { version: 1 };
  for (const question of questions) draft = await answeredDraft(question, draft, interviewer, now);
  for (;;) {
    // What does not go together is known when all of it is there: that alone is asked again.
    const checked = checkPlan(draft, now);
    if (checked.ok) return draft;
    const again = questions.filter(({ path }) => checked.faults.some((fault) => isWithin(fault.path, path)));
    for (const fault of checked.faults) interviewer.say(`  ${faultLine(fault)}`);
    if (again.length === 0) return draft;
    for (const question of again) {
      draft = await answeredDraft(question, without(draft, question.path), interviewer, now);
    }
    for (const { path, isAsked } of questions) if (isAsked?.(draft) === false) draft = without(draft, path);
  }
}

async function answeredDraft(
  question: Question,
  before: Draft,
  { ask, say }: Interviewer,
  now: number,
): Promise<Draft> {
  let draft = before;
  if (question.isAsked?.(draft) !== false) {
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
      else for (const fault of faults) say(`  ${faultLine(fault)}`);
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

/** Whether one of two paths is the beginning of the other. */
function isWithin(fault: Fault["path"], path: readonly string[]): boolean {
  return path.every((key, index) => index >= fault.length || fault[index] === key);
}

/** The draft without an answer, and without a group that has no other. */
function without(draft: Draft, [key = "", ...rest]: readonly string[]): Draft {
  const { [key]: before, ...others } = draft as Readonly<Record<string, unknown>>;
  if (rest.length === 0 || typeof before !== "object" || before === null) return others as Draft;
  const left = without(before as Draft, rest);
  return Object.keys(left).length === 0 ? (others as Draft) : ({ ...draft, [key]: left } as Draft);
}

function put(draft: Draft, [key = "", ...rest]: readonly string[], value: unknown): Draft {
  const before = (draft as Readonly<Record<string, unknown>>)[key];
  return { ...draft, [key]: rest.length === 0 ? value : put((before ?? {}) as Draft, rest, value) };
}

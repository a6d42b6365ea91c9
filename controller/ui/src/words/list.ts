import { formatTag } from "../language/message.ts";

/** "DESK-07, LAPTOP-K3 and TILL-3" */
export function joined(parts: readonly string[]): string {
  return new Intl.ListFormat(formatTag(), { type: "conjunction" }).format(parts);
}

/** What a language is called, by its tag. */
export function languageName(tag: string): string {
  return new Intl.DisplayNames(formatTag(), { type: "language" }).of(tag) ?? tag;
}

import { formatTag } from "../language/message.ts";

/** "DESK-07, LAPTOP-K3 and TILL-3" */
export function joined(parts: readonly string[]): string {
  return new Intl.ListFormat(formatTag(), { type: "conjunction" }).format(parts);
}

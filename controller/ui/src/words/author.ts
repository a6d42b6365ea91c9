import { said } from "../language/said.ts";
import { msg } from "../language/message.ts";
/** Whose word something is, as a sentence begins. What only a box tells of is nobody's word that was given here. */
export function byWhom(author: string): string {
  if (author === "PIN of the box") return msg`With its PIN, at the box`;
  return author === "reported by the box" ? msg`Reported by the box` : msg`By ${said(author)}`;
}

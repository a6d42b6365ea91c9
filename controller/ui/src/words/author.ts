import { said } from "../language/said.ts";
import { msg } from "../language/message.ts";

/** Who is signed in, by name; at a box its PIN has no other. */
export function nameOfAuthor(author: string): string {
  return author === "PIN of the box" ? msg`PIN of the box` : author;
}

/** Whose word something is, as a sentence begins. What only a box tells of is nobody's word that was given here. */
export function byWhom(author: string): string {
  if (author === "PIN of the box") return msg`With its PIN, at the box`;
  return author === "reported by the box" ? msg`Reported by the box` : msg`By ${said(author)}`;
}

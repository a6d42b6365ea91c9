/** Contacts without any answer to anybody from which the capture is taken for one-sided. */
const leastContacts = 5;

/**
 * Whether anything at all is ever answered: answers, refusals, names. One answer settles it for
 * good, because a capture does not lose its other direction halfway.
 */
export class OneSided {
  #hasAnswers = false;
  #contacts = 0;

  contacted(): void {
    this.#contacts += 1;
  }

  answered(): void {
    this.#hasAnswers = true;
  }

  get isSo(): boolean {
    return !this.#hasAnswers && this.#contacts >= leastContacts;
  }
}

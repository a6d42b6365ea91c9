/** Base of what the UI throws; `code` is stable, the message is for a person. */
class UiError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The controller answered, and said no: the message is why, `detail` more of it or what to do. */
export class RefusedError extends UiError {
  readonly status: number;
  readonly detail: string;

  constructor(code: string, status: number, title: string, detail: string) {
    super(code, title);
    this.status = status;
    this.detail = detail;
  }
}

/** The controller did not answer, or not in its own words. */
export class NoAnswerError extends UiError {
  constructor(cause?: unknown) {
    super("no-answer", "the controller does not answer", cause === undefined ? undefined : { cause });
  }
}

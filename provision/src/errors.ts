/** An expected failure of provisioning: told in one line, without a stack. */
export class ProvisionError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ProvisionError";
    this.code = code;
  }
}

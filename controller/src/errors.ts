/** The base of all errors the controller throws. `code` is stable and kebab case. */
export class ControllerError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ControllerError";
    this.code = code;
  }
}

/** The code of a foreign error (`EADDRINUSE`, `ERR_SQLITE_ERROR`, …), or null where it carries none. */
export function foreignCode(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : null;
}

/** What an unknown thrown value says, in one line. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

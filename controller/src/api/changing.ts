const changing: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/** Whether a request is of a method that changes something. */
export function changes({ method }: { readonly method: string }): boolean {
  return changing.has(method);
}

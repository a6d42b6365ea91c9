/** The base of all errors the sensor throws. `code` is stable and kebab case. */
export class SensorError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SensorError";
    this.code = code;
  }
}

/**
 * The three functions of the "metadata reflection" proposal that the X.509 library's container
 * asks for when it is loaded. Import this file before the library: it is the one module here whose
 * import does something, as the library leaves no other moment.
 */
const valuesByTarget = new WeakMap<object, Map<unknown, unknown>>();

interface MetadataReflection {
  getMetadata?: (key: unknown, target: object) => unknown;
  getOwnMetadata?: (key: unknown, target: object) => unknown;
  defineMetadata?: (key: unknown, value: unknown, target: object) => void;
}

function getOwnMetadata(key: unknown, target: object): unknown {
  return valuesByTarget.get(target)?.get(key);
}

function getMetadata(key: unknown, target: object): unknown {
  for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    if (valuesByTarget.get(at)?.has(key) === true) return getOwnMetadata(key, at);
  }
  return undefined;
}

function defineMetadata(key: unknown, value: unknown, target: object): void {
  const values = valuesByTarget.get(target) ?? new Map<unknown, unknown>();
  valuesByTarget.set(target, values.set(key, value));
}

const reflection = Reflect as MetadataReflection;
if (reflection.getMetadata === undefined) Object.assign(reflection, { getMetadata, getOwnMetadata, defineMetadata });

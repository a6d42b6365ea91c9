/**
 * The certificate library asks for the metadata half of the old decorator proposal. This is as
 * much of it as it uses: values by class and key.
 */
type Metadata = {
  getMetadata?: (key: unknown, target: object) => unknown;
  getOwnMetadata?: (key: unknown, target: object) => unknown;
  defineMetadata?: (key: unknown, value: unknown, target: object) => void;
};

const valuesByTarget = new WeakMap<object, Map<unknown, unknown>>();

function own(key: unknown, target: object): unknown {
  return valuesByTarget.get(target)?.get(key);
}

function inherited(key: unknown, target: object): unknown {
  for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    if (valuesByTarget.get(at)?.has(key) === true) return own(key, at);
  }
  return undefined;
}

const reflect = Reflect as Metadata;
reflect.getOwnMetadata ??= own;
reflect.getMetadata ??= inherited;
reflect.defineMetadata ??= (key, value, target) => {
  const values = valuesByTarget.get(target) ?? new Map<unknown, unknown>();
  valuesByTarget.set(target, values.set(key, value));
};

import { tableName } from "./skeleton.ts";

/** What is wrong with a set's elements. */
export interface SetFault {
  readonly set: string;
  /** Keys that are not to stand there, or not as they do. */
  readonly foreign: readonly string[];
  /** What is to be added, as nft writes it. */
  readonly missing: readonly string[];
}

/** Text that puts right what is wrong, and in which sets that was. */
export interface Mending {
  /** Each a transaction of its own, since a socket does not take all at once; foreign elements go first. */
  readonly texts: readonly string[];
  readonly foreignIn: readonly string[];
  readonly missingIn: readonly string[];
}

const elementsAtOnce = 200;

export function putRight(faults: readonly SetFault[]): Mending {
  const inParts = (elements: readonly string[], text: (list: string) => string) => {
    const parts: string[] = [];
    for (let at = 0; at < elements.length; at += elementsAtOnce) {
      parts.push(text(elements.slice(at, at + elementsAtOnce).join(", ")));
    }
    return parts;
  };
  const add = (set: string) => (list: string) => `add element bridge ${tableName} ${set} { ${list} }\n`;
  return {
    texts: [
      // One that has ended since it was read would have the kernel refuse all; it is there after it was added.
      ...faults.flatMap(({ set, foreign }) =>
        inParts(foreign, (list) => `${add(set)(list)}delete element bridge ${tableName} ${set} { ${list} }\n`),
      ),
      ...faults.flatMap(({ set, missing }) => inParts(missing, add(set))),
    ],
    foreignIn: faults.flatMap(({ set, foreign }) => (foreign.length > 0 ? [set] : [])),
    missingIn: faults.flatMap(({ set, missing }) => (missing.length > 0 ? [set] : [])),
  };
}

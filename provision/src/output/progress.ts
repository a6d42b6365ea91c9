// What is over in a moment is not worth a line.
const worthTelling = 64 << 20;

/** Tells how far something has come, in bytes: on a terminal on one line, elsewhere at each tenth. */
export function progressTo(
  stream: { readonly isTTY?: boolean; readonly write: (text: string) => unknown },
  what: string,
): (done: number, all: number) => void {
  let told = -1;
  return (done, all) => {
    if (all < worthTelling) return;
    const percent = Math.floor((done / all) * 100);
    const step = stream.isTTY === true ? percent : percent - (percent % 10);
    if (step === told) return;
    told = step;
    if (stream.isTTY === true) stream.write(`\r${what} ${percent} %${percent === 100 ? "\n" : ""}`);
    else stream.write(`${what} ${step} %\n`);
  };
}

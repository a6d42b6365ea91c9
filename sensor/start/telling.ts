/** Tells a person what goes on. Whoever read us may have gone: that is no reason to fail. */
export interface Telling {
  /** One line. */
  say(text: string): void;
  /** The lines that must not be overlooked. */
  headline(lines: readonly string[]): void;
}

export function tellTo(stream: NodeJS.WritableStream): Telling {
  stream.on("error", () => undefined);
  const say = (text: string): void => void stream.write(`${text}\n`);
  return {
    say,
    headline(lines) {
      say(`\n${lines.map((line) => (line === "" ? "" : `  ${line}`)).join("\n")}\n`);
    },
  };
}

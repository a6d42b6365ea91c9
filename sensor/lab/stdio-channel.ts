import { Channel, type Calls, type Handlers, type NoCalls } from "./channel.ts";

/**
 * The end of a channel that a process of the lab has on its own standard input and output. The
 * process ends with its input: whoever started it is gone then.
 */
export function stdioChannel<Theirs extends Calls, EventOut>(
  handlers: Handlers<Theirs>,
): Channel<NoCalls, Theirs, never, EventOut> {
  return new Channel<NoCalls, Theirs, never, EventOut>({ input: process.stdin, output: process.stdout, handlers });
}

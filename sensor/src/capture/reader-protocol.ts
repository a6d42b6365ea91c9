/**
 * What reader and judge send to each other, each message framed by `framing.ts`: one byte of kind, then
 * the body. The reader judges nothing, so its records travel as the kernel made them.
 */

/** The first byte of a message. */
export const messageKinds = {
  /** The log group is open; no body. */
  ready: 1,
  /** Time of receipt (epoch ms, float64 big endian), then one raw record of link type NFLOG. */
  record: 2,
  /** How many records the reader had to drop since it started (float64 big endian). */
  dropped: 3,
  /** From the judge: a frame to send out of the inside port, in answer to one that was stopped. */
  answer: 4,
  /** From the judge: whole packets are to be handed over; the body is a machine's MAC as text, empty for all. */
  tap: 5,
  /** From the judge: no more of them; no body. */
  untap: 6,
  /** Handing over whole packets has ended by itself; the body says why. */
  tapEnded: 7,
  /** From the judge: a question by ARP to one machine, to send out of the inside port. */
  question: 8,
  /** An answer by ARP that came in there while questions are sent; the body is the frame. */
  heard: 9,
} as const;

/** Bytes before the raw record in a message of kind `record`: kind and time. */
export const recordHeaderBytes = 9;

/** The largest message: a record holds a whole GSO packet and its attributes. */
export const maxMessageBytes = 128 * 1024;

/** Exit codes of the reader, for its supervisor. */
export const readerExitCodes = {
  /** Its socket or its stdin closed: nobody is left to read for. */
  closed: 0,
  /** Wrong command line. */
  usage: 2,
  /** Another process holds the log group, perhaps an orphaned reader. */
  groupBusy: 10,
  /** The native module `cap` cannot be loaded. */
  noCap: 11,
  /** The log group could not be opened for another reason. */
  openFailed: 12,
  /** The judge's socket was not there. */
  noJudge: 13,
} as const;

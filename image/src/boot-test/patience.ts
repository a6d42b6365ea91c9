/**
 * After this nobody waits any longer for something that an emulated box is to bring about, ms. It bounds what hangs and says
 * nothing of speed: on a machine with other work a box that judges after a minute needed five.
 */
export const hangMs = 600_000;

/** How long a connection may be silent until it counts as dropped in silence and not as refused, ms. */
export const silenceMs = 60_000;

/**
 * Loops, as nft text. Where both ports lead to one switch, every frame to a group comes back by the other
 * port, is carried on, comes back again, and fills the office within a second, before any program knows.
 * Spanning tree would cost half a minute at each start and is no business of a cable, so the kernel goes by
 * who sends: a machine is on one side of the line. Whose frames to groups come in by both ports within two
 * seconds has the loop between them, or has just walked from one side to the other; for five seconds nothing of it
 * is carried. In a loop nobody needs the box to carry anything; who walked waits for five seconds, once.
 *
 * What is stopped does not prolong the time: each machine is tried anew, at the cost of two or three
 * frames in five seconds, and when the loop is gone so is all of this.
 */

/** Frames stopped because of a loop. */
export const loopCounter = "looped";

const heardSeconds = 2;
const loopedSeconds = 5;
const maxMacs = 4096;

/** Sets, counter and chains. */
export function loopParts(outsidePort: string): readonly string[] {
  const onSide = (own: string, other: string) => [
    `ether saddr @${other} update @looped { ether saddr } counter name "${loopCounter}" drop`,
    `update @${own} { ether saddr }`,
  ];
  return [
    `counter ${loopCounter} {`,
    "}",
    ...kept("looped", loopedSeconds),
    ...kept("heard_inside", heardSeconds),
    ...kept("heard_outside", heardSeconds),
    ...chain("side_inside", onSide("heard_inside", "heard_outside")),
    ...chain("side_outside", onSide("heard_outside", "heard_inside")),
    ...chain("loops", [
      // Before all else: what is stopped here teaches nobody where a machine is.
      "type filter hook prerouting priority -300; policy accept;",
      `ether saddr @looped counter name "${loopCounter}" drop`,
      "meta pkttype != { broadcast, multicast } accept",
      `iifname "${outsidePort}" goto side_outside`,
      "goto side_inside",
    ]),
  ];
}

function kept(name: string, seconds: number): string[] {
  return [
    `set ${name} {`,
    "\ttype ether_addr",
    `\tsize ${maxMacs}`,
    "\tflags dynamic,timeout",
    `\ttimeout ${seconds}s`,
    "}",
  ];
}

function chain(name: string, rules: readonly string[]): string[] {
  return [`chain ${name} {`, ...rules.map((rule) => `\t${rule}`), "}"];
}

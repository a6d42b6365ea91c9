import type { HostView } from "../../../src/api/view.ts";
import { msg } from "../language/message.ts";

/** More drops than this do not fit on a screen's width. */
const dropLimit = 48;

interface FoldedDrops {
  readonly shown: readonly HostView[];
  /** What a drop stands for, where it is not one machine; empty where each has its own. */
  readonly words: string;
}

/**
 * Which machines get a drop of the drawn line. Where there are too many, the clear ones share theirs
 * and every other keeps its own; only where even these do not fit are all of them folded.
 */
export function foldedDrops(hosts: readonly HostView[]): FoldedDrops {
  if (hosts.length <= dropLimit) return { shown: hosts, words: "" };
  const strange = hosts.filter((host) => host.verdict !== "clear");
  const clear = hosts.filter((host) => host.verdict === "clear");
  const slots = dropLimit - strange.length;
  if (slots > 0) {
    const each = Math.ceil(clear.length / slots);
    const words = each > 1 ? msg`a clear drop stands for ${each}` : "";
    return { shown: [...strange, ...clear.filter((_, i) => i % each === 0)], words };
  }
  const each = Math.ceil(hosts.length / dropLimit);
  return { shown: hosts.filter((_, i) => i % each === 0), words: msg`a drop stands for ${each}` };
}

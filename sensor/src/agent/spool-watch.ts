import type { HostSnapshot } from "@cordon/contract";
import type { Spool } from "../record/spool.ts";
import type { HealthBoard } from "./health-board.ts";

/** Says what ails the spool, and makes good what it lost of hosts. */
export class SpoolWatch {
  readonly #spool: Spool;
  readonly #health: HealthBoard;
  readonly #hosts: () => readonly HostSnapshot[];
  readonly #now: () => number;
  #lost = 0;

  constructor(spool: Spool, health: HealthBoard, hosts: () => readonly HostSnapshot[], now: () => number) {
    this.#spool = spool;
    this.#health = health;
    this.#hosts = hosts;
    this.#now = now;
  }

  look(): void {
    const spool = this.#spool;
    for (const code of ["spool-unwritable", "spool-unreadable", "spool-overflow"] as const) {
      if (spool.trouble?.code === code) this.#health.raise(code, "warning", spool.trouble.text);
      else this.#health.clear(code);
    }
    // What was lost of hosts is made good by their present snapshots, once there is room.
    const hasRoom = spool.trouble === null || spool.trouble.code === "spool-unreadable";
    if (spool.lost <= this.#lost || !hasRoom) return;
    this.#lost = spool.lost;
    for (const host of this.#hosts()) spool.append({ kind: "host", at: this.#now(), host });
  }
}

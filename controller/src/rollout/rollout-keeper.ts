/** Leads a release through the fleet: orders it stage by stage, and stops by itself where a box does not take it. */
import type { ReportedUpdate } from "@cordon/contract";
import { writeAudit } from "../account/audit.ts";
import type { Ambient } from "../ambient.ts";
import { ControllerError, errorText } from "../errors.ts";
import { Exclusive } from "../exclusive.ts";
import type { DesiredKeeper } from "../fleet/desired-keeper.ts";
import type { RolloutRow, Rows, Store } from "../store/schema.ts";
import { isFailed, isOrdered, nextStep, type BoxPhase, type Step } from "./rollout-plan.ts";
import { boxesOf, plannedBoxes } from "./rollout-rows.ts";
import { noteReported } from "./update-order.ts";
import { windowAt, type Hours } from "./window.ts";
import { writeRollout, type RolloutWish } from "./write-rollout.ts";

export interface RolloutKeeperParts {
  readonly store: Store;
  readonly ambient: Ambient;
  readonly keeper: Pick<DesiredKeeper, "issue">;
  /** How often silence and windows are looked at, ms. Default 15 s. */
  readonly lookEveryMs?: number;
}

/** What becomes of boxes that failed when a rollout goes on. */
export type FailedBoxes = "retry" | "leave-out";

export class RolloutKeeper {
  readonly #parts: RolloutKeeperParts;
  readonly #line = new Exclusive();
  /** The last that each box said: it says the same with every report. */
  readonly #toldBySensor = new Map<string, string>();
  #cancel: () => void = () => undefined;
  #isClosed = false;

  constructor(parts: RolloutKeeperParts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#isClosed) return;
    const { ambient, lookEveryMs = 15_000 } = this.#parts;
    this.#cancel = ambient.clock.after(lookEveryMs, () => void this.look().finally(() => this.start()));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel();
    await this.#line.idle();
  }

  /** A box says how it stands to what was ordered. */
  async told(sensor: { readonly id: string; readonly siteId: string }, update: ReportedUpdate): Promise<void> {
    const { store, ambient } = this.#parts;
    const said = JSON.stringify(update);
    if (this.#toldBySensor.get(sensor.id) === said) return;
    const changed = await store.transaction().execute((rows) => noteReported(rows, ambient, sensor, update));
    this.#toldBySensor.set(sensor.id, said);
    // Whoever reports waits for none of it.
    if (changed === "end") void this.#settle(sensor.id);
  }

  /** A box's order has come to an end: its document carries it no longer. */
  async #settle(sensorId: string): Promise<void> {
    const { keeper, ambient } = this.#parts;
    await this.#line
      .run(() => keeper.issue(sensorId))
      .catch((error: unknown) => {
        if (!this.#isClosed) ambient.log.error("cannot end an order", { error: errorText(error) });
      });
    await this.look();
  }

  /** Does what is due, of every rollout that runs. */
  look(): Promise<void> {
    return this.#line
      .run(async () => {
        const { store } = this.#parts;
        const running = await store.selectFrom("rollouts").selectAll().where("state", "=", "running").execute();
        for (const rollout of running) await this.#lead(rollout);
      })
      .catch((error: unknown) => {
        if (!this.#isClosed) this.#parts.ambient.log.error("cannot lead a rollout", { error: errorText(error) });
      });
  }

  /**
   * Begins a rollout; gives its id. Rejects with `unknown-release`, `rollout-open` where another of the same kind of box is
   * under way, and `update-not-taken` where the first box could not follow.
   */
  async begin(wish: RolloutWish): Promise<string> {
    const { store, ambient } = this.#parts;
    const id = `r-${ambient.random(8).toString("hex")}`;
    await this.#line.run(() => store.transaction().execute((rows) => writeRollout(rows, ambient, id, wish)));
    await this.look();
    return id;
  }

  /** Pauses, ends, or goes on with a rollout. Rejects with `unknown-rollout`, and `rollout-over`. */
  async set(id: string, to: "running" | "paused" | "aborted", author: string, failed: FailedBoxes): Promise<void> {
    const { store, ambient } = this.#parts;
    await this.#line.run(async () => {
      const takenBack = await store.transaction().execute(async (rows) => {
        const now = ambient.clock.now();
        const rollout = await rows.selectFrom("rollouts").selectAll().where("id", "=", id).executeTakeFirst();
        if (rollout === undefined) throw new ControllerError("unknown-rollout", `there is no rollout ${id}`);
        if (rollout.ended_at !== null) throw new ControllerError("rollout-over", `it is ${rollout.state}`);
        if (to === "running") await this.#resume(rows, rollout, failed);
        await rows
          .updateTable("rollouts")
          .set({ state: to, words: "", failed_sensor_id: null, ended_at: to === "aborted" ? now : null })
          .where("id", "=", id)
          .execute();
        const action = to === "running" ? "rollout-resumed" : `rollout-${to}`;
        const detail = JSON.stringify({ was: rollout.state, ...(to === "running" ? { failed } : {}) });
        await writeAudit(rows, ambient, { author, action, subject: id, detail });
        return to === "running" ? [] : await this.#takeBack(rows, id, to === "aborted" ? "left" : "listed");
      });
      for (const sensorId of takenBack) await this.#reissue(sensorId);
    });
    await this.look();
  }

  async #resume(rows: Rows, rollout: RolloutRow, failed: FailedBoxes): Promise<void> {
    const boxes = await boxesOf(rows, rollout.id);
    const again = boxes.filter(({ phase }) => isFailed(phase as BoxPhase));
    if (again.length === 0) return;
    const change = failed === "retry" ? { phase: "listed", words: "", order_id: null } : { phase: "left" };
    await rows
      .updateTable("rollout_boxes")
      .set({ ...change, at: this.#parts.ambient.clock.now() })
      .where("rollout_id", "=", rollout.id)
      .where("phase", "in", ["fell-back", "refused"])
      .execute();
  }

  /** Takes orders back that no box tries yet; gives whose. One that is ordered again has another: what was said of this one is over. */
  async #takeBack(rows: Rows, id: string, phase: BoxPhase): Promise<string[]> {
    const boxes = (await boxesOf(rows, id)).filter((box) => isOrdered(box.phase as BoxPhase) && box.phase !== "trying");
    for (const { sensor_id: sensorId } of boxes) {
      await rows
        .updateTable("rollout_boxes")
        .set({ phase, words: "", at: this.#parts.ambient.clock.now(), order_id: null, fetched_bytes: null })
        .where("rollout_id", "=", id)
        .where("sensor_id", "=", sensorId)
        .execute();
    }
    return boxes.map(({ sensor_id: sensorId }) => sensorId);
  }

  async #lead(rollout: RolloutRow): Promise<void> {
    const { store, ambient } = this.#parts;
    await this.#leaveWithdrawn(rollout);
    for (let stage = rollout.stage, stageSince = rollout.stage_since; ;) {
      const now = ambient.clock.now();
      const boxes = await plannedBoxes(store, rollout.id);
      const step = nextStep({ stage, stageSince, patienceMs: rollout.patience_ms }, boxes, now);
      if (step.kind === "wait") break;
      if (step.kind === "order") {
        for (const sensorId of step.sensorIds) await this.#order(rollout, sensorId);
      } else if (step.kind === "advance") {
        [stage, stageSince] = [step.stage, now];
        await store.updateTable("rollouts").set({ stage, stage_since: now }).where("id", "=", rollout.id).execute();
      } else return this.#end(rollout, step);
    }
    await this.#renewWindows(rollout);
  }

  async #order(rollout: RolloutRow, sensorId: string): Promise<void> {
    const { ambient, keeper, store } = this.#parts;
    const now = ambient.clock.now();
    const { notBefore, notAfter } = windowAt(hoursOf(rollout), now);
    const note = (
      rows: Rows,
      standing: { readonly phase: BoxPhase; readonly words: string; readonly order_id?: string },
    ) =>
      rows
        .updateTable("rollout_boxes")
        .set({ ...standing, at: now, not_before: notBefore, not_after: notAfter, fetched_bytes: null })
        .where("rollout_id", "=", rollout.id)
        .where("sensor_id", "=", sensorId)
        .execute();
    const order_id = `u-${ambient.random(8).toString("hex")}`;
    try {
      await keeper.issue(sensorId, (rows) => note(rows, { phase: "ordered", words: "", order_id }));
    } catch (error) {
      if (!(error instanceof ControllerError)) throw error;
      // As if the box had: whoever leads the rollout decides, and no other box waits without a word.
      await note(store, { phase: "refused", words: errorText(error).slice(0, 400) });
    }
    // What it said of an order of before is said anew.
    this.#toldBySensor.delete(sensorId);
  }

  /** Of one that cannot be told no other one waits. */
  async #reissue(sensorId: string, mutate?: (rows: Rows) => Promise<void>): Promise<void> {
    await this.#parts.keeper.issue(sensorId, mutate).catch((error: unknown) => {
      if (!(error instanceof ControllerError)) throw error;
      this.#parts.ambient.log.error("cannot change an order", { sensorId, error: errorText(error) });
    });
  }

  /** Boxes that could not start anew within their window have another. */
  async #renewWindows(rollout: RolloutRow): Promise<void> {
    const { store, ambient } = this.#parts;
    const now = ambient.clock.now();
    const { notBefore, notAfter } = windowAt(hoursOf(rollout), now);
    for (const box of await boxesOf(store, rollout.id)) {
      if (!isOrdered(box.phase as BoxPhase) || box.phase === "trying" || (box.not_after ?? 0) > now) continue;
      await this.#reissue(box.sensor_id, async (rows) => {
        await rows
          .updateTable("rollout_boxes")
          .set({ not_before: notBefore, not_after: notAfter })
          .where("rollout_id", "=", rollout.id)
          .where("sensor_id", "=", box.sensor_id)
          .execute();
      });
    }
  }

  async #leaveWithdrawn(rollout: RolloutRow): Promise<void> {
    const { store, ambient } = this.#parts;
    const gone = await store
      .selectFrom("rollout_boxes")
      .innerJoin("sensors", "sensors.id", "rollout_boxes.sensor_id")
      .select("sensor_id")
      .where("rollout_id", "=", rollout.id)
      .where("phase", "not in", ["left", "good", "same"])
      .where((build) => build.or([build("retired_at", "is not", null), build("revoked_at", "is not", null)]))
      .execute();
    for (const { sensor_id: sensorId } of gone) {
      await store
        .updateTable("rollout_boxes")
        .set({ phase: "left", at: ambient.clock.now() })
        .where("rollout_id", "=", rollout.id)
        .where("sensor_id", "=", sensorId)
        .execute();
    }
  }

  async #end(rollout: RolloutRow, step: Extract<Step, { kind: "halt" | "end" }>): Promise<void> {
    const { store, ambient } = this.#parts;
    const now = ambient.clock.now();
    const takenBack = await store.transaction().execute(async (rows) => {
      const failed =
        step.kind === "halt"
          ? (await boxesOf(rows, rollout.id)).find(({ sensor_id }) => sensor_id === step.sensorId)
          : undefined;
      const [state, words] = step.kind === "halt" ? ["halted", failed?.words ?? ""] : ["done", ""];
      await rows
        .updateTable("rollouts")
        .set({ state, words, failed_sensor_id: failed?.sensor_id ?? null, ended_at: state === "done" ? now : null })
        .where("id", "=", rollout.id)
        .execute();
      const detail = JSON.stringify(failed === undefined ? {} : { box: failed.sensor_id, phase: failed.phase, words });
      const action = `rollout-${state}`;
      await writeAudit(rows, ambient, { author: "controller", action, subject: rollout.id, detail });
      return state === "halted" ? await this.#takeBack(rows, rollout.id, "listed") : [];
    });
    for (const sensorId of takenBack) await this.#reissue(sensorId);
  }
}

const hoursOf = (rollout: RolloutRow): Hours => ({
  ...{ from: rollout.window_from, to: rollout.window_to, timeZone: rollout.time_zone },
});

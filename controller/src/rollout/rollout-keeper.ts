/** Leads a release through the fleet: orders it stage by stage, and stops by itself where a box does not take it. */
import { takesUpdate, type Hello, type ReportedUpdate } from "@cordon/contract";
import { writeAudit } from "../account/audit.ts";
import type { Ambient } from "../ambient.ts";
import { ControllerError, errorText } from "../errors.ts";
import { Exclusive } from "../exclusive.ts";
import type { DesiredKeeper } from "../fleet/desired-keeper.ts";
import type { RolloutBoxRow, RolloutRow, Rows, Store } from "../store/schema.ts";
import { isFailed, isOrdered, nextStep, stagesOf, type BoxPhase, type Step } from "./rollout-plan.ts";
import { noteReported } from "./update-order.ts";
import { windowAt, type Hours } from "./window.ts";

export interface RolloutKeeperParts {
  readonly store: Store;
  readonly ambient: Ambient;
  readonly keeper: Pick<DesiredKeeper, "issue">;
  /** How often silence and windows are looked at, ms. Default 15 s. */
  readonly lookEveryMs?: number;
}

export interface RolloutWish {
  readonly releaseId: string;
  /** The box that gets it first. */
  readonly firstBox: string;
  readonly window: Hours;
  readonly patienceMs: number;
  readonly author: string;
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
    if (changed === "end") void this.look();
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
    await this.#line.run(() => store.transaction().execute((rows) => this.#write(rows, id, wish)));
    await this.look();
    return id;
  }

  async #write(rows: Rows, id: string, wish: RolloutWish): Promise<void> {
    const { ambient } = this.#parts;
    const now = ambient.clock.now();
    const { releaseId, firstBox, window, patienceMs, author } = wish;
    const release = await rows.selectFrom("releases").selectAll().where("id", "=", releaseId).executeTakeFirst();
    if (release === undefined || release.sha256 === null)
      throw new ControllerError("unknown-release", `there is no whole release ${releaseId}`);
    const other = await rows
      .selectFrom("rollouts")
      .innerJoin("releases", "releases.id", "rollouts.release_id")
      .select("rollouts.id")
      .where("compatible", "=", release.compatible)
      .where("ended_at", "is", null)
      .executeTakeFirst();
    if (other !== undefined) throw new ControllerError("rollout-open", "end the one for these boxes first");
    const boxes = (await takersOf(rows)).filter(
      (box) => box.compatible === null || box.compatible === release.compatible,
    );
    if (!boxes.some(({ sensorId }) => sensorId === firstBox)) {
      throw new ControllerError(
        "update-not-taken",
        `box ${firstBox} takes no such release: withdrawn, too old, never heard, or of another kind`,
      );
    }
    await rows
      .insertInto("rollouts")
      .values({
        ...{
          id,
          release_id: releaseId,
          state: "running",
          words: "",
          failed_sensor_id: null,
          stage: 0,
          stage_since: now,
        },
        ...{ window_from: window.from, window_to: window.to, time_zone: window.timeZone, patience_ms: patienceMs },
        ...{ author, created_at: now, ended_at: null },
      })
      .execute();
    const stages = stagesOf(boxes, firstBox);
    for (const { sensorId, version } of boxes) {
      const phase: BoxPhase = version === release.version ? "same" : "listed";
      await rows
        .insertInto("rollout_boxes")
        .values({
          ...{ rollout_id: id, sensor_id: sensorId, stage: stages.get(sensorId) ?? 0, phase, words: "", at: now },
          ...{ order_id: null, not_before: null, not_after: null, fetched_bytes: null },
        })
        .execute();
    }
    await writeAudit(rows, ambient, {
      ...{ author, action: "rollout-begun", subject: id },
      detail: JSON.stringify({
        version: release.version,
        sha256: release.sha256,
        boxes: boxes.length,
        firstBox,
        window,
      }),
    });
  }

  /** Pauses, ends, or goes on with a rollout. Rejects with `unknown-rollout`, and `rollout-over`. */
  async set(id: string, to: "running" | "paused" | "aborted", author: string, failed: FailedBoxes): Promise<void> {
    const { store, ambient } = this.#parts;
    await this.#line.run(async () => {
      await store.transaction().execute(async (rows) => {
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
      });
      await this.#issueOrdered(id);
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

  /** What carries an order of a rollout, or did, says what holds now. */
  async #issueOrdered(id: string): Promise<void> {
    const boxes = await boxesOf(this.#parts.store, id);
    for (const { sensor_id: sensorId, order_id: orderId } of boxes) {
      if (orderId !== null) await this.#parts.keeper.issue(sensorId);
    }
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
    const { ambient, keeper } = this.#parts;
    const now = ambient.clock.now();
    const { notBefore, notAfter } = windowAt(hoursOf(rollout), now);
    await keeper.issue(sensorId, async (rows) => {
      await rows
        .updateTable("rollout_boxes")
        .set({
          ...{ phase: "ordered", words: "", at: now, order_id: `u-${ambient.random(8).toString("hex")}` },
          ...{ not_before: notBefore, not_after: notAfter, fetched_bytes: null },
        })
        .where("rollout_id", "=", rollout.id)
        .where("sensor_id", "=", sensorId)
        .execute();
    });
    // What it said of an order of before is said anew.
    this.#toldBySensor.delete(sensorId);
  }

  /** Boxes that could not start anew within their window have another. */
  async #renewWindows(rollout: RolloutRow): Promise<void> {
    const { store, ambient, keeper } = this.#parts;
    const now = ambient.clock.now();
    const { notBefore, notAfter } = windowAt(hoursOf(rollout), now);
    for (const box of await boxesOf(store, rollout.id)) {
      if (!isOrdered(box.phase as BoxPhase) || box.phase === "trying" || (box.not_after ?? 0) > now) continue;
      await keeper.issue(box.sensor_id, async (rows) => {
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
    await store.transaction().execute(async (rows) => {
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
      await writeAudit(rows, ambient, {
        author: "controller",
        action: `rollout-${state}`,
        subject: rollout.id,
        detail,
      });
    });
    await this.#issueOrdered(rollout.id);
  }
}

const hoursOf = (rollout: RolloutRow): Hours => ({
  ...{ from: rollout.window_from, to: rollout.window_to, timeZone: rollout.time_zone },
});

function boxesOf(rows: Rows, rolloutId: string): Promise<RolloutBoxRow[]> {
  return rows
    .selectFrom("rollout_boxes")
    .selectAll()
    .where("rollout_id", "=", rolloutId)
    .orderBy("sensor_id")
    .execute();
}

async function plannedBoxes(rows: Rows, rolloutId: string) {
  const boxes = await rows
    .selectFrom("rollout_boxes")
    .innerJoin("sensors", "sensors.id", "rollout_boxes.sensor_id")
    .select(["sensor_id", "stage", "phase", "state", "state_since", "last_heard_at"])
    .where("rollout_id", "=", rolloutId)
    .orderBy("sensor_id")
    .execute();
  return boxes.map((box) => ({
    sensorId: box.sensor_id,
    stage: box.stage,
    phase: box.phase as BoxPhase,
    silentSince: box.state === "online" ? null : (box.state_since ?? box.last_heard_at ?? 0),
  }));
}

/** Boxes that have said that they follow such orders, by site: what they run, and of what kind they are. */
async function takersOf(rows: Rows) {
  const sensors = await rows
    .selectFrom("sensors")
    .leftJoin("running_releases", "running_releases.sensor_id", "sensors.id")
    .select(["sensors.id", "sensors.site_id", "hello", "running_releases.version", "running_releases.compatible"])
    .where("retired_at", "is", null)
    .where("revoked_at", "is", null)
    .where("hello", "is not", null)
    .where("sensors.id", "not in", (build) => build.selectFrom("wipe_orders").select("sensor_id"))
    .orderBy("sensors.site_id")
    .orderBy("sensors.id")
    .execute();
  return sensors
    .filter(({ hello }) => hello !== null && (JSON.parse(hello) as Hello).takes?.includes(takesUpdate) === true)
    .map(({ id, site_id, version, compatible }) => ({ sensorId: id, siteId: site_id, version, compatible }));
}

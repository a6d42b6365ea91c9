import type { TableKeeper } from "./executor-server.ts";
import type { Observed } from "./protocol.ts";
import type { RoutingKeeper } from "./routing-keeper.ts";

export interface GatewayExecutorOptions {
  readonly executor: TableKeeper;
  readonly routing: Pick<RoutingKeeper, "start" | "isInForce" | "check">;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  readonly log: (line: { readonly code: string; readonly text: string }) => void;
}

// As long as other things that are over are shown.
const eventShownMs = 600_000;

/**
 * Holds both tables of a gateway: who is contained, and what is forwarded at all. Nothing is forwarded before the
 * first is in force. A containment counts as held only where both are.
 */
export class GatewayExecutor implements TableKeeper {
  readonly #options: GatewayExecutorOptions;
  #restoredUntil = Number.NEGATIVE_INFINITY;

  constructor(options: GatewayExecutorOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.#options.executor.start();
    await this.#options.routing.start();
  }

  async observe(): Promise<Observed> {
    return this.#withRouting(await this.#options.executor.observe());
  }

  async apply(steps: Parameters<TableKeeper["apply"]>[0]): ReturnType<TableKeeper["apply"]> {
    const { observed, refused } = await this.#options.executor.apply(steps);
    return { observed: await this.#withRouting(observed), refused };
  }

  openRemedies(change: Parameters<TableKeeper["openRemedies"]>[0]): ReturnType<TableKeeper["openRemedies"]> {
    return this.#options.executor.openRemedies(change);
  }

  async selfCheck(): Promise<void> {
    const { executor, routing, monotonic, log } = this.#options;
    try {
      await executor.selfCheck();
    } finally {
      if (await routing.check()) {
        this.#restoredUntil = monotonic() + eventShownMs;
        log({ code: "routing-restored", text: restoredText });
      }
    }
  }

  async #withRouting(observed: Observed): Promise<Observed> {
    const isInForce = await this.#options.routing.isInForce();
    const restored = this.#options.monotonic() < this.#restoredUntil;
    return {
      ...observed,
      skeleton: isInForce ? observed.skeleton : null,
      troubles: [...(observed.troubles ?? []), ...(restored ? [{ code: "routing-restored", text: restoredText }] : [])],
    };
  }
}

const restoredText = "the table of what is forwarded was missing or changed and was loaded again";

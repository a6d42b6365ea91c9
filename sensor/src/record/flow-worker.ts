import { parentPort, workerData } from "node:worker_threads";
import { SensorError } from "../errors.ts";
import type { FlowLogStart, FromFlowLog, ToFlowLog } from "./flow-protocol.ts";
import { FlowStore } from "./flow-store.ts";

/** Keeps the flow log in a thread of its own, which may wait for the disk; ends when it is told to. */
export function runFlowLog(): void {
  const port = parentPort;
  if (port === null) throw new SensorError("not-a-thread", "the flow log is kept by a thread of the judge");
  const { path, now: startedAt, limits } = workerData as FlowLogStart;
  let now = startedAt;
  const store = new FlowStore(path, () => now, limits);
  const tell = (message: FromFlowLog) => port.postMessage(message);
  store.open();
  tell({ kind: "state", state: store.state, taken: 0 });
  port.on("message", (message: ToFlowLog) => {
    switch (message.kind) {
      case "lines":
        now = message.now;
        store.add(message.lines);
        store.advance();
        return tell({ kind: "state", state: store.state, taken: message.lines.length });
      case "clock":
        now = message.now;
        return store.setClock(message);
      case "missed":
        return store.miss(message.loss);
      case "ask":
        return tell({ kind: "answer", id: message.id, answer: store.lookUp(message.question, message.place) });
      case "close":
        store.close();
        port.close();
    }
  });
}

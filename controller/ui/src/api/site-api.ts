import type { BarrierWay, LookUpAnswer, LookUpQuestion, PacketSliceQuestion } from "@cordon/contract";
import type { AskView } from "../../../src/api/ask-view.ts";
import type { DelegationSetting } from "../../../src/api/at-box-view.ts";
import type { ChangesPage, NatLogAnswer, NatLogQuestion } from "../../../src/api/record-view.ts";
import type { RecordingSetting, RecordingView } from "../../../src/api/recording-view.ts";
import type { ParticularsWish, RefusalView, SiteView } from "../../../src/api/view.ts";
import type { WalkView } from "../../../src/api/walk-view.ts";
import type {
  AreaCutWish,
  AreaSetting,
  BarrierSetting,
  DutyWish,
  LineCutWish,
  PardonWish,
  RemediesSetting,
} from "../../../src/api/wish-view.ts";
import { msg } from "../language/message.ts";
import { createTimelineApi, type TimelineApi } from "./timeline-api.ts";
import { RefusedError } from "./ui-error.ts";

/** Changes of what is asked for one site; each answers with the site as it then is. */
export interface SiteApi {
  readonly setBarrier: (way: BarrierWay, setting: BarrierSetting) => Promise<SiteView>;
  readonly nameArea: (setting: AreaSetting) => Promise<SiteView>;
  readonly changeArea: (areaId: string, setting: AreaSetting) => Promise<SiteView>;
  readonly forgetArea: (areaId: string, reason: string) => Promise<SiteView>;
  readonly cutArea: (wish: AreaCutWish) => Promise<SiteView>;
  readonly releaseArea: (cutId: string, reason: string) => Promise<SiteView>;
  readonly cutLine: (wish: LineCutWish) => Promise<SiteView>;
  readonly restoreLine: (reason: string) => Promise<SiteView>;
  readonly setRemedies: (setting: RemediesSetting) => Promise<SiteView>;
  readonly pardon: (host: string, wish: PardonWish) => Promise<SiteView>;
  readonly declareDuty: (host: string, wish: DutyWish) => Promise<SiteView>;
  readonly withdrawDuty: (host: string, reason: string) => Promise<SiteView>;
  readonly writeParticulars: (host: string, wish: ParticularsWish) => Promise<SiteView>;
  /** Keeps a JPEG, given in base64; null takes the photo away. */
  readonly setPhoto: (host: string, jpeg: string | null) => Promise<SiteView>;
  /** Asks the box for connections of its log; throws a {@link RefusedError} with the box's own words where it cannot say. */
  readonly lookUp: (question: LookUpQuestion) => Promise<LookUpAnswer>;
  /** Whether whole packets are recorded, and on whose word. */
  readonly recording: () => Promise<RecordingView>;
  readonly allowRecording: (setting: RecordingSetting) => Promise<RecordingView>;
  readonly endRecording: () => Promise<RecordingView>;
  /** Asks the box for recorded packets; what becomes of it is asked for by its id. */
  readonly packets: (question: PacketSliceQuestion) => Promise<AskView>;
  /** Waits a while for the answer. */
  readonly askOutcome: (askId: string) => Promise<AskView>;
  /** Who was behind an outside port of a gateway. */
  readonly natLog: (question: NatLogWords) => Promise<NatLogAnswer>;
  /** Whether the box can say whose cable is pulled, and how that stands. */
  readonly walk: () => Promise<WalkView>;
  readonly beginWalk: () => Promise<WalkView>;
  /** Says that somebody looks still: nobody else keeps it going. */
  readonly keepWalk: (walkId: string) => Promise<WalkView>;
  readonly endWalk: (walkId: string) => Promise<WalkView>;
  /** What became of what was asked for: a page, the newest first. */
  readonly changes: (before: string | null) => Promise<ChangesPage>;
  /** What happened, in order. */
  readonly timeline: TimelineApi;
  /** Leaves as it is what was said differently at the box and at the centre. */
  readonly settleWords: (wordsId: string) => Promise<void>;
  /** Lets the box be its own centre while its line is dead, or lets it no longer. */
  readonly setDelegation: (setting: DelegationSetting) => Promise<void>;
  /** What its box sent and was not let in. */
  readonly refusals: () => Promise<readonly RefusalView[]>;
}

/** What a person says of a complaint; the rest is the API's to fill in. */
export type NatLogWords = Pick<NatLogQuestion, "outsidePort" | "at" | "outsideAddress" | "offset">;

// A box answers within moments; longer than one request may wait, its line is not well.
const askWaitMs = 12_000;
const askTries = 3;

/** @param call makes one request below the site's path */
export function createSiteApi(call: (method: string, path: string, body?: unknown) => Promise<unknown>): SiteApi {
  const answerOf = async (asked: AskView): Promise<unknown> => {
    let ask = asked;
    for (let tries = 0; ask.status === "open" && tries < askTries; tries += 1) {
      ask = (await call("GET", `/asks/${encodeURIComponent(ask.id)}?waitMs=${askWaitMs}`)) as AskView;
    }
    if (ask.status === "done") return ask.body;
    throw new RefusedError(
      ask.code ?? "no-answer",
      422,
      ask.text ?? msg`The box has not answered.`,
      msg`Next: ask again once it is heard.`,
    );
  };
  const hostAt = (host: string): string => `/hosts/${encodeURIComponent(host)}`;
  const ask = async (method: string, path: string, body: unknown): Promise<SiteView> =>
    (await call(method, path, body)) as SiteView;
  const area = (id: string): string => `/areas/${encodeURIComponent(id)}`;
  return {
    setBarrier: (way, setting) => ask("PUT", `/barriers/${way}`, setting),
    nameArea: (setting) => ask("POST", "/areas", setting),
    changeArea: (areaId, setting) => ask("PUT", area(areaId), setting),
    forgetArea: (areaId, reason) => ask("DELETE", area(areaId), { reason }),
    cutArea: (wish) => ask("POST", "/area-cuts", wish),
    releaseArea: (cutId, reason) => ask("DELETE", `/area-cuts/${encodeURIComponent(cutId)}`, { reason }),
    cutLine: (wish) => ask("PUT", "/line-cut", wish),
    restoreLine: (reason) => ask("DELETE", "/line-cut", { reason }),
    setRemedies: (setting) => ask("PUT", "/remedies", setting),
    pardon: (host, wish) => ask("PUT", `/pardons/${encodeURIComponent(host)}`, wish),
    declareDuty: (host, wish) => ask("PUT", `/duties/${encodeURIComponent(host)}`, wish),
    withdrawDuty: (host, reason) => ask("DELETE", `/duties/${encodeURIComponent(host)}`, { reason }),
    writeParticulars: (host, wish) => ask("PUT", `${hostAt(host)}/particulars`, wish),
    setPhoto: (host, jpeg) =>
      ask(jpeg === null ? "DELETE" : "PUT", `${hostAt(host)}/photo`, jpeg === null ? undefined : { jpeg }),
    lookUp: async (question) =>
      (await answerOf((await call("POST", "/look-ups", question)) as AskView)) as LookUpAnswer,
    recording: async () => (await call("GET", "/recording")) as RecordingView,
    allowRecording: async (setting) => (await call("PUT", "/recording", setting)) as RecordingView,
    endRecording: async () => (await call("DELETE", "/recording")) as RecordingView,
    packets: async (question) => (await call("POST", "/packet-slices", question)) as AskView,
    askOutcome: async (id) => (await call("GET", `/asks/${encodeURIComponent(id)}?waitMs=${askWaitMs}`)) as AskView,
    natLog: async (question) => {
      const { outsidePort, at, outsideAddress, offset } = question;
      const words = new URLSearchParams({ outsidePort: String(outsidePort), at: String(at) });
      if (outsideAddress !== undefined) words.set("outsideAddress", outsideAddress);
      if (offset !== undefined) words.set("offset", String(offset));
      return (await call("GET", `/nat-log?${words.toString()}`)) as NatLogAnswer;
    },
    timeline: createTimelineApi(call),
    settleWords: async (wordsId) => void (await call("DELETE", `/two-words/${encodeURIComponent(wordsId)}`)),
    setDelegation: async (setting) => void (await call("PUT", "/delegation", setting)),
    walk: async () => (await call("GET", "/walk")) as WalkView,
    beginWalk: async () => (await call("POST", "/walk")) as WalkView,
    keepWalk: async (walkId) => (await call("PUT", `/walk/${encodeURIComponent(walkId)}`)) as WalkView,
    endWalk: async (walkId) => (await call("DELETE", `/walk/${encodeURIComponent(walkId)}`)) as WalkView,
    refusals: async () => (await call("GET", "/refusals")) as readonly RefusalView[],
    changes: async (before) =>
      (await call("GET", before === null ? "/changes" : `/changes?before=${before}`)) as ChangesPage,
  };
}

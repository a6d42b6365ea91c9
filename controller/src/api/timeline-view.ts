/** What the API shows of a site's time line. */
import { Time } from "@cordon/contract";
import { Type, type Static } from "typebox";
import { timelineKinds } from "../store/timeline-rows.ts";

const OrNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

export const TimelineKind = Type.Enum([...timelineKinds]);
export type TimelineKind = Static<typeof TimelineKind>;

const filterFields = {
  /** Kinds, with commas between. Absent: all. */
  kind: Type.Optional(Type.String({ maxLength: 100, pattern: "^[a-z]+(,[a-z]+)*$" })),
  /** A machine's key. */
  host: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  /** As the row names who did it. */
  person: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  /** From this time on, and before that one. */
  from: Type.Optional(Type.Number({ minimum: 0 })),
  to: Type.Optional(Type.Number({ minimum: 0 })),
  /** In any of a row's words. */
  text: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
};

/** Which rows; of several fields all have to fit. */
export const TimelineFilterQuestion = Type.Object(filterFields);
export type TimelineFilterQuestion = Static<typeof TimelineFilterQuestion>;

/** At most one of `before`, `after` and `around`; none: from the newest on. */
export const TimelineQuestion = Type.Object({
  ...filterFields,
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  /** The `older` of a page: what lies before it. */
  before: Type.Optional(Type.String({ maxLength: 300 })),
  /** The `newer` of a page: what lies after it, nearest to it. */
  after: Type.Optional(Type.String({ maxLength: 300 })),
  /** The id of a row: it, with half a page on each side of it. */
  around: Type.Optional(Type.String({ maxLength: 200 })),
});
export type TimelineQuestion = Static<typeof TimelineQuestion>;

export const TimelineEntry = Type.Object({
  /** Names it among those of its site, for good. */
  id: Type.String(),
  /** When it happened: by the box's clock where a box tells it, else by the controller's. */
  at: Time,
  kind: TimelineKind,
  /** In kebab case: `verdict`, `evidence`, `containment-asked`, `box-silent`; others may come. */
  what: Type.String(),
  /** The machine that it is about, and what people call it now; null where it is about none alone, or of no name. */
  host: OrNull(Type.String()),
  name: OrNull(Type.String()),
  /** Who did it; null: the box told it. */
  person: OrNull(Type.String()),
  /** In one sentence. */
  text: Type.String(),
  /** What more is known of it, by `what`. */
  detail: Type.Record(Type.String(), Type.Unknown()),
});
export type TimelineEntry = Static<typeof TimelineEntry>;

export const TimelinePage = Type.Object({
  /** The newest first. */
  entries: Type.Array(TimelineEntry),
  /** Where the page before goes on, as `before`; null where nothing is older. */
  older: OrNull(Type.String()),
  /** Where newer ones will be found, as `after`; null of an empty page. */
  newer: OrNull(Type.String()),
  /** Whether there are newer ones now. */
  hasNewer: Type.Boolean(),
});
export type TimelinePage = Static<typeof TimelinePage>;

/** The time line at a glance. */
export const TimelineSummary = Type.Object({
  /** Rows of each kind that the filter lets through, its own kinds aside. */
  counts: Type.Record(Type.String(), Type.Integer()),
  /** People of whom there are rows, within the filter. */
  people: Type.Array(Type.String()),
  /** How it went: of the verdicts and cuts that the filter's time holds; null where nobody was infected. */
  story: OrNull(
    Type.Object({
      /** What speaks for the infection of the first, or its verdict. */
      beganAt: Time,
      host: Type.String(),
      name: Type.String(),
      infected: Type.Integer(),
      /** When the last one was found to be. */
      lastInfectedAt: Time,
      /** When the first of them was held by a box; null where none was. */
      cutAt: OrNull(Time),
    }),
  ),
  /** How much happened when, for the drawing: the span, and of each step with anything in it how much of each kind. */
  overview: Type.Object({
    from: Time,
    to: Time,
    steps: Type.Integer(),
    /** [step, kind, worst verdict or state in it, count] */
    marks: Type.Array(
      Type.Object({ step: Type.Integer(), kind: TimelineKind, state: OrNull(Type.String()), count: Type.Integer() }),
    ),
  }),
});
export type TimelineSummary = Static<typeof TimelineSummary>;

export const ExportQuestion = Type.Object({
  ...filterFields,
  format: Type.Union([Type.Literal("csv"), Type.Literal("json")]),
});

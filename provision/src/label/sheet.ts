/** The sheet that goes with a box: one page, for whoever stands before it without knowing it. */
import { code } from "./code.ts";
import { ink, line, type Shape, type Weight } from "./drawing.ts";
import type { LabelFacts } from "./facts.ts";
import type { Msg } from "./message.ts";
import { fitted, printable, textAt, unprintable, widthOf, wrapped, type Setting, type Typeface } from "./typeface.ts";
import { mark, wiring, wiringHeight } from "./wiring.ts";
import { lightsOf, wordsOf } from "./words.ts";

/** A4 in points. */
export const page = { width: 595.28, height: 841.89 } as const;

const margin = 46;
const width = page.width - 2 * margin;
const codeSize = 140;
const codeTop = 61;
const gutter = 32;
const half = (width - gutter) / 2;

const caption = { size: 11, weight: 400 } as const;
const small = { size: 9, weight: 400 } as const;

/** What the two columns are set in: the first of these in which all of both has room above the foot. */
interface Measure {
  readonly body: Setting;
  readonly strong: Setting;
  readonly leading: number;
}
const measures: readonly Measure[] = [11.5, 11, 10.5, 10, 9.5, 8.5, 7.5].map((size) => ({
  body: { size, weight: 400 },
  strong: { size, weight: 600 },
  leading: Math.round(size * 1.3),
}));

/** What was drawn, and where the next thing may begin. */
interface Drawn {
  readonly shapes: readonly Shape[];
  readonly bottom: number;
}

/** What a program shows as the name of the sheet. */
export function titleOf(msg: Msg, { siteName }: Pick<LabelFacts, "siteName">): string {
  return msg`Cordon: the box of ${siteName}`;
}

/** Draws it. Whatever the names are, all of it stays on the page, and no text runs into another. */
export function labelSheet(typeface: Typeface, told: LabelFacts, msg: Msg): readonly Shape[] {
  const facts = { ...told, siteName: printable(typeface, told.siteName) };
  const words = wordsOf(msg, facts.placement);
  const foot = footOf(typeface, told, msg);
  const head = headOf(typeface, facts, msg);
  const wiringTop = head.bottom + 24;
  const below = wiringTop + 18 + wiringHeight;
  const columns = (measure: Measure): Drawn => {
    const right = margin + half + gutter;
    const left = stack(below, [
      (top) => section(typeface, margin, top, half, msg`How to put it in`),
      (top) => numbered(typeface, margin, top, half, words.steps, measure),
      (top) => section(typeface, margin, top + 12, half, msg`What the lights say`),
      (top) => pairs(typeface, margin, top, half, lightsOf(msg, facts.placement), measure),
    ]);
    const other = stack(below, [
      (top) => section(typeface, right, top, half, msg`If the box dies`),
      (top) => numbered(typeface, right, top, half, words.ifItDies, measure),
      (top) => section(typeface, right, top + 12, half, msg`Whom to call`),
      (top) => callers(typeface, right, top, half, facts, foot.top),
    ]);
    return { shapes: [...left.shapes, ...other.shapes], bottom: Math.max(left.bottom, other.bottom) };
  };
  const settings = measures.map(columns);
  const set = settings.find(({ bottom }) => bottom <= foot.top) ?? settings.at(-1);
  return [
    ...head.shapes,
    ...section(typeface, margin, wiringTop - 10, width, msg`Which plug goes where`).shapes,
    ...wiring(typeface, facts, msg, margin, wiringTop + 16, width),
    ...(set?.shapes ?? []),
    ...foot.shapes,
  ];
}

function stack(top: number, parts: readonly ((top: number) => Drawn)[]): Drawn {
  let bottom = top;
  const shapes = parts.flatMap((part) => {
    const drawn = part(bottom);
    bottom = drawn.bottom;
    return [...drawn.shapes];
  });
  return { shapes, bottom };
}

function headOf(typeface: Typeface, facts: LabelFacts, msg: Msg): Drawn {
  const textWidth = width - codeSize - 24;
  const name = fitted(typeface, facts.siteName, {
    weight: 600,
    sizes: [30, 25, 21, 17, 14],
    width: textWidth,
    lines: 3,
  });
  const id = fitted(typeface, facts.boxId, { weight: 400, sizes: [12, 10.5, 9.5], width: textWidth, lines: 2 });
  const nameTop = 68;
  const nameBottom = nameTop + name.lines.length * name.size * 1.18;
  const idTop = nameBottom + 8;
  const pinTop = Math.max(idTop + id.lines.length * 15 + 6, 128);
  const pin = pinOf(typeface, facts, msg, pinTop, textWidth);
  const leads = wrapped(
    typeface,
    facts.pageUrl === null ? msg`Says what this box is.` : msg`Opens this site.`,
    caption,
    codeSize - 20,
  );
  return {
    shapes: [
      ...mark(margin - 2, 20, 0.8),
      textAt(margin + 44, 42, "Cordon", { size: 19, weight: 600 }),
      line(margin, 55, margin + width, 55),
      ...name.lines.map((text, index) =>
        textAt(margin, nameTop + name.size + index * name.size * 1.18, text, { size: name.size, weight: 600 }),
      ),
      ...id.lines.map((text, index) =>
        textAt(margin, idTop + 13 + index * 15, text, { size: id.size, weight: 400 }, ink.second),
      ),
      ...pin.shapes,
      code(facts.pageUrl ?? factsText(facts, msg), margin + width - codeSize + 8, codeTop, codeSize),
      ...leads.map((text, index) =>
        textAt(margin + width - codeSize + 22, codeTop + codeSize + 4 + index * 14, text, caption, ink.second),
      ),
    ],
    bottom: Math.max(pin.bottom, codeTop + codeSize + leads.length * 14),
  };
}

/** What the code says where it leads nowhere. */
function factsText({ boxId, controller, fingerprint }: LabelFacts, msg: Msg): string {
  return [
    msg`Cordon box ${boxId}`,
    msg`controller ${`${controller.host}:${controller.port}`}`,
    ...(fingerprint === null ? [] : [msg`authority ${fingerprint}`]),
  ].join("\n");
}

function pinOf(
  typeface: Typeface,
  { pin, pages, placement, managementAddress }: LabelFacts,
  msg: Msg,
  top: number,
  room: number,
): Drawn {
  // It has no port for management, and no pages that ask for one.
  if (placement === "gateway") return { shapes: [], bottom: top };
  const digits = { size: 34, weight: 600 } as const;
  const written =
    pin === null
      ? [line(margin + 44, top + 38, margin + 230, top + 38, 1, { stroke: ink.hairline })]
      : [textAt(margin + 44, top + 36, `${pin.slice(0, 4)} ${pin.slice(4)}`, digits)];
  const texts = [
    ...(pin === null ? [msg`Write the PIN here.`] : []),
    ...(pages === null ? [msg`For the pages of the box itself.`] : pagesWords(msg, managementAddress)),
  ];
  const lines = wrapped(typeface, texts.join(" "), small, room);
  return {
    shapes: [
      textAt(margin, top + 36, "PIN", { size: 16, weight: 600 }, ink.second),
      ...written,
      ...lines.map((each, index) => textAt(margin, top + 56 + index * 12, each, small, ink.second)),
    ],
    bottom: top + 46 + lines.length * 12,
  };
}

/** What whoever opens the pages sees first: a browser's warning, which is right, and how he can know the box all the same. */
function pagesWords(msg: Msg, managementAddress: string | null): readonly string[] {
  const address = managementAddress?.replace(/\/.*/, "");
  return [
    address === undefined
      ? msg`For the box's own pages when the line is dead: https://ADDRESS:8420, which the router lists as “cordon-box”.`
      : msg`For the box's own pages when the line is dead: ${`https://${address}:8420`}.`,
    msg`Your browser will warn: hold the certificate's SHA-256 against the pairs at the foot, the first and last four at least. No PIN where they differ.`,
  ];
}

function section(typeface: Typeface, x: number, top: number, room: number, title: string): Drawn {
  const { size, lines } = fitted(typeface, title, { weight: 600, sizes: [15, 13.5, 12, 10.5], width: room, lines: 1 });
  return {
    shapes: [
      line(x, top, x + room, top, 1, { stroke: ink.hairline }),
      ...lines.map((text) => textAt(x, top + 19, text, { size, weight: 600 })),
    ],
    bottom: top + 27,
  };
}

function paragraph(
  typeface: Typeface,
  x: number,
  top: number,
  room: number,
  text: string,
  { body, leading }: Measure,
): Drawn {
  const lines = wrapped(typeface, text, body, room);
  return {
    shapes: lines.map((each, index) => textAt(x, top + leading - 3 + index * leading, each, body)),
    bottom: top + lines.length * leading,
  };
}

function numbered(
  typeface: Typeface,
  x: number,
  top: number,
  room: number,
  texts: readonly string[],
  measure: Measure,
): Drawn {
  const { strong, leading } = measure;
  return stack(
    top,
    texts.map((text, index) => (at: number) => {
      const drawn = paragraph(typeface, x + 18, at, room - 18, text, measure);
      return {
        shapes: [textAt(x, at + leading - 3, String(index + 1), strong), ...drawn.shapes],
        bottom: drawn.bottom + 3,
      };
    }),
  );
}

function pairs(
  typeface: Typeface,
  x: number,
  top: number,
  room: number,
  of: ReturnType<typeof lightsOf>,
  measure: Measure,
): Drawn {
  const { strong, leading } = measure;
  return stack(
    top,
    of.map(([name, text]) => (at: number) => {
      const names = wrapped(typeface, name, strong, room);
      const drawn = paragraph(typeface, x, at + names.length * leading, room, text, measure);
      return {
        shapes: [
          ...names.map((each, index) => textAt(x, at + leading - 3 + index * leading, each, strong)),
          ...drawn.shapes,
        ],
        bottom: drawn.bottom + 4,
      };
    }),
  );
}

function callers(
  typeface: Typeface,
  x: number,
  top: number,
  room: number,
  { contacts }: LabelFacts,
  limit: number,
): Drawn {
  if (contacts.length === 0) {
    return {
      shapes: [1, 2].map((row) => line(x, top + row * 26, x + room, top + row * 26, 1, { stroke: ink.hairline })),
      bottom: top + 56,
    };
  }
  // Where there is no room for all of it, what is said beside name and number gives way.
  const forms = (["full", "brief", "briefest"] as const).map((form) =>
    stack(
      top,
      contacts.map((contact) => (at: number) => caller(typeface, x, at, room, contact, form)),
    ),
  );
  return forms.find(({ bottom }) => bottom <= limit) ?? forms.at(-1) ?? { shapes: [], bottom: top };
}

function caller(
  typeface: Typeface,
  x: number,
  top: number,
  room: number,
  { name, phone, email, for: purpose }: LabelFacts["contacts"][number],
  form: "full" | "brief" | "briefest",
): Drawn {
  const isBrief = form !== "full";
  const rows = (lines: readonly string[], setting: Setting, height: number) =>
    lines.map((each) => (at: number): Drawn => ({
      shapes: [textAt(x, at + height - 4, each, setting)],
      bottom: at + height,
    }));
  const row = (text: string | undefined, weight: Weight, sizes: readonly number[], height: number) => {
    if (text === undefined) return [];
    const { size, lines } = fitted(typeface, printable(typeface, text), { weight, sizes, width: room, lines: 1 });
    return rows(lines, { size, weight }, height);
  };
  // Of an address no letter may be missing, but for three that are longer than any that is in use.
  const whole = (text: string | undefined) => {
    if (text === undefined) return [];
    const linesOf = (size: number) => wrapped(typeface, printable(typeface, text), { ...caption, size }, room);
    const size = [11, 10, 9].find((each) => linesOf(each).length === 1) ?? 8;
    const lines = linesOf(size).slice(0, form === "briefest" ? 2 : undefined);
    return rows(lines, { ...caption, size }, size === 8 ? 11 : 14);
  };
  const drawn = stack(top, [
    ...row(name, 600, [12.5, 11, 9.5, 8.5], 16),
    ...(isBrief ? row(phone, 600, [13, 11.5, 10], 15) : row(phone, 600, [17, 14, 12, 10], 20)),
    ...row(isBrief ? undefined : purpose, 400, [11, 10], 14),
    ...whole(isBrief && phone !== undefined ? undefined : email),
  ]);
  return { ...drawn, bottom: drawn.bottom + 6 };
}

function footOf(
  typeface: Typeface,
  facts: LabelFacts,
  msg: Msg,
): { readonly shapes: readonly Shape[]; readonly top: number } {
  const { controller, fingerprint, pages, placement, ports } = facts;
  const { host, port, fallbackPort } = controller;
  const setting = { size: 9, weight: 400 } as const;
  const sockets =
    ports.size === 0
      ? msg`Sockets by their places on the board: of three, the first is MANAGEMENT, then INSIDE, then OUTSIDE; of two, INSIDE first.`
      : msg`Sockets: ${[...ports].map(([name, mac]) => `${socketWords[name] ?? name} ${mac}`).join("  ")}`;
  const where = fitted(typeface, msg`Controller: ${host}, port ${port} or ${fallbackPort}`, {
    weight: 400,
    sizes: [9],
    width,
    lines: 1,
  }).lines;
  const lines = [
    ...(unprintable(typeface, wordsOn(facts)).length === 0
      ? []
      : [msg`· stands for a letter that this sheet cannot show.`]),
    sockets,
    ...where,
    ...(fingerprint === null ? [] : [msg`It trusts ${fingerprint}`]),
    ...(pages === null || placement === "gateway" ? [] : [msg`Its pages ${pages}`]),
  ].flatMap((text) => wrapped(typeface, text, setting, width));
  const top = page.height - 26 - lines.length * 12;
  return {
    shapes: [
      line(margin, top - 12, margin + width, top - 12, 1, { stroke: ink.hairline }),
      ...lines.map((text, index) => textAt(margin, top + 4 + index * 12, text, setting, ink.second)),
    ],
    top: top - 12,
  };
}

/** What people have written that is on the sheet. */
export function wordsOn({ siteName, contacts }: Pick<LabelFacts, "siteName" | "contacts">): readonly string[] {
  return [siteName, ...contacts.flatMap(({ name, email = "", for: purpose = "" }) => [name, email, purpose])];
}

const socketWords: Readonly<Record<string, string>> = { inside0: "INSIDE", outside0: "OUTSIDE", mgmt0: "MANAGEMENT" };

/** The right edge of a text, for whoever holds the sheet against its page. */
export function rightEdge(typeface: Typeface, shape: Extract<Shape, { readonly kind: "text" }>): number {
  return shape.x + widthOf(typeface, shape.text, shape);
}

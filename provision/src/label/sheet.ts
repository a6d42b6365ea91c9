/** The sheet that goes with a box: one page, for whoever stands before it without knowing it. */
import { code } from "./code.ts";
import { ink, line, type Shape } from "./drawing.ts";
import type { LabelFacts } from "./facts.ts";
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

const heading = { size: 15, weight: 600 } as const;
const body = { size: 11.5, weight: 400 } as const;
const strong = { size: 11.5, weight: 600 } as const;
const caption = { size: 11, weight: 400 } as const;
const small = { size: 9, weight: 400 } as const;
const leading = 15;

/** What was drawn, and where the next thing may begin. */
interface Drawn {
  readonly shapes: readonly Shape[];
  readonly bottom: number;
}

/** Draws it. Whatever the names are, all of it stays on the page, and no text runs into another. */
export function labelSheet(typeface: Typeface, told: LabelFacts): readonly Shape[] {
  const facts = { ...told, siteName: printable(typeface, told.siteName) };
  const words = wordsOf(facts.placement);
  const foot = footOf(typeface, told);
  const head = headOf(typeface, facts);
  const wiringTop = head.bottom + 24;
  const below = wiringTop + 18 + wiringHeight;
  const left = stack(below, [
    (top) => section(margin, top, half, "How to put it in"),
    (top) => numbered(typeface, margin, top, half, words.steps),
    (top) => section(margin, top + 12, half, "What the lights say"),
    (top) => pairs(typeface, margin, top, half, lightsOf(facts.placement)),
  ]);
  const right = margin + half + gutter;
  const other = stack(below, [
    (top) => section(right, top, half, "If the box dies"),
    (top) => numbered(typeface, right, top, half, words.ifItDies),
    (top) => section(right, top + 12, half, "Whom to call"),
    (top) => callers(typeface, right, top, half, facts, foot.top),
  ]);
  return [
    ...head.shapes,
    ...section(margin, wiringTop - 10, width, "Which plug goes where").shapes,
    ...wiring(typeface, facts, margin, wiringTop + 16, width),
    ...left.shapes,
    ...other.shapes,
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

function headOf(typeface: Typeface, facts: LabelFacts): Drawn {
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
  const pin = pinOf(typeface, facts, pinTop, textWidth);
  const leads = wrapped(typeface, facts.code.leadsTo, caption, codeSize - 20);
  return {
    shapes: [
      ...mark(margin - 2, 20, 0.8),
      textAt(margin + 44, 42, "Cordon", { size: 19, weight: 600 }),
      line(margin, 55, margin + width, 55),
      ...name.lines.map((text, index) =>
        textAt(margin, nameTop + name.size + index * name.size * 1.18, text, { size: name.size, weight: 600 }),
      ),
      ...id.lines.map((text, index) =>
        textAt(margin, idTop + 13 + index * 15, text, { ...body, size: id.size }, ink.second),
      ),
      ...pin.shapes,
      code(facts.code.text, margin + width - codeSize + 8, codeTop, codeSize),
      ...leads.map((text, index) =>
        textAt(margin + width - codeSize + 22, codeTop + codeSize + 4 + index * 14, text, caption, ink.second),
      ),
    ],
    bottom: Math.max(pin.bottom, codeTop + codeSize + leads.length * 14),
  };
}

function pinOf(
  typeface: Typeface,
  { pin, pages, placement, managementAddress }: LabelFacts,
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
  const text = pages === null ? noPages : pagesWords(managementAddress);
  const lines = wrapped(typeface, `${pin === null ? "Write the PIN here. " : ""}${text}`, small, room);
  return {
    shapes: [
      textAt(margin, top + 36, "PIN", { size: 16, weight: 600 }, ink.second),
      ...written,
      ...lines.map((each, index) => textAt(margin, top + 56 + index * 12, each, small, ink.second)),
    ],
    bottom: top + 46 + lines.length * 12,
  };
}

const noPages = "For the pages of the box itself.";

/** What whoever opens the pages sees first: a browser's warning, which is right, and how he can know the box all the same. */
function pagesWords(managementAddress: string | null): string {
  const address = managementAddress?.replace(/\/.*/, "");
  const where =
    address === undefined
      ? "https://ADDRESS:8420, which the router lists as “cordon-box”."
      : `https://${address}:8420.`;
  return `For the box's own pages when the line is dead: ${where} Your browser will warn: hold the certificate's SHA-256 against the pairs at the foot, the first and last four at least. No PIN where they differ.`;
}

function section(x: number, top: number, room: number, title: string): Drawn {
  return {
    shapes: [line(x, top, x + room, top, 1, { stroke: ink.hairline }), textAt(x, top + 19, title, heading)],
    bottom: top + 27,
  };
}

function paragraph(typeface: Typeface, x: number, top: number, room: number, text: string, setting: Setting): Drawn {
  const lines = wrapped(typeface, text, setting, room);
  return {
    shapes: lines.map((each, index) => textAt(x, top + 12 + index * leading, each, setting)),
    bottom: top + lines.length * leading,
  };
}

function numbered(typeface: Typeface, x: number, top: number, room: number, texts: readonly string[]): Drawn {
  return stack(
    top,
    texts.map((text, index) => (at: number) => {
      const drawn = paragraph(typeface, x + 18, at, room - 18, text, body);
      return { shapes: [textAt(x, at + 12, String(index + 1), strong), ...drawn.shapes], bottom: drawn.bottom + 3 };
    }),
  );
}

function pairs(typeface: Typeface, x: number, top: number, room: number, of: ReturnType<typeof lightsOf>): Drawn {
  return stack(
    top,
    of.map(([name, text]) => (at: number) => {
      const drawn = paragraph(typeface, x, at + leading, room, text, body);
      return { shapes: [textAt(x, at + 12, name, strong), ...drawn.shapes], bottom: drawn.bottom + 4 };
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
  const row = (text: string | undefined, setting: Setting, sizes: readonly number[], height: number) => {
    if (text === undefined) return [];
    const { size, lines } = fitted(typeface, printable(typeface, text), { ...setting, sizes, width: room, lines: 1 });
    return rows(lines, { ...setting, size }, height);
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
    ...row(name, strong, [12.5, 11], 16),
    ...(isBrief ? row(phone, strong, [13, 11.5, 10], 15) : row(phone, strong, [17, 14, 12, 10], 20)),
    ...row(isBrief ? undefined : purpose, caption, [11, 10], 14),
    ...whole(isBrief && phone !== undefined ? undefined : email),
  ]);
  return { ...drawn, bottom: drawn.bottom + 6 };
}

function footOf(typeface: Typeface, facts: LabelFacts): { readonly shapes: readonly Shape[]; readonly top: number } {
  const { controller, fingerprint, pages, placement, ports } = facts;
  const setting = { size: 9, weight: 400 } as const;
  const sockets =
    ports.size === 0
      ? "Sockets by their places on the board: of three, the first is MANAGEMENT, then INSIDE, then OUTSIDE; of two, INSIDE first."
      : `Sockets: ${[...ports].map(([name, mac]) => `${socketWords[name] ?? name} ${mac}`).join("  ")}`;
  const where = fitted(typeface, `Controller: ${controller}`, { weight: 400, sizes: [9], width, lines: 1 }).lines;
  const lines = [
    ...(unprintable(typeface, wordsOn(facts)).length === 0
      ? []
      : ["\u00b7 stands for a letter that this sheet cannot show."]),
    sockets,
    ...where,
    ...(fingerprint === null ? [] : [`It trusts ${fingerprint}`]),
    ...(pages === null || placement === "gateway" ? [] : [`Its pages ${pages}`]),
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

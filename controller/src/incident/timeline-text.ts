/** What a row of the time line says, in one English sentence: for exports, and for clients that know no words of their own. */
import { spanText, type TimeText } from "./time-text.ts";

interface Told {
  readonly what: string;
  readonly name: string | null;
  readonly person: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** In one sentence. What this release has no words for is named by what it is. */
export function timelineText({ what, name, person, detail }: Told, time: TimeText): string {
  const said = (key: string): string => {
    const value = detail[key];
    return typeof value === "string" || typeof value === "number" ? String(value) : "";
  };
  const host = name ?? "a machine";
  const by = person === null ? "" : ` by ${person}`;
  const lasted = typeof detail["lastedMs"] === "number" ? ` after ${spanText(detail["lastedMs"])}` : "";
  const why = said("reason") === "" ? "" : ` Reason: ${said("reason")}`;
  const until = typeof detail["expiresAt"] === "number" ? ` until ${time.clock(detail["expiresAt"])}` : "";
  switch (what) {
    case "evidence":
    case "evidence-counted":
      return `${host}: ${said("text")} (${detail["for"] === true ? "for" : "against"}, ${said("weight")}; ${said("count")} times)`;
    case "host-seen":
      return `${host} was heard for the first time.`;
    case "verdict-infected":
    case "verdict-suspect":
    case "verdict-watched":
    case "verdict-clear":
      return `${host} is ${said("verdict")}${said("class") === "" ? "" : `: ${said("class")}`}, balance ${said("score")}.`;
    case "containment-asked":
      return `${said("kind")} of ${host} asked${until}${by}.${why}`;
    case "containment-in-force":
    case "containment-released":
    case "containment-expired":
    case "containment-refused": {
      const change = what.slice("containment-".length).replace("-", " ");
      return `${name ?? (said("scope") === "" ? "a machine" : said("scope"))}: ${change}${by}. ${said("text")}`;
    }
    case "walk-armed":
      return `The box tells whose cables are pulled${by}.`;
    case "walk-ended":
      return `The box tells no more whose cables are pulled${by}.`;
    case "cable-pulled":
      return `${host} fell silent while cables were pulled${by}.`;
    case "cable-back":
      return `${host} answers again.`;
    case "policy-set":
      return `Policy ${said("policy")} set${by}.${why}`;
    case "box-online":
      return `The box is heard again${lasted}.`;
    case "box-silent":
      return "The box has fallen silent.";
    case "box-software":
      return `The box runs ${said("to")}${said("from") === "" ? "" : `, before ${said("from")}`}.`;
    case "box-placement":
      return `The box stands in placement ${said("to")}${said("from") === "" ? "" : `, before ${said("from")}`}.`;
    case "handed-back":
      return `The box handed back what was done there: ${said("takenCount") || 0} taken up, ${said("endedCount") || 0} ended.`;
    case "refused":
      return `Not let in: ${said("reason")}. ${said("text")}`;
    default: {
      const words = what.replaceAll("-", " ");
      const more = said("text") || said("name") || said("subject");
      return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}${name === null ? "" : ` of ${name}`}${lasted}${by}${more === "" ? "" : `: ${more}`}.${why}`;
    }
  }
}

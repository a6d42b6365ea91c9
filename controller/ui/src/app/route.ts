/** Where in the UI a person is; the address bar says the same. */
export type Route =
  | { readonly page: "login"; readonly token: string | null }
  | { readonly page: "invitation"; readonly token: string }
  | { readonly page: "people" }
  | { readonly page: "settings" }
  | { readonly page: "refusals" }
  | { readonly page: "updates" }
  | { readonly page: "fleet" }
  | { readonly page: "notifications" }
  | { readonly page: "site"; readonly siteId: string }
  | { readonly page: "host"; readonly siteId: string; readonly host: string }
  /** With what stands behind `?`: which rows. */
  | { readonly page: "timeline"; readonly siteId: string; readonly query: string }
  | { readonly page: "walk"; readonly siteId: string }
  | { readonly page: "missing" };

/** Reads a path and its fragment. A login token travels in the fragment, so that no server log keeps it. */
export function parseRoute(path: string, fragment: string, query = ""): Route {
  const parts = path.split("/").filter((part) => part !== "");
  const [first, siteId, third, host] = parts.map(decoded);
  if (parts.length === 0) return { page: "fleet" };
  const token = fragment.replace(/^#/, "");
  if (first === "invitation" && parts.length === 1) return { page: "invitation", token };
  if (first === "people" && parts.length === 1) return { page: "people" };
  if (first === "settings" && parts.length === 1) return { page: "settings" };
  if (first === "updates" && parts.length === 1) return { page: "updates" };
  if (first === "refusals" && parts.length === 1) return { page: "refusals" };
  if (first === "login" && parts.length === 1) {
    return { page: "login", token: token === "" ? null : token };
  }
  if (first === "notifications" && parts.length === 1) return { page: "notifications" };
  if (first === "sites" && siteId !== undefined) {
    if (parts.length === 2) return { page: "site", siteId };
    if (parts.length === 3 && third === "timeline") return { page: "timeline", siteId, query };
    if (parts.length === 3 && third === "walk") return { page: "walk", siteId };
    if (parts.length === 4 && third === "hosts" && host !== undefined) return { page: "host", siteId, host };
  }
  return { page: "missing" };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function sitePath(siteId: string): string {
  return `/sites/${encodeURIComponent(siteId)}`;
}

export function hostPath(siteId: string, host: string): string {
  return `${sitePath(siteId)}/hosts/${encodeURIComponent(host)}`;
}

export function walkPath(siteId: string): string {
  return `${sitePath(siteId)}/walk`;
}

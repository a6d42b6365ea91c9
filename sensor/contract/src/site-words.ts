/**
 * What a person says of a new site, held against sense before anybody is enrolled. The schema of the
 * site profile is wider, for boxes in the field must read what was written before; nobody has to write
 * all that it lets pass. Each of these gives what is allowed, in words, or null where the text can be used.
 */

/** A name that people read: nothing in it may end a line, or turn the order of the letters around. */
export function siteNameFault(name: string): string | null {
  const allowed = "a name has 1 to 200 characters on one line, and at least one that can be seen";
  // Said by itself: whoever pasted one sees one line, and nothing wrong with it.
  if (/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(name)) {
    return "there is a character in it that cannot be seen and turns letters around; type it anew instead of pasting it";
  }
  const isShown = /[\p{L}\p{N}\p{P}\p{S}]/u.test(name);
  const isSafe = !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(name);
  return isShown && isSafe && [...name].length <= 200 ? null : allowed;
}

/** Where a box finds its controller: a name in DNS, or an address that belongs to a machine. */
export function hostFault(host: string): string | null {
  const allowed = "a host is a name of letters, digits, hyphens and dots, such as cordon.example.net, or an IP address";
  if (host === "0.0.0.0" || isEmptyIpv6(host)) return "nobody has this address";
  if (isOfGroup(host)) return "this is the address of a group, and no machine's";
  // RFC 4007 6: which cable it is meant on, the address does not say.
  if (isIpv6(host) && /^fe[89ab]/i.test(host))
    return "an address that begins so is known on one cable alone; take another of the controller's";
  if (isIpv4(host) || isIpv6(host)) return null;
  const labels = host.split(".");
  // RFC 1123 2.1; and what ends in a number is taken for an IPv4 address, which this is not.
  const isName = labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label));
  return isName && host.length <= 253 && !/^\d+$/.test(labels.at(-1) ?? "") ? null : allowed;
}

/** A network in CIDR notation. */
export function networkFault(net: string): string | null {
  const allowed = "a network is an address and the length of its prefix, such as 192.168.1.0/24";
  const [address = "", prefix = "", ...rest] = net.split("/");
  const bits = isIpv4(address) ? 32 : isIpv6(address) ? 128 : 0;
  if (rest.length > 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > bits) return allowed;
  if (Number(prefix) === 0) return "a prefix of 0 is the whole Internet, and nobody's own network";
  const isNobodys = isOfGroup(address) || (isIpv4(address) && /^(0|127)\./.test(address));
  return isNobodys ? "no machine of a site has an address there; name the site's own networks" : null;
}

/** Multicast, broadcast, or set aside for neither (RFC 5771, RFC 1112 4, RFC 4291 2.7). */
function isOfGroup(address: string): boolean {
  return isIpv4(address) ? Number(address.split(".")[0]) >= 224 : isIpv6(address) && /^ff[0-9a-f]{2}:/i.test(address);
}

function isIpv4(text: string): boolean {
  return /^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text) && text.split(".").every((part) => Number(part) < 256);
}

function isIpv6(text: string): boolean {
  return /^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text) && URL.canParse(`http://[${text}]/`);
}

function isEmptyIpv6(text: string): boolean {
  return isIpv6(text) && new URL(`http://[${text}]/`).hostname === "[::]";
}

/** RFC 1035 2.3.4: a label has at most 63 bytes. */
export const maxNameLength = 63;

/**
 * A name as it may be shown: printable ASCII, the rest as `?`, and no longer than a label; null where nothing is left.
 * It is whatever a machine chose to send, so no character gets through that could change its surroundings: controls,
 * marks that turn the direction of writing, look-alikes of other alphabets.
 */
export function nameText(text: string, maxLength = maxNameLength): string | null {
  const shown = text
    .slice(0, maxLength)
    .replaceAll(/[^\x20-\x7e]/g, "?")
    .trim();
  return /[0-9A-Za-z]/.test(shown) ? shown : null;
}

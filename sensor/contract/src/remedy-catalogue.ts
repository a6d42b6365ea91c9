/**
 * The names that a quarantined host keeps without anybody's wish: a data file. Each entry covers every name
 * that ends in it. None is one under which strangers can have names of their own (a CDN, a cloud's storage),
 * for such a name would open the way to whoever takes one.
 *
 * - `probe`: what systems and browsers ask over plain HTTP, by themselves, to learn whether a portal stands in
 *   the way. They are no remedies: their port 80 is answered by the box's own page, which makes them show it.
 * - `kill-switch`: what a worm asks for and stops spreading when it answers. A cut that silences it would set
 *   the worm off on the host's neighbours.
 * - `update`: updates of systems. - `protection`: updates of virus scanners and their removal tools.
 */
export interface ShippedName {
  readonly name: string;
  readonly use: "probe" | "kill-switch" | "update" | "protection";
  /** Absent means 80 and 443. */
  readonly ports?: readonly number[];
}

const probes = [
  // Windows (NCSI, and before Windows 10)
  "www.msftconnecttest.com",
  "ipv6.msftconnecttest.com",
  "www.msftncsi.com",
  // Android, ChromeOS
  "connectivitycheck.gstatic.com",
  "connectivitycheck.android.com",
  "clients3.google.com",
  // macOS, iOS
  "captive.apple.com",
  // Firefox
  "detectportal.firefox.com",
  // Ubuntu, GNOME, KDE, Debian
  "connectivity-check.ubuntu.com",
  "nmcheck.gnome.org",
  "networkcheck.kde.org",
  "network-test.debian.org",
];

const killSwitches = [
  // WannaCry, May 2017, and its changed copies
  "iuqerfsodp9ifjaposdfjhgosurijfaewrwergwea.com",
  "ifferfsodp9ifjaposdfjhgosurijfaewrwergwea.com",
  "iuqssfsodp9ifjaposdfjhgosurijfaewrwergwea.com",
  "ayylmaotjhsstasdfasdfasdfasdfasdfasdfasdf.com",
];

const updates = [
  // Windows; the trust lists without which its updates fail are below the first
  "windowsupdate.com",
  "update.microsoft.com",
  "delivery.mp.microsoft.com",
  // macOS, iOS
  "swscan.apple.com",
  "swcdn.apple.com",
  "swdist.apple.com",
  "swdownload.apple.com",
  "gdmf.apple.com",
  "mesu.apple.com",
  "updates.cdn-apple.com",
  // Debian, Ubuntu, Fedora
  "deb.debian.org",
  "security.debian.org",
  "archive.ubuntu.com",
  "security.ubuntu.com",
  "mirrors.fedoraproject.org",
];

const protection = [
  // Microsoft Defender
  "definitionupdates.microsoft.com",
  "wdcp.microsoft.com",
  "wd.microsoft.com",
  // ESET, Kaspersky, Sophos, Bitdefender, Avast and AVG, Malwarebytes, Trend Micro, Symantec, ClamAV
  "update.eset.com",
  "geo.kaspersky.com",
  "upd.kaspersky.com",
  "sophosupd.com",
  "sophosupd.net",
  "upgrade.bitdefender.com",
  "avcdn.net",
  "mwbsys.com",
  "activeupdate.trendmicro.com",
  "liveupdate.symantecliveupdate.com",
  "database.clamav.net",
];

function of(use: ShippedName["use"], names: readonly string[]): ShippedName[] {
  return names.map((name) => ({ name, use }));
}

/** All of them. */
export const shippedNames: readonly ShippedName[] = [
  ...of("probe", probes),
  ...of("kill-switch", killSwitches),
  ...of("update", updates),
  ...of("protection", protection),
];

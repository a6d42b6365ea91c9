import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeBootFiles } from "../boot-partition.ts";
import { users } from "../users.ts";
import type { SceneOptions } from "./boot-scene.ts";
import { GuestAgent } from "./guest-agent.ts";
import { launchHere } from "./launch.ts";
import { Machine } from "./machine.ts";
import type { SceneResult } from "./scene-result.ts";
import { sceneMacs } from "./scene.ts";
import { StoryBook } from "./story-book.ts";
import { addAgent, fullStart, placeOf } from "./test-boot.ts";
import { TestDisk } from "./test-disk.ts";
import { makeTestProfile } from "./test-profile.ts";
import { hangMs } from "./patience.ts";

// The executor starts last and slowest where everything is emulated.
const settlingSeconds = 240;

/** Users and capabilities of the processes that a gateway has more: NET_BIND_SERVICE, NET_ADMIN, NET_RAW are 10, 12 and 13. */
const more = [
  { unit: "names", id: users.names.id, mask: "0000000000003400" },
  { unit: "tracker", id: users.tracker.id, mask: "0000000000001000" },
] as const;

/** Boots a gateway by UEFI with systemd, its outside port on a network of the emulator's that gives it an address. */
export async function gatewaySystemScene(name: string, options: SceneOptions): Promise<SceneResult> {
  const { folder, monotonic, memoryMb } = options;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const startedAt = monotonic();
  const place = placeOf(options.built);
  const disk = await TestDisk.copyOf(place("disk", "disk.img"), join(folder, "test.img"));
  const profile = { ...(await makeTestProfile(folder)), placement: "gateway" };
  await writeBootFiles(disk.path, { "profile.json": JSON.stringify(profile) });
  await addAgent(place, folder, disk.path, disk.extentOf("boot"));
  const agentSocket = join(folder, "agent");
  const book = new StoryBook([
    "gateway-has-all-its-processes",
    "gateway-processes-have-their-privileges-alone",
    "gateway-hears-names-and-addresses-inside-alone",
    "gateway-has-an-address-outside",
    "gateway-keeps-its-rules-under-systemd",
  ]);
  const port = (mac: string) => ({ netdev: "user,restrict=on", mac });
  const machine = new Machine({
    disk: disk.path,
    start: await fullStart(folder),
    ports: {
      management: port(sceneMacs.management),
      inside: port(sceneMacs.inside),
      outside: port(sceneMacs.outside),
    },
    agentSocket,
    memoryMb,
    launch: launchHere,
    monotonic,
  });
  let failure: string | null = null;
  let agent: GuestAgent | null = null;
  try {
    await machine.start();
    agent = await GuestAgent.at(agentSocket);
    await machine.word("judging", hangMs);
    await play(book, agent);
  } catch (error) {
    failure = (error as Error).message;
  } finally {
    agent?.close();
    await machine.cutPower();
    await rm(folder, { recursive: true, force: true });
  }
  return {
    name,
    isFull: false,
    stories: book.stories(),
    words: machine.words,
    notes: [...machine.notes, ...book.notes],
    memoryMb: null,
    wallSeconds: (monotonic() - startedAt) / 1000,
    failure,
  };
}

async function play(book: StoryBook, agent: GuestAgent): Promise<void> {
  const linesOf = async (command: string): Promise<readonly string[]> =>
    (await agent.run(command, (settlingSeconds + 60) * 1000)).output.split("\n").filter((line) => line !== "");
  const tell = (story: string, found: readonly string[], isTrue: (text: string) => boolean) =>
    book.tell(story, isTrue(found.join("\n")), found.join("; "));

  // Nothing tells of it: systemd is asked until dnsmasq and conntrack run and the tracker has its judge.
  const units = "cordon-executor cordon-judge cordon-reader cordon-names cordon-tracker";
  const running = `systemctl is-active ${units}; cat /proc/[0-9]*/comm 2>/dev/null | grep -xE 'dnsmasq|conntrack' | sort; ss -Hx state established | grep -c tracker.sock`;
  const isUp = "active\nactive\nactive\nactive\nactive\nconntrack\ndnsmasq\n1";
  const found = await linesOf(
    `for i in $(seq ${settlingSeconds}); do now=$(${running}); [ "$now" = "$(printf '${isUp.replaceAll("\n", "\\n")}')" ] && break; sleep 1; done; echo "$now"`,
  );
  tell("gateway-has-all-its-processes", found, (text) => text === isUp);
  if (found.join("\n") !== isUp) {
    book.notes.push(
      ...(await linesOf("journalctl --no-pager -b -n 40 -u cordon-names -u cordon-tracker -u cordon-executor")),
    );
  }

  const faults: string[] = [];
  for (const { unit, id, mask } of more) {
    const status = await linesOf(
      `grep -E '^(Uid|CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/$(systemctl show --value -p MainPID cordon-${unit})/status`,
    );
    const text = status.map((line) => line.replace(/\s+/g, " ")).join(", ");
    const wanted = `Uid: ${id} ${id} ${id} ${id}, CapEff: ${mask}, CapBnd: ${mask}, NoNewPrivs: 1, Seccomp: 2`;
    if (text !== wanted) faults.push(`${unit} has ${text}`);
  }
  book.tell("gateway-processes-have-their-privileges-alone", faults.length === 0, faults.join("; "));

  const sockets = await linesOf("ss -Hltun | awk '{ print $1, $5 }' | grep -v ' 127\\.' | sort");
  const wanted = ["tcp 10.213.77.1:53", "udp 0.0.0.0%br0:67", "udp 10.213.77.1:53"];
  // The network service asks for an address from this port, and is answered nowhere else.
  const others = sockets.filter((socket) => !wanted.includes(socket) && !/^udp 10\.0\.2\.\d+%\w+:68$/.test(socket));
  book.tell(
    "gateway-hears-names-and-addresses-inside-alone",
    wanted.every((socket) => sockets.includes(socket)) && others.length === 0,
    sockets.join("; "),
  );
  tell("gateway-has-an-address-outside", await linesOf("ip -o -4 address show dev outside0"), (text) =>
    / inet 10\.0\.2\.\d+\/24 /.test(text),
  );
  const rules = await linesOf("nft list tables; cat /proc/sys/net/ipv4/ip_forward; ls /sys/class/net/br0/brif");
  tell(
    "gateway-keeps-its-rules-under-systemd",
    rules,
    (text) => text === "table bridge cordon\ntable inet cordon\n1\ninside0",
  );
}

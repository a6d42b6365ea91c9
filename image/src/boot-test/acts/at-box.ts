import { setTimeout as delay } from "node:timers/promises";
import { phoneAnswer, phoneCommand, type PhoneAnswer } from "../../../../sensor/test/line/phone-call.ts";
import { ImageError } from "../../errors.ts";
import { users } from "../../users.ts";
import type { Act, OfficeSetting } from "../office-scene.ts";
import { linesOf, memoryMb } from "./hardening.ts";
import { pagesPort } from "./port-scan.ts";
import { hangMs } from "../patience.ts";

/** A phone at the management port. */
class Phone {
  readonly #setting: OfficeSetting;
  cookie = "";

  constructor(setting: OfficeSetting) {
    this.#setting = setting;
  }

  async call(method: string, path: string, body?: object, scheme: "https" | "http" = "https"): Promise<PhoneAnswer> {
    const { office, neighbours, box } = this.#setting;
    const url = `${scheme}://${office.lab.facts.sensor.address}:${pagesPort}${path}`;
    const call = { method, url, cookie: this.cookie, fingerprint: box.fingerprint };
    const command = phoneCommand(body === undefined ? call : { ...call, body });
    // On a machine of the office, whose switch the management port hangs on.
    const { stdout, stderr } = await office.lab.exec(neighbours[0] ?? "", command, { timeoutMs: hangMs });
    if (stdout === "") throw new ImageError("scene-impossible", `the phone failed: ${stderr}`);
    return phoneAnswer(stdout);
  }
}

/** The box serves its own pages to whoever knows the PIN of its label, at its management port. */
export const atBoxActs: readonly Act[] = [
  {
    stories: [
      "phone-gets-the-pages",
      "pages-go-by-tls-alone",
      "wrong-pin-is-refused",
      "pin-lets-in",
      "phone-sees-the-machines",
      "own-centre-has-no-privilege",
      "own-centre-reaches-nobody",
      "own-centre-goes-with-its-data",
    ],
    async play(setting) {
      const { book, box, operator } = setting;
      const phone = new Phone(setting);
      const before = await memoryMb(setting);
      const begunAt = Date.now();
      let page = await phone.call("GET", "/");
      while (page.status !== 200 && Date.now() - begunAt < hangMs) {
        await delay(1000);
        page = await phone.call("GET", "/");
      }
      book.note(`its own centre ${Math.round((Date.now() - begunAt) / 1000)} s after somebody knocked`);
      book.tell(
        "phone-gets-the-pages",
        page.status === 200 && page.text.includes("app.js"),
        `${page.status} ${page.text.slice(0, 200)}`,
      );

      const plain = await phone.call("GET", "/login", undefined, "http");
      const isSentOn = plain.status === 307 && plain.location.startsWith("https://") && plain.text === "";
      book.tell("pages-go-by-tls-alone", isSentOn, `${plain.status} ${plain.location} ${plain.text}`);
      const wrong = await phone.call("POST", "/api/v1/session", {
        pin: box.pin === "00000000" ? "00000001" : "00000000",
      });
      book.tell("wrong-pin-is-refused", wrong.status === 401 && wrong.text.includes("bad-pin"), wrong.text);
      const right = await phone.call("POST", "/api/v1/session", { pin: box.pin });
      book.tell("pin-lets-in", right.status === 201, right.text);
      phone.cookie = right.cookie;
      const { id, hosts } = await operator.until("the machines are known", hangMs, (site) => site.hosts.length > 0);
      const seen = await phone.call("GET", `/api/v1/sites/${id}`);
      const missing = hosts.filter(({ host }) => !seen.text.includes(host));
      book.tell("phone-sees-the-machines", seen.status === 200 && missing.length === 0, seen.text.slice(0, 300));

      const unit = "systemctl list-units --no-legend --plain 'cordon-centre@*' | cut -d' ' -f1";
      const of = (what: string) => linesOf(setting, `pid=$(systemctl show --value -p MainPID $(${unit})); ${what}`);
      const status = await of("grep -E '^(Uid|CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/$pid/status");
      const own = users.centre.id;
      const wanted = `Uid: ${own} ${own} ${own} ${own}, CapEff: ${none}, CapBnd: ${none}, NoNewPrivs: 1, Seccomp: 2`;
      const text = status.map((line) => line.replace(/\s+/g, " ")).join(", ");
      const secrets = [
        "/run/cordon/provision/profile.json",
        "/var/lib/cordon/judge/",
        "/run/cordon/sensor/executor/executor.sock",
      ];
      const asUser = `setpriv --reuid ${users.centre.name} --regid ${users.centre.name} --clear-groups --bounding-set -all --inh-caps -all --no-new-privs --`;
      const tried =
        await of(`nsenter -t $pid -m -- ${asUser} /usr/lib/cordon/node /usr/lib/cordon-quick/trespass ${secrets.join(" ")}
${asUser} /usr/lib/cordon/node /usr/lib/cordon-quick/trespass ${secrets.join(" ")}`);
      const entered = tried.filter((line) => !/^(EACCES|EPERM|ENOENT) /.test(line));
      book.tell(
        "own-centre-has-no-privilege",
        text === wanted && tried.length === 2 * secrets.length && entered.length === 0,
        [text, ...tried].join("; "),
      );
      // What it would reach if somebody took it over: the controller, whom the judge reaches.
      const { host, port } = await controllerOf(setting);
      const dial = `const s = require("node:net").connect(${port}, "${host}"); s.once("connect", () => { console.log("in"); process.exit(); }); s.once("error", (e) => { console.log(e.code); process.exit(); }); setTimeout(() => { console.log("silence"); process.exit(); }, 4000);`;
      const [reached = ""] = await linesOf(setting, `${asUser} /usr/lib/cordon/node -e '${dial}'`);
      const [byJudge = ""] = await linesOf(
        setting,
        `setpriv --reuid ${users.judge.name} --regid ${users.judge.name} --clear-groups -- /usr/lib/cordon/node -e '${dial}'`,
      );
      book.tell("own-centre-reaches-nobody", reached !== "in" && byJudge === "in", `${reached}; the judge: ${byJudge}`);

      const after = await memoryMb(setting);
      const [current = "0"] = await linesOf(setting, `systemctl show --value -p MemoryCurrent $(${unit})`);
      const [peak = "0"] = await linesOf(setting, `systemctl show --value -p MemoryPeak $(${unit})`);
      book.note(
        `the box uses ${before} MB without its own centre and ${after} MB with it; its unit ${mb(current)} MB, at most ${mb(peak)} MB`,
      );
      const left = await linesOf(setting, "systemctl restart cordon-judge; sleep 5; ls /run/cordon-centre 2>/dev/null");
      book.tell("own-centre-goes-with-its-data", left.length === 0, left.join("; "));
    },
  },
];

const none = "0000000000000000";

function mb(bytes: string): number {
  return Math.round(Number(bytes) / 1e6);
}

async function controllerOf(setting: OfficeSetting): Promise<{ readonly host: string; readonly port: number }> {
  const [text = ""] = await linesOf(
    setting,
    `/usr/lib/cordon/node -p 'const { controller } = JSON.parse(fs.readFileSync("/run/cordon/provision/profile.json")); JSON.stringify(controller)'`,
  );
  return JSON.parse(text) as { readonly host: string; readonly port: number };
}

import { fault, unseenFault, type Fault } from "./shape-faults.ts";
import type { SitePlan } from "./site-plan.ts";

const usualPort = 8883;
const usualInside = "10.213.77.1/24";

/** What is said of the controller, and cannot be meant. */
export function controllerFaults({ controller, management, gateway, placement }: SitePlan): Fault[] {
  const { host, port = usualPort, fallbackPort, url } = controller;
  const own =
    placement === "gateway" ? [gateway?.inside ?? usualInside, gateway?.outside?.address] : [management?.address];
  return [
    ...(own.some((address) => address?.split("/")[0] === host)
      ? [
          fault(
            ["controller", "host"],
            `${host} is the box's own address; allowed: that of the machine that the controller runs on`,
          ),
        ]
      : []),
    ...(fallbackPort === port
      ? [fault(["controller", "fallbackPort"], `${fallbackPort} is its port already; name another, or leave it out`)]
      : []),
    ...(url === undefined ? [] : urlFaults(url)),
  ];
}

/** Nothing here repeats the text: there may be a password in it. */
function urlFaults(url: string): Fault[] {
  const path = ["controller", "url"];
  const unseen = unseenFault(url);
  if (unseen !== null) return [fault(path, `this cannot be it; ${unseen}`)];
  if (!URL.canParse(url))
    return [fault(path, "this leads nowhere; allowed: an address such as https://cordon.example.net")];
  const { username, password } = new URL(url);
  if (username === "" && password === "") return [];
  return [
    fault(
      path,
      "there is a name or a password in it, and the code on the label would show it to everybody; leave out what stands before the @",
    ),
  ];
}

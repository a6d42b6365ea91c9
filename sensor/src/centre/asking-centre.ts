import { takesAsks, takesWalks, type Hello, type Walk } from "@cordon/contract";

/** A centre on this box that asks, and how it is told. */
export interface AskingCentre {
  readonly answer: (askId: string, payload: string) => void;
  readonly publish: (walk: Walk) => void;
  readonly isConnected: () => boolean;
}

const takenAtBox: readonly string[] = [takesAsks, takesWalks];

/** What that centre is told that this box is: what belongs to a connection with the controller is left out. */
export function helloAtBox(of: Hello, bootId: string): Hello {
  const { version, at, software, kernel, placement, interfaces, kernelFeatures, canContain, holds } = of;
  const takes = (of.takes ?? []).filter((each) => takenAtBox.includes(each));
  const hello = { version, bootId, at, software, kernel, placement, interfaces, kernelFeatures, canContain, takes };
  return { ...hello, ...(holds === undefined ? {} : { holds }) };
}

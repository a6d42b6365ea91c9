import { resolve } from "node:path";
import { runController } from "../run-controller.ts";

export interface AuthorityCreateWish {
  readonly controllerData: string;
  /** Where certificate and key are kept; absent means in the controller's data. */
  readonly file?: string;
}

/** Makes the authority that signs for a controller and its boxes, before either is there. */
export async function createAuthority(wish: AuthorityCreateWish, tell: (line: string) => void): Promise<void> {
  const said = await runController(
    [
      ...["authority", "create", "--data", resolve(wish.controllerData)],
      ...(wish.file === undefined ? [] : ["--file", resolve(wish.file)]),
    ],
    "no authority was made",
  );
  tell(said.trimEnd());
}

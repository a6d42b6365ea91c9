import { readFileSync } from "node:fs";
import type { Ambient } from "../ambient.ts";
import { ControllerError, errorText } from "../errors.ts";
import { checkCredentials, nameIn, type CredentialSource, type ServerCredentials } from "./credentials.ts";

export interface CertificateFilesWish {
  readonly certFile: string;
  readonly keyFile: string;
}

// Whoever renews them tells by SIGHUP, or waits this long.
const lookEveryMs = 60_000;

/** Credentials in two files that somebody else keeps; those that cannot be used are said, and the ones before stay. */
export class CertificateFiles implements CredentialSource {
  readonly #wish: CertificateFilesWish;
  readonly #ambient: Ambient;
  #changed: (credentials: ServerCredentials) => void = () => undefined;
  #current = "";
  /** The last fault that was said. */
  #fault: string | null = null;
  #cancel: () => void = () => undefined;
  #name: string | null = null;

  constructor(wish: CertificateFilesWish, ambient: Ambient) {
    this.#wish = wish;
    this.#ambient = ambient;
  }

  get name(): string | null {
    return this.#name;
  }

  /** Throws `certificate-unusable`. */
  async open(changed: (credentials: ServerCredentials) => void): Promise<ServerCredentials> {
    const first = this.#read();
    this.#changed = changed;
    this.#current = JSON.stringify(first);
    this.#later();
    return first;
  }

  reload(): void {
    const { log } = this.#ambient;
    try {
      const found = this.#read();
      this.#fault = null;
      if (JSON.stringify(found) === this.#current) return;
      this.#current = JSON.stringify(found);
      this.#changed(found);
      log.info("took another certificate", { file: this.#wish.certFile });
    } catch (error) {
      // Between the one file and the other they do not belong together: said once, and looked at again.
      if (this.#fault !== errorText(error)) log.error("the certificate before stays", { error: errorText(error) });
      this.#fault = errorText(error);
    }
  }

  async close(): Promise<void> {
    this.#cancel();
  }

  #later(): void {
    this.#cancel = this.#ambient.clock.after(lookEveryMs, () => {
      this.reload();
      this.#later();
    });
  }

  #read(): ServerCredentials {
    const { certFile, keyFile } = this.#wish;
    let found: ServerCredentials;
    try {
      found = { cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8") };
    } catch (error) {
      throw new ControllerError("certificate-unusable", `cannot read the certificate: ${errorText(error)}`, {
        cause: error,
      });
    }
    const certificate = checkCredentials(found, certFile);
    this.#name = nameIn(certificate);
    return found;
  }
}

/** `npm run image -- build|bundle|test`: makes the disk image of the box, signs a release of it, and boots it. */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildBundle } from "./build-bundle.ts";
import { buildImage } from "./build-image.ts";
import type { BuildOptions } from "./build-layers.ts";
import { buildTwice } from "./build-twice.ts";
import { testImage } from "./boot-test/test-image.ts";
import { ImageError } from "./errors.ts";
import { readAuthority } from "./read-authority.ts";
import { readSigner } from "./read-signer.ts";
import { readRelease } from "./release-version.ts";
import { boards } from "../layers/index.ts";
import { boardNames, type BoardName } from "./board.ts";

const usage = `Usage: npm run image -- <command>

  build   --arch amd64|arm64
          --board pc|pi     the machine it is for: a mini PC (amd64), or a Raspberry Pi (arm64)
          --out DIR         where the image and its manifest go (.cordon/image/out)
          --mirror URL      where Debian's packages come from
          --fresh           builds every layer again: the cache does not know of Debian's updates
          --release VERSION what the image says that it is (0.1.1); as the sources say without one
          --update-authority FILE   whose releases its boxes believe, as provision's update-key create writes
                            it; without one they take none
  bundle  --arch, --board, --out, --mirror, --fresh as above: a signed release for boxes in the field
          --release VERSION what it is called; higher than what boxes run, or they take it for the same one
          --key FILE        signs it; the certificate lies beside it (update.key, update.pem)
  test    --arch, --board   boots what is built under QEMU and looks at it from outside; without them
                            both images in full (each placement, on the kernel of each), and the PC's in
                            the other forms
          --reduced         one boot, with the quarantine: what every change has to pass
          --hard            instead, what a box meets seldom: damaged and strange disks, power cuts, updates,
                            the end of its job; of both images
          --kernel [NAME…]  instead, the sensor's kernel tests on the box's kernel; with names only the
                            files whose name holds one of them
          --scenarios       instead, every scenario of the lab that says who is to be named, on the box
          --twice           instead, builds everything a second time: the same bytes are to come of it
          --only NAME       only the scene of this name; may be repeated
          --json            figures in a last line
`;

const root = resolve(import.meta.dirname, "..", "..");
const megabytes = (sizeBytes: number) => `${(sizeBytes / 1e6).toFixed(0)} MB`;

/** The board that is meant, by its own name or by the architecture that only it has. */
function boardOf(arch: string | undefined, name: string | undefined): BoardName {
  const known = boardNames.filter(
    (each) => (name ?? each) === each && (arch ?? boards[each].architecture) === boards[each].architecture,
  );
  const [board] = known;
  if (board !== undefined && known.length === 1) return board;
  const there = boardNames.map((each) => `--arch ${boards[each].architecture} --board ${each} (${boards[each].what})`);
  throw new ImageError("board-unknown", `say which machine it is for: ${there.join(", ")}`);
}

/** Says of each board whether building it twice gave the same bytes. */
async function compareTwice(meant: readonly BoardName[], options: BuildOptions): Promise<number> {
  let unknownCount = 0;
  for (const board of meant) {
    const { count, known, unknown } = await buildTwice(board, options);
    unknownCount += unknown.length;
    process.stdout.write(
      `${board}: ${count} files were built twice, ${count - known.length - unknown.length} of them alike\n`,
    );
    for (const { layer, file, why } of known) process.stdout.write(`  ${layer}/${file} differs as known: ${why}\n`);
    for (const path of unknown) process.stdout.write(`  ${path} DIFFERS, and nobody knows why\n`);
  }
  process.stdout.write(unknownCount === 0 ? "passed\n" : "FAILED\n");
  return unknownCount === 0 ? 0 : 1;
}

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      arch: { type: "string" },
      board: { type: "string" },
      out: { type: "string" },
      mirror: { type: "string" },
      fresh: { type: "boolean", default: false },
      key: { type: "string" },
      release: { type: "string" },
      "update-authority": { type: "string" },
      reduced: { type: "boolean", default: false },
      hard: { type: "boolean", default: false },
      kernel: { type: "boolean", default: false },
      scenarios: { type: "boolean", default: false },
      twice: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const [command, ...more] = positionals;
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  // Only the kernel's tests have names of their own.
  if (command === undefined || (more.length > 0 && !(command === "test" && values.kernel))) {
    process.stderr.write(usage);
    return 2;
  }
  const building = {
    root,
    mirror: values.mirror ?? null,
    release: await readRelease(values.release, root),
    cache: join(root, ".cordon/image/cache"),
    isFresh: values.fresh,
    say: (line: string) => process.stderr.write(`image: ${line}\n`),
    monotonic: () => performance.now(),
  };
  const extent = (["reduced", "kernel", "scenarios", "hard"] as const).find((each) => values[each]) ?? "full";
  switch (command) {
    case "build": {
      const board = boardOf(values.arch, values.board);
      const out = resolve(values.out ?? join(root, ".cordon/image/out"));
      const authority = values["update-authority"];
      const updateAuthority = authority === undefined ? null : await readAuthority(authority, Date.now());
      const { image, compressed, manifest } = await buildImage(board, { ...building, out, updateAuthority });
      if (updateAuthority === null) {
        process.stderr.write(
          "image: boxes of this image take no release, ever: no --update-authority (npm run provision -- update-key create)\n",
        );
      }
      process.stdout.write(
        `${image}, and ${compressed.file} of ${megabytes(compressed.sizeBytes)}, release ${manifest.versions.release}
${megabytes(manifest.root.sizeBytes)} of root, kernel ${manifest.versions.kernel}, Node ${manifest.versions.node}
`,
      );
      return 0;
    }
    case "bundle": {
      if (values.key === undefined) throw new ImageError("key-missing", "say --key: a box takes no release unsigned");
      const out = resolve(values.out ?? join(root, ".cordon/image/out"));
      const bundle = await buildBundle(boardOf(values.arch, values.board), {
        ...building,
        out,
        signer: await readSigner(resolve(values.key), Date.now()),
      });
      process.stdout.write(
        `${bundle.file} of ${megabytes(bundle.sizeBytes)}, release ${bundle.version}${bundle.wasThere ? ", which was there already" : ""}\n`,
      );
      process.stdout.write(`sha256 ${bundle.sha256}, ${bundle.sizeBytes} bytes\n`);
      if (values.release === undefined) {
        process.stderr.write(
          `image: boxes that run ${bundle.version} already take it for the same: number a rebuild higher, by --release\n`,
        );
      }
      return 0;
    }
    case "test": {
      const isNamed = values.arch !== undefined || values.board !== undefined;
      const inForm = extent === "full" || extent === "hard" ? boardNames : (["pc"] as const);
      const meant = isNamed ? [boardOf(values.arch, values.board)] : inForm;
      if (values.twice) return compareTwice(meant, building);
      const { figures, isPassed } = await testImage({
        ...building,
        boards: meant,
        extent,
        only: values.only,
        kernelTests: more,
        print: (line) => process.stdout.write(`${line}\n`),
      });
      const failed = Object.entries(figures.stories).flatMap(([name, isTrue]) => (isTrue ? [] : [name]));
      process.stdout.write(isPassed ? "passed\n" : `FAILED: ${failed.join(", ")}\n`);
      if (values.json) process.stdout.write(`${JSON.stringify({ figures })}\n`);
      return isPassed ? 0 : 1;
    }
    default:
      process.stderr.write(`image: there is no command "${command}"\n\n${usage}`);
      return 2;
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isExpected = error instanceof ImageError || (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS");
  const text = isExpected === true ? (error as Error).message : ((error as Error).stack ?? String(error));
  process.stderr.write(`image: ${text}\n`);
  process.exitCode = 1;
}

// Makes the judge of capture files as one file.
import { buildReplay } from "../sensor/build.ts";

await buildReplay();

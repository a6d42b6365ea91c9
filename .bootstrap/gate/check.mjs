import { check } from "./checks.mjs";

process.exitCode = (await check()) ? 0 : 1;

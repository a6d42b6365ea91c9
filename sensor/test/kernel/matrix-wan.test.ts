import { describe } from "node:test";
import { matrixOptions, playMatrix } from "./matrix-play.ts";

describe("the matrix in wan", matrixOptions, () => playMatrix("wan"));

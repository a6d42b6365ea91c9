/** Why a test that takes long, and has its like among the others, is left out; false where it is asked for. */
export const slow: string | false =
  process.env["CORDON_SLOW_TESTS"] === "1" ? false : "takes long: set CORDON_SLOW_TESTS=1";

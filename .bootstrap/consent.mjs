/** Tasks with a `--yes` of their own, which says another thing: that a card may be overwritten. */
const ownYes = ["provision"];

/**
 * Whether system packages may be installed without a question, and the arguments without the word that says so. `--install` says
 * it of every task, `--yes` of those that know no other.
 *
 * @param {string} task
 * @param {readonly string[]} rest
 * @param {Readonly<Record<string, string | undefined>>} env
 */
export function consentIn(task, rest, env) {
  const words = ownYes.includes(task) ? ["--install"] : ["--install", "--yes"];
  // `npm start --yes`, without the two dashes, arrives as a setting of npm.
  const isYes = words.some((word) => rest.includes(word) || env[`npm_config_${word.slice(2)}`] === "true");
  return { isYes, args: rest.filter((each) => !words.includes(each)) };
}

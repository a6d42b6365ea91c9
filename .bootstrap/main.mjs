// What every `npm run …` of this project begins with. It must load on any Node, so that an old one
// can be told what is needed: this file uses nothing new and imports the rest only afterwards.
const major = Number(process.versions.node.split(".")[0]);
if (major < 20) {
  process.stderr.write(
    "cordon: this is Node " +
      process.versions.node +
      "; Cordon needs Node 20 or newer to set itself up (https://nodejs.org)\n",
  );
  process.exitCode = 1;
} else if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) {
  process.stderr.write(
    "cordon: this is " + process.platform + " on " + process.arch + "; Cordon runs on Linux on x64 or arm64\n",
  );
  process.exitCode = 1;
} else {
  void import("./run.mjs").then(({ run }) => run(process.argv.slice(2)));
}

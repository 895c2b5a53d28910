/*
 * The door. It is plain JavaScript, so that an old Node or a missing `npm ci` gets a sentence. vitest is
 * imported before tsx is registered, because tsx would look at each of its files: 1.5 s become 2.1 s.
 */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const needsVitest = new Set(["grade", "replay", "wrong", "quotes", "handout", "branches"]);
const needsVite = new Set(["real"]);

function cannot(sentence) {
  console.error(sentence);
  process.exit(2);
}

// Whoever reads the output may have read enough: `npm run grade | head`. The status is what a shell gives a pipe that broke.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error) => process.exit(error.code === "EPIPE" ? 141 : 2));
}

if (major < 20 || (major === 20 && minor < 19)) {
  cannot(
    `The workbook needs Node 20.19 or later, and this is ${process.versions.node}: see https://nodejs.org.`,
  );
}
try {
  if (needsVitest.has(process.argv[2])) await import("vitest/node");
  if (needsVite.has(process.argv[2])) await import("vite");
  const { register } = await import("tsx/esm/api");
  register();
} catch (error) {
  cannot(
    `A package is missing or broken (${String(error?.message).split("\n")[0]}): run \`npm ci\` in the workbook's folder.`,
  );
}
const { main } = await import("./cli.ts");
process.exitCode = await main(process.argv.slice(2));

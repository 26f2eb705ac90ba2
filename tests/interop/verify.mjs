// Verifies a manifest as any JOSE library would. usage: node verify.mjs NODE_MODULES MANIFEST PUB.pem
// Prints the payload; exits 1 with the library's words when it refuses.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, manifest, key] = process.argv.slice(2);
const jose = await import(pathToFileURL(createRequire(resolve(modules, "x")).resolve("jose")));

try {
  const jws = JSON.parse(readFileSync(manifest, "utf8"));
  const pub = await jose.importSPKI(readFileSync(key, "utf8"), "EdDSA");
  const { payload, protectedHeader } = await jose.generalVerify(jws, pub, { algorithms: ["EdDSA"] });
  const own = await jose.calculateJwkThumbprint(await jose.exportJWK(pub));
  if (protectedHeader.kid !== own) throw new Error(`kid ${protectedHeader.kid} is not the key's thumbprint ${own}`);
  process.stdout.write(payload);
} catch (e) {
  console.error(`${e.code ?? e.name}: ${e.message}`);
  process.exit(1);
}

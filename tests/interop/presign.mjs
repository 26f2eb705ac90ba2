// Random links by AWS's own presigner and by ours, compared. usage: node presign.mjs NODE_MODULES PROGRAM SEED COUNT
// The SDK has parameters of its own (x-id, X-Amz-Content-Sha256, …); ours is told to add the same ones, so that what is compared is
// all that is signed: path, query, date, time, and the signature.
import { createRequire } from "node:module";
import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";

const [modules, program, seed, count] = process.argv.slice(2);
const load = createRequire(modules + "/");
const { S3Client, GetObjectCommand, PutObjectCommand, HeadObjectCommand } = await import(pathToFileURL(load.resolve("@aws-sdk/client-s3")));
const { getSignedUrl } = await import(pathToFileURL(load.resolve("@aws-sdk/s3-request-presigner")));

// mulberry32: small, and the same everywhere.
let state = Number(seed) >>> 0;
function below(n) {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % n;
}
const pick = (list) => list[below(list.length)];
const pieces = [" ", "+", "=", "~", "%", "%20", "%2F", "ü", "设备", "🙂", "ﷺ", "&", "?", "#", "'", "(", ")", "*", "!", "$", ",", ";", ":", "@",
  "[", "]", "{", "}", "|", "\\", "^", "`", '"', "<", ">", "-", "_", ".", "/", "a", "Z", "0", "objects/", "\u00a0", "e\u0301"];
const text = (most) => Array.from({ length: 1 + below(most) }, () => pick(pieces)).join("");
// An empty path segment at the front would be another host to a parser of URLs; the SDK is not asked for it.
const key = () => text(30).replace(/^\/+/, "k");

const places = [
  { endpoint: "", region: "us-east-1", bucket: "polb", path_style: 0 },
  { endpoint: "", region: "eu-central-1", bucket: "polb-2", path_style: 0 },
  { endpoint: "", region: "ap-southeast-2", bucket: "with.dots", path_style: 0 },
  { endpoint: "", region: "eu-west-3", bucket: "polb", path_style: 1 },
  { endpoint: "http://127.0.0.1:9000", region: "us-east-1", bucket: "polb", path_style: 1 },
  { endpoint: "https://acc.r2.cloudflarestorage.com", region: "auto", bucket: "polb", path_style: 0 },
  { endpoint: "https://s3.example.com:8443", region: "eu-west-1", bucket: "polb", path_style: 0 },
];
const who = [
  { id: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", token: "" },
  { id: "ASIAIOSFODNN7EXAMPLE", secret: "+/".repeat(20), token: "IQoJb3JpZ2luX2VjEAaCXVzLWVhc3QtMSJH+/=" + "x".repeat(300) + "==" },
];

async function one() {
  const place = pick(places), me = pick(who), method = pick(["GET", "GET", "GET", "HEAD", "PUT"]);
  const input = { Bucket: place.bucket, Key: key() };
  if (method === "GET" && below(2)) input.ResponseContentDisposition = `attachment; filename="${text(8)}"`;
  if (method === "GET" && below(4) === 0) input.ResponseContentType = "application/zip; v=" + text(3);
  if (method === "GET" && below(4) === 0) input.VersionId = text(6);
  const ttl = pick([1, 60, 604770, 604771, 604800, 1 + below(604800)]);
  const lead = Math.min(30, 604800 - ttl);
  const now = 1700000000 + below(300000000);
  const client = new S3Client({
    region: place.region, endpoint: place.endpoint || undefined, forcePathStyle: place.path_style === 1,
    credentials: { accessKeyId: me.id, secretAccessKey: me.secret, sessionToken: me.token || undefined },
    requestChecksumCalculation: "WHEN_REQUIRED", responseChecksumValidation: "WHEN_REQUIRED",
  });
  const command = new { GET: GetObjectCommand, HEAD: HeadObjectCommand, PUT: PutObjectCommand }[method](input);
  const theirs = await getSignedUrl(client, command, { expiresIn: ttl + lead, signingDate: new Date((now - lead) * 1000) });
  const ours = ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-Security-Token", "X-Amz-Signature",
    "X-Amz-SignedHeaders"];
  const query = [...new URL(theirs).searchParams].filter(([name]) => !ours.includes(name)).map(([name, value]) => ({ name, value }));
  return { theirs, ask: { ...place, ...me, method, key: input.Key, query, ttl, now } };
}

const split = (url) => {
  const at = url.indexOf("?");
  return [url.slice(0, at), ...url.slice(at + 1).split("&").sort()].join("\n");
};
const cases = [];
for (let i = 0; i < Number(count); i++) cases.push(await one());
const run = spawnSync(program, { input: cases.map((c) => JSON.stringify(c.ask) + "\n").join(""), encoding: "utf8", maxBuffer: 1 << 26 });
process.stderr.write(run.stderr ?? "");
const links = (run.stdout ?? "").split("\n");
let wrong = 0;
cases.forEach((c, i) => {
  if (split(links[i] ?? "") === split(c.theirs)) return;
  if (wrong++ < 3) console.error(`seed ${seed}, case ${i}: ${JSON.stringify(c.ask)}\n  ours   ${links[i]}\n  theirs ${c.theirs}`);
});
console.log(`${cases.length - wrong} of ${cases.length} links are the same`);
process.exit(run.status === 0 && wrong === 0 ? 0 : 1);

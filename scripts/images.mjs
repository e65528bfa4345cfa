#!/usr/bin/env node
// The demo's images, built on an engine without a registry: the Node that runs this file and its shared objects are the base layer,
// scripts/demo/ is the application. Reproducible; an image that is there already is left alone. Linux only, because the binary goes into the image.
//   images.mjs [socket]      builds longshore-demo:1, :2 and :broken (exits 1 at once)
// The same image is a worker with the command ["/app/worker.mjs"]. Knobs of the server: see demo/server.mjs.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { basename, posix } from 'node:path';
import { pathToFileURL } from 'node:url';
import { callEngine, ensureEngine, EngineUnavailable } from './engine.mjs';
import { archiveOf, layerOf } from './image-archive.mjs';

export const DEMO_REPOSITORY = 'longshore-demo';
/** The port that the server listens on. */
export const DEMO_PORT = 8080;
/** A health check for container definitions of the demo image. */
export const DEMO_CHECK = ['CMD', '/usr/bin/node', '/app/check.mjs'];

const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' };
const APPLICATION = ['check.mjs', 'server.mjs', 'worker.mjs'];
const LOAD_LIMIT_MS = 120_000;
/** An engine that has just started on a busy machine takes its time. */
const ASK_LIMIT_MS = 20_000;
const FINGERPRINT_LABEL = 'org.opencontainers.image.revision';

/** The three images of the demo. Returns the references that had to be built. */
export async function demoImages(socketPath) {
  return buildImages(socketPath, [
    { reference: `${DEMO_REPOSITORY}:1`, environment: { VERSION: '1' } },
    { reference: `${DEMO_REPOSITORY}:2`, environment: { VERSION: '2' } },
    { reference: `${DEMO_REPOSITORY}:broken`, environment: { VERSION: 'broken', EXIT_AFTER_MS: '0', EXIT_CODE: '1' } },
  ]);
}

/**
 * One image of the demo server under a tag of its own.
 * @param {string} socketPath the engine's unix socket
 * @param {string} tag `3`, or a whole reference such as `shop:3`
 * @param {string} version what the server answers
 * @param {Record<string, string>} [environment] knobs that are fixed in the image
 * @returns {Promise<string>} the reference
 */
export async function demoImage(socketPath, tag, version, environment = {}) {
  const reference = tag.includes(':') ? tag : `${DEMO_REPOSITORY}:${tag}`;
  await buildImages(socketPath, [{ reference, environment: { VERSION: version, ...environment } }]);
  return reference;
}

async function buildImages(socketPath, wanted) {
  const files = runtimeFiles();
  const missing = [];
  for (const image of wanted) {
    const fingerprint = fingerprintOf(files, image);
    if ((await builtFrom(socketPath, image.reference)) !== fingerprint) missing.push({ ...image, fingerprint });
  }
  if (missing.length === 0) return [];
  const architecture = await architectureOf(socketPath);
  const layers = [layerOf(runtimeEntries(files)), layerOf(applicationEntries())];
  const images = missing.map((image) => ({ reference: image.reference, layers, config: configOf(image) }));
  await load(socketPath, archiveOf(images, architecture));
  return missing.map((image) => image.reference);
}

function configOf({ reference, environment, fingerprint }) {
  return {
    Env: ['PATH=/usr/bin:/bin', ...Object.entries(environment).map(([name, value]) => `${name}=${value}`)],
    Entrypoint: ['/usr/bin/node'],
    Cmd: ['/app/server.mjs'],
    WorkingDir: '/app',
    User: '65534:65534',
    ExposedPorts: { [`${DEMO_PORT}/tcp`]: {} },
    Labels: { 'org.opencontainers.image.title': reference, [FINGERPRINT_LABEL]: fingerprint },
  };
}

/** What the image would be made of, without reading 120 MB: size and time of each file of the machine, content of ours. */
function fingerprintOf(files, image) {
  const hash = createHash('sha256').update(JSON.stringify(image));
  for (const [name, file] of files) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${name}\0${file}\0${size}\0${mtimeMs}\0`);
  }
  for (const name of APPLICATION) hash.update(readFileSync(new URL(`demo/${name}`, import.meta.url)));
  return hash.digest('hex');
}

async function builtFrom(socketPath, reference) {
  const { status, body } = await callEngine(socketPath, `/images/${reference}/json`, { limitMs: ASK_LIMIT_MS });
  if (status === 404) return null;
  if (status !== 200) throw new Error(`the engine answers ${status} to an inspection of ${reference}: ${body.trim()}`);
  return JSON.parse(body).Config?.Labels?.[FINGERPRINT_LABEL] ?? null;
}

async function architectureOf(socketPath) {
  if (process.platform !== 'linux')
    throw new EngineUnavailable(`the demo images hold the running Node, which must be one for Linux (this is ${process.platform})`);
  const { Os, Arch } = JSON.parse((await callEngine(socketPath, '/version', { limitMs: ASK_LIMIT_MS })).body);
  const ours = ARCHITECTURES[process.arch];
  if (Os !== 'linux' || Arch !== ours)
    throw new EngineUnavailable(`the engine runs ${Os}/${Arch}, this Node is linux/${ours ?? process.arch}`);
  return ours;
}

/** Path in the image -> file of this machine, sorted: node, the shared objects that it has loaded, and a small shell where one is at hand. */
function runtimeFiles() {
  const shared = process.report
    .getReport()
    .sharedObjects.filter((file) => file.startsWith('/') && !file.endsWith('.node') && existsSync(file));
  const files = new Map(shared.map((file) => [file, realpathSync(file)]));
  files.set('/usr/bin/node', realpathSync(process.execPath));
  // dash needs only libc, which node brings; a shell makes CMD-SHELL health checks possible
  if (existsSync('/bin/sh') && basename(realpathSync('/bin/sh')) === 'dash') files.set('/bin/sh', realpathSync('/bin/sh'));
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1));
}

function runtimeEntries(files) {
  const folders = new Set(['/tmp']);
  for (const [name] of files) for (let folder = posix.dirname(name); folder !== '/'; folder = posix.dirname(folder)) folders.add(folder);
  return [
    ...[...folders].sort().map((name) => ({ name: name.slice(1), type: 'directory', mode: name === '/tmp' ? 0o1777 : 0o755 })),
    ...files.map(([name, file]) => ({ name: name.slice(1), data: readFileSync(file), mode: 0o755 })),
  ];
}

function applicationEntries() {
  const files = APPLICATION.map((name) => ({ name: `app/${name}`, data: readFileSync(new URL(`demo/${name}`, import.meta.url)) }));
  return [{ name: 'app', type: 'directory' }, ...files];
}

/** Sends the archive. The engine answers 200 and tells a failure inside the stream. */
function load(socketPath, pieces) {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const headers = { host: 'docker', 'content-type': 'application/x-tar', 'content-length': length };
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path: '/images/load?quiet=1', method: 'POST', agent: false, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text) => (body += text));
      response.on('error', reject);
      response.on('end', () => {
        clearTimeout(timer);
        if (response.statusCode === 200 && !body.includes('"errorDetail"')) resolve();
        else reject(new Error(`the engine did not load the images (${response.statusCode}): ${body.trim().slice(0, 500)}`));
      });
    });
    const timer = setTimeout(() => call.destroy(new Error(`images not loaded within ${LOAD_LIMIT_MS / 1000} s`)), LOAD_LIMIT_MS);
    call.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    for (const piece of pieces) call.write(piece);
    call.end();
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
  try {
    const socketPath = process.argv[2] ?? (await ensureEngine()).socketPath;
    const built = await demoImages(socketPath);
    console.log(built.length > 0 ? `built ${built.join(', ')}` : 'the images are there already');
  } catch (error) {
    if (!(error instanceof EngineUnavailable)) throw error;
    console.error(`no demo images: ${error.message}`);
    process.exitCode = 3;
  }
}

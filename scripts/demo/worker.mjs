// The demo worker: no port, one line now and then, ends on SIGTERM. EVERY_MS sets the pace (default 5 s); EXIT_AFTER_MS and EXIT_CODE end it.
const knobs = process.env;
let count = 0;

const timer = setInterval(() => console.log(`worker ${knobs.VERSION ?? '0'}: ${++count} done`), Number(knobs.EVERY_MS ?? 5_000));
for (const signal of ['SIGTERM', 'SIGINT'])
  process.on(signal, () => {
    clearInterval(timer);
    console.log(`worker ${knobs.VERSION ?? '0'}: ${signal} after ${count}`);
    process.exit(0);
  });
if (knobs.EXIT_AFTER_MS !== undefined) setTimeout(() => process.exit(Number(knobs.EXIT_CODE ?? 0)), Number(knobs.EXIT_AFTER_MS));
console.log(`worker ${knobs.VERSION ?? '0'} started`);

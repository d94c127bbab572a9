import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, loadavg, release } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { events } from './events.ts'
import { type Floor, openFloor } from './floors.ts'
import { type BenchImage, buildImage } from './image.ts'
import { buildLargeImage } from './large-image.ts'
import { bareTar, largeImage } from './large-rows.ts'
import { Ledger, table } from './report.ts'
import { sweep } from './residue.ts'
import {
  crowd,
  fillList,
  LISTED,
  LISTED_LONG,
  life,
  list,
  longList,
  memory,
  restart,
  type Samples,
} from './rows.ts'
import { LXD, lxworks, Server } from './server.ts'
import { freeSubnets, prepare, type Stage, strike } from './stage.ts'

// bench [--runs N] [--only lxd|lxworks] [--part life --part list …]: medians of N runs (7, or it is only a look) of both servers,
// one run of one after one of the other. Each part prints its medians when it is done, so that one cut off loses only its last part.

const FEWEST_RUNS = 7

interface Party {
  readonly server: Server
  readonly stage: Stage
}

interface Bench {
  readonly place: string
  readonly parties: readonly Party[]
  readonly image: BenchImage
  readonly floor: Floor
  readonly ledger: Ledger
  readonly runs: number
  readonly file: string
}

const PARTS = [
  'life',
  'parallel',
  'memory',
  'list',
  'serve',
  'import',
  'events',
  'image',
  'long',
] as const
type Part = (typeof PARTS)[number]

await main()

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string' },
      only: { type: 'string' },
      part: { type: 'string', multiple: true },
    },
  })
  const parts = PARTS.filter((part) => values.part === undefined || values.part.includes(part))
  const runs = Math.max(1, Number(values.runs ?? FEWEST_RUNS))
  if (runs < FEWEST_RUNS) console.error(`${runs} of a part is a look, and no figure to compare`)
  const place = await mkdtemp('/var/tmp/lxworks-bench-')
  // The root user of a container has to get through to its root directory.
  await chmod(place, 0o711)
  const parties = choose(place, values.only)
  const ledger = new Ledger()
  try {
    const image = await buildImage(join(place, 'image'))
    const floor = await openFloor(place, image)
    const file = await resultsFile()
    const bench = { place, parties, image, floor, ledger, runs, file }
    await measure(bench, parts).finally(floor.close)
    console.log(`\nAll samples: ${file}`)
  } finally {
    for (const { server } of parties) await server.stop()
    const left = await sweep(
      place,
      parties.map(({ stage }) => stage.bridge),
    )
    for (const each of left) console.error(`left behind, removed: ${each}`)
    await rm(place, { recursive: true, force: true })
  }
}

function choose(place: string, only: string | undefined): readonly Party[] {
  const root = join(import.meta.dirname, '../..')
  const kinds = [lxworks(join(root, 'bin/lxworks.js')), LXD]
  const subnets = freeSubnets()
  return kinds
    .filter(({ name }) => only === undefined || only === name)
    .map((kind) => ({
      server: new Server(kind, place),
      stage: { bridge: `b${kind.name}${process.pid % 10_000}`, subnet: subnets.next().value ?? '' },
    }))
}

async function measure(bench: Bench, parts: readonly Part[]): Promise<void> {
  const { parties, image } = bench
  try {
    for (const { server, stage } of parties) {
      await server.start()
      await prepare(server, image, stage)
    }
    for (const part of parts) {
      await measurePart(bench, part)
      await publish(bench)
    }
  } finally {
    for (const { server, stage } of parties) await strike(server, image, stage)
  }
}

async function measurePart(bench: Bench, part: Part): Promise<void> {
  switch (part) {
    case 'life':
      return await inTurn(bench, part, (server) => life(server, bench.image))
    case 'parallel':
      return await inTurn(bench, part, (server) => crowd(server, bench.image))
    case 'memory':
      return await inTurn(bench, part, memory)
    case 'events':
      return await inTurn(bench, part, events)
    case 'image':
      return await imageTimes(bench)
    case 'list':
      for (const { server } of bench.parties) await fillList(server, LISTED)
      return await inTurn(bench, part, list)
    case 'serve':
      return await inTurn(bench, part, restart)
    case 'long':
      for (const { server } of bench.parties) await fillList(server, LISTED_LONG)
      return await inTurn(bench, part, longList)
    case 'import':
      return await importTimes(bench)
  }
}

/** One sample of each party, then the next of each, in alternating order: what drifts on the machine drifts for all. */
async function inTurn(
  { parties, floor, ledger, runs }: Bench,
  part: Part,
  sample: (server: Server) => Promise<Samples>,
): Promise<void> {
  for (let run = 1; run <= runs; run++) {
    console.error(`${part}: ${run} of ${runs}`)
    for (const { server } of run % 2 === 0 ? parties : parties.toReversed()) {
      ledger.add(server.name, await sample(server))
    }
    if (part === 'life') ledger.add('floor', await floor.sample())
  }
}

async function imageTimes(bench: Bench): Promise<void> {
  const { place, parties, ledger } = bench
  const image = await buildLargeImage(join(place, 'large'))
  await inTurn(bench, 'image', async (server) => {
    if (server === parties[0]?.server) ledger.add('floor', await bareTar(place, image))
    return await largeImage(server, image)
  })
}

async function importTimes({ ledger, runs }: Bench): Promise<void> {
  const library = join(import.meta.dirname, '../../lib/index.js')
  if (!existsSync(library)) return
  const program = `const began = performance.now()
await import(${JSON.stringify(pathToFileURL(library).href)})
console.log(performance.now() - began)`
  for (let run = 0; run < runs; run++) {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '--eval',
      program,
    ])
    ledger.add('lxworks', new Map([['import', Number(stdout)]]))
  }
}

async function resultsFile(): Promise<string> {
  const directory = join(import.meta.dirname, '../../../bench-results')
  await mkdir(directory, { recursive: true })
  return join(directory, `${new Date().toISOString().replaceAll(':', '-')}.json`)
}

async function publish({ ledger, runs, file }: Bench): Promise<void> {
  const machine = {
    node: process.version,
    kernel: release(),
    processors: cpus().length,
    load: loadavg(),
  }
  await writeFile(file, `${JSON.stringify({ machine, runs, samples: ledger.all }, undefined, 1)}\n`)
  console.log(`\nMedians of ${runs} runs, Node ${process.version}, kernel ${machine.kernel}\n`)
  console.log(table(ledger))
}

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, loadavg, release } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { type Floor, openFloor } from './floors.ts'
import { type BenchImage, buildImage } from './image.ts'
import { Ledger, table } from './report.ts'
import { sweep } from './residue.ts'
import { crowd, fillList, life, list, memory, restart, type Samples } from './rows.ts'
import { LXD, lxworks, Server } from './server.ts'
import { freeSubnets, prepare, type Stage, strike } from './stage.ts'

// bench [--runs N] [--only lxd|lxworks]: medians of N runs (7 at least) of both servers, one run of one after one of the other.

const FEWEST_RUNS = 7

interface Party {
  readonly server: Server
  readonly stage: Stage
}

interface Bench {
  readonly parties: readonly Party[]
  readonly image: BenchImage
  readonly floor: Floor
  readonly ledger: Ledger
  readonly runs: number
}

await main()

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { runs: { type: 'string' }, only: { type: 'string' } } })
  const runs = Math.max(FEWEST_RUNS, Number(values.runs ?? FEWEST_RUNS))
  const place = await mkdtemp('/var/tmp/lxworks-bench-')
  // The root user of a container has to get through to its root directory.
  await chmod(place, 0o711)
  const parties = choose(place, values.only)
  const ledger = new Ledger()
  try {
    const image = await buildImage(join(place, 'image'))
    const floor = await openFloor(place, image)
    await measure({ parties, image, floor, ledger, runs }).finally(floor.close)
    await publish(ledger, runs)
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

async function measure(bench: Bench): Promise<void> {
  const { parties, image } = bench
  try {
    for (const { server, stage } of parties) {
      await server.start()
      await prepare(server, image, stage)
    }
    await inTurn(bench, 'life of an instance', (server) => life(server, image))
    await inTurn(bench, 'parallel starts', (server) => crowd(server, image))
    await inTurn(bench, 'resident memory', memory)
    for (const { server } of parties) await fillList(server)
    await inTurn(bench, 'list', list)
    await inTurn(bench, 'start of the server', restart)
    await importTimes(bench)
  } finally {
    for (const { server, stage } of parties) await strike(server, image, stage)
  }
}

/** One sample of each party, then the next of each, in alternating order: what drifts on the machine drifts for all. */
async function inTurn(
  { parties, floor, ledger, runs }: Bench,
  what: string,
  sample: (server: Server) => Promise<Samples>,
): Promise<void> {
  for (let run = 1; run <= runs; run++) {
    console.error(`${what}: ${run} of ${runs}`)
    for (const { server } of run % 2 === 0 ? parties : parties.toReversed()) {
      ledger.add(server.name, await sample(server))
    }
    if (what.startsWith('life')) ledger.add('floor', await floor.sample())
  }
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

async function publish(ledger: Ledger, runs: number): Promise<void> {
  const machine = {
    node: process.version,
    kernel: release(),
    processors: cpus().length,
    load: loadavg(),
  }
  const directory = join(import.meta.dirname, '../../../bench-results')
  await mkdir(directory, { recursive: true })
  const file = join(directory, `${new Date().toISOString().replaceAll(':', '-')}.json`)
  await writeFile(file, `${JSON.stringify({ machine, runs, samples: ledger.all }, undefined, 1)}\n`)
  console.log(`Medians of ${runs} runs, Node ${process.version}, kernel ${machine.kernel}\n`)
  console.log(table(ledger))
  console.log(`\nAll samples: ${file}`)
}

import { closeSync, readdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import type { Exercise } from './exercise.ts'
import { exerciseLiblxc } from './exercise-liblxc.ts'
import { exerciseLinux } from './exercise-linux.ts'

/**
 * Lives and ends with native objects: `native-life <binding> <scenario> <container as JSON>`. What is seen is printed as a line of JSON;
 * that it ends, and with which exit code, is seen from outside.
 */
const [binding = '', scenario = '', container = '{}'] = isMainThread
  ? process.argv.slice(2)
  : (workerData as string[])

const CYCLES = 600
const SPANS = 8
const WORKERS = 6
const ROUNDS = 6

const SCENARIOS: Readonly<Record<string, () => Promise<unknown>>> = {
  'end by itself': async () => void (await exercise().leave()),
  exit: async () => {
    await exercise().leave()
    process.exit(7)
  },
  'exit inside a call': async () => {
    const { leave, cycle } = exercise()
    await leave()
    void cycle()
    setImmediate(() => process.exit(7))
  },
  throw: async () => {
    await exercise().leave()
    throw new Error('on purpose')
  },
  workers: async () => {
    for (let round = 0; round < ROUNDS; round++) await Promise.all(workersAt('work'))
  },
  'idle workers': async () => {
    const seen = []
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all(workersAt('rest'))
      seen.push(await held())
    }
    return seen
  },
  'workers beside the main thread': async () => {
    const { leave, cycle } = exercise()
    await leave()
    const others = Promise.all(workersAt('work'))
    for (let n = 0; n < 50; n++) await cycle()
    await others
  },
  'a worker that ends by itself': async () => {
    const worker = new Worker(new URL(import.meta.url), {
      workerData: [binding, 'end by itself', container],
    })
    return new Promise((resolve) => worker.once('exit', resolve))
  },
  rest: async () => parentPort?.postMessage(await exercise().leave()),
  work: async () => {
    const { leave, cycle } = exercise()
    parentPort?.postMessage(await leave())
    for (;;) await cycle()
  },
  leaks: async () => {
    const { cycle } = exercise()
    const seen = []
    for (let span = 0; span < SPANS; span++) {
      for (let n = 0; n < CYCLES; n++) await cycle()
      seen.push(await held())
    }
    return seen
  },
}

function exercise(): Exercise {
  return binding === 'linux' ? exerciseLinux() : exerciseLiblxc(JSON.parse(container))
}

/** Workers that are ended in the middle of what they do, at another moment each. */
function workersAt(task: 'work' | 'rest'): readonly Promise<void>[] {
  return Array.from(Array(WORKERS).keys(), async (index) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: [binding, task, container] })
    const alive = setInterval(() => undefined, 1000)
    const unowned = await new Promise<readonly number[]>((begun) => worker.once('message', begun))
    await pause(index * 3)
    await worker.terminate()
    clearInterval(alive)
    for (const fd of unowned) closeSync(fd)
  })
}

async function held(): Promise<{ readonly descriptors: number; readonly bytes: number }> {
  for (let n = 0; n < 5; n++) {
    global.gc?.()
    await pause(20)
  }
  return { descriptors: readdirSync('/proc/self/fd').length, bytes: process.memoryUsage.rss() }
}

const seen = await SCENARIOS[scenario]?.()
if (isMainThread) process.stdout.write(`${JSON.stringify(seen ?? null)}\n`)

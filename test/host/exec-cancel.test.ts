import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, it, vi } from 'vitest'
import type { ExecOptions, Instance } from '../../lib/index.ts'
import { type HostWorld, IMAGE, openHostWorld } from './host-world.ts'
import { machine, NOTHING } from './machine.ts'

let world: HostWorld
let box: Instance
/** What runs in the container when nobody does anything in it. */
let idle: readonly string[]

beforeAll(async () => {
  world = await openHostWorld()
  box = await world.host.instances.launch({
    name: world.name('box'),
    image: IMAGE,
    devices: world.disk,
    // The last thing that its init does.
    wait: { kind: 'command', argv: ['sh', '-c', 'ps -o args | grep -q "^/bin/busybox sleep"'] },
  })
  idle = await processes()
})

afterEach(async () => {
  assert.deepEqual(await left(), idle)
})

afterAll(async () => {
  await world.close()
  assert.deepEqual(await machine(world.mark), NOTHING)
})

/** Ways in which what a command starts gets away from it, and what the command itself does then. */
const FAMILIES: Readonly<Record<string, readonly [start: string, stay: string]>> = {
  'a child': ['sleep 1001 &', 'wait'],
  'a child with a session of its own': ['setsid sleep 1002 &', 'wait'],
  'an orphan with a session of its own': ['(setsid sleep 1003 &)', 'sleep 1004'],
  'an orphan of an orphan': [
    '(setsid sh -c "(setsid sleep 1005 &); sleep 1006" &)',
    'exec sleep 1007',
  ],
  'a family that ignores every signal it can': [
    'trap "" TERM HUP INT QUIT; (setsid sleep 1008 &)',
    'sleep 1009; sleep 1010',
  ],
  'a stopped child': ['sleep 1011 & kill -STOP $!', 'wait'],
  'children without end': ['', 'while true; do (setsid sleep 1012 &); done'],
}

describe.each(Object.entries(FAMILIES))('cancelling a command with %s', (_, [start, stay]) => {
  const cancelled = (options: ExecOptions = {}) => {
    const abort = new AbortController()
    const script = `${start}\necho on\n${stay}`
    const run = box.exec(['sh', '-c', script], { ...options, signal: abort.signal })
    return { run, abort }
  }

  it('leaves none of its processes', async () => {
    const { run, abort } = cancelled()
    await begun(run.stdout)
    abort.abort()
    await assert.rejects(run.exited, { kind: 'cancelled' })
  })

  it('leaves none of its processes when it runs on a terminal', async () => {
    const { run, abort } = cancelled({ pty: { columns: 80, rows: 25 } })
    await begun(run.stdout)
    abort.abort()
    await assert.rejects(run.exited, { kind: 'cancelled' })
  })
})

describe('cancelling a command at any moment of its beginning', () => {
  it('leaves none of its processes', async () => {
    const moments = Array.from({ length: 40 }, (_, index) => index)
    const endings = moments.map((ms) =>
      assert.rejects(
        box.exec(['sh', '-c', '(setsid sleep 2001 &); sleep 2002'], {
          signal: AbortSignal.timeout(ms),
        }),
        { kind: 'cancelled' },
      ),
    )
    await Promise.all(endings)
  })

  it('starts nothing when it is cancelled already', async () => {
    const signal = AbortSignal.abort()
    await assert.rejects(box.exec(['sleep', '2003'], { signal }), { kind: 'cancelled' })
  })
})

describe('a command that ended by itself', () => {
  it('leaves what it put into the background, as a shell does', async () => {
    await box.exec(['sh', '-c', 'setsid tail -f /dev/null &'])
    // What is in the background may not have become its program when the shell is gone already.
    await vi.waitFor(async () => {
      assert.deepEqual(await processes(), [...idle, 'tail -f /dev/null'].sort())
    })
    await box.exec(['killall', 'tail'])
  })
})

/** Resolves with the first output: by then everything is started. */
async function begun(output: Readable): Promise<void> {
  await once(output, 'data')
}

/** The kernel takes the killed away a little later than it lets go of who waits for one of them. */
async function left(): Promise<readonly string[]> {
  let found = await processes()
  for (let tries = 0; tries < 50 && found.length > idle.length; tries++) {
    await pause(20)
    found = await processes()
  }
  return found
}

/** Command lines of all processes in the container but the one that lists them. */
async function processes(): Promise<readonly string[]> {
  const { stdout } = await box.exec(['ps', '-o', 'args'])
  const lines = stdout.split('\n').map((line) => line.trim())
  return lines.filter((line) => !['', 'COMMAND', 'ps -o args'].includes(line)).sort()
}

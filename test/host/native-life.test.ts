import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { type Helper, type StartedContainer, startHelper } from '../../bindings/helper/index.ts'
import { type ContainerWorld, containerWorld, stopContainer } from './helper-world.ts'

const PROGRAM = 'dist/test/host/programs/native-life.js'
/** Of several equal spans of work. V8 takes more pages or fewer as it likes, but what is lost is lost in every span. */
const LEEWAY_BYTES = 256 * 1024

let helper: Helper
let world: ContainerWorld
let container: StartedContainer

beforeAll(async () => {
  helper = await startHelper()
  world = await containerWorld(['lxc.console.buffer.size = auto'])
  container = await helper.start(world.target)
})

afterAll(async () => {
  await stopContainer(container)
  await helper.close()
  await world.remove()
})

interface Ended {
  readonly exitCode: number | string
  /** What it printed, if it got that far. */
  readonly seen: unknown
  readonly stderr: string
}

/** Runs a scenario in a process of its own and waits for its end; a signal that ended it stands in place of the exit code. */
function life(binding: string, scenario: string): Promise<Ended> {
  const argv = ['--expose-gc', PROGRAM, binding, scenario, JSON.stringify(world.target)]
  return new Promise((resolve) => {
    execFile(process.execPath, argv, (error, stdout, stderr) =>
      resolve({
        exitCode: error === null ? 0 : (error.signal ?? error.code ?? 'unknown'),
        seen: stdout === '' ? undefined : JSON.parse(stdout),
        stderr,
      }),
    )
  })
}

interface Held {
  readonly descriptors: number
  readonly bytes: number
}

function flat(seen: unknown): void {
  const spans = seen as readonly Held[]
  assert.equal(new Set(spans.map(({ descriptors }) => descriptors)).size, 1)
  // A sanitizer keeps what was given back, to see whether it is used again.
  if (process.env.LXWORKS_SANITIZE === '1') return
  const grown = spans.slice(1).map(({ bytes }, index) => bytes - (spans[index]?.bytes ?? 0))
  assert.ok(Math.min(...grown) < LEEWAY_BYTES, `memory has grown each time: ${grown} bytes`)
}

describe.each(['linux', 'liblxc'])('a process with objects of the %s binding', (binding) => {
  it('ends by itself: they keep no event loop alive', async () => {
    const { exitCode, stderr } = await life(binding, 'end by itself')
    assert.deepEqual({ exitCode, stderr }, { exitCode: 0, stderr: '' })
  })

  it.each(['exit', 'exit inside a call'])('exits as it was told to: %s', async (scenario) => {
    const { exitCode, stderr } = await life(binding, scenario)
    assert.deepEqual({ exitCode, stderr }, { exitCode: 7, stderr: '' })
  })

  it('ends with what was thrown', async () => {
    const { exitCode, stderr } = await life(binding, 'throw')
    assert.equal(exitCode, 1)
    assert.match(stderr, /Error: on purpose/)
  })

  it('may end worker threads in the middle of their calls', async () => {
    const { exitCode, stderr } = await life(binding, 'workers')
    assert.deepEqual({ exitCode, stderr }, { exitCode: 0, stderr: '' })
  })

  it('works on while worker threads with the same binding end', async () => {
    const { exitCode, stderr } = await life(binding, 'workers beside the main thread')
    assert.deepEqual({ exitCode, stderr }, { exitCode: 0, stderr: '' })
  })

  it('may be a worker thread that ends by itself', async () => {
    const { exitCode, seen, stderr } = await life(binding, 'a worker that ends by itself')
    assert.deepEqual({ exitCode, seen, stderr }, { exitCode: 0, seen: 0, stderr: '' })
  })

  it('keeps nothing of worker threads that have ended', async () => {
    const { seen, stderr } = await life(binding, 'idle workers')
    assert.equal(stderr, '')
    flat(seen)
  })

  it('keeps nothing of thousands of calls', async () => {
    const { seen, stderr } = await life(binding, 'leaks')
    assert.equal(stderr, '')
    flat(seen)
  })
})

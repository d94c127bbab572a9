import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Helper, startHelper } from '../../../bindings/helper/index.ts'
import { FakeCommands } from '../../../lib/core/fakes/commands.ts'
import { SpawnedCommands } from '../../../lib/core/host/commands.ts'
import { HelperCommands } from '../../../lib/core/host/helper-commands.ts'
import type { Commands } from '../../../lib/core/ports.ts'

const faked = (): Commands =>
  new FakeCommands({
    cat: ({ input }) => ({ stdout: input }),
    ls: () => ({ exitCode: 2, stderr: 'ls: no such file' }),
    env: () => ({ stdout: 'LC_ALL=C\nFOO=bar\n' }),
    sleep: () => ({}),
  })

let helper: Helper

beforeAll(async () => {
  helper = await startHelper()
})

afterAll(() => helper.close())

describe.each([
  ['spawned', () => new SpawnedCommands()],
  ['run by the helper', () => new HelperCommands(async () => helper)],
  ['faked', faked],
])('commands, %s', (_, open) => {
  it('give back what was printed, to the byte', async () => {
    const result = await open().run(['cat'], { input: 'two\nlines\n\n' })
    expect(result).toEqual({ stdout: 'two\nlines\n\n', stderr: '' })
  })

  it('fail with the exit code and the error output in the context', async () => {
    const failed = open().run(['ls', '/nowhere/at/all'])
    await expect(failed).rejects.toMatchObject({
      kind: 'internal',
      code: 'CORE_COMMAND_FAILED',
      context: {
        argv: ['ls', '/nowhere/at/all'],
        exitCode: 2,
        stderr: expect.stringMatching(/ls/),
      },
    })
  })

  it('tell a missing program from a failing one', async () => {
    await expect(open().run(['no-such-program-here'])).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'CORE_COMMAND_MISSING',
    })
  })

  it('run in the C locale with what the caller adds to the environment', async () => {
    const { stdout } = await open().run(['env'], { env: { FOO: 'bar' } })
    expect(stdout).toContain('LC_ALL=C')
    expect(stdout).toContain('FOO=bar')
  })

  it('do not begin once the caller has given up', async () => {
    const signal = AbortSignal.abort()
    await expect(open().run(['sleep', '5'], { signal })).rejects.toMatchObject({
      kind: 'cancelled',
    })
  })
})

describe.each([
  ['spawned', () => new SpawnedCommands()],
  ['run by the helper', () => new HelperCommands(async () => helper)],
])('commands, %s', (_, open) => {
  it('end when the caller gives up', async () => {
    const signal = AbortSignal.timeout(30)
    const began = performance.now()
    await expect(open().run(['sleep', '20'], { signal })).rejects.toMatchObject({
      kind: 'cancelled',
    })
    expect(performance.now() - began).toBeLessThan(5000)
  })

  it('see nothing of the environment of this process', async () => {
    const { stdout } = await open().run(['env'])
    expect(stdout.trim().split('\n').sort()).toEqual([
      expect.stringMatching(/^LC_ALL=C$/),
      expect.stringMatching(/^PATH=/),
    ])
  })

  it('take output and input that are larger than a pipe', async () => {
    const input = 'x'.repeat(300_000)
    expect((await open().run(['cat'], { input })).stdout).toBe(input)
  })

  it('leave no descriptor open', async () => {
    const commands = open()
    const count = async (): Promise<number> => (await readdir('/proc/self/fd')).length
    await commands.run(['true'])
    const before = await count()
    for (let run = 0; run < 5; run++) await commands.run(['cat'], { input: 'x' })
    await vi.waitFor(async () => expect(await count()).toBeLessThanOrEqual(before))
  })

  it('do not wait for what a program leaves running behind itself', async () => {
    const started = ['sh', '-c', 'sleep 3 >/dev/null 2>&1 </dev/null & echo $!'] as const
    const began = performance.now()
    const { stdout } = await open().run(started)
    expect(performance.now() - began).toBeLessThan(2500)
    process.kill(Number(stdout), 'SIGKILL')
  })
})

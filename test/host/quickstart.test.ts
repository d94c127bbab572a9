import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { machine, NOTHING } from './machine.ts'
import { type Ended, ownDirectory, startProgram } from './program.ts'

const QUICKSTART: readonly [string, ...string[]] = ['scripts/quickstart']

/** The first time, it also builds what is missing. */
const timeout = 300_000

let mark: string
let directory: Awaited<ReturnType<typeof ownDirectory>>

beforeEach(async () => {
  mark = `lxxq${randomBytes(3).toString('hex')}`
  directory = await ownDirectory(mark)
})

afterEach(() => directory.remove())

describe('quickstart', { timeout }, () => {
  it('launches a container, runs a command in it and removes everything, twice at once', async () => {
    const both = [1, 2].map(() => startProgram(QUICKSTART, directory.path))
    for (const ended of await Promise.all(both.map((program) => program.ended))) {
      expect(ended).toMatchObject({ exitCode: 0, stderr: '' })
      expect(ended.stdout).toMatch(/ s {2}launch an unprivileged container: \d+ ms\n/)
      expect(ended.stdout).toMatch(
        / s {6}exit code 0: hello from first, process 1 is \S+, root here is +0 +[1-9]\d+ +\d+\n/,
      )
      expect(ended.stdout).toMatch(/ s {6}Running, \d+ processes, \d+ KiB, eth0 \d+\.\d+\.\d+\.\d+/)
      await expectNothingLeft(ended)
    }
  })

  it.each([
    'build the busybox image …',
    'import the image …',
    'create the bridge',
    'launch an unprivileged container …',
    'start the container',
    'run a command in it …',
    'delete the container …',
  ])('removes everything when ^C comes after "%s"', async (moment) => {
    const program = startProgram(QUICKSTART, directory.path)
    await program.printed(moment)
    program.interrupt()
    const ended = await program.ended
    expect(ended).toMatchObject({ exitCode: 130, stderr: '' })
    expect(ended.stdout).toContain('interrupted: ')
    await expectNothingLeft(ended)
  })

  it('says how it is used', async () => {
    const help = await startProgram([...QUICKSTART, '--help'], directory.path).ended
    expect(help).toMatchObject({ exitCode: 0 })
    expect(help.stdout).toContain('usage: npm run quickstart [-- --image busybox|debian]\n')
    const wrong = await startProgram([...QUICKSTART, '--image', 'plan9'], directory.path).ended
    expect(wrong).toMatchObject({ exitCode: 2 })
  })
})

async function expectNothingLeft({ stdout }: Ended): Promise<void> {
  expect(await directory.left()).toEqual([])
  expect(await machine(mark)).toEqual(NOTHING)
  const network = /create the bridge (lxqs\w+)/.exec(stdout)?.[1]
  if (network !== undefined) expect(await machine(network)).toEqual(NOTHING)
}

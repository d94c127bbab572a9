import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openApplications } from './application-world.ts'
import { machine, NOTHING } from './machine.ts'
import { ownDirectory, startProgram } from './program.ts'

/** What each program prints, in whole lines. */
const PROGRAMS: Readonly<Record<string, RegExp>> = {
  'find-again': /^builder Running kept\n$/,
  follow:
    /step: unpack the image\n[\s\S]*event: instance-started\nevent: instance-exec\nstdout: one\nstderr: two\nexit code 3\n[\s\S]*event: instance-deleted\n$/,
  launch: /^0 \S+\n$/,
  plan: /^volume planned\nparts \w.*\ninstances 0\ninvalid CORE_UNKNOWN_KEY .*did you mean "limits\.memory"\?\n$/,
  'storage-alone': /^(copy\ndata|data\ncopy)\n$/,
}

/** Parts of programs, which others here use. */
const PARTS = ['busybox-image', 'debian-image', 'playground']

/** Those that need somebody else, who is played by the test. */
const HELD = ['application']

const mark = `lxxe${randomBytes(3).toString('hex')}`
let directory: Awaited<ReturnType<typeof ownDirectory>>

beforeEach(async () => {
  directory = await ownDirectory(mark)
})

afterEach(() => directory.remove())

describe('examples', () => {
  it('are all run here', () => {
    const names = readdirSync('examples').map((file) => file.replace(/\.ts$/, ''))
    expect(names.toSorted()).toEqual([...Object.keys(PROGRAMS), ...PARTS, ...HELD].toSorted())
  })

  it.each(Object.entries(PROGRAMS))(
    '%s does what it says, and leaves nothing',
    async (name, says) => {
      const program = startProgram([process.execPath, `dist/examples/${name}.js`], directory.path)
      const { exitCode, stdout, stderr } = await program.ended
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
      expect(stdout).toMatch(says)
      expect(await directory.left()).toEqual([])
      expect(await machine(mark)).toEqual(NOTHING)
    },
  )

  it('application runs an image of a registry, and leaves nothing', async () => {
    const { registry, image } = await openApplications()
    try {
      const { server, alias = '' } = image('hello', { Cmd: ['sh', '-c', 'echo hello; exit 5'] })
      const argv = [process.execPath, 'dist/examples/application.js', server, alias] as const
      const { exitCode, stdout, stderr } = await startProgram([...argv], directory.path).ended
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
      expect(stdout.replaceAll('\r', '')).toBe('hello\nexit code 5\n')
      expect(await directory.left()).toEqual([])
      expect(await machine(mark)).toEqual(NOTHING)
    } finally {
      await registry.stop()
    }
  })
})

import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildBusyboxImage } from '../../examples/busybox-image.ts'
import { createHost } from '../../lib/index.ts'
import { machine, NOTHING } from './machine.ts'
import { ownDirectory, startProgram } from './program.ts'

/** Samples that begin with an import begin a program; the others go on with it. */
const [main = '', ...alone] = programsOf(readFileSync('README.md', 'utf8'))

const mark = `lxxr${randomBytes(3).toString('hex')}`
let directory: Awaited<ReturnType<typeof ownDirectory>>

beforeAll(async () => {
  directory = await ownDirectory(mark)
  await mkdir(join(directory.path, 'node_modules'))
  await symlink(resolve('.'), join(directory.path, 'node_modules/lxworks'))
  await writeFile(join(directory.path, 'package.json'), '{ "type": "module" }')
})

afterAll(() => directory.remove())

describe('the samples of the README', { timeout: 180_000 }, () => {
  it('are one long program and short ones', () => {
    expect(main.match(/await using/g)?.length).toBe(2)
    expect(alone.length).toBeGreaterThan(0)
  })

  it('continue each other from launch to error, and leave nothing running', async () => {
    const root = join(directory.path, 'root')
    const image = join(directory.path, 'image')
    await mkdir(image)
    const { unified } = await buildBusyboxImage(image)
    const program = await compiled(
      'main',
      replaced(main, {
        "'/var/lib/builder'": JSON.stringify(root),
        "'busybox.tar.gz'": JSON.stringify(unified),
        "'builds'": JSON.stringify(mark),
        "'/tmp/motd'": JSON.stringify(join(directory.path, 'motd')),
      }),
    )
    const { exitCode, stdout, stderr } = await startProgram(
      [process.execPath, program],
      directory.path,
    ).ended
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toMatch(/^one\ntwo\nexit 3\n/)
    expect(stdout).toContain('instance-restarted /1.0/instances/')
    expect(stdout).toMatch(/^kept Running \d{4,}$/m)
    expect(stdout).toContain('"storageName": "next"')
    expect(stdout).toMatch(/^true 1$/m)
    expect(stdout).toMatch(/^invalid CORE_UNKNOWN_KEY .*did you mean "limits\.memory"\?/m)
    expect(readFileSync(join(directory.path, 'motd'), 'utf8')).toBe('welcome\n')
    await using host = await createHost({ root })
    expect(await host.instances.list()).toEqual([])
    await host.networks.delete(mark)
    await host[Symbol.asyncDispose]()
    expect(await machine(mark)).toEqual(NOTHING)
  })

  it.each(alone.map((text, index) => [index + 1, text] as const))(
    'run alone: %i',
    async (index, text) => {
      const program = await compiled(`alone-${index}`, text)
      const { exitCode, stdout, stderr } = await startProgram(
        [process.execPath, program],
        directory.path,
      ).ended
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
      expect(stdout).not.toBe('')
    },
  )
})

function programsOf(page: string): readonly string[] {
  const samples = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, text]) => text ?? '')
  return samples.join('\n').split(/\n\n(?=import )/)
}

function replaced(text: string, words: Readonly<Record<string, string>>): string {
  return Object.entries(words).reduce((done, [word, by]) => {
    expect(done, `the README no longer has ${word}`).toContain(word)
    return done.replaceAll(word, by)
  }, text)
}

/** As a program that has the package installed: strictly checked against the declarations that are shipped, and made JavaScript. */
async function compiled(name: string, text: string): Promise<string> {
  const source = join(directory.path, `${name}.ts`)
  await writeFile(source, text)
  const program = ts.createProgram([source], {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
    types: ['node'],
    typeRoots: [resolve('node_modules/@types')],
  })
  const diagnostics = [...ts.getPreEmitDiagnostics(program)]
  expect(ts.formatDiagnostics(diagnostics, formatHost)).toBe('')
  program.emit()
  return join(directory.path, `${name}.js`)
}

const formatHost: ts.FormatDiagnosticsHost = {
  getCanonicalFileName: (path) => path,
  getCurrentDirectory: () => process.cwd(),
  getNewLine: () => '\n',
}

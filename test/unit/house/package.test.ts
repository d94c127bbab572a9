import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)

interface Manifest {
  readonly exports: Readonly<Record<string, string>>
  readonly bin: Readonly<Record<string, string>>
}

const manifest: Manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const entries = Object.entries(manifest.exports).filter(([name]) => !name.includes('*'))

/** All but the one where the rooms come together. */
const alone = entries.filter(([name]) => name !== '.')

/** What is shipped is what was built, so it is built anew when a source has changed. */
beforeAll(async () => {
  await run('scripts/build', ['--if-needed'])
}, 300_000)

describe('the package', { timeout: 60_000 }, () => {
  it('exports every room that has an index, and nothing else of lib', () => {
    const rooms = readdirSync('lib').filter((name) => existsSync(join('lib', name, 'index.ts')))
    const exported = entries
      .map(([, output]) => /^\.\/dist\/lib\/(\w+)\/index\.js$/.exec(output)?.[1])
      .filter((room) => room !== undefined)
    expect(exported.toSorted()).toEqual(rooms.toSorted())
  })

  it('ships every file that an export, its types or the command need, and none of ours', async () => {
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'])
    const [{ files }]: [{ files: readonly { path: string }[] }] = JSON.parse(stdout)
    const shipped = new Set(files.map(({ path }) => path))
    const outputs = [...entries.map(([, output]) => output), ...Object.values(manifest.bin)]
    const needed = outputs.flatMap((output) => [...loadedWith(join(output), 'all')])
    const types = outputs.map((output) => join(output).replace(/\.js$/, '.d.ts'))
    expect([...needed, ...types].filter((path) => !shipped.has(path))).toEqual([])
    expect(
      [...shipped].filter((path) => /\.test\.|^test|examples|tools|scripts/.test(path)),
    ).toEqual([])
    const conformance = readdirSync('test/conformance').map((name) => name.replace(/\.ts$/, '.js'))
    const suites = conformance.map((name) => `dist/test/conformance/${name}`)
    expect(suites.filter((path) => !shipped.has(path))).toEqual([])
  })

  it('carries the licence of every package that became part of it', () => {
    const notices = readFileSync('dist/THIRD-PARTY-LICENCES.txt', 'utf8')
    const chunks = readdirSync('dist/chunks').filter((name) => name.endsWith('.map'))
    const inside = new Set(
      chunks
        .flatMap((name) => sourcesOf(join('dist/chunks', name.slice(0, -'.map'.length))))
        .flatMap(
          (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(path)?.[1] ?? [],
        ),
    )
    expect(inside.size).toBeGreaterThan(3)
    expect([...inside].filter((name) => !notices.includes(`${name} `))).toEqual([])
  })
})

/** What the contract of a room hands on as it is. */
const CONTRACTS = ['lib/state/columns.ts', 'lib/state/words.ts']

describe('each export', { timeout: 60_000 }, () => {
  it.each(entries)('%s can be imported alone, and loads no native code', async (name) => {
    const program = `
      const found = await import(${JSON.stringify(name.replace(/^\./, 'lxworks'))})
      const { sharedObjects } = process.report.getReport()
      process.stdout.write(JSON.stringify({ names: Object.keys(found), sharedObjects }))`
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program])
    const { names, sharedObjects }: Record<'names' | 'sharedObjects', readonly string[]> =
      JSON.parse(stdout)
    expect(names).not.toEqual([])
    expect(sharedObjects.filter((path) => /\.node$|lxc|seccomp|sqlite/.test(path))).toEqual([])
  })

  it.each(alone)('%s loads nothing of another room but its contract', (name, output) => {
    const room = name.slice('./'.length)
    const loaded = [...loadedWith(join(output), 'at once')].flatMap(sourcesOf)
    const foreign = loaded.filter(
      (path) =>
        /^lib\/[^/]+\//.test(path) &&
        !/^lib\/core\/|\/contract\.ts$/.test(path) &&
        !CONTRACTS.includes(path) &&
        !path.startsWith(`lib/${room}/`),
    )
    expect(foreign).toEqual([])
    expect(loaded).not.toEqual([])
  })
})

/** The built files that come with one: those that it imports at once, or later as well. */
function loadedWith(
  path: string,
  when: 'at once' | 'all',
  seen: Set<string> = new Set(),
): ReadonlySet<string> {
  if (seen.has(path)) return seen
  seen.add(path)
  const statically = /^(?:import|export)\b[^;]*?"(\.[^"]+)";$/gm
  const later = /\bimport\("(\.[^"]+)"\)/g
  const text = readFileSync(path, 'utf8')
  const found = [statically, ...(when === 'all' ? [later] : [])].flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([, from]) => from ?? ''),
  )
  for (const from of found) loadedWith(join(dirname(path), from), when, seen)
  return seen
}

/** The sources that a built file was made of. */
function sourcesOf(output: string): readonly string[] {
  const map: { readonly sources: readonly string[] } = existsSync(`${output}.map`)
    ? JSON.parse(readFileSync(`${output}.map`, 'utf8'))
    : { sources: [] }
  return map.sources.map((path) => relative('.', join(dirname(output), path)))
}

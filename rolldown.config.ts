import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { defineConfig, type Plugin } from 'rolldown'

/**
 * Makes dist/ of everything that Node runs: what the package exports, its command, and the programs of this repository. A few
 * files instead of several hundred, because Node needs longer to find and open a module than to run it: measured with Node 20,
 * `createHost()` took 290 ms of processor time from single files and 115 ms from these.
 *
 * Packages under `dependencies` are loaded when they are used, from wherever they are installed; other packages that the sources
 * import become part of dist/, with their licences beside them.
 */
const manifest: Manifest = JSON.parse(readFileSync('package.json', 'utf8'))

interface Manifest {
  readonly exports: Readonly<Record<string, string>>
  readonly bin: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

/** Declarations of the package name its types, so it stays installed; its code is a hundred files, most of them translations. */
const INLINED_ALTHOUGH_INSTALLED = ['zod']

const PROGRAMS = [
  'tools/generate.ts',
  'scripts/quickstart.ts',
  'test/bench/index.ts',
  ...['examples', 'test/host/programs'].flatMap(sourcesIn),
]

export default defineConfig({
  input: Object.fromEntries(entries().map((source) => [source.replace(/\.ts$/, ''), source])),
  platform: 'node',
  transform: { target: 'node20.20' },
  external: isInstalled,
  output: {
    dir: 'dist',
    chunkFileNames: ({ moduleIds, name }) => `chunks/${chunkName(moduleIds.at(-1) ?? name)}.js`,
    sourcemap: true,
  },
  plugins: [licences()],
})

function entries(): readonly string[] {
  const exported = [...Object.values(manifest.exports), ...Object.values(manifest.bin)]
    .map((output) => output.replace(/^(\.\/)?dist\//, '').replace(/\.js$/, '.ts'))
    .flatMap((source) => (source.endsWith('/*.ts') ? sourcesIn(dirname(source)) : [source]))
  return [...exported, ...PROGRAMS]
}

function sourcesIn(directory: string): readonly string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => join(directory, name))
}

/** After the file that the others of the chunk are there for, which comes last. */
function chunkName(path: string): string {
  return (
    relative('.', path)
      .replace(/^.*node_modules\//, '')
      .replace(/\.\w+$/, '')
      // Modules that the bundler makes itself have names with a NUL.
      .replace('\0', '')
      .replaceAll('/', '-')
  )
}

/** Node's own modules need no saying: `platform` knows them. */
function isInstalled(id: string, importer: string | undefined): boolean {
  if (importer === undefined || /^[./]/.test(id)) return false
  const name = packageOf(id)
  if (/^(tools|scripts|test)\//.test(relative('.', importer)))
    return name in manifest.devDependencies
  return name in manifest.dependencies && !INLINED_ALTHOUGH_INSTALLED.includes(name)
}

function packageOf(id: string): string {
  return id
    .split('/')
    .slice(0, id.startsWith('@') ? 2 : 1)
    .join('/')
}

/** Writes the licences of the packages whose code ends up in dist/. */
function licences(): Plugin {
  return {
    name: 'licences',
    generateBundle(_, bundle) {
      const modules = Object.values(bundle).flatMap((output) =>
        output.type === 'chunk' ? Object.keys(output.modules) : [],
      )
      const homes = modules.flatMap(
        (path) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? [],
      )
      const source = [...new Set(homes)].sort().map(licence).join('\n')
      this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-LICENCES.txt', source })
    },
  }
}

function licence(home: string): string {
  const { name, version }: { name: string; version: string } = JSON.parse(
    readFileSync(join(home, 'package.json'), 'utf8'),
  )
  const file = readdirSync(home).find((entry) => /^(licen[cs]e|copying)/i.test(entry))
  if (file === undefined)
    throw new Error(`${name} has no licence file: it cannot become part of dist/`)
  return `${name} ${version}\n\n${readFileSync(join(home, file), 'utf8').trim()}\n\n`
}

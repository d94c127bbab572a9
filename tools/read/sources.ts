import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type InputOptions, rolldown } from 'rolldown'

const OPTIONS = {
  platform: 'node',
  logLevel: 'silent',
  transform: { target: 'node20.20' },
  // All packages but the one from which rolldown takes what `await using` becomes.
  external: /^(?!@oxc-project\/)[^./]/,
} satisfies InputOptions

/** Paths of the TypeScript files below a directory, in order. */
export async function sourcesBelow(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

/** Imports every one of these TypeScript files. Each is evaluated once, whichever others import it too. */
export async function importSources(
  paths: readonly string[],
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const cache = resolve('node_modules/.cache')
  await mkdir(cache, { recursive: true })
  const directory = await mkdtemp(join(cache, 'sources-'))
  try {
    await using bundle = await rolldown({ ...OPTIONS, input: [...paths] })
    await bundle.write({ dir: directory, preserveModules: true, preserveModulesRoot: '.' })
    const built = paths.map((path) => join(directory, path.replace(/\.ts$/, '.js')))
    return await Promise.all(built.map((path) => import(pathToFileURL(path).href)))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** Paths of the files that a program loads, at once or later, when it imports this one. */
export async function reachedFrom(path: string): Promise<ReadonlySet<string>> {
  await using bundle = await rolldown({ ...OPTIONS, input: path })
  const { output } = await bundle.generate()
  const ids = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
  return new Set(ids.map((id) => relative('.', id)))
}

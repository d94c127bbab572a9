import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Loads a native addon by its target's name. Throws with code `NATIVE_MISSING` when it was not built. */
export function loadAddon<T>(name: string): T {
  return createRequire(import.meta.url)(artefact(`${name}.node`)) as T
}

/** Absolute path of a native program by its target's name. Throws with code `NATIVE_MISSING` when it was not built. */
export function findProgram(name: string): string {
  return artefact(name)
}

function artefact(file: string): string {
  const root = packageRoot(import.meta.dirname)
  // What somebody compiled on this machine had a reason to be.
  const places = [join(root, 'build', 'Release'), join(root, 'prebuilds', `linux-${process.arch}`)]
  const found = places.map((place) => join(place, file)).find((path) => existsSync(path))
  if (found !== undefined) return found
  throw missing(
    `${file} of lxworks is not built for linux-${process.arch}: run npm run build:native in ${root}`,
  )
}

function packageRoot(directory: string): string {
  if (isPackageRoot(directory)) return directory
  const parent = dirname(directory)
  if (parent === directory)
    throw missing('The files of the package lxworks are not where they were installed')
  return packageRoot(parent)
}

function isPackageRoot(directory: string): boolean {
  const file = join(directory, 'package.json')
  if (!existsSync(file)) return false
  const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'))
  return (
    typeof manifest === 'object' &&
    manifest !== null &&
    'name' in manifest &&
    manifest.name === 'lxworks'
  )
}

function missing(message: string): Error {
  return Object.assign(new Error(message), { code: 'NATIVE_MISSING' })
}

import { readFile, stat } from 'node:fs/promises'
import { z } from 'zod'
import type { RawConfig } from '../../../core/config.ts'
import { type Application, parseApplication } from './application.ts'
import { checkBytes, type Manifest, parseDocument, parsed } from './documents.ts'
import { badDocument, wrongSize } from './refusals.ts'

/** In the directory of an image's application, beside `layers/`. */
export const CONFIG_FILE = 'config.json'
/** Who the application runs as, in numbers. */
export const USER_FILE = 'user.json'

const user = z.object({ uid: id(), gid: id() })

/** Numbers of the container's own. */
export type UserIds = z.output<typeof user>

/** An application's image as it lies in the store. */
export interface StoredApplication {
  readonly application: Application
  readonly user: UserIds
  readonly layers: readonly { readonly digest: string; readonly path: string }[]
  /** Of everything in it. */
  readonly sizeBytes: number
}

/** Where a layer lies in the directory of an application. */
export function layerPath(directory: string, digest: string): string {
  return `${directory}/layers/${digest.replace(/^sha256:/, '')}`
}

/** Reads the manifest and what it points to. Refuses what is not as the manifest says; layers are hashed when they are fetched. */
export async function readStored(
  manifestPath: string,
  directory: string,
): Promise<StoredApplication> {
  const bytes = await readFile(manifestPath)
  const { config, layers } = manifestOf(bytes)
  const configBytes = await readFile(`${directory}/${CONFIG_FILE}`)
  checkBytes(configBytes, config)
  const paths = layers.map(({ digest }) => ({ digest, path: layerPath(directory, digest) }))
  for (const [index, { path, digest }] of paths.entries()) {
    const { size } = await stat(path)
    if (size !== layers[index]?.size) throw wrongSize(digest, layers[index]?.size ?? 0, size)
  }
  return Object.freeze({
    application: parseApplication(configBytes, layers.length),
    user: parsed(user, await readFile(`${directory}/${USER_FILE}`), 'user'),
    layers: paths,
    sizeBytes: bytes.length + configBytes.length + layers.reduce((sum, { size }) => sum + size, 0),
  })
}

/** The manifest of one image. */
export function manifestOf(bytes: Buffer): Manifest {
  const document = parseDocument(bytes)
  if (document.kind === 'manifest') return document.manifest
  throw badDocument('manifest', 'it is a list of images where one image is expected')
}

/** What the image says of itself, as properties. */
export function applicationProperties({ ports, volumes }: Application): RawConfig {
  return {
    type: 'oci',
    ...(ports.length > 0 && { 'oci.ports': ports.join(',') }),
    ...(volumes.length > 0 && { 'oci.volumes': volumes.join(',') }),
  }
}

function id(): z.ZodNumber {
  return z.number().int().min(0).max(0xff_ff_ff_fe)
}

import { basename } from 'node:path'
import type { ImportRequest } from './contract.ts'
import type { Inspected } from './inspect.ts'
import type { ImportPlan, SharedLayer } from './itineraries.ts'
import { layerPath } from './sources/oci/stored.ts'
import type { StagedImage } from './store.ts'
import type { StoredPaths } from './stored-files.ts'

export interface ImportFacts {
  readonly request: ImportRequest
  /** The project that keeps the image. */
  readonly home: string
  readonly staged: StagedImage
  /** Of an application's image, its layers too, and its size with them. */
  readonly inspected: Inspected & {
    readonly layers?: readonly SharedLayer[]
    readonly sizeBytes?: number
  }
  readonly paths: StoredPaths
  readonly now: Date
}

/** What the request says goes before what the image says of itself. */
export function planImport({
  request,
  home,
  staged,
  inspected: { type, metadata, layers = [], sizeBytes = staged.sizeBytes },
  paths: [metadataPath, rootfsPath, applicationPath],
  now,
}: ImportFacts): ImportPlan {
  return Object.freeze({
    image: {
      fingerprint: staged.fingerprint,
      project: home,
      type,
      architecture: metadata.architecture,
      filename: request.filename ?? basename(request.path),
      sizeBytes,
      public: request.public ?? false,
      autoUpdate: false,
      cached: false,
      properties: { ...metadata.properties, ...request.properties },
      profiles: request.profiles ?? ['default'],
      aliases: (request.aliases ?? []).map(({ name, description = '' }) => ({
        name,
        description,
      })),
      createdAt: metadata.createdAt.toISOString(),
      expiresAt: (request.expiresAt ?? metadata.expiresAt)?.toISOString(),
      uploadedAt: now.toISOString(),
    },
    moves: [
      { from: staged.metadataPath, to: metadataPath },
      ...(staged.rootfsPath === undefined ? [] : [{ from: staged.rootfsPath, to: rootfsPath }]),
      ...(request.applicationPath === undefined
        ? []
        : [{ from: request.applicationPath, to: applicationPath }]),
    ],
    ...(layers.length > 0 && {
      layers: layers.map(({ digest }) => ({ digest, path: layerPath(applicationPath, digest) })),
    }),
  })
}

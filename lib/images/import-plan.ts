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
export function planImport(facts: ImportFacts): ImportPlan {
  const { request, home, staged, inspected } = facts
  const { type, layers = [], sizeBytes = staged.sizeBytes } = inspected
  const [metadataPath, rootfsPath, applicationPath] = facts.paths
  return Object.freeze({
    image: {
      fingerprint: staged.fingerprint,
      project: home,
      type,
      sizeBytes,
      ...asked(request),
      ...told(facts),
      uploadedAt: facts.now.toISOString(),
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

function asked(request: ImportRequest) {
  const { aliases = [], obtained } = request
  return {
    filename: request.filename ?? basename(request.path),
    public: request.public ?? false,
    autoUpdate: obtained?.autoUpdate ?? false,
    cached: obtained?.cached ?? false,
    profiles: request.profiles ?? ['default'],
    aliases: aliases.map(({ name, description = '' }) => ({ name, description })),
    origin: obtained?.origin,
  }
}

function told({ request, inspected: { metadata } }: ImportFacts) {
  const { obtained, properties } = request
  return {
    architecture: metadata.architecture,
    properties: { ...(obtained?.properties ?? metadata.properties), ...properties },
    createdAt: (obtained?.createdAt ?? metadata.createdAt).toISOString(),
    expiresAt: (request.expiresAt ?? metadata.expiresAt)?.toISOString(),
  }
}

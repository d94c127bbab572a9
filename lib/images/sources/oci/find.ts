import type { Walking } from '../../../core/cancel.ts'
import { parseApplication } from './application.ts'
import type { Credentials } from './challenge.ts'
import { digestOf, parseDocument } from './documents.ts'
import { fetchApplication } from './fetch.ts'
import type { Found, OciDeps } from './found.ts'
import { choosePlatform } from './platform.ts'
import { parseReference } from './reference.ts'
import { noPlatform } from './refusals.ts'
import { Registry } from './registry.ts'
import { applicationProperties, manifestOf } from './stored.ts'

/** Which image is looked for. */
export interface OciRequest {
  /** The registry; absent where the name holds it. */
  readonly server?: string | undefined
  readonly name: string
  /** The kernel's word. */
  readonly architecture: string
  readonly credentials?: Credentials | undefined
}

/** What is offered: everything but the layers has been read and checked. */
export interface OciOffer {
  /** SHA-256 of the manifest for this architecture: what the registry calls the image's digest. */
  readonly fingerprint: string
  readonly architecture: string
  readonly filename: string
  readonly sizeBytes: number
  readonly createdAt: Date
  readonly properties: Readonly<Record<string, string>>
  /** Brings it into a new directory: the manifest, and a directory with all that it points to. */
  fetch(
    directory: string,
    walking: Walking,
  ): Promise<{ readonly path: string; readonly applicationPath: string }>
}

/** Looks an image up and chooses the variant for the architecture. Kind `notFound` where there is none. */
export async function findApplication(
  deps: OciDeps,
  request: OciRequest,
  walking: Walking,
): Promise<OciOffer> {
  const reference = parseReference(request.name, request.server)
  const registry = new Registry(deps.ask, reference, request.credentials)
  walking.progress?.({ step: 'ask the registry' })
  const manifestBytes = await manifestFor(registry, request.architecture, walking)
  const manifest = manifestOf(manifestBytes)
  const configBytes = await registry.small(manifest.config, walking)
  const application = parseApplication(configBytes, manifest.layers.length)
  if (application.architecture !== request.architecture)
    throw noPlatform(request.architecture, [application.architecture])
  const found = { reference, registry, manifestBytes, manifest, configBytes, application }
  return {
    ...described(found),
    fetch: (directory, fetching) => fetchApplication(found, { ...deps, directory }, fetching),
  }
}

async function manifestFor(
  registry: Registry,
  architecture: string,
  walking: Walking,
): Promise<Buffer> {
  const bytes = await registry.named(walking)
  const document = parseDocument(bytes)
  if (document.kind === 'manifest') return bytes
  return registry.manifest(choosePlatform(document.entries, architecture), walking)
}

function described({
  reference,
  manifestBytes,
  manifest,
  configBytes,
  application,
}: Found): Omit<OciOffer, 'fetch'> {
  const { registry, repository, tag, digest } = reference
  const id = `${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`
  const layers = manifest.layers.reduce((sum, { size }) => sum + size, 0)
  return {
    fingerprint: digestOf(manifestBytes).slice('sha256:'.length),
    architecture: application.architecture,
    filename: '',
    sizeBytes: manifestBytes.length + configBytes.length + layers,
    createdAt: application.createdAt,
    properties: {
      ...applicationProperties(application),
      id,
      architecture: application.architecture,
      description: `${registry}/${id} (OCI)`,
    },
  }
}

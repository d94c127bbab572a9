import { mkdir, writeFile } from 'node:fs/promises'
import { type Progress, throwIfAborted, type Walking } from '../../../core/cancel.ts'
import { type Download, download } from '../download.ts'
import type { Descriptor } from './documents.ts'
import type { Found, OciDeps } from './found.ts'
import type { Registry } from './registry.ts'
import { CONFIG_FILE, layerPath, USER_FILE } from './stored.ts'
import { resolveUser } from './user.ts'

const AT_ONCE = 3

/** Brings a found image into a new directory below which nothing else lies. What is left of a failure is for whoever made the directory. */
export async function fetchApplication(
  found: Found,
  deps: Pick<OciDeps, 'shared' | 'archives'> & { readonly directory: string },
  walking: Walking,
): Promise<{ readonly path: string; readonly applicationPath: string }> {
  const path = `${deps.directory}/manifest.json`
  const applicationPath = `${deps.directory}/application`
  await mkdir(`${applicationPath}/layers`, { recursive: true, mode: 0o700 })
  await writeFile(path, found.manifestBytes, { mode: 0o600 })
  await writeFile(`${applicationPath}/${CONFIG_FILE}`, found.configBytes, { mode: 0o600 })
  await fetchLayers(found, { ...deps, applicationPath }, walking)
  const layers = found.manifest.layers.map(({ digest }) => layerPath(applicationPath, digest))
  const user = await resolveUser(found.application.user, {
    archives: deps.archives,
    layers,
    signal: walking.signal,
  })
  await writeFile(`${applicationPath}/${USER_FILE}`, JSON.stringify(user), { mode: 0o600 })
  return { path, applicationPath }
}

/** A few at once; when one fails the others are given up too. */
async function fetchLayers(
  { manifest, registry }: Found,
  { shared, applicationPath }: Pick<OciDeps, 'shared'> & { readonly applicationPath: string },
  walking: Walking,
): Promise<void> {
  const waiting = distinct(manifest.layers)
  const totalBytes = waiting.reduce((sum, { size }) => sum + size, 0)
  let doneBytes = 0
  const received = (bytes: number): void => {
    doneBytes += bytes
    walking.progress?.({ step: 'fetch the layers', doneBytes, totalBytes })
  }
  const failed = new AbortController()
  const signal = walking.signal ? AbortSignal.any([walking.signal, failed.signal]) : failed.signal
  const work = async (): Promise<void> => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      throwIfAborted(signal)
      const target = layerPath(applicationPath, next.digest)
      if (await shared.take(next.digest, target)) received(next.size)
      else await fetchLayer(next, { registry, target }, { signal, received })
    }
  }
  const give = (error: unknown): never => {
    failed.abort(error)
    throw error
  }
  const settled = await Promise.allSettled(
    Array.from({ length: AT_ONCE }, () => work().catch(give)),
  )
  for (const one of settled) if (one.status === 'rejected') throw failed.signal.reason
}

async function fetchLayer(
  descriptor: Descriptor,
  { registry, target }: { readonly registry: Registry; readonly target: string },
  {
    signal,
    received,
  }: { readonly signal: AbortSignal; readonly received: (bytes: number) => void },
): Promise<void> {
  let before = 0
  // Less than before when it had to begin anew.
  const progress = ({ doneBytes = 0 }: Progress): void => {
    received(doneBytes - before)
    before = doneBytes
  }
  const what = { ...layerDownload(descriptor, registry), target }
  await download(what, { signal, progress })
}

/** A blob, which has exactly the bytes that its descriptor says. */
export function layerDownload(
  descriptor: Descriptor,
  registry: Pick<Registry, 'ask' | 'blobUrl'>,
): Omit<Download, 'target'> {
  const { digest, size } = descriptor
  return {
    ...{ ask: registry.ask, url: registry.blobUrl(descriptor), step: 'fetch the layers' },
    ...{ sizeBytes: size, mostBytes: size, sha256: digest.slice('sha256:'.length) },
  }
}

function distinct(layers: readonly Descriptor[]): Descriptor[] {
  return [...new Map(layers.map((layer) => [layer.digest, layer])).values()].reverse()
}

import type { Walking } from '../core/cancel.ts'
import type { Locks } from '../core/locks.ts'
import type { ImageRecord, Images } from './contract.ts'
import type { Obtaining } from './obtain.ts'
import type { ImageRecords } from './records.ts'
import { noOrigin } from './refusals.ts'

/** What following sources needs of the room. */
export interface RefreshDeps {
  readonly images: Pick<Images, 'get' | 'delete'>
  readonly records: ImageRecords
  readonly obtaining: Pick<Obtaining, 'offer' | 'take'>
  readonly locks: Locks
}

/**
 * Looks where an image came from for a newer one. That takes over its names, profiles and what is noted of its use, and the old one
 * goes. Undefined when there is none.
 */
export async function refreshImage(
  project: string,
  fingerprint: string,
  { deps, walking }: { readonly deps: RefreshDeps; readonly walking: Walking },
): Promise<ImageRecord | undefined> {
  const { fingerprint: full } = await deps.images.get(project, fingerprint)
  const work = async (): Promise<ImageRecord | undefined> => {
    const old = await deps.images.get(project, full)
    const newer = await newerThan(old, deps, walking)
    if (newer === undefined) return undefined
    await deps.records.succeed(old, newer)
    await deps.images.delete(old.project, old.fingerprint, walking)
    return deps.images.get(newer.project, newer.fingerprint)
  }
  return deps.locks.hold([`image-refresh:${full}`], work, { signal: walking.signal })
}

async function newerThan(
  old: ImageRecord,
  { obtaining }: RefreshDeps,
  walking: Walking,
): Promise<ImageRecord | undefined> {
  const { origin, architecture, project } = old
  if (!origin) throw noOrigin(old.fingerprint)
  const query = { ...origin, architecture }
  const offer = await obtaining.offer(query, walking)
  if (offer.fingerprint === old.fingerprint) return undefined
  const { public: open, autoUpdate, cached, profiles } = old
  const request = { ...{ project, source: query, public: open, autoUpdate, cached, profiles } }
  const newer = await obtaining.take({ home: project, offer, query, request }, walking)
  return newer.fingerprint === old.fingerprint ? undefined : newer
}

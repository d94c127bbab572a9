import { rename, rm, stat } from 'node:fs/promises'
import type { Itinerary } from '../core/journal.ts'
import type { Files } from '../core/ports.ts'
import type { ImageRecords, NewImage } from './records.ts'
import { splitDiffers } from './refusals.ts'
import type { SharedLayers } from './sources/oci/shared-layers.ts'

/** Everything of an import that remains to be done once the files are staged and inspected. */
export interface ImportPlan {
  readonly image: Omit<NewImage, 'createdAt' | 'expiresAt' | 'uploadedAt'> & {
    readonly createdAt: string | undefined
    readonly expiresAt: string | undefined
    readonly uploadedAt: string
  }
  readonly moves: readonly { readonly from: string; readonly to: string }[]
  /** Of an application's image, where they lie once it is stored. */
  readonly layers?: readonly SharedLayer[]
}

/** A layer that other images may have too. */
export interface SharedLayer {
  readonly digest: string
  readonly path: string
}

export interface RemovalPlan {
  readonly project: string
  readonly fingerprint: string
  readonly files: readonly string[]
  /** Digests of the layers that others may have too. */
  readonly layers?: readonly string[]
}

interface Walks {
  readonly records: ImageRecords
  readonly files: Files
  readonly shared: SharedLayers
}

export function importItinerary({ records, shared }: Walks): Itinerary<ImportPlan> {
  const held = async ({ image }: ImportPlan): Promise<boolean> =>
    (await records.holders(image.fingerprint)) > 0
  return {
    kind: 'image.import',
    afterCrash: 'reverse',
    steps: (plan) => [
      {
        name: 'store the files',
        run: async () => putAway(plan, await held(plan), shared),
        undo: async () => takeBack(plan, await held(plan), shared),
      },
      {
        name: 'record the image',
        run: () => records.insert(fromPlan(plan)),
        undo: () => records.remove(plan.image.project, plan.image.fingerprint),
      },
    ],
  }
}

/** Another project's copy is the same bytes; it stays where it is. */
async function putAway(plan: ImportPlan, isHeld: boolean, shared: SharedLayers): Promise<void> {
  if (isHeld) await refuseOtherSplit(plan)
  for (const { from, to } of plan.moves)
    await (isHeld ? rm(from, { force: true, recursive: true }) : rename(from, to))
  for (const { digest, path } of plan.layers ?? []) await shared.share(digest, path)
}

async function takeBack(plan: ImportPlan, isHeld: boolean, shared: SharedLayers): Promise<void> {
  for (const { from, to } of plan.moves) {
    await rm(from, { force: true, recursive: true })
    if (!isHeld) await rm(to, { force: true, recursive: true })
  }
  await shared.drop((plan.layers ?? []).map(({ digest }) => digest))
}

/** Where the one file ends and the other begins is no part of the fingerprint, and decides what an instance gets. */
async function refuseOtherSplit({ image, moves: [first] }: ImportPlan): Promise<void> {
  if (first && (await sizeOf(first.from)) !== (await sizeOf(first.to)))
    throw splitDiffers(image.fingerprint)
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path)).size
}

export function removalItinerary({ records, files, shared }: Walks): Itinerary<RemovalPlan> {
  return {
    kind: 'image.delete',
    afterCrash: 'finish',
    steps: (plan) => [
      { name: 'forget the image', run: () => records.remove(plan.project, plan.fingerprint) },
      {
        name: 'remove its files',
        run: async () => {
          if ((await records.holders(plan.fingerprint)) > 0) return
          await Promise.all(plan.files.map((path) => files.removeTree(path)))
          await shared.drop(plan.layers ?? [])
        },
      },
    ],
  }
}

function fromPlan({ image }: ImportPlan): NewImage {
  return {
    ...image,
    createdAt: date(image.createdAt),
    expiresAt: date(image.expiresAt),
    uploadedAt: new Date(image.uploadedAt),
  }
}

function date(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text)
}
